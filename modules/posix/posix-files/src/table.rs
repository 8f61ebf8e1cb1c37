//! Which descriptors there are, and the open file descriptions behind them (POSIX.1-2024, section 3.229).

use crate::flags::{O_ACCMODE, O_NONBLOCK, O_RDONLY, O_WRONLY};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::ffi::c_int;
use core::iter::repeat_with;
use oscomp_c_abi::numbers::{EBADF, EMFILE, ENFILE};
use oscomp_interfaces::OpenFile;
use oscomp_objects::OpenObject;

/// The most descriptors that a table can have.
pub const MOST: usize = 1024;

/// Stands for no description.
const NONE: u16 = u16::MAX;

/// A set of numbers below [`MOST`].
struct Numbers([u64; MOST / 64]);

impl Numbers {
    fn below(limit: usize) -> Self {
        let mut numbers = Self([0; MOST / 64]);
        for number in 0..limit {
            numbers.insert(number);
        }
        numbers
    }

    fn contains(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 != 0
    }

    fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    fn remove(&mut self, number: usize) {
        self.0[number / 64] &= !(1 << (number % 64));
    }

    /// The lowest that is not below `least`.
    fn lowest(&self, least: usize) -> Option<usize> {
        let mut kept = u64::MAX << (least % 64);
        for (index, word) in self.0.iter().enumerate().skip(least / 64) {
            let rest = word & kept;
            if rest != 0 {
                return Some(index * 64 + rest.trailing_zeros() as usize);
            }
            kept = u64::MAX;
        }
        None
    }
}

/// What a description is of.
pub enum Kind {
    /// The console.
    Console,
    /// A file.
    File(OpenFile),
    /// A directory, and its path if it was not removed.
    Directory(OpenFile, Option<String>),
    /// What another module has opened.
    Object(Arc<dyn OpenObject>),
}

/// What descriptors that were made of each other by `dup` share.
pub struct Description {
    /// What it is of.
    pub kind: Kind,
    /// The flags of its status and how it can be accessed, as `F_GETFL` has them.
    pub flags: c_int,
    /// Where reading and writing go on.
    pub position: u64,
    /// Whether the file has no name any more.
    pub is_removed: bool,
    users: u32,
}

impl Description {
    /// One at the beginning.
    pub const fn new(kind: Kind, flags: c_int) -> Self {
        Self { kind, flags, position: 0, is_removed: false, users: 0 }
    }

    /// Whether it can be read.
    pub const fn is_readable(&self) -> bool {
        self.flags & O_ACCMODE != O_WRONLY
    }

    /// Whether calls wait for what is not there yet.
    pub const fn waits(&self) -> bool {
        self.flags & O_NONBLOCK == 0
    }

    /// Whether it can be written.
    pub const fn is_writable(&self) -> bool {
        self.flags & O_ACCMODE != O_RDONLY
    }
}

/// The descriptors.
pub struct Table {
    /// Which description each descriptor has.
    descriptors: Box<[u16]>,
    descriptions: Box<[Option<Description>]>,
    free_descriptors: Numbers,
    free_descriptions: Numbers,
    closed_by_exec: Numbers,
}

impl Table {
    /// No descriptor of `limit`, at most [`MOST`], is open.
    pub fn new(limit: usize) -> Self {
        Self {
            descriptors: repeat_with(|| NONE).take(limit).collect(),
            descriptions: repeat_with(|| None).take(limit).collect(),
            free_descriptors: Numbers::below(limit),
            free_descriptions: Numbers::below(limit),
            closed_by_exec: Numbers::below(0),
        }
    }

    /// How many there can be.
    pub fn limit(&self) -> usize {
        self.descriptors.len()
    }

    /// The lowest descriptor from `least` on that is not open.
    pub fn lowest(&self, least: usize) -> Result<usize, c_int> {
        self.free_descriptors.lowest(least).ok_or(EMFILE)
    }

