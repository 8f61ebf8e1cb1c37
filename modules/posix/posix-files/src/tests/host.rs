//! The same functions, of the module and of the host.

use super::model::{Model, model};
use crate::{Part, RecordLock, Stat};
use core::ffi::{c_int, c_void};
use core::ptr;
use oscomp_c_abi::VaList;
use oscomp_c_errno::CErrno;
use oscomp_interfaces::{Descriptors, errno};
use std::ffi::{CStr, CString, OsString};
use std::format;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// What a call returned, or the number of its error; the bytes that it told.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub result: Result<i64, i32>,
    pub bytes: Vec<u8>,
}

impl From<Result<i64, i32>> for Answer {
    fn from(result: Result<i64, i32>) -> Self {
        Self { result, bytes: Vec::new() }
    }
}

/// What is compared of `stat`: the kind, and of files the length and how many names it has.
fn known(mode: u32, size: i64, links: u64) -> Vec<u8> {
    let kind = mode & 0o170_000;
    let text = if kind == 0o040_000 { String::from("d") } else { format!("{kind:o} {size} {links}") };
    text.into_bytes()
}

/// The functions, on paths as C has them without the zero.
pub trait Posix {
    fn open(&self, directory: c_int, path: &[u8], flags: c_int) -> Answer;
    fn close(&self, fd: c_int) -> Answer;
    fn read(&self, fd: c_int, count: usize, at: Option<i64>) -> Answer;
    fn write(&self, fd: c_int, bytes: &[u8], at: Option<i64>) -> Answer;
    fn read_parts(&self, fd: c_int, parts: &[usize]) -> Answer;
    fn write_parts(&self, fd: c_int, parts: &[Vec<u8>]) -> Answer;
    fn seek(&self, fd: c_int, offset: i64, whence: c_int) -> Answer;
    fn dup(&self, fd: c_int) -> Answer;
    fn dup2(&self, fd: c_int, with: c_int) -> Answer;
    fn dup_from(&self, fd: c_int, least: c_int) -> Answer;
    fn control(&self, fd: c_int, command: c_int, argument: c_int) -> Answer;
    fn lock(&self, fd: c_int, command: c_int, lock: RecordLock) -> Answer;
    fn truncate(&self, path: &[u8], length: i64) -> Answer;
    fn ftruncate(&self, fd: c_int, length: i64) -> Answer;
    fn fallocate(&self, fd: c_int, offset: i64, length: i64) -> Answer;
    fn sync(&self, fd: c_int) -> Answer;
    fn stat(&self, directory: c_int, path: &[u8]) -> Answer;
    fn fstat(&self, fd: c_int) -> Answer;
    fn access(&self, path: &[u8], kind: c_int) -> Answer;
    fn make(&self, path: &[u8]) -> Answer;
    fn remove(&self, directory: c_int, path: &[u8], how: Removal) -> Answer;
    fn rename(&self, from: &[u8], to: &[u8]) -> Answer;
    fn go(&self, path: &[u8]) -> Answer;
    fn go_to(&self, fd: c_int) -> Answer;
    fn current(&self) -> Answer;
    fn list(&self, path: &[u8]) -> Answer;
    fn link(&self, path: &[u8]) -> Answer;
}

/// By which function something is removed.
#[derive(Clone, Copy, Debug)]
pub enum Removal {
    Unlink,
    Rmdir,
    Any,
}

fn string(path: &[u8]) -> CString {
    CString::new(path).unwrap()
}

/// The names and kinds in the order of the names.
fn sorted(mut names: Vec<(Vec<u8>, u8)>) -> Vec<u8> {
    names.sort();
    format!("{names:?}").into_bytes()
}

pub struct Module {
    pub files: Model,
    pub number: &'static CErrno,
}

impl Module {
    pub fn new() -> Self {
        let (files, _, number) = model();
        Self { files, number }
    }

    fn answer(&self, result: impl Into<i64>) -> Answer {
        let result = result.into();
        if result == -1 { Err(errno(self.number)).into() } else { Ok(result).into() }
    }

    fn answer_with(&self, result: impl Into<i64>, bytes: impl FnOnce(usize) -> Vec<u8>) -> Answer {
        let mut answer = self.answer(result);
        if let Ok(count) = answer.result {
            answer.bytes = bytes(count as usize);
        }
        answer
    }
}

