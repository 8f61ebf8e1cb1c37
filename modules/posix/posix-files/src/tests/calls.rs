//! What chance does not meet, or the host does not have.

use super::host::{Module, Posix};
use super::model::{Files, Settings, Terminal, model};
use crate::flags::{
    AT_FDCWD, F_DUPFD, F_GETFL, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY,
};
use crate::{Entry, PosixFiles, Stat, StatVfs};
use core::mem::offset_of;
use core::ptr;
use oscomp_c_abi::numbers::*;
use oscomp_c_errno::CErrno;
use oscomp_interfaces::{FileSystem, OpenFiles, errno};
use std::ffi::CStr;
use std::vec;

const NEW: i32 = O_CREAT | O_RDWR;

#[test]
fn the_lowest_descriptor_is_taken_until_there_is_none() {
    let module = Module::new();
    let files = module.files;
    for expected in 3..64 {
        assert_eq!(files.opened(AT_FDCWD, b"file", NEW), Ok(expected));
    }
    assert_eq!(files.opened(AT_FDCWD, b"file", NEW), Err(EMFILE));
    assert_eq!(files.dup(3), -1);
    assert_eq!(errno(module.number), EMFILE);
    assert_eq!(files.controlled(3, F_DUPFD, 64), Err(EINVAL));
    for descriptor in [40, 5, 17] {
        assert_eq!(files.close(descriptor), 0);
    }
    assert_eq!(files.controlled(3, F_DUPFD, 6), Ok(17));
    assert_eq!(files.dup(3), 5);
    assert_eq!(files.dup(3), 40);
    assert_eq!(files.dup2(3, 64), -1);
    assert_eq!(errno(module.number), EBADF);
    assert_eq!(files.dup3(3, 3, 0), -1);
    assert_eq!(errno(module.number), EINVAL);
}

#[test]
fn names_are_utf8_and_null_is_no_string() {
    let module = Module::new();
    assert_eq!(module.files.opened(AT_FDCWD, b"\xff", NEW), Err(EILSEQ));
    assert_eq!(module.files.opened(AT_FDCWD, b"a/./\xff", NEW), Err(EILSEQ));
    assert_eq!(module.files.opened(AT_FDCWD, b"file", NEW | 3), Err(EINVAL));
    assert_eq!(module.files.opened(AT_FDCWD, b"file", NEW | O_DIRECTORY), Err(EINVAL));
    // SAFETY: null is allowed.
    unsafe {
        assert_eq!(module.files.mkdir(ptr::null(), 0), -1);
        assert_eq!(errno(module.number), EFAULT);
        assert_eq!(module.files.read(0, ptr::null_mut(), 1), -1);
        assert_eq!(errno(module.number), EFAULT);
    }
}

#[test]
fn no_position_is_beyond_what_a_file_can_have() {
    let module = Module::new();
    let fd = module.files.opened(AT_FDCWD, b"file", NEW).unwrap();
    assert_eq!(module.files.lseek(fd, i64::MAX, 0), i64::MAX);
    assert_eq!(module.read(fd, 10, None).result, Ok(0));
    assert_eq!(module.write(fd, b"x", None).result, Err(EFBIG));
    assert_eq!(module.files.lseek(fd, 1, 1), -1);
    assert_eq!(errno(module.number), EOVERFLOW);
    assert_eq!(module.files.lseek(fd, 0, 1), i64::MAX);
    assert_eq!(module.files.lseek(fd, 0, 9), -1);
    assert_eq!(errno(module.number), EINVAL);
    assert_eq!(module.files.posix_fallocate(fd, i64::MAX, 1), EFBIG);
}

#[test]
fn a_write_at_a_place_does_not_append() {
    let module = Module::new();
    let fd = module.files.opened(AT_FDCWD, b"file", NEW | O_APPEND).unwrap();
    assert_eq!(module.write(fd, b"one two", None).result, Ok(7));
    assert_eq!(module.write(fd, b"ONE", Some(0)).result, Ok(3));
    assert_eq!(module.read(fd, 10, Some(0)).bytes, b"ONE two");
}

#[test]
fn nothing_is_a_link() {
    let module = Module::new();
    let files = module.files;
    assert!(files.opened(AT_FDCWD, b"file", NEW | O_EXCL).is_ok());
    let refusals: [(&CStr, &CStr, i32); 6] = [
        (c"file", c"new", EPERM),
        (c"file", c"file", EEXIST),
        (c"none", c"new", ENOENT),
        (c"file", c"none/new", ENOENT),
        (c"file", c"file/new", ENOTDIR),
        (c"file", c"", ENOENT),
    ];
    for (of, path, expected) in refusals {
        // SAFETY: these are strings.
        assert_eq!(unsafe { files.link(of.as_ptr(), path.as_ptr()) }, -1);
        assert_eq!(errno(module.number), expected, "{of:?} {path:?}");
        if of == c"file" {
            // SAFETY: these are strings.
            assert_eq!(unsafe { files.symlink(of.as_ptr(), path.as_ptr()) }, -1);
            assert_eq!(errno(module.number), expected, "{path:?}");
        }
    }
}

