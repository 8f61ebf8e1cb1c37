//! Opening, closing, buffers, and files by their names.

use crate::mode::Mode;
use crate::stream::{Buffering, Stream};
use crate::{CStdio, File, Options, STANDARD, lock, string};
use core::ffi::{c_char, c_int};
use core::ptr;
use core::sync::atomic::Ordering;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EBADF, EINVAL, EMFILE};
use oscomp_interfaces::{Descriptors, Errno, Whence};
use oscomp_macros::exports;
use spin::MutexGuard;

/// What new files may be used for, before `umask`.
const EVERYBODY_READS_AND_WRITES: u32 = 0o666;

/// What `setbuf` makes of a buffer, `BUFSIZ`.
const BUFFER: usize = 1024;

#[exports]
impl<Files: Descriptors, Numbers: Errno, Settings: Config<Options>> CStdio<Files, Numbers, Settings> {
    /// The standard input, output and errors, by their descriptors: what `stdin`, `stdout` and `stderr` stand for.
    pub fn __stdio_stream(&self, descriptor: c_int) -> *mut File {
        let index = usize::try_from(descriptor).ok().filter(|index| *index < STANDARD);
        index.map_or(ptr::null_mut(), |index| self.standard(index))
    }

    /// Opens a file (ISO C, section 7.23.5.3).
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn fopen(&self, path: *const c_char, mode: *const c_char) -> *mut File {
        // SAFETY: the caller's.
        let (path, mode) = unsafe { (string(path).to_bytes(), string(mode).to_bytes()) };
        let opened = || {
            let mode = Mode::read(mode)?;
            let (file, mut stream) = self.free().ok_or(EMFILE)?;
            let descriptor = self.files.open(path, mode.flags, EVERYBODY_READS_AND_WRITES)?;
            self.begin(file, &mut stream, descriptor, mode);
            Ok(file.handle())
        };
        self.or(opened(), ptr::null_mut())
    }

    /// Opens another file in place of a stream's (ISO C, section 7.23.5.4). The mode of the same file cannot be changed.
    ///
    /// # Safety
    /// The mode and the path, unless that is null, are strings, and `file` is a stream.
    pub unsafe fn freopen(&self, path: *const c_char, mode: *const c_char, file: *mut File) -> *mut File {
        // SAFETY: the caller's.
        let (mode, mut stream) = unsafe { (string(mode).to_bytes(), lock(file)) };
        // That the old file fails to close is no failure.
        let _ = stream.close(self.files);
        let mut opened = || {
            let mode = Mode::read(mode)?;
            if path.is_null() {
                return Err(EBADF);
            }
            // SAFETY: the caller's.
            let path = unsafe { string(path) }.to_bytes();
            let descriptor = self.files.open(path, mode.flags, EVERYBODY_READS_AND_WRITES)?;
            // SAFETY: the caller's.
            self.begin(unsafe { &*file }, &mut stream, descriptor, mode);
            Ok(file)
        };
        self.or(opened(), ptr::null_mut())
    }

    /// Makes a stream of a descriptor (POSIX.1-2024). That it was opened for what the mode says is not checked.
    ///
    /// # Safety
    /// The mode is a string.
    pub unsafe fn fdopen(&self, descriptor: c_int, mode: *const c_char) -> *mut File {
        // SAFETY: the caller's.
        let mode = unsafe { string(mode) }.to_bytes();
        let opened = || {
            let mode = Mode::read(mode)?;
            self.files.is_terminal(descriptor)?;
            let (file, mut stream) = self.free().ok_or(EMFILE)?;
            self.begin(file, &mut stream, descriptor, mode);
            Ok(file.handle())
        };
        self.or(opened(), ptr::null_mut())
    }

    /// Flushes and closes a stream (ISO C, section 7.23.5.1).
    ///
    /// # Safety
    /// `file` is a stream, which is not used afterwards.
    pub unsafe fn fclose(&self, file: *mut File) -> c_int {
        // SAFETY: the caller's.
        let (mut stream, writes) = unsafe { (lock(file), &(*file).writes) };
        writes.store(false, Ordering::Release);
        self.status(stream.close(self.files))
    }

    /// Flushes a stream, or all that are written to (ISO C, section 7.23.5.2). One that is read goes back to what was not
    /// read (POSIX.1-2024).
    ///
    /// # Safety
    /// `file` is a stream or null.
    pub unsafe fn fflush(&self, file: *mut File) -> c_int {
        if file.is_null() {
            return self.status(self.flush_all());
        }
        // SAFETY: the caller's.
        self.status(unsafe { lock(file) }.flush(self.files))
    }

    /// Sets when a stream hands on what is written, and how large its buffer is (ISO C, section 7.23.5.6). The array is not
    /// used.
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn setvbuf(&self, file: *mut File, _array: *mut c_char, mode: c_int, size: usize) -> c_int {
        let buffering = match mode {
            0 => Ok(Buffering::Full),
            1 => Ok(Buffering::Line),
            2 => Ok(Buffering::None),
            _ => Err(EINVAL),
        };
        // SAFETY: the caller's.
        let mut stream = unsafe { lock(file) };
        self.status(buffering.and_then(|buffering| stream.change_buffering(self.files, buffering, size)))
    }

    /// Sets full buffering, or none if the array is null (ISO C, section 7.23.5.5).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn setbuf(&self, file: *mut File, array: *mut c_char) {
        let buffering = if array.is_null() { Buffering::None } else { Buffering::Full };
        // SAFETY: the caller's.
        let mut stream = unsafe { lock(file) };
        self.status(stream.change_buffering(self.files, buffering, BUFFER));
    }

    /// The descriptor of a stream (POSIX.1-2024).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn fileno(&self, file: *mut File) -> c_int {
        // SAFETY: the caller's.
        self.or(unsafe { lock(file) }.descriptor(), -1)
    }

    /// Removes a file (ISO C, section 7.23.4.1).
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn remove(&self, path: *const c_char) -> c_int {
        // SAFETY: the caller's.
        self.status(self.files.remove(unsafe { string(path) }.to_bytes()))
    }

    /// Gives a file another name (ISO C, section 7.23.4.2).
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn rename(&self, from: *const c_char, to: *const c_char) -> c_int {
        // SAFETY: the caller's.
        let (from, to) = unsafe { (string(from).to_bytes(), string(to).to_bytes()) };
        self.status(self.files.rename(from, to))
    }

    /// Does nothing: each function has the stream for itself while it runs.
    pub fn flockfile(&self, _file: *mut File) {}

    /// Does nothing, as [`flockfile`](Self::flockfile).
    pub fn funlockfile(&self, _file: *mut File) {}

    /// Room for a stream. Who is busy with one has it open.
    fn free(&self) -> Option<(&File, MutexGuard<'_, Stream>)> {
        let others = self.streams.iter().skip(STANDARD);
        others.filter_map(|file| Some((file, file.stream.try_lock()?))).find(|(_, stream)| !stream.is_open())
    }

    fn begin(&self, file: &File, stream: &mut Stream, descriptor: c_int, mode: Mode) {
        file.open(stream, descriptor, mode.access);
        if mode.starts_at_end {
            // What has no position has none at the end either.
            let _ = stream.seek(self.files, 0, Whence::End);
        }
    }
}