// SAFETY of all blocks: what is handed over is as long as it says, paths are strings, and nobody else uses them.
impl Posix for Module {
    fn open(&self, directory: c_int, path: &[u8], flags: c_int) -> Answer {
        // SAFETY: it is never read.
        let mode = unsafe { VaList::from_c(ptr::null_mut()) };
        // SAFETY: as above.
        self.answer(unsafe { self.files.openat(directory, string(path).as_ptr(), flags, mode) })
    }

    fn close(&self, fd: c_int) -> Answer {
        self.answer(self.files.close(fd))
    }

    fn read(&self, fd: c_int, count: usize, at: Option<i64>) -> Answer {
        let mut bytes = vec![0_u8; count];
        let buffer = bytes.as_mut_ptr().cast();
        // SAFETY: as above.
        let read = unsafe {
            match at {
                None => self.files.read(fd, buffer, count),
                Some(at) => self.files.pread(fd, buffer, count, at),
            }
        };
        self.answer_with(read as i64, |count| bytes[..count].to_vec())
    }

    fn write(&self, fd: c_int, bytes: &[u8], at: Option<i64>) -> Answer {
        let buffer = bytes.as_ptr().cast();
        // SAFETY: as above.
        let written = unsafe {
            match at {
                None => self.files.write(fd, buffer, bytes.len()),
                Some(at) => self.files.pwrite(fd, buffer, bytes.len(), at),
            }
        };
        self.answer(written as i64)
    }

    fn read_parts(&self, fd: c_int, parts: &[usize]) -> Answer {
        let mut bytes: Vec<_> = parts.iter().map(|length| vec![0_u8; *length]).collect();
        let vector: Vec<_> = bytes
            .iter_mut()
            .map(|part| Part { base: part.as_mut_ptr().cast(), length: part.len() })
            .collect();
        // SAFETY: as above.
        let read = unsafe { self.files.readv(fd, vector.as_ptr(), vector.len() as c_int) };
        self.answer_with(read as i64, |_| bytes.concat())
    }

    fn write_parts(&self, fd: c_int, parts: &[Vec<u8>]) -> Answer {
        let part = |part: &Vec<u8>| Part { base: part.as_ptr().cast_mut().cast(), length: part.len() };
        let vector: Vec<_> = parts.iter().map(part).collect();
        // SAFETY: as above.
        self.answer(unsafe { self.files.writev(fd, vector.as_ptr(), vector.len() as c_int) } as i64)
    }

    fn seek(&self, fd: c_int, offset: i64, whence: c_int) -> Answer {
        self.answer(self.files.lseek(fd, offset, whence))
    }

    fn dup(&self, fd: c_int) -> Answer {
        self.answer(self.files.dup(fd))
    }

    fn dup2(&self, fd: c_int, with: c_int) -> Answer {
        self.answer(self.files.dup2(fd, with))
    }

    fn dup_from(&self, fd: c_int, least: c_int) -> Answer {
        self.files.controlled(fd, libc::F_DUPFD, least).map(i64::from).into()
    }

    fn control(&self, fd: c_int, command: c_int, argument: c_int) -> Answer {
        self.files.controlled(fd, command, argument).map(i64::from).into()
    }

    fn lock(&self, fd: c_int, command: c_int, mut lock: RecordLock) -> Answer {
        self.files.locked(fd, command, &mut lock).map(|()| i64::from(lock.kind)).into()
    }

