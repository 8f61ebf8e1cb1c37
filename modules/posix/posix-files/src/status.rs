//! What is known of files and file systems.

use crate::flags::{ANY_OK, AT_EACCESS, AT_FDCWD, AT_SYMLINK_NOFOLLOW, X_OK};
use crate::table::Kind;
use crate::{Options, PosixFiles, Result, bytes, place_of};
use core::ffi::{c_char, c_int, c_ulong};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::{EACCES, EINVAL, of_file_system};
use oscomp_interfaces::{Console, Errno, FileKind, FileSystem, Metadata, NAME_LIMIT};
use oscomp_macros::exports;
use oscomp_objects::ObjectKind;

/// The bytes that are best read and written at once.
const BLOCK: u64 = 4096;

/// C's `struct stat`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// The device: 1 for files, 2 for the console, 3 for sockets, pipes and the like.
    pub device: u64,
    /// The number of the file.
    pub number: u64,
    /// How many names it has.
    pub links: u64,
    /// What it is, and what may be done with it.
    pub mode: u32,
    /// Its owner.
    pub user: u32,
    /// Its group.
    pub group: u32,
    padding: u32,
    /// Which device it is itself.
    pub special: u64,
    /// Its bytes.
    pub size: i64,
    /// The bytes that are best read and written at once.
    pub block_size: i64,
    /// What it takes, in 512 bytes.
    pub blocks: i64,
    /// When it was read.
    pub accessed: TimeSpec,
    /// When it was written.
    pub modified: TimeSpec,
    /// When what is known of it changed.
    pub changed: TimeSpec,
    unused: [i64; 3],
}

impl Stat {
    const CONSOLE: Self = Self {
        device: 2,
        number: 1,
        links: 1,
        mode: 0o020_620,
        special: 5 << 8 | 1,
        block_size: 1024,
        user: 0,
        group: 0,
        padding: 0,
        size: 0,
        blocks: 0,
        accessed: TimeSpec::new(Duration::ZERO),
        modified: TimeSpec::new(Duration::ZERO),
        changed: TimeSpec::new(Duration::ZERO),
        unused: [0; 3],
    };

    const fn of_object(kind: ObjectKind) -> Self {
        let block_size = BLOCK.cast_signed();
        Self { device: 3, mode: object_mode(kind), special: 0, block_size, ..Self::CONSOLE }
    }

    fn new(known: Metadata, is_removed: bool) -> Self {
        let time = TimeSpec::new(known.modified.unwrap_or(Duration::ZERO));
        Self {
            device: 1,
            number: known.number,
            links: u64::from(!is_removed),
            mode: mode(known.kind),
            size: known.length.cast_signed(),
            block_size: BLOCK.cast_signed(),
            blocks: known.length.div_ceil(512).cast_signed(),
            accessed: time,
            modified: time,
            changed: time,
            ..Self::default()
        }
    }
}

/// The mode of an object, as Linux has it.
const fn object_mode(kind: ObjectKind) -> u32 {
    match kind {
        ObjectKind::Socket => 0o140_777,
        ObjectKind::Pipe => 0o010_600,
        ObjectKind::Other => 0o600,
    }
}

/// What a file is, and that everything is allowed but for executing it.
const fn mode(kind: FileKind) -> u32 {
    match kind {
        FileKind::File => 0o100_644,
        FileKind::Directory => 0o040_755,
    }
}