#[test]
fn owners_and_times_can_be_set_of_what_is_there() {
    let module = Module::new();
    let files = module.files;
    let fd = files.opened(AT_FDCWD, b"file", NEW).unwrap();
    assert_eq!(files.fchmod(fd, 0o600), 0);
    assert_eq!(files.fchown(fd, 1, 1), 0);
    assert_eq!(files.futimens(fd, ptr::null()), 0);
    assert_eq!(files.fchmod(50, 0o600), -1);
    assert_eq!(errno(module.number), EBADF);
    // SAFETY: these are strings.
    unsafe {
        assert_eq!(files.chmod(c"file".as_ptr(), 0o600), 0);
        assert_eq!(files.chown(c"none".as_ptr(), 1, 1), -1);
        assert_eq!(errno(module.number), ENOENT);
        assert_eq!(files.utimes(c"file/".as_ptr(), ptr::null()), -1);
        assert_eq!(errno(module.number), ENOTDIR);
        assert_eq!(files.access(c"file".as_ptr(), 1), -1);
        assert_eq!(errno(module.number), EACCES);
    }
    assert_eq!(files.umask(0o077), 0o022);
    assert_eq!(files.umask(0), 0o077);
}

#[test]
fn a_held_file_outlives_its_descriptor() {
    let module = Module::new();
    let files = module.files;
    assert_eq!(files.hold(0), Err(ENODEV));
    assert_eq!(files.hold(9), Err(EBADF));
    let fd = files.opened(AT_FDCWD, b"file", O_CREAT | O_WRONLY).unwrap();
    let held = files.hold(fd).unwrap();
    assert!(held.writable && !held.readable);
    assert_eq!(OpenFiles::write_at(files, held, 2, b"abc"), Ok(3));
    assert_eq!(files.closed(fd), Ok(()));
    assert_eq!(files.length(held), Ok(5));
    let mut bytes = [9; 8];
    assert_eq!(OpenFiles::read_at(files, held, 0, &mut bytes), Ok(5));
    assert_eq!(&bytes[..5], b"\0\0abc");
    files.release(held);
    assert_eq!(files.length(held), Err(EBADF));
    assert_eq!(files.opened(AT_FDCWD, b"file", O_TRUNC | O_RDWR), Ok(fd));
}

#[test]
fn what_is_closed_last_is_closed_in_the_file_system() {
    let module = Module::new();
    let files = module.files;
    // More than the file system has open files.
    for _ in 0..300 {
        let fd = files.opened(AT_FDCWD, b"file", NEW).unwrap();
        let other = files.dup(fd);
        assert_eq!(files.dup2(other, fd), fd);
        assert_eq!(files.closed(fd), Ok(()));
        assert_eq!(module.write(other, b"x", None).result, Ok(1));
        assert_eq!(files.closed(other), Ok(()));
        let missing = files.opened(AT_FDCWD, b"file", O_DIRECTORY);
        assert_eq!(missing, Err(ENOTDIR));
    }
}

fn name(entry: &Entry) -> &str {
    CStr::from_bytes_until_nul(&entry.name).unwrap().to_str().unwrap()
}

#[test]
fn entries_have_the_numbers_of_what_they_name() {
    let module = Module::new();
    let files = module.files;
    for path in [&b"d"[..], b"d/sub"] {
        assert_eq!(module.make(path).result, Ok(0));
    }
    files.opened(AT_FDCWD, b"d/file", NEW).unwrap();
    let number = |path: &CStr| {
        let mut stat = Stat::default();
        // SAFETY: it is a string, and there is room.
        assert_eq!(unsafe { files.stat(path.as_ptr(), &raw mut stat) }, 0);
        stat.number
    };
    let expected =
        [(".", number(c"d")), ("..", number(c"/")), ("file", number(c"d/file")), ("sub", number(c"d/sub"))];
    // SAFETY: it is opened once and closed once.
    unsafe {
        let directory = files.opendir(c"d".as_ptr());
        assert_eq!(module.control(files.dirfd(directory), libc::F_GETFD, 0).result, Ok(1));
        let next = || files.readdir(directory).as_ref();
        let mut places = vec![files.telldir(directory)];
        for (expected, number) in expected {
            let entry = next().unwrap();
            assert_eq!((name(entry), entry.number), (expected, number));
            assert_eq!(entry.next, files.telldir(directory));
            places.push(entry.next);
        }
        assert!(next().is_none());
        files.seekdir(directory, places[2]);
        assert_eq!(next().map(name), Some("file"));
        assert_eq!(files.unlink(c"d/file".as_ptr()), 0);
        files.seekdir(directory, places[2]);
        assert_eq!(next().map(name), Some("sub"), "what is gone is not told of");
        assert_eq!(files.mkdir(c"d/more".as_ptr(), 0), 0);
        files.rewinddir(directory);
        let mut count = 0;
        while next().is_some() {
            count += 1;
        }
        assert_eq!(count, 4);
        assert_eq!(files.closedir(directory), 0);
        assert!(files.opendir(c"none".as_ptr()).is_null());
        assert_eq!(errno(module.number), ENOENT);
        assert!(files.fdopendir(0).is_null());
        assert_eq!(errno(module.number), ENOTDIR);
    }
}

