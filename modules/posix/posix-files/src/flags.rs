//! The constants of `<fcntl.h>`, `<unistd.h>` and `<sys/ioctl.h>`, as the headers of `c-base` have them.

use core::ffi::{c_int, c_ulong};

pub const O_RDONLY: c_int = 0;
pub const O_WRONLY: c_int = 1;
pub const O_RDWR: c_int = 2;
pub const O_ACCMODE: c_int = 3;
pub const O_CREAT: c_int = 0o100;
pub const O_EXCL: c_int = 0o200;
pub const O_NOCTTY: c_int = 0o400;
pub const O_TRUNC: c_int = 0o1000;
pub const O_APPEND: c_int = 0o2000;
pub const O_NONBLOCK: c_int = 0o4000;
/// `O_SYNC` has this bit too.
pub const O_DSYNC: c_int = 0o10000;
pub const O_DIRECTORY: c_int = 0o200_000;
pub const O_CLOEXEC: c_int = 0o2_000_000;

pub const F_DUPFD: c_int = 0;
pub const F_GETFD: c_int = 1;
pub const F_SETFD: c_int = 2;
pub const F_GETFL: c_int = 3;
pub const F_SETFL: c_int = 4;
pub const F_GETLK: c_int = 5;
pub const F_SETLK: c_int = 6;
pub const F_SETLKW: c_int = 7;
pub const F_DUPFD_CLOEXEC: c_int = 1030;
pub const FD_CLOEXEC: c_int = 1;

pub const FIONREAD: c_ulong = 0x541b;
pub const FIONBIO: c_ulong = 0x5421;

pub const F_RDLCK: i16 = 0;
pub const F_WRLCK: i16 = 1;
pub const F_UNLCK: i16 = 2;

pub const AT_FDCWD: c_int = -100;
pub const AT_SYMLINK_NOFOLLOW: c_int = 0x100;
/// `AT_REMOVEDIR` has the same value: which one it is depends on the function.
pub const AT_EACCESS: c_int = 0x200;
pub const AT_REMOVEDIR: c_int = 0x200;

pub const SEEK_SET: c_int = 0;
pub const SEEK_CUR: c_int = 1;
pub const SEEK_END: c_int = 2;

pub const X_OK: c_int = 1;
pub const ANY_OK: c_int = 7;