/// C's `struct statvfs`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatVfs {
    /// The bytes that are best read and written at once.
    pub block_size: c_ulong,
    /// The bytes of what is counted.
    pub fragment_size: c_ulong,
    /// How many of them there are.
    pub blocks: u64,
    /// How many are free.
    pub free: u64,
    /// The same for who is not privileged.
    pub available: u64,
    /// How many files there can be; 0 where that is not known.
    pub files: u64,
    /// How many more there can be.
    pub files_free: u64,
    /// The same for who is not privileged.
    pub files_available: u64,
    /// Which file system it is.
    pub identity: c_ulong,
    /// None.
    pub flags: c_ulong,
    /// The longest name.
    pub longest: c_ulong,
    unused: [c_int; 6],
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    pub(crate) fn known_at(&self, directory: c_int, path: &[u8]) -> Result<Metadata> {
        let mut state = self.state();
        let (place, _) = state.resolve(self.files, directory, path)?;
        place.known(self.files)
    }

    pub(crate) fn status_at(&self, directory: c_int, path: &[u8], flags: c_int) -> Result<Stat> {
        if flags & !AT_SYMLINK_NOFOLLOW != 0 {
            return Err(EINVAL);
        }
        self.known_at(directory, path).map(|known| Stat::new(known, false))
    }

    pub(crate) fn status(&self, descriptor: c_int) -> Result<Stat> {
        let state = self.state();
        let description = state.table.get(descriptor)?;
        let (file, is_removed) = match &description.kind {
            Kind::Console => return Ok(Stat::CONSOLE),
            Kind::Object(object) => return Ok(Stat::of_object(object.kind())),
            Kind::File(file) => (*file, description.is_removed),
            Kind::Directory(file, path) => (*file, path.is_none()),
        };
        let known = self.files.stat(file).map_err(of_file_system)?;
        Ok(Stat::new(known, is_removed))
    }

    pub(crate) fn accessible(&self, directory: c_int, path: &[u8], kind: c_int, flags: c_int) -> Result<()> {
        if kind & !ANY_OK != 0 || flags & !(AT_EACCESS | AT_SYMLINK_NOFOLLOW) != 0 {
            return Err(EINVAL);
        }
        let known = self.known_at(directory, path)?;
        if kind & X_OK != 0 && known.kind == FileKind::File { Err(EACCES) } else { Ok(()) }
    }

    fn space(&self) -> Result<StatVfs> {
        let space = self.files.space().map_err(of_file_system)?;
        let free = space.free / BLOCK;
        Ok(StatVfs {
            block_size: BLOCK,
            fragment_size: BLOCK,
            blocks: space.total / BLOCK,
            free,
            available: free,
            identity: 1,
            longest: NAME_LIMIT as c_ulong,
            ..StatVfs::default()
        })
    }
}

/// Writes what is known to where C wants it.
///
/// # Safety
/// `into` is null or points to a `T` that is used by nobody else.
unsafe fn tell<T>(into: *mut T, known: impl FnOnce() -> Result<T>) -> Result<()> {
    // SAFETY: by the contract.
    let into = unsafe { place_of(into) }?;
    *into = known()?;
    Ok(())
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// What is known of what is at a path.
    ///
    /// # Safety
    /// The path is a string, and `into` has room.
    pub unsafe fn stat(&self, path: *const c_char, into: *mut Stat) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { tell(into, || self.status_at(AT_FDCWD, bytes(path)?, 0)) })
    }

    /// The same: there are no links.
    ///
    /// # Safety
    /// As [`stat`](Self::stat).
    pub unsafe fn lstat(&self, path: *const c_char, into: *mut Stat) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.stat(path, into) }
    }

    /// What is known of what is open.
    ///
    /// # Safety
    /// `into` has room.
    pub unsafe fn fstat(&self, descriptor: c_int, into: *mut Stat) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { tell(into, || self.status(descriptor)) })
    }

    /// What is known of what is at a path relative to a directory.
    ///
    /// # Safety
    /// As [`stat`](Self::stat).
    pub unsafe fn fstatat(
        &self,
        directory: c_int,
        path: *const c_char,
        into: *mut Stat,
        flags: c_int,
    ) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { tell(into, || self.status_at(directory, bytes(path)?, flags)) })
    }

    /// Whether there is something at a path; it can be read and written, and directories searched.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn access(&self, path: *const c_char, kind: c_int) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.accessible(AT_FDCWD, path, kind, 0)))
    }

    /// The same at a path relative to a directory.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn faccessat(
        &self,
        directory: c_int,
        path: *const c_char,
        kind: c_int,
        flags: c_int,
    ) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.accessible(directory, path, kind, flags)))
    }

    /// How much space there is.
    ///
    /// # Safety
    /// The path is a string, and `into` has room.
    pub unsafe fn statvfs(&self, path: *const c_char, into: *mut StatVfs) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe {
            tell(into, || {
                bytes(path).and_then(|path| self.known_at(AT_FDCWD, path)).and_then(|_| self.space())
            })
        })
    }

    /// The same for what is open.
    ///
    /// # Safety
    /// `into` has room.
    pub unsafe fn fstatvfs(&self, descriptor: c_int, into: *mut StatVfs) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { tell(into, || self.status(descriptor).and_then(|_| self.space())) })
    }
}
