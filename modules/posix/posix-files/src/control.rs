//! What can be set of descriptors, and locks.

use crate::flags::{
    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_GETLK, F_RDLCK, F_SETFD, F_SETFL, F_SETLK, F_SETLKW,
    F_UNLCK, F_WRLCK, FD_CLOEXEC, FIONBIO, FIONREAD, O_APPEND, O_CLOEXEC, O_NONBLOCK, SEEK_CUR, SEEK_END,
    SEEK_SET,
};
use crate::table::{Description, Kind};
use crate::{Options, PosixFiles, Result, place_of};
use core::ffi::{c_int, c_ulong};
use oscomp_abi::Config;
use oscomp_c_abi::VaList;
use oscomp_c_abi::numbers::{EBADF, EINVAL, ENOTTY, EOVERFLOW};
use oscomp_interfaces::{Console, Errno, FileSystem};
use oscomp_macros::exports;

/// What `F_SETFL` changes.
const CHANGEABLE: c_int = O_APPEND | O_NONBLOCK;

/// C's `struct flock`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordLock {
    /// `F_RDLCK`, `F_WRLCK` or `F_UNLCK`.
    pub kind: i16,
    /// From where `start` counts.
    pub whence: i16,
    /// The first byte.
    pub start: i64,
    /// How many; 0 for all from there on, less than 0 for those before.
    pub length: i64,
    /// Who has it.
    pub process: c_int,
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    pub(crate) fn controlled(&self, descriptor: c_int, command: c_int, argument: c_int) -> Result<c_int> {
        if let F_DUPFD | F_DUPFD_CLOEXEC = command {
            let flags = if command == F_DUPFD_CLOEXEC { O_CLOEXEC } else { 0 };
            let state = self.state();
            state.table.get(descriptor)?;
            let limit = state.table.limit();
            drop(state);
            let least = usize::try_from(argument).ok().filter(|least| *least < limit).ok_or(EINVAL)?;
            return self.duplicated_from(descriptor, least, flags);
        }
        let mut state = self.state();
        let table = &mut state.table;
        let description = table.get_mut(descriptor)?;
        match command {
            F_GETFD => Ok(if table.is_closed_by_exec(descriptor)? { FD_CLOEXEC } else { 0 }),
            F_SETFD => table.set_closed_by_exec(descriptor, argument & FD_CLOEXEC != 0).map(|()| 0),
            F_GETFL => Ok(description.flags),
            F_SETFL => {
                description.flags = description.flags & !CHANGEABLE | argument & CHANGEABLE;
                Ok(0)
            }
            _ => Err(EINVAL),
        }
    }

    /// Locks, or says that nobody else has.
    pub(crate) fn locked(&self, descriptor: c_int, command: c_int, lock: &mut RecordLock) -> Result<()> {
        let state = self.state();
        let description = state.table.get(descriptor)?;
        let is_query = command == F_GETLK;
        if is_query && !matches!(lock.kind, F_RDLCK | F_WRLCK) {
            return Err(EINVAL);
        }
        let base = match (c_int::from(lock.whence), &description.kind) {
            (SEEK_SET, _) | (SEEK_CUR | SEEK_END, Kind::Console | Kind::Object(_)) => 0,
            (SEEK_CUR, _) => description.position,
            (SEEK_END, Kind::File(file) | Kind::Directory(file, _)) => self.length_of(*file)?,
            _ => return Err(EINVAL),
        };
        let start = i128::from(base) + i128::from(lock.start);
        let end = start + i128::from(lock.length);
        if start.min(end) < 0 {
            return Err(EINVAL);
        }
        if start.max(end - 1) > i128::from(i64::MAX) {
            return Err(EOVERFLOW);
        }
        match lock.kind {
            F_RDLCK if is_query || description.is_readable() => {}
            F_WRLCK if is_query || description.is_writable() => {}
            F_UNLCK => {}
            F_RDLCK | F_WRLCK => return Err(EBADF),
            _ => return Err(EINVAL),
        }
        if is_query {
            lock.kind = F_UNLCK;
        }
        Ok(())
    }

    pub(crate) fn is_a_terminal(&self, descriptor: c_int) -> Result<bool> {
        let is_console = |description: &Description| matches!(description.kind, Kind::Console);
        self.state().table.get(descriptor).map(is_console)
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Controls a descriptor: all that POSIX.1-2024 names, but for signals.
    ///
    /// # Safety
    /// The argument is what the command asks for: an integer, or for locks a pointer to one that nobody else uses.
    #[variadic]
    pub unsafe fn fcntl(&self, descriptor: c_int, command: c_int, mut argument: VaList) -> c_int {
        match command {
            F_GETLK | F_SETLK | F_SETLKW => {
                // SAFETY: the caller's.
                let lock = unsafe { place_of(argument.pointer::<RecordLock>()) };
                self.done(lock.and_then(|lock| self.locked(descriptor, command, lock)))
            }
            F_DUPFD | F_DUPFD_CLOEXEC | F_SETFD | F_SETFL => {
                // SAFETY: the caller's.
                let argument = unsafe { argument.integer() };
                self.answer(self.controlled(descriptor, command, argument as c_int))
            }
            _ => self.answer(self.controlled(descriptor, command, 0)),
        }
    }

    /// Locks a file for this process; of which there is one.
    pub fn flock(&self, descriptor: c_int, operation: c_int) -> c_int {
        let is_known = matches!(operation & !4, 1 | 2 | 8);
        let is_open = self.state().table.get(descriptor).map(drop);
        self.done(if is_known { is_open } else { Err(EINVAL) })
    }

    /// Controls what is open: `FIONBIO`, and `FIONREAD` for sockets and pipes; `ENOTTY` for others.
    ///
    /// # Safety
    /// The argument is what the request asks for: a pointer to an integer that nobody else uses.
    #[variadic]
    pub unsafe fn ioctl(&self, descriptor: c_int, request: c_ulong, mut argument: VaList) -> c_int {
        if !matches!(request, FIONBIO | FIONREAD) {
            return self.done(self.is_a_terminal(descriptor).and(Err(ENOTTY)));
        }
        // SAFETY: the caller's.
        let place = unsafe { place_of(argument.pointer::<c_int>()) };
        self.done(place.and_then(|place| {
            if request == FIONBIO {
                return self.set_waits(descriptor, *place == 0);
            }
            *place = c_int::try_from(self.available(descriptor)?).unwrap_or(c_int::MAX);
            Ok(())
        }))
    }

    /// 1 for the console; else 0 and `ENOTTY`.
    pub fn isatty(&self, descriptor: c_int) -> c_int {
        let is_terminal = self.is_a_terminal(descriptor).and_then(|is| if is { Ok(1) } else { Err(ENOTTY) });
        // There is no −1 here.
        self.answer::<c_int>(is_terminal).max(0)
    }
}
