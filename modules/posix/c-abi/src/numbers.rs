//! The numbers of errors (POSIX.1-2024, `<errno.h>`), and what file systems' errors are among them.

use core::ffi::c_int;
use oscomp_interfaces::{FsError, NetError};

/// Operation not permitted.
pub const EPERM: c_int = 1;
/// No such file or directory.
pub const ENOENT: c_int = 2;
/// No such process.
pub const ESRCH: c_int = 3;
/// Interrupted system call.
pub const EINTR: c_int = 4;
/// Input/output error.
pub const EIO: c_int = 5;
/// No such device or address.
pub const ENXIO: c_int = 6;
/// Argument list too long.
pub const E2BIG: c_int = 7;
/// Exec format error.
pub const ENOEXEC: c_int = 8;
/// Bad file descriptor.
pub const EBADF: c_int = 9;
/// No child processes.
pub const ECHILD: c_int = 10;
/// Resource temporarily unavailable.
pub const EAGAIN: c_int = 11;
/// Cannot allocate memory.
pub const ENOMEM: c_int = 12;
/// Permission denied.
pub const EACCES: c_int = 13;
/// Bad address.
pub const EFAULT: c_int = 14;
/// Block device required.
pub const ENOTBLK: c_int = 15;
/// Device or resource busy.
pub const EBUSY: c_int = 16;
/// File exists.
pub const EEXIST: c_int = 17;
/// Invalid cross-device link.
pub const EXDEV: c_int = 18;
/// No such device.
pub const ENODEV: c_int = 19;
/// Not a directory.
pub const ENOTDIR: c_int = 20;
/// Is a directory.
pub const EISDIR: c_int = 21;
/// Invalid argument.
pub const EINVAL: c_int = 22;
/// Too many open files in system.
pub const ENFILE: c_int = 23;
/// Too many open files.
pub const EMFILE: c_int = 24;
/// Inappropriate ioctl for device.
pub const ENOTTY: c_int = 25;
/// Text file busy.
pub const ETXTBSY: c_int = 26;
/// File too large.
pub const EFBIG: c_int = 27;
/// No space left on device.
pub const ENOSPC: c_int = 28;
/// Illegal seek.
pub const ESPIPE: c_int = 29;
/// Read-only file system.
pub const EROFS: c_int = 30;
/// Too many links.
pub const EMLINK: c_int = 31;
/// Broken pipe.
pub const EPIPE: c_int = 32;
/// Numerical argument out of domain.
pub const EDOM: c_int = 33;
/// Numerical result out of range.
pub const ERANGE: c_int = 34;
/// Resource deadlock avoided.
pub const EDEADLK: c_int = 35;
/// File name too long.
pub const ENAMETOOLONG: c_int = 36;
/// No locks available.
pub const ENOLCK: c_int = 37;
/// Function not implemented.
pub const ENOSYS: c_int = 38;
/// Directory not empty.
pub const ENOTEMPTY: c_int = 39;
/// Too many levels of symbolic links.
pub const ELOOP: c_int = 40;
/// No message of desired type.
pub const ENOMSG: c_int = 42;
/// Identifier removed.
pub const EIDRM: c_int = 43;
/// No data available.
pub const ENODATA: c_int = 61;
/// Timer expired.
pub const ETIME: c_int = 62;
/// Protocol error.
pub const EPROTO: c_int = 71;
/// Bad message.
pub const EBADMSG: c_int = 74;
/// Value too large for defined data type.
pub const EOVERFLOW: c_int = 75;
/// Invalid or incomplete multibyte or wide character.
pub const EILSEQ: c_int = 84;
/// Socket operation on non-socket.
pub const ENOTSOCK: c_int = 88;
/// Destination address required.
pub const EDESTADDRREQ: c_int = 89;
/// Message too long.
pub const EMSGSIZE: c_int = 90;
/// Protocol wrong type for socket.
pub const EPROTOTYPE: c_int = 91;
/// Protocol not available.
pub const ENOPROTOOPT: c_int = 92;
/// Protocol not supported.
pub const EPROTONOSUPPORT: c_int = 93;
/// Operation not supported.
pub const EOPNOTSUPP: c_int = 95;
/// Address family not supported by protocol.
pub const EAFNOSUPPORT: c_int = 97;
/// Address already in use.
pub const EADDRINUSE: c_int = 98;
/// Cannot assign requested address.
pub const EADDRNOTAVAIL: c_int = 99;
/// Network is down.
pub const ENETDOWN: c_int = 100;
/// Network is unreachable.
pub const ENETUNREACH: c_int = 101;
/// Software caused connection abort.
pub const ECONNABORTED: c_int = 103;
/// Connection reset by peer.
pub const ECONNRESET: c_int = 104;
/// No buffer space available.
pub const ENOBUFS: c_int = 105;
/// Transport endpoint is already connected.
pub const EISCONN: c_int = 106;
/// Transport endpoint is not connected.
pub const ENOTCONN: c_int = 107;
/// Connection timed out.
pub const ETIMEDOUT: c_int = 110;
/// Connection refused.
pub const ECONNREFUSED: c_int = 111;
/// No route to host.
pub const EHOSTUNREACH: c_int = 113;
/// Operation already in progress.
pub const EALREADY: c_int = 114;
/// Operation now in progress.
pub const EINPROGRESS: c_int = 115;
/// Stale file handle.
pub const ESTALE: c_int = 116;
/// Structure needs cleaning.
pub const EUCLEAN: c_int = 117;
/// Disk quota exceeded.
pub const EDQUOT: c_int = 122;
/// Operation canceled.
pub const ECANCELED: c_int = 125;
/// Owner died.
pub const EOWNERDEAD: c_int = 130;
/// State not recoverable.
pub const ENOTRECOVERABLE: c_int = 131;
/// Would block, the same as [`EAGAIN`].
pub const EWOULDBLOCK: c_int = EAGAIN;
/// Not supported, the same as [`EOPNOTSUPP`].
pub const ENOTSUP: c_int = EOPNOTSUPP;