    fn truncate(&self, path: &[u8], length: i64) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { self.files.truncate(string(path).as_ptr(), length) })
    }

    fn ftruncate(&self, fd: c_int, length: i64) -> Answer {
        self.answer(self.files.ftruncate(fd, length))
    }

    fn fallocate(&self, fd: c_int, offset: i64, length: i64) -> Answer {
        Ok(self.files.posix_fallocate(fd, offset, length).into()).into()
    }

    fn sync(&self, fd: c_int) -> Answer {
        self.answer(self.files.fsync(fd))
    }

    fn stat(&self, directory: c_int, path: &[u8]) -> Answer {
        let mut stat = Stat::default();
        // SAFETY: as above.
        let result = unsafe { self.files.fstatat(directory, string(path).as_ptr(), &raw mut stat, 0) };
        self.answer_with(result, |_| known(stat.mode, stat.size, stat.links))
    }

    fn fstat(&self, fd: c_int) -> Answer {
        let mut stat = Stat::default();
        // SAFETY: as above.
        let result = unsafe { self.files.fstat(fd, &raw mut stat) };
        self.answer_with(result, |_| known(stat.mode, stat.size, stat.links))
    }

    fn access(&self, path: &[u8], kind: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { self.files.access(string(path).as_ptr(), kind) })
    }

    fn make(&self, path: &[u8]) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { self.files.mkdir(string(path).as_ptr(), 0o777) })
    }

    fn remove(&self, directory: c_int, path: &[u8], how: Removal) -> Answer {
        let name = string(path);
        // SAFETY: as above.
        let removed = unsafe {
            match how {
                Removal::Unlink => self.files.unlinkat(directory, name.as_ptr(), 0),
                Removal::Rmdir => self.files.unlinkat(directory, name.as_ptr(), libc::AT_REMOVEDIR),
                Removal::Any => return Descriptors::remove(self.files, path).map(|()| 0).into(),
            }
        };
        self.answer(removed)
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> Answer {
        Descriptors::rename(self.files, from, to).map(|()| 0).into()
    }

    fn go(&self, path: &[u8]) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { self.files.chdir(string(path).as_ptr()) })
    }

    fn go_to(&self, fd: c_int) -> Answer {
        self.answer(self.files.fchdir(fd))
    }

    fn current(&self) -> Answer {
        let mut bytes = vec![0_u8; 8192];
        // SAFETY: as above.
        let got = unsafe { self.files.getcwd(bytes.as_mut_ptr().cast(), bytes.len()) };
        let text = |_| CStr::from_bytes_until_nul(&bytes).unwrap().to_bytes().to_vec();
        self.answer_with(if got.is_null() { -1 } else { 0 }, text)
    }

    fn list(&self, path: &[u8]) -> Answer {
        // SAFETY: as above.
        let directory = unsafe { self.files.opendir(string(path).as_ptr()) };
        if directory.is_null() {
            return self.answer(-1);
        }
        let mut names = Vec::new();
        // SAFETY: it was opened, and is closed once.
        unsafe {
            while let Some(entry) = self.files.readdir(directory).as_ref() {
                let name = CStr::from_bytes_until_nul(&entry.name).unwrap();
                names.push((name.to_bytes().to_vec(), entry.kind));
            }
            let mut answer = self.answer(self.files.closedir(directory));
            answer.bytes = sorted(names);
            answer
        }
    }

    fn link(&self, path: &[u8]) -> Answer {
        let mut buffer = [0; 8];
        // SAFETY: as above.
        self.answer(unsafe { self.files.readlink(string(path).as_ptr(), buffer.as_mut_ptr(), 8) } as i64)
    }
}

/// A directory of the host that stands for the root, and its descriptors from `base` on.
pub struct Host {
    root: PathBuf,
    base: c_int,
}

