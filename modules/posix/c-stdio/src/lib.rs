//! C's `<stdio.h>` (ISO C23, section 7.23; POSIX.1-2024) on descriptors.
//!
//! A stream is an entry of a table that is made at the start. Its buffer comes from the heap when it is first used; a
//! stream for which there is none is unbuffered. `setvbuf` takes the size from its caller, not the array, as ISO C allows.
#![no_std]

extern crate alloc;

mod bytes;
mod formatted;
mod gather;
mod mode;
mod opening;
mod position;
mod stream;

use alloc::boxed::Box;
use core::ffi::{CStr, c_char, c_int};
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use mode::Access;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_c_format::EOF;
use oscomp_interfaces::{Descriptors, Errno, Heap, or_errno};
use oscomp_macros::{Options, module};
use spin::{Mutex, MutexGuard};
use stream::{Buffering, Stream};

/// Streams for C programs: `printf`, `fopen` and the rest.
#[module(ambient(Heap), exports, stop)]
pub struct CStdio<
    /// What the streams read and write.
    Files: Descriptors,
    /// Where errors go.
    Numbers: Errno,
    Settings: Config<Options>,
> {
    files: Files,
    numbers: Numbers,
    /// Standard input, output and errors first.
    streams: Box<[File]>,
    settings: PhantomData<Settings>,
}

/// How much the streams take.
#[derive(Options)]
pub struct Options {
    /// Bytes of the buffer of a stream.
    #[option(default = "4KiB", range = "64B"..="1MiB")]
    pub buffer: Bytes,
    /// Streams that can be open at once, besides the three that are from the beginning.
    #[option(default = 16, range = 0..=1024)]
    pub streams: u16,
}

/// C's `FILE`: a stream, or room for one.
pub struct File {
    stream: Mutex<Stream>,
    /// Whether there may be something to flush. Not behind the lock, since who waits for input has that.
    writes: AtomicBool,
}

/// Standard streams.
const STANDARD: usize = 3;
const OUTPUT: usize = 1;
const ERRORS: usize = 2;

impl<Files: Descriptors, Numbers: Errno, Settings: Config<Options>> CStdio<Files, Numbers, Settings> {
    /// Opens the standard streams on the descriptors 0, 1 and 2.
    ///
    /// # Errors
    /// None.
    pub fn start(files: Files, numbers: Numbers) -> Result<Self, StartError> {
        let Options { buffer, streams } = Settings::OPTIONS;
        let streams = (0..STANDARD + usize::from(streams)).map(|_| File::new(buffer.get())).collect();
        let this = Self { files, numbers, streams, settings: PhantomData };
        let accesses = [Access::READ, Access::WRITE, Access::WRITE];
        for ((descriptor, access), file) in (0..).zip(accesses).zip(&this.streams) {
            file.open(&mut file.stream.lock(), descriptor, access);
        }
        this.streams[ERRORS].stream.lock().set_buffering(Buffering::None, 0);
        Ok(this)
    }

    /// Writes what lies in the buffers. What another thread is busy with stays there.
    pub fn stop(&self) {
        for file in &self.streams {
            if let Some(mut stream) = file.stream.try_lock() {
                // Nobody is left who could be told.
                let _ = stream.flush(self.files);
            }
        }
    }

    /// Flushes every stream that is written to. Who is busy with one is waited for.
    fn flush_all(&self) -> Result<(), c_int> {
        let mut result = Ok(());
        for file in self.streams.iter().filter(|file| file.writes.load(Ordering::Acquire)) {
            result = result.and(file.stream.lock().flush_output(self.files));
        }
        result
    }

    /// Makes visible what was written in lines, before somebody waits for an answer (ISO C, section 7.23.3). Who is busy
    /// is not waited for: two threads that wait for each other's input would never go on.
    fn flush_lines(&self) {
        for file in self.streams.iter().filter(|file| file.writes.load(Ordering::Acquire)) {
            if let Some(mut stream) = file.stream.try_lock()
                && stream.is_in_lines()
            {
                // The error stays with the stream.
                let _ = stream.flush_output(self.files);
            }
        }
    }

    /// Does something that reads a stream.
    ///
    /// # Safety
    /// `file` is one of this instance.
    unsafe fn reading<T>(&self, file: *mut File, read: impl FnOnce(&mut Stream) -> T) -> T {
        // SAFETY: the caller's.
        let mut stream = unsafe { lock(file) };
        if stream.may_wait(self.files) {
            self.flush_lines();
        }
        read(&mut stream)
    }

    /// The value of a function that sets `errno` where it fails.
    fn or<T>(&self, result: Result<T, c_int>, failure: T) -> T {
        or_errno(self.numbers, result, failure)
    }

    /// 0, or [`EOF`] and `errno`.
    fn status(&self, result: Result<(), c_int>) -> c_int {
        self.or(result.map(|()| 0), EOF)
    }

    fn standard(&self, index: usize) -> *mut File {
        self.streams.get(index).map_or(ptr::null_mut(), File::handle)
    }
}

impl File {
    const fn new(buffer: usize) -> Self {
        Self { stream: Mutex::new(Stream::new(buffer)), writes: AtomicBool::new(false) }
    }

    /// What C has of it. Nothing but this module looks behind it, and it does so by shared references.
    const fn handle(&self) -> *mut Self {
        ptr::from_ref(self).cast_mut()
    }

    fn open(&self, stream: &mut Stream, descriptor: c_int, access: Access) {
        stream.open(descriptor, access);
        self.writes.store(access.writes, Ordering::Release);
    }
}

/// # Safety
/// `file` is a stream that `fopen` or the like has given out.
unsafe fn lock<'a>(file: *mut File) -> MutexGuard<'a, Stream> {
    // SAFETY: entries of the table stay where they are for as long as the image runs.
    unsafe { &*file }.stream.lock()
}

/// # Safety
/// `text` is a string, which stays as it is while the result is used.
unsafe fn string<'a>(text: *const c_char) -> &'a CStr {
    // SAFETY: the caller's.
    unsafe { CStr::from_ptr(text) }
}

#[cfg(test)]
mod tests;
