//! Files by their descriptors, from 10 on.

use crate::PosixMemory;
use oscomp_c_abi::numbers::{EBADF, EIO};
use oscomp_c_errno::CErrno;
use oscomp_interfaces::{ErrorNumber, HeldFile, OpenFiles, errno};
use std::boxed::Box;
use std::sync::Mutex;
use std::vec::Vec;

pub const FIRST: i32 = 10;

pub struct File {
    pub bytes: Vec<u8>,
    pub readable: bool,
    pub writable: bool,
    /// How often it is held.
    pub held: u32,
    /// Where it was written, and how much.
    pub written: Vec<(u64, usize)>,
    pub synced: u32,
    pub fails: bool,
}

impl File {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, readable: true, writable: true, held: 0, written: Vec::new(), synced: 0, fails: false }
    }
}

pub struct Files(pub Mutex<Vec<File>>);

impl Files {
    pub fn of<T>(&self, index: usize, then: impl FnOnce(&mut File) -> T) -> T {
        then(&mut self.0.lock().unwrap()[index])
    }
}

impl OpenFiles for &'static Files {
    fn hold(self, descriptor: i32) -> Result<HeldFile, ErrorNumber> {
        let mut files = self.0.lock().unwrap();
        let number = u32::try_from(descriptor - FIRST).map_err(|_| EBADF)?;
        let file = files.get_mut(number as usize).ok_or(EBADF)?;
        file.held += 1;
        Ok(HeldFile { number, readable: file.readable, writable: file.writable })
    }

    fn release(self, file: HeldFile) {
        self.of(file.number as usize, |file| file.held -= 1);
    }

    fn length(self, file: HeldFile) -> Result<u64, ErrorNumber> {
        Ok(self.of(file.number as usize, |file| file.bytes.len() as u64))
    }

    /// Never more than 3000 bytes at once, so that whoever reads has to go on.
    fn read_at(self, file: HeldFile, at: u64, into: &mut [u8]) -> Result<usize, ErrorNumber> {
        self.of(file.number as usize, |file| {
            assert!(file.held > 0);
            if file.fails {
                return Err(EIO);
            }
            let rest = file.bytes.get(at as usize..).unwrap_or_default();
            let count = rest.len().min(into.len()).min(3000);
            into[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        })
    }

    fn write_at(self, file: HeldFile, at: u64, from: &[u8]) -> Result<usize, ErrorNumber> {
        self.of(file.number as usize, |file| {
            assert!(file.held > 0 && file.writable);
            if file.fails {
                return Err(EIO);
            }
            let count = from.len().min(3000);
            file.bytes[at as usize..at as usize + count].copy_from_slice(&from[..count]);
            file.written.push((at, count));
            Ok(count)
        })
    }

    fn sync(self, file: HeldFile) -> Result<(), ErrorNumber> {
        self.of(file.number as usize, |file| file.synced += 1);
        Ok(())
    }
}

pub struct Fixture {
    pub memory: PosixMemory<&'static Files, &'static CErrno>,
    pub files: &'static Files,
    pub number: &'static CErrno,
}

impl Fixture {
    pub fn new(files: Vec<File>) -> Self {
        let files = Box::leak(Box::new(Files(Mutex::new(files))));
        let number = Box::leak(Box::new(CErrno::start().unwrap()));
        Self { memory: PosixMemory::start(&*files, &*number).unwrap(), files, number }
    }

    /// Where something is mapped, or the number of an error.
    pub fn map(&self, length: usize, protection: i32, flags: i32, fd: i32, at: i64) -> Result<*mut u8, i32> {
        let place = self.memory.mmap(core::ptr::null_mut(), length, protection, flags, fd, at);
        if place.addr() == usize::MAX { Err(errno(self.number)) } else { Ok(place.cast()) }
    }

    /// What a function returned, or the number of an error.
    pub fn result(&self, result: i32) -> Result<(), i32> {
        if result == 0 { Ok(()) } else { Err(errno(self.number)) }
    }
}