impl Host {
    /// Its directory is the current one of this thread.
    pub fn new(name: &str, base: c_int) -> Self {
        let root = std::env::temp_dir().join(format!("oscomp-posix-files-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir(&root).unwrap();
        let root = root.canonicalize().unwrap();
        // SAFETY: it takes no memory; only this thread's current directory is its own afterwards.
        assert_eq!(unsafe { libc::unshare(libc::CLONE_FS) }, 0);
        std::env::set_current_dir(&root).unwrap();
        Self { root, base }
    }

    fn fd(&self, fd: c_int) -> c_int {
        if fd < 0 { fd } else { fd + self.base }
    }

    fn path(&self, path: &[u8]) -> CString {
        if path.first() != Some(&b'/') {
            return string(path);
        }
        let mut whole = self.root.clone().into_os_string();
        whole.push(OsString::from_vec(path.to_vec()));
        CString::new(whole.into_vec()).unwrap()
    }

    fn answer(&self, result: impl Into<i64>) -> Answer {
        let result = result.into();
        let number = std::io::Error::last_os_error().raw_os_error().unwrap();
        if result == -1 { Err(number).into() } else { Ok(result).into() }
    }

    fn answer_with(&self, result: impl Into<i64>, bytes: impl FnOnce(usize) -> Vec<u8>) -> Answer {
        let mut answer = self.answer(result);
        if let Ok(count) = answer.result {
            answer.bytes = bytes(count as usize);
        }
        answer
    }

    /// Gives a descriptor that was opened the number that the module gave its.
    pub fn renumber(&self, fd: c_int, like: c_int) {
        // SAFETY: these take no memory.
        unsafe {
            let flags =
                if libc::fcntl(fd, libc::F_GETFD) & libc::FD_CLOEXEC == 0 { 0 } else { libc::O_CLOEXEC };
            assert_eq!(libc::fcntl(self.fd(like), libc::F_GETFD), -1, "the lowest is not open");
            assert_eq!(libc::dup3(fd, self.fd(like), flags), self.fd(like));
            libc::close(fd);
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for fd in 0..64 {
            // SAFETY: it takes no memory, and these are this test's.
            unsafe { libc::close(self.fd(fd)) };
        }
        let _ = std::env::set_current_dir("/");
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

// SAFETY of all blocks: as above.
impl Posix for Host {
    fn open(&self, directory: c_int, path: &[u8], flags: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::openat(self.fd(directory), self.path(path).as_ptr(), flags, 0o755) })
    }

    fn close(&self, fd: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::close(self.fd(fd)) })
    }

    fn read(&self, fd: c_int, count: usize, at: Option<i64>) -> Answer {
        let fd = self.fd(fd);
        let mut bytes = vec![0_u8; count];
        let buffer = bytes.as_mut_ptr().cast();
        // SAFETY: as above.
        let read = unsafe {
            match at {
                None => libc::read(fd, buffer, count),
                Some(at) => libc::pread(fd, buffer, count, at),
            }
        };
        self.answer_with(read as i64, |count| bytes[..count].to_vec())
    }

    fn write(&self, fd: c_int, bytes: &[u8], at: Option<i64>) -> Answer {
        let fd = self.fd(fd);
        let buffer: *const c_void = bytes.as_ptr().cast();
        // SAFETY: as above.
        let written = unsafe {
            match at {
                None => libc::write(fd, buffer, bytes.len()),
                Some(at) => libc::pwrite(fd, buffer, bytes.len(), at),
            }
        };
        self.answer(written as i64)
    }

    fn read_parts(&self, fd: c_int, parts: &[usize]) -> Answer {
        let mut bytes: Vec<_> = parts.iter().map(|length| vec![0_u8; *length]).collect();
        let vector: Vec<_> = bytes
            .iter_mut()
            .map(|part| libc::iovec { iov_base: part.as_mut_ptr().cast(), iov_len: part.len() })
            .collect();
        // SAFETY: as above.
        let read = unsafe { libc::readv(self.fd(fd), vector.as_ptr(), vector.len() as c_int) };
        self.answer_with(read as i64, |_| bytes.concat())
    }

    fn write_parts(&self, fd: c_int, parts: &[Vec<u8>]) -> Answer {
        let part =
            |part: &Vec<u8>| libc::iovec { iov_base: part.as_ptr().cast_mut().cast(), iov_len: part.len() };
        let vector: Vec<_> = parts.iter().map(part).collect();
        // SAFETY: as above.
        self.answer(unsafe { libc::writev(self.fd(fd), vector.as_ptr(), vector.len() as c_int) } as i64)
    }

    fn seek(&self, fd: c_int, offset: i64, whence: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::lseek(self.fd(fd), offset, whence) })
    }

    fn dup(&self, fd: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::dup(self.fd(fd)) })
    }

    fn dup2(&self, fd: c_int, with: c_int) -> Answer {
        // SAFETY: as above.
        let mut answer = self.answer(unsafe { libc::dup2(self.fd(fd), self.fd(with)) });
        answer.result = answer.result.map(|fd| fd - i64::from(self.base));
        answer
    }

    fn dup_from(&self, fd: c_int, least: c_int) -> Answer {
        // SAFETY: as above.
        let mut answer = self.answer(unsafe { libc::fcntl(self.fd(fd), libc::F_DUPFD, self.fd(least)) });
        answer.result = answer.result.map(|fd| fd - i64::from(self.base));
        answer
    }

    fn control(&self, fd: c_int, command: c_int, argument: c_int) -> Answer {
        // SAFETY: as above.
        let mut answer = self.answer(unsafe { libc::fcntl(self.fd(fd), command, argument) });
        if command == libc::F_GETFL {
            // Linux says that large files can be opened.
            answer.result = answer.result.map(|flags| flags & !0o100_000);
        }
        answer
    }

    fn lock(&self, fd: c_int, command: c_int, mut lock: RecordLock) -> Answer {
        // SAFETY: as above; the type is laid out as C's.
        let result = unsafe { libc::fcntl(self.fd(fd), command, &raw mut lock) };
        let mut answer = self.answer(result);
        answer.result = answer.result.map(|_| lock.kind.into());
        answer
    }

    fn truncate(&self, path: &[u8], length: i64) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::truncate(self.path(path).as_ptr(), length) })
    }

    fn ftruncate(&self, fd: c_int, length: i64) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::ftruncate(self.fd(fd), length) })
    }

    fn fallocate(&self, fd: c_int, offset: i64, length: i64) -> Answer {
        // SAFETY: as above.
        Ok(unsafe { libc::posix_fallocate(self.fd(fd), offset, length) }.into()).into()
    }

    fn sync(&self, fd: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::fdatasync(self.fd(fd)) })
    }

    fn stat(&self, directory: c_int, path: &[u8]) -> Answer {
        let mut stat = zeroed();
        // SAFETY: as above.
        let result = unsafe { libc::fstatat(self.fd(directory), self.path(path).as_ptr(), &raw mut stat, 0) };
        self.answer_with(result, |_| known(stat.st_mode, stat.st_size, stat.st_nlink))
    }

    fn fstat(&self, fd: c_int) -> Answer {
        let mut stat = zeroed();
        // SAFETY: as above.
        let result = unsafe { libc::fstat(self.fd(fd), &raw mut stat) };
        self.answer_with(result, |_| known(stat.st_mode, stat.st_size, stat.st_nlink))
    }

    fn access(&self, path: &[u8], kind: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::access(self.path(path).as_ptr(), kind) })
    }

    fn make(&self, path: &[u8]) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::mkdir(self.path(path).as_ptr(), 0o755) })
    }

    fn remove(&self, directory: c_int, path: &[u8], how: Removal) -> Answer {
        let (directory, path) = (self.fd(directory), self.path(path));
        // SAFETY: as above.
        self.answer(unsafe {
            match how {
                Removal::Unlink => libc::unlinkat(directory, path.as_ptr(), 0),
                Removal::Rmdir => libc::unlinkat(directory, path.as_ptr(), libc::AT_REMOVEDIR),
                Removal::Any => libc::remove(path.as_ptr()),
            }
        })
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::rename(self.path(from).as_ptr(), self.path(to).as_ptr()) })
    }

    fn go(&self, path: &[u8]) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::chdir(self.path(path).as_ptr()) })
    }

    fn go_to(&self, fd: c_int) -> Answer {
        // SAFETY: as above.
        self.answer(unsafe { libc::fchdir(self.fd(fd)) })
    }

    fn current(&self) -> Answer {
        let mut bytes = vec![0_u8; 8192];
        // SAFETY: as above.
        let got = unsafe { libc::getcwd(bytes.as_mut_ptr().cast(), bytes.len()) };
        let root = self.root.to_str().unwrap().as_bytes();
        self.answer_with(if got.is_null() { -1 } else { 0 }, |_| {
            let path = CStr::from_bytes_until_nul(&bytes).unwrap().to_bytes();
            let path = path.strip_prefix(root).unwrap();
            if path.is_empty() { b"/".to_vec() } else { path.to_vec() }
        })
    }

    fn list(&self, path: &[u8]) -> Answer {
        // SAFETY: as above.
        let directory = unsafe { libc::opendir(self.path(path).as_ptr()) };
        if directory.is_null() {
            return self.answer(-1);
        }
        let mut names = Vec::new();
        // SAFETY: it was opened, and is closed once.
        unsafe {
            while let Some(entry) = libc::readdir(directory).as_ref() {
                let name = CStr::from_ptr(entry.d_name.as_ptr());
                names.push((name.to_bytes().to_vec(), entry.d_type));
            }
            let mut answer = self.answer(libc::closedir(directory));
            answer.bytes = sorted(names);
            answer
        }
    }

    fn link(&self, path: &[u8]) -> Answer {
        let mut buffer = [0; 8];
        // SAFETY: as above.
        self.answer(unsafe { libc::readlink(self.path(path).as_ptr(), buffer.as_mut_ptr(), 8) } as i64)
    }
}

fn zeroed() -> libc::stat {
    // SAFETY: all of it are integers.
    unsafe { core::mem::zeroed() }
}