    /// Gives a descriptor that is not open a description of its own; gives that back if there is no room.
    pub fn insert(
        &mut self,
        descriptor: usize,
        mut description: Description,
    ) -> Result<(), (c_int, Description)> {
        let Some(number) = self.free_descriptions.lowest(0) else { return Err((ENFILE, description)) };
        description.users = 1;
        self.free_descriptions.remove(number);
        self.descriptions[number] = Some(description);
        self.put(descriptor, number as u16);
        Ok(())
    }

    fn put(&mut self, descriptor: usize, number: u16) {
        self.free_descriptors.remove(descriptor);
        self.descriptors[descriptor] = number;
    }

    fn number(&self, descriptor: c_int) -> Result<u16, c_int> {
        let number = usize::try_from(descriptor).ok().and_then(|index| self.descriptors.get(index));
        number.copied().filter(|number| *number != NONE).ok_or(EBADF)
    }

    /// The description of a descriptor.
    pub fn get(&self, descriptor: c_int) -> Result<&Description, c_int> {
        self.held(u32::from(self.number(descriptor)?))
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, descriptor: c_int) -> Result<&mut Description, c_int> {
        let number = self.number(descriptor)?;
        self.descriptions[usize::from(number)].as_mut().ok_or(EBADF)
    }

    /// Closes a descriptor; its description, if that was the last one.
    pub fn remove(&mut self, descriptor: c_int) -> Result<Option<Description>, c_int> {
        let number = self.number(descriptor)?;
        let index = descriptor as usize;
        self.descriptors[index] = NONE;
        self.free_descriptors.insert(index);
        self.closed_by_exec.remove(index);
        Ok(self.release(u32::from(number)))
    }

    /// Gives a descriptor that is not open the description of another one.
    pub fn share(&mut self, descriptor: c_int, with: usize) -> Result<(), c_int> {
        let number = self.number(descriptor)?;
        self.use_again(number)?;
        self.put(with, number);
        Ok(())
    }

    fn use_again(&mut self, number: u16) -> Result<(), c_int> {
        self.descriptions[usize::from(number)].as_mut().ok_or(EBADF)?.users += 1;
        Ok(())
    }

    /// Keeps the description of a descriptor.
    pub fn hold(&mut self, descriptor: c_int) -> Result<u32, c_int> {
        let number = self.number(descriptor)?;
        self.use_again(number)?;
        Ok(u32::from(number))
    }

    /// A description that is kept.
    pub fn held(&self, number: u32) -> Result<&Description, c_int> {
        self.descriptions.get(number as usize).and_then(Option::as_ref).ok_or(EBADF)
    }

    /// Gives up a description; it, if nobody has it any more.
    pub fn release(&mut self, number: u32) -> Option<Description> {
        let index = number as usize;
        let slot = self.descriptions.get_mut(index)?;
        let description = slot.as_mut()?;
        description.users -= 1;
        if description.users > 0 {
            return None;
        }
        self.free_descriptions.insert(index);
        slot.take()
    }

    /// Whether `FD_CLOEXEC` is set for a descriptor.
    pub fn is_closed_by_exec(&self, descriptor: c_int) -> Result<bool, c_int> {
        self.number(descriptor).map(|_| self.closed_by_exec.contains(descriptor as usize))
    }

    /// Sets `FD_CLOEXEC` for a descriptor, or clears it.
    pub fn set_closed_by_exec(&mut self, descriptor: c_int, is_closed: bool) -> Result<(), c_int> {
        self.number(descriptor)?;
        if is_closed {
            self.closed_by_exec.insert(descriptor as usize);
        } else {
            self.closed_by_exec.remove(descriptor as usize);
        }
        Ok(())
    }

    /// All descriptions.
    pub fn descriptions(&self) -> impl Iterator<Item = &Description> {
        self.descriptions.iter().flatten()
    }

    /// All descriptions, to be changed.
    pub fn descriptions_mut(&mut self) -> impl Iterator<Item = &mut Description> {
        self.descriptions.iter_mut().flatten()
    }
}
