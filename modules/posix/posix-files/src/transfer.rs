//! Reading and writing, and where that goes on.

use crate::flags::{O_APPEND, O_DSYNC, SEEK_CUR, SEEK_END, SEEK_SET};
use crate::objects::{read_parts, write_parts};
use crate::table::{Description, Kind};
use crate::{Input, Options, PosixFiles, Result};
use alloc::sync::Arc;
use core::ffi::{c_int, c_void};
use core::hint::spin_loop;
use oscomp_abi::Config;
use oscomp_c_abi::Part;
use oscomp_c_abi::buffers::{each, parts, source, target};
use oscomp_c_abi::numbers::{EAGAIN, EBADF, EFBIG, EINVAL, EISDIR, EOVERFLOW, ESPIPE, of_file_system};
use oscomp_interfaces::{Console, Errno, FileSystem, OpenFile, Whence};
use oscomp_macros::exports;
use oscomp_objects::OpenObject;

/// The greatest `off_t`.
const LAST: u64 = i64::MAX as u64;

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    pub(crate) fn read_on(&self, descriptor: c_int, into: &mut [u8]) -> Result<usize> {
        let mut state = self.state();
        let description = state.table.get_mut(descriptor)?;
        if !description.is_readable() {
            return Err(EBADF);
        }
        match &description.kind {
            Kind::File(file) => {
                let count = self.files.read(*file, description.position, into).map_err(of_file_system)?;
                description.position += count as u64;
                Ok(count)
            }
            Kind::Directory(..) => Err(EISDIR),
            Kind::Console => {
                let waits = description.waits();
                let ahead = if into.is_empty() { None } else { state.ahead.take() };
                drop(state);
                self.read_console(into, ahead, waits)
            }
            Kind::Object(object) => {
                let (object, waits) = (object.clone(), description.waits());
                drop(state);
                object.read(into, waits)
            }
        }
    }

    fn counted(&self, result: Result<usize>) -> isize {
        self.answer(result.map(usize::cast_signed))
    }

    /// Verifies that a descriptor may be used so. If it is open on an object, that, and whether calls wait.
    fn verify(
        &self,
        descriptor: c_int,
        is_allowed: impl FnOnce(&Description) -> bool,
    ) -> Result<Option<(Arc<dyn OpenObject>, bool)>> {
        let state = self.state();
        let description = state.table.get(descriptor)?;
        match &description.kind {
            _ if !is_allowed(description) => Err(EBADF),
            Kind::Object(object) => Ok(Some((object.clone(), description.waits()))),
            _ => Ok(None),
        }
    }

    fn read_console(&self, into: &mut [u8], ahead: Option<u8>, waits: bool) -> Result<usize> {
        if let (Some(byte), Some((first, rest))) = (ahead, into.split_first_mut()) {
            *first = byte;
            return Ok(1 + self.output.read(rest));
        }
        if into.is_empty() || Settings::OPTIONS.input == Input::Nothing {
            return Ok(0);
        }
        loop {
            match self.output.read(into) {
                0 if waits => spin_loop(),
                0 => return Err(EAGAIN),
                count => return Ok(count),
            }
        }
    }

    pub(crate) fn write_on(&self, descriptor: c_int, from: &[u8]) -> Result<usize> {
        let mut state = self.state();
        let description = state.table.get_mut(descriptor)?;
        if !description.is_writable() {
            return Err(EBADF);
        }
        match &description.kind {
            Kind::File(_) if from.is_empty() => Ok(0),
            Kind::File(file) => {
                if description.flags & O_APPEND != 0 {
                    description.position = self.files.stat(*file).map_err(of_file_system)?.length;
                }
                let count = self.put(*file, description.position, from, description.flags)?;
                description.position += count as u64;
                Ok(count)
            }
            Kind::Directory(..) => Err(EISDIR),
            Kind::Console => {
                drop(state);
                self.output.write(from);
                Ok(from.len())
            }
            Kind::Object(object) => {
                let (object, waits) = (object.clone(), description.waits());
                drop(state);
                object.write(from, waits)
            }
        }
    }

    /// Writes to a file, and syncs that if its flags say so.
    fn put(&self, file: OpenFile, at: u64, from: &[u8], flags: c_int) -> Result<usize> {
        let count = from.len().min(usize::try_from(LAST.saturating_sub(at)).unwrap_or(usize::MAX));
        if count == 0 {
            return Err(EFBIG);
        }
        let count = self.files.write(file, at, &from[..count]).map_err(of_file_system)?;
        if flags & O_DSYNC != 0 {
            self.files.sync(file).map_err(of_file_system)?;
        }
        Ok(count)
    }

    pub(crate) fn read_at(&self, descriptor: c_int, at: i64, into: &mut [u8]) -> Result<usize> {
        let at = u64::try_from(at).map_err(|_| EINVAL)?;
        let state = self.state();
        let description = state.table.get(descriptor)?;
        match &description.kind {
            Kind::Console | Kind::Object(_) => Err(ESPIPE),
            _ if !description.is_readable() => Err(EBADF),
            Kind::Directory(..) => Err(EISDIR),
            Kind::File(file) => self.files.read(*file, at, into).map_err(of_file_system),
        }
    }

    pub(crate) fn write_at(&self, descriptor: c_int, at: i64, from: &[u8]) -> Result<usize> {
        let at = u64::try_from(at).map_err(|_| EINVAL)?;
        let state = self.state();
        let description = state.table.get(descriptor)?;
        match &description.kind {
            Kind::Console | Kind::Object(_) => Err(ESPIPE),
            Kind::File(_) if description.is_writable() && from.is_empty() => Ok(0),
            Kind::File(file) if description.is_writable() => self.put(*file, at, from, description.flags),
            _ => Err(EBADF),
        }
    }

    pub(crate) fn moved(&self, descriptor: c_int, offset: i64, whence: Whence) -> Result<u64> {
        let mut state = self.state();
        let description = state.table.get_mut(descriptor)?;
        let (Kind::File(file) | Kind::Directory(file, _)) = description.kind else { return Err(ESPIPE) };
        let from = match whence {
            Whence::Start => 0,
            Whence::Current => description.position,
            Whence::End => self.files.stat(file).map_err(of_file_system)?.length,
        };
        let position = i128::from(from) + i128::from(offset);
        if position < 0 {
            return Err(EINVAL);
        }
        description.position =
            u64::try_from(position).ok().filter(|position| *position <= LAST).ok_or(EOVERFLOW)?;
        Ok(description.position)
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Reads from the position on.
    ///
    /// # Safety
    /// `buffer` has room for `count` bytes.
    pub unsafe fn read(&self, descriptor: c_int, buffer: *mut c_void, count: usize) -> isize {
        // SAFETY: the caller's.
        let into = unsafe { target(buffer, count) };
        self.counted(into.and_then(|into| self.read_on(descriptor, into)))
    }

    /// Writes from the position on, or at the end with `O_APPEND`.
    ///
    /// # Safety
    /// `buffer` has `count` bytes.
    pub unsafe fn write(&self, descriptor: c_int, buffer: *const c_void, count: usize) -> isize {
        // SAFETY: the caller's.
        let from = unsafe { source(buffer, count) };
        self.counted(from.and_then(|from| self.write_on(descriptor, from)))
    }

    /// Reads from byte `at` on; the position stays.
    ///
    /// # Safety
    /// `buffer` has room for `count` bytes.
    pub unsafe fn pread(&self, descriptor: c_int, buffer: *mut c_void, count: usize, at: i64) -> isize {
        // SAFETY: the caller's.
        let into = unsafe { target(buffer, count) };
        self.counted(into.and_then(|into| self.read_at(descriptor, at, into)))
    }

    /// Writes from byte `at` on, also with `O_APPEND`; the position stays.
    ///
    /// # Safety
    /// `buffer` has `count` bytes.
    pub unsafe fn pwrite(&self, descriptor: c_int, buffer: *const c_void, count: usize, at: i64) -> isize {
        // SAFETY: the caller's.
        let from = unsafe { source(buffer, count) };
        self.counted(from.and_then(|from| self.write_at(descriptor, at, from)))
    }

    /// Reads into one part after the other.
    ///
    /// # Safety
    /// `vector` has `count` parts, each with room for its bytes.
    pub unsafe fn readv(&self, descriptor: c_int, vector: *const Part, count: c_int) -> isize {
        // SAFETY: the caller's.
        let list = unsafe { parts(vector, count) };
        // SAFETY: the caller's.
        let one = |part: &Part| self.read_on(descriptor, unsafe { target(part.base, part.length) }?);
        self.counted(list.and_then(|list| match self.verify(descriptor, Description::is_readable)? {
            None => each(list, one),
            // SAFETY: the caller's.
            Some((object, waits)) => unsafe { read_parts(&*object, list, waits) },
        }))
    }

    /// Writes one part after the other.
    ///
    /// # Safety
    /// `vector` has `count` parts, each with its bytes.
    pub unsafe fn writev(&self, descriptor: c_int, vector: *const Part, count: c_int) -> isize {
        // SAFETY: the caller's.
        let list = unsafe { parts(vector, count) };
        // SAFETY: the caller's.
        let one = |part: &Part| self.write_on(descriptor, unsafe { source(part.base, part.length) }?);
        self.counted(list.and_then(|list| match self.verify(descriptor, Description::is_writable)? {
            None => each(list, one),
            // SAFETY: the caller's.
            Some((object, waits)) => unsafe { write_parts(&*object, list, waits) },
        }))
    }

    /// Moves the position.
    pub fn lseek(&self, descriptor: c_int, offset: i64, whence: c_int) -> i64 {
        let whence = match whence {
            SEEK_SET => Ok(Whence::Start),
            SEEK_CUR => Ok(Whence::Current),
            SEEK_END => Ok(Whence::End),
            // A descriptor that is none is the greater mistake.
            _ => Err(self.state().table.get(descriptor).map_or_else(|number| number, |_| EINVAL)),
        };
        let position = whence.and_then(|whence| self.moved(descriptor, offset, whence));
        self.answer(position.map(|position| position as i64))
    }
}
