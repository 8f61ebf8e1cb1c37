//! Numbers of the protocol and of errors.

/// Kinds of requests; that of a reply is one more.
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

/// Errors, as Linux numbers them.
pub mod error {
    pub const NOT_FOUND: u32 = 2;
    pub const BAD_NUMBER: u32 = 9;
    pub const EXISTS: u32 = 17;
    pub const NO_DIRECTORY: u32 = 20;
    pub const DIRECTORY: u32 = 21;
    pub const INVALID: u32 = 22;
    pub const TOO_LARGE: u32 = 27;
    pub const NO_SPACE: u32 = 28;
    pub const NOT_EMPTY: u32 = 39;
    pub const TOO_MANY_LINKS: u32 = 40;
    pub const TOO_LONG_A_MESSAGE: u32 = 90;
    pub const UNSUPPORTED: u32 = 95;
}
