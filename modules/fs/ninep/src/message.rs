//! Messages as bytes: numbers are little-endian, texts have their length in two bytes before them.

use oscomp_interfaces::{FsError, NAME_LIMIT};

/// Kinds of requests; that of a reply is one more (`include/net/9p/9p.h` of Linux).
pub mod kind {
    pub const LERROR: u8 = 6;
    pub const STATFS: u8 = 8;
    pub const LOPEN: u8 = 12;
    pub const LCREATE: u8 = 14;
    pub const READLINK: u8 = 22;
    pub const GETATTR: u8 = 24;
    pub const SETATTR: u8 = 26;
    pub const READDIR: u8 = 40;
    pub const FSYNC: u8 = 50;
    pub const MKDIR: u8 = 72;
    pub const RENAMEAT: u8 = 74;
    pub const UNLINKAT: u8 = 76;
    pub const VERSION: u8 = 100;
    pub const ATTACH: u8 = 104;
    pub const WALK: u8 = 110;
    pub const READ: u8 = 116;
    pub const WRITE: u8 = 118;
    pub const CLUNK: u8 = 120;
}

/// Bytes of what every message begins with: its length with all of it (4), its kind (1), its tag (2).
pub const HEADER: usize = 7;
/// Bytes of a reply before what was read, and of one that says why nothing was done.
pub const BEFORE_DATA: usize = HEADER + 4;

/// Bytes of the longest request, without data that is written: two names with what is around them, and a few of a path.
const LONGEST: usize = 1024;
const _: () = assert!(LONGEST > HEADER + 2 * (NAME_LIMIT + 2) + 16);

/// A request.
pub struct Request {
    bytes: [u8; LONGEST],
    length: usize,
    /// Whether it would change something.
    pub changes: bool,
}

impl Request {
    pub fn new(kind: u8, changes: bool) -> Self {
        let mut bytes = [0; LONGEST];
        bytes[4] = kind;
        Self { bytes, length: HEADER, changes }
    }

    /// One that changes nothing.
    pub fn look(kind: u8) -> Self {
        Self::new(kind, false)
    }

    /// One that changes something.
    pub fn change(kind: u8) -> Self {
        Self::new(kind, true)
    }

    pub fn kind(&self) -> u8 {
        self.bytes[4]
    }

    fn push(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes[self.length..][..bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
        self
    }

    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.push(&value.to_le_bytes())
    }

    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.push(&value.to_le_bytes())
    }

    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.push(&value.to_le_bytes())
    }

    /// A text of at most [`NAME_LIMIT`] bytes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.u16(text.len() as u16).push(text.as_bytes())
    }

    /// Whether there is room for one more text.
    pub fn has_room(&self, text: &str) -> bool {
        LONGEST - self.length >= 2 + text.len()
    }

    /// Sets the number at a place.
    pub fn set_u16(&mut self, place: usize, value: u16) {
        self.bytes[place..place + 2].copy_from_slice(&value.to_le_bytes());
    }

    /// All of it, with that tag; `data` bytes follow.
    pub fn finish(&mut self, tag: u16, data: usize) -> &[u8] {
        let length = (self.length + data) as u32;
        self.bytes[..4].copy_from_slice(&length.to_le_bytes());
        self.set_u16(5, tag);
        &self.bytes[..self.length]
    }
}

/// What of a reply has not been looked at. That it is too short is `Failed`.
pub struct Fields<'b>(pub &'b [u8]);

impl<'b> Fields<'b> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], FsError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(FsError::Failed)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub fn u8(&mut self) -> Result<u8, FsError> {
        self.take().map(u8::from_le_bytes)
    }

    pub fn u16(&mut self) -> Result<u16, FsError> {
        self.take().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, FsError> {
        self.take().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, FsError> {
        self.take().map(u64::from_le_bytes)
    }

    pub fn bytes(&mut self) -> Result<&'b [u8], FsError> {
        let length = usize::from(self.u16()?);
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(FsError::Failed)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub fn qid(&mut self) -> Result<Qid, FsError> {
        let kind = self.u8()?;
        // The version of what is there, for those who keep some of it.
        self.u32()?;
        Ok(Qid { kind, number: self.u64()? })
    }

    /// That nothing is left.
    pub fn end(self) -> Result<(), FsError> {
        if self.0.is_empty() { Ok(()) } else { Err(FsError::Failed) }
    }
}

/// What the server knows a file by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Qid {
    kind: u8,
    /// No other file has it at the same time.
    pub number: u64,
}

impl Qid {
    pub fn is_directory(self) -> bool {
        self.kind & 0x80 != 0
    }

    pub fn is_link(self) -> bool {
        self.kind & 0x02 != 0 && !self.is_directory()
    }
}

/// What the numbers of errors mean, which are Linux's (`errno(3)`). What the host does not permit cannot be written, or
/// else fails.
pub fn refused(number: u32, changes: bool) -> FsError {
    match number {
        // ENOENT, ESTALE, and ELOOP: links that lead nowhere.
        2 | 116 | 40 => FsError::NotFound,
        // EPERM, EACCES, ETXTBSY, EROFS
        1 | 13 | 26 if changes => FsError::ReadOnly,
        30 => FsError::ReadOnly,
        16 => FsError::Busy,
        17 => FsError::Exists,
        18 => FsError::CrossesMounts,
        20 => FsError::NotDirectory,
        21 => FsError::IsDirectory,
        22 => FsError::InvalidPath,
        // ENFILE, EMFILE
        23 | 24 => FsError::TooManyOpen,
        27 => FsError::TooLarge,
        // ENOSPC, EDQUOT
        28 | 122 => FsError::NoSpace,
        36 => FsError::NameTooLong,
        // ENOSYS, EOPNOTSUPP
        38 | 95 => FsError::Unsupported,
        39 => FsError::NotEmpty,
        _ => FsError::Failed,
    }
}