/// What an error means, as GNU's C library words it; none for a number that is none.
#[must_use]
pub const fn description(number: c_int) -> Option<&'static str> {
    Some(match number {
        0 => "Success",
        EPERM => "Operation not permitted",
        ENOENT => "No such file or directory",
        ESRCH => "No such process",
        EINTR => "Interrupted system call",
        EIO => "Input/output error",
        ENXIO => "No such device or address",
        E2BIG => "Argument list too long",
        ENOEXEC => "Exec format error",
        EBADF => "Bad file descriptor",
        ECHILD => "No child processes",
        EAGAIN => "Resource temporarily unavailable",
        ENOMEM => "Cannot allocate memory",
        EACCES => "Permission denied",
        EFAULT => "Bad address",
        ENOTBLK => "Block device required",
        EBUSY => "Device or resource busy",
        EEXIST => "File exists",
        EXDEV => "Invalid cross-device link",
        ENODEV => "No such device",
        ENOTDIR => "Not a directory",
        EISDIR => "Is a directory",
        EINVAL => "Invalid argument",
        ENFILE => "Too many open files in system",
        EMFILE => "Too many open files",
        ENOTTY => "Inappropriate ioctl for device",
        ETXTBSY => "Text file busy",
        EFBIG => "File too large",
        ENOSPC => "No space left on device",
        ESPIPE => "Illegal seek",
        EROFS => "Read-only file system",
        EMLINK => "Too many links",
        EPIPE => "Broken pipe",
        EDOM => "Numerical argument out of domain",
        ERANGE => "Numerical result out of range",
        EDEADLK => "Resource deadlock avoided",
        ENAMETOOLONG => "File name too long",
        ENOLCK => "No locks available",
        ENOSYS => "Function not implemented",
        ENOTEMPTY => "Directory not empty",
        ELOOP => "Too many levels of symbolic links",
        ENOMSG => "No message of desired type",
        EIDRM => "Identifier removed",
        ENODATA => "No data available",
        ETIME => "Timer expired",
        EPROTO => "Protocol error",
        EBADMSG => "Bad message",
        EOVERFLOW => "Value too large for defined data type",
        EILSEQ => "Invalid or incomplete multibyte or wide character",
        ENOTSOCK => "Socket operation on non-socket",
        EDESTADDRREQ => "Destination address required",
        EMSGSIZE => "Message too long",
        EPROTOTYPE => "Protocol wrong type for socket",
        ENOPROTOOPT => "Protocol not available",
        EPROTONOSUPPORT => "Protocol not supported",
        EOPNOTSUPP => "Operation not supported",
        EAFNOSUPPORT => "Address family not supported by protocol",
        EADDRINUSE => "Address already in use",
        EADDRNOTAVAIL => "Cannot assign requested address",
        ENETDOWN => "Network is down",
        ENETUNREACH => "Network is unreachable",
        ECONNABORTED => "Software caused connection abort",
        ECONNRESET => "Connection reset by peer",
        ENOBUFS => "No buffer space available",
        EISCONN => "Transport endpoint is already connected",
        ENOTCONN => "Transport endpoint is not connected",
        ETIMEDOUT => "Connection timed out",
        ECONNREFUSED => "Connection refused",
        EHOSTUNREACH => "No route to host",
        EALREADY => "Operation already in progress",
        EINPROGRESS => "Operation now in progress",
        ESTALE => "Stale file handle",
        EUCLEAN => "Structure needs cleaning",
        EDQUOT => "Disk quota exceeded",
        ECANCELED => "Operation canceled",
        EOWNERDEAD => "Owner died",
        ENOTRECOVERABLE => "State not recoverable",
        _ => return None,
    })
}

/// The number of a file system's error.
#[must_use]
pub const fn of_file_system(error: FsError) -> c_int {
    match error {
        FsError::NotFound => ENOENT,
        FsError::Exists => EEXIST,
        FsError::IsDirectory => EISDIR,
        FsError::NotDirectory => ENOTDIR,
        FsError::NotEmpty => ENOTEMPTY,
        FsError::NameTooLong => ENAMETOOLONG,
        FsError::InvalidPath => EINVAL,
        FsError::ReadOnly => EROFS,
        FsError::NotWritable => EBADF,
        FsError::NoSpace => ENOSPC,
        FsError::TooLarge => EFBIG,
        FsError::TooManyOpen => ENFILE,
        FsError::Busy => EBUSY,
        FsError::CrossesMounts => EXDEV,
        FsError::Unsupported => ENOTSUP,
        FsError::Failed => EIO,
        FsError::Corrupt => EUCLEAN,
    }
}

/// The number of a network's error.
#[must_use]
pub const fn of_network(error: NetError) -> c_int {
    match error {
        NetError::AddressInUse => EADDRINUSE,
        NetError::Refused => ECONNREFUSED,
        NetError::Reset => ECONNRESET,
        NetError::TimedOut => ETIMEDOUT,
        NetError::Unreachable | NetError::NoSuchName => ENETUNREACH,
        NetError::NoSockets => ENOBUFS,
        NetError::TooLong => EMSGSIZE,
        NetError::NotOpen => ENOTCONN,
        // One that is not known here yet.
        _ => EIO,
    }
}