#[test]
fn limits_and_the_process_are_told() {
    let module = Module::new();
    let files = module.files;
    assert_eq!((files.getpid(), files.getuid(), files.getegid()), (1, 0, 0));
    assert_eq!(files.sysconf(libc::_SC_OPEN_MAX), 64);
    assert_eq!(files.sysconf(libc::_SC_PAGESIZE), 4096);
    assert_eq!(files.sysconf(libc::_SC_NPROCESSORS_ONLN), 1);
    assert_eq!(files.sysconf(libc::_SC_IOV_MAX), 1024);
    assert_eq!(files.sysconf(-5), -1);
    assert_eq!(errno(module.number), EINVAL);
    assert_eq!(files.fpathconf(0, libc::_PC_NAME_MAX), 255);
    assert_eq!(files.fpathconf(0, libc::_PC_PATH_MAX), 4096);
    let mut space = StatVfs::default();
    // SAFETY: there is room.
    assert_eq!(unsafe { files.fstatvfs(0, &raw mut space) }, 0);
    assert_eq!((space.blocks, space.block_size, space.longest), (256, 4096, 255));
}

#[test]
fn types_are_laid_out_as_the_hosts() {
    assert_eq!(size_of::<Stat>(), size_of::<libc::stat>());
    assert_eq!(offset_of!(Stat, special), offset_of!(libc::stat, st_rdev));
    assert_eq!(offset_of!(Stat, size), offset_of!(libc::stat, st_size));
    assert_eq!(offset_of!(Stat, modified), offset_of!(libc::stat, st_mtime));
    assert_eq!(size_of::<StatVfs>(), size_of::<libc::statvfs>());
    assert_eq!(offset_of!(StatVfs, longest), offset_of!(libc::statvfs, f_namemax));
    assert_eq!(size_of::<Entry>(), size_of::<libc::dirent>());
    assert_eq!(offset_of!(Entry, name), offset_of!(libc::dirent, d_name));
    assert_eq!(size_of::<crate::RecordLock>(), size_of::<libc::flock>());
}

/// The way of C's callers, through a list of arguments.
#[cfg(target_arch = "x86_64")]
#[test]
fn fcntl_takes_what_the_command_asks_for() {
    #[repr(C)]
    struct List {
        general: u32,
        floating: u32,
        overflow: *const u64,
        registers: *const u64,
    }
    let module = Module::new();
    let fd = module.files.opened(AT_FDCWD, b"file", NEW | O_APPEND).unwrap();
    let call = |command: i32, argument: u64| {
        let argument = [argument];
        let mut list =
            List { general: 48, floating: 176, overflow: argument.as_ptr(), registers: ptr::null() };
        // SAFETY: the list has the argument that the command asks for.
        unsafe { module.files.fcntl(fd, command, oscomp_c_abi::VaList::from_c((&raw mut list).cast())) }
    };
    assert_eq!(call(F_GETFL, 0), O_RDWR | O_APPEND);
    assert_eq!(call(libc::F_SETFL, 0), 0);
    assert_eq!(call(F_GETFL, 0), O_RDWR);
    assert_eq!(call(F_DUPFD, 20), 20);
    let mut lock = crate::RecordLock { kind: 1, ..crate::RecordLock::default() };
    assert_eq!(call(libc::F_SETLK, (&raw mut lock).addr() as u64), 0);
    assert_eq!(call(libc::F_GETLK, (&raw mut lock).addr() as u64), 0);
    assert_eq!(lock.kind, crate::flags::F_UNLCK);
    assert_eq!(call(libc::F_GETLK, 0), -1);
    assert_eq!(errno(module.number), EFAULT);
}

#[test]
fn without_space_nothing_is_written() {
    let (files, _, number): (&PosixFiles<Files, &Terminal, &CErrno, Settings>, _, _) = model();
    let module = Module { files, number };
    let fd = files.opened(AT_FDCWD, b"file", NEW).unwrap();
    let bytes = vec![1; 3 << 20];
    assert_eq!(module.write(fd, &bytes, None).result, Ok(1 << 20));
    assert_eq!(module.write(fd, b"x", None).result, Err(ENOSPC));
    assert_eq!(files.ftruncate(fd, 2 << 20), -1);
    assert_eq!(errno(number), ENOSPC);
    assert_eq!(files.files.space().map(|space| space.free), Ok(0));
}
