//! Files of POSIX for C programs: descriptors over a file system and a console.
//!
//! There is one process and one user, to whom everything is allowed; permissions, owners and times can be set, and stay
//! what they are. There are no links. Names are UTF-8: another name is `EILSEQ`. A path that a file
//! system is asked for has at most 4095 bytes, with the current directory's before a relative one.
//!
//! The locks of `fcntl` are between processes, so none is ever in the way.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod accepted;
mod control;
mod current;
mod descriptors;
mod directory;
mod flags;
mod held;
mod length;
mod names;
mod objects;
mod open;
mod path;
mod process;
mod status;
mod sync;
mod table;
mod transfer;

#[cfg(test)]
mod tests;

pub use control::RecordLock;
pub use directory::{Directory, Entry};
pub use oscomp_c_abi::Part;
pub use status::{Stat, StatVfs};

use alloc::string::String;
use core::ffi::{CStr, c_char, c_int};
use core::marker::PhantomData;
use flags::{AT_FDCWD, O_APPEND, O_RDWR};
use oscomp_abi::{Config, StartError};
use oscomp_c_abi::numbers::{EBADF, EFAULT, ENOENT, ENOTDIR};
use oscomp_interfaces::{Console, Descriptors, Errno, FileSystem, Heap, OpenFiles, PATH_LIMIT, or_errno};
use oscomp_macros::{Choice, Options, module};
use oscomp_objects::DescriptorTable;
use path::{Place, resolve, verify_length};
use spin::{Mutex, MutexGuard};
use table::{Description, Kind, Table};

/// What was asked for, or the number of an error.
type Result<T> = core::result::Result<T, c_int>;

/// Files of POSIX, with descriptors 0, 1 and 2 open on the console.
#[module(provides(Descriptors, DescriptorTable, OpenFiles), exports, ambient(Heap))]
pub struct PosixFiles<
    /// Where the files are.
    Files: FileSystem,
    /// What descriptors 0, 1 and 2 read from and write to.
    Output: Console,
    /// Where the numbers of errors go.
    Numbers: Errno,
    Settings: Config<Options>,
> {
    files: Files,
    output: Output,
    numbers: Numbers,
    state: Mutex<State>,
    settings: PhantomData<Settings>,
}

/// How much can be open, and what is read.
#[derive(Options)]
pub struct Options {
    /// Descriptors that can be open at once.
    #[option(default = 64, range = 3..=1024)]
    pub open: u16,
    /// Where the standard input comes from.
    #[option(default = "console")]
    pub input: Input,
}

/// Where the standard input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Input {
    /// The console: what arrives there, when it arrives; whoever reads waits for it, and there is no end.
    Console,
    /// Nowhere: it is at its end.
    Nothing,
}

/// What there is one of, for all threads.
struct State {
    table: Table,
    /// The path of the current directory, unless it was removed.
    current: Option<String>,
    /// What `umask` was told.
    mask: u32,
    /// What was read of the console to see whether there is anything.
    ahead: Option<u8>,
    /// For paths that have to be written anew.
    first: String,
    second: String,
}

impl State {
    /// Resolves a path: relative to a directory, or to the current one for `AT_FDCWD`.
    fn resolve<'p>(
        &'p mut self,
        files: impl FileSystem,
        directory: c_int,
        path: &'p [u8],
    ) -> Result<(Place<'p>, &'p mut Table)> {
        let Self { table, current, first, .. } = self;
        verify_length(path)?;
        let place = resolve(files, || base(table, current.as_deref(), directory), path, first)?;
        Ok((place, table))
    }
}

/// The path of the directory where relative paths begin.
fn base<'s>(table: &'s Table, current: Option<&'s str>, directory: c_int) -> Result<&'s str> {
    if directory == AT_FDCWD {
        return current.ok_or(ENOENT);
    }
    match &table.get(directory)?.kind {
        Kind::Directory(_, path) => path.as_deref().ok_or(ENOENT),
        _ => Err(ENOTDIR),
    }
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// The root is the current directory, and 0, 1 and 2 are open.
    ///
    /// # Errors
    /// None.
    pub fn start(files: Files, output: Output, numbers: Numbers) -> core::result::Result<Self, StartError> {
        let mut table = Table::new(usize::from(Settings::OPTIONS.open));
        // As a shell leaves them: one description, of a terminal.
        let terminal = Description::new(Kind::Console, O_RDWR | O_APPEND);
        let has_room = table.insert(0, terminal).is_ok();
        if !has_room || table.share(0, 1).is_err() || table.share(0, 2).is_err() {
            return Err(StartError::new("there is no room for three descriptors"));
        }
        let state = State {
            table,
            current: Some(String::new()),
            mask: 0o022,
            ahead: None,
            first: String::with_capacity(PATH_LIMIT),
            second: String::with_capacity(PATH_LIMIT),
        };
        Ok(Self { files, output, numbers, state: Mutex::new(state), settings: PhantomData })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// What a function returns that says −1 where there was an error.
    fn answer<T: From<i8>>(&self, result: Result<T>) -> T {
        or_errno(self.numbers, result, T::from(-1))
    }

    /// The same for a function that only succeeds or not.
    fn done(&self, result: Result<()>) -> c_int {
        self.answer(result.map(|()| 0))
    }

    /// Closes what nobody has open any more. Objects may call back: the state is not locked.
    fn close_description(&self, description: Option<Description>) {
        match description.map(|closed| closed.kind) {
            Some(Kind::File(file) | Kind::Directory(file, _)) => self.files.close(file),
            Some(Kind::Object(object)) => object.close(),
            Some(Kind::Console) | None => {}
        }
    }
}

/// The bytes of a path.
///
/// # Safety
/// It is null, or a string that ends by a zero and stays as it is for `'p`.
unsafe fn bytes<'p>(path: *const c_char) -> Result<&'p [u8]> {
    if path.is_null() {
        return Err(EFAULT);
    }
    // SAFETY: by the contract.
    Ok(unsafe { CStr::from_ptr(path) }.to_bytes())
}

/// A reference to what C handed over.
///
/// # Safety
/// It is null, or points to a `T` that is used by nobody else for `'p`.
unsafe fn place_of<'p, T>(pointer: *mut T) -> Result<&'p mut T> {
    // SAFETY: by the contract.
    unsafe { pointer.as_mut() }.ok_or(EFAULT)
}

/// Refuses what is no file.
fn file_of(description: &Description, otherwise: c_int) -> Result<oscomp_interfaces::OpenFile> {
    match description.kind {
        Kind::File(file) => Ok(file),
        Kind::Directory(..) => Err(EBADF),
        Kind::Console | Kind::Object(_) => Err(otherwise),
    }
}
