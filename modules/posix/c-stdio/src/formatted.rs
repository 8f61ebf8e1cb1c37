//! `printf`, `scanf` and their families.

use crate::gather::Gather;
use crate::stream::{Stream, send};
use crate::{CStdio, File, OUTPUT, Options, lock, string};
use core::ffi::{c_char, c_int};
use oscomp_abi::Config;
use oscomp_c_abi::VaList;
use oscomp_c_format::{EOF, Memory, Sink, Source, Text, print, scan};
use oscomp_interfaces::{Descriptors, Errno};
use oscomp_macros::exports;

/// What `sprintf` takes an array of unknown size for.
const UNBOUNDED: usize = isize::MAX.unsigned_abs();

#[exports]
impl<Files: Descriptors, Numbers: Errno, Settings: Config<Options>> CStdio<Files, Numbers, Settings> {
    /// Formats to the standard output (ISO C, section 7.23.6.3).
    ///
    /// # Safety
    /// The arguments are those that the format asks for.
    #[variadic]
    pub unsafe fn printf(&self, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vprintf(format, arguments) }
    }

    /// Formats to a stream (ISO C, section 7.23.6.1).
    ///
    /// # Safety
    /// `file` is a stream, and the arguments are those that the format asks for.
    #[variadic]
    pub unsafe fn fprintf(&self, file: *mut File, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vfprintf(file, format, arguments) }
    }

    /// Formats to a descriptor (POSIX.1-2024).
    ///
    /// # Safety
    /// The arguments are those that the format asks for.
    #[variadic]
    pub unsafe fn dprintf(&self, descriptor: c_int, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vdprintf(descriptor, format, arguments) }
    }

    /// Formats to an array (ISO C, section 7.23.6.6).
    ///
    /// # Safety
    /// The arguments are those that the format asks for, and the array has room for all.
    #[variadic]
    pub unsafe fn sprintf(&self, array: *mut c_char, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vsnprintf(array, UNBOUNDED, format, arguments) }
    }

    /// Formats to an array of a size (ISO C, section 7.23.6.5).
    ///
    /// # Safety
    /// The arguments are those that the format asks for, and the array has the size.
    #[variadic]
    pub unsafe fn snprintf(
        &self,
        array: *mut c_char,
        size: usize,
        format: *const c_char,
        arguments: VaList,
    ) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vsnprintf(array, size, format, arguments) }
    }

    /// As `printf` (ISO C, section 7.23.6.10).
    ///
    /// # Safety
    /// As for `printf`.
    pub unsafe fn vprintf(&self, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same; it is one of our streams.
        unsafe { self.vfprintf(self.standard(OUTPUT), format, arguments) }
    }

    /// As `fprintf` (ISO C, section 7.23.6.8).
    ///
    /// # Safety
    /// As for `fprintf`.
    pub unsafe fn vfprintf(&self, file: *mut File, format: *const c_char, mut arguments: VaList) -> c_int {
        // SAFETY: the caller's.
        let (mut stream, format) = unsafe { (lock(file), string(format)) };
        let is_unbuffered = stream.is_unbuffered();
        let write = |bytes: &[u8]| stream.write(self.files, bytes).1;
        let written = if is_unbuffered {
            let mut gather = Gather::new(write);
            // SAFETY: the caller's.
            let written = unsafe { print(&mut gather, format, &mut arguments) };
            gather.finish().and(written)
        } else {
            // SAFETY: the caller's.
            unsafe { print(&mut Direct(write), format, &mut arguments) }
        };
        self.or(written, EOF)
    }

    /// As `dprintf` (POSIX.1-2024).
    ///
    /// # Safety
    /// As for `dprintf`.
    pub unsafe fn vdprintf(&self, descriptor: c_int, format: *const c_char, mut arguments: VaList) -> c_int {
        let mut gather = Gather::new(|bytes: &[u8]| send(self.files, descriptor, bytes, &mut 0));
        // SAFETY: the caller's.
        let written = unsafe { print(&mut gather, string(format), &mut arguments) };
        self.or(gather.finish().and(written), EOF)
    }

    /// As `sprintf` (ISO C, section 7.23.6.13).
    ///
    /// # Safety
    /// As for `sprintf`.
    pub unsafe fn vsprintf(&self, array: *mut c_char, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vsnprintf(array, UNBOUNDED, format, arguments) }
    }

    /// As `snprintf` (ISO C, section 7.23.6.12).
    ///
    /// # Safety
    /// As for `snprintf`.
    pub unsafe fn vsnprintf(
        &self,
        array: *mut c_char,
        size: usize,
        format: *const c_char,
        mut arguments: VaList,
    ) -> c_int {
        // SAFETY: the caller's.
        let mut memory = unsafe { Memory::new(array.cast(), size) };
        // SAFETY: the caller's.
        let written = unsafe { print(&mut memory, string(format), &mut arguments) };
        memory.finish();
        self.or(written, EOF)
    }

    /// Reads by a format from the standard input (ISO C, section 7.23.6.4).
    ///
    /// # Safety
    /// The arguments are those that the format asks for.
    #[variadic]
    pub unsafe fn scanf(&self, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vscanf(format, arguments) }
    }

    /// Reads by a format from a stream (ISO C, section 7.23.6.2).
    ///
    /// # Safety
    /// `file` is a stream, and the arguments are those that the format asks for.
    #[variadic]
    pub unsafe fn fscanf(&self, file: *mut File, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vfscanf(file, format, arguments) }
    }

    /// Reads by a format from a string (ISO C, section 7.23.6.7).
    ///
    /// # Safety
    /// The arguments are those that the format asks for, and both others are strings.
    #[variadic]
    pub unsafe fn sscanf(&self, text: *const c_char, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.vsscanf(text, format, arguments) }
    }

    /// As `scanf` (ISO C, section 7.23.6.11).
    ///
    /// # Safety
    /// As for `scanf`.
    pub unsafe fn vscanf(&self, format: *const c_char, arguments: VaList) -> c_int {
        // SAFETY: the contract is the same; it is one of our streams.
        unsafe { self.vfscanf(self.standard(0), format, arguments) }
    }

    /// As `fscanf` (ISO C, section 7.23.6.9).
    ///
    /// # Safety
    /// As for `fscanf`.
    pub unsafe fn vfscanf(&self, file: *mut File, format: *const c_char, mut arguments: VaList) -> c_int {
        // SAFETY: the caller's.
        let (count, error) = unsafe {
            self.reading(file, |stream| {
                let mut taken = Taken { stream, files: self.files, error: None };
                let count = scan(&mut taken, string(format), &mut arguments);
                (count, taken.error)
            })
        };
        self.status(error.map_or(Ok(()), Err));
        count
    }

    /// As `sscanf` (ISO C, section 7.23.6.14).
    ///
    /// # Safety
    /// As for `sscanf`.
    pub unsafe fn vsscanf(&self, text: *const c_char, format: *const c_char, mut arguments: VaList) -> c_int {
        // SAFETY: the caller's.
        unsafe { scan(&mut Text::new(string(text).to_bytes()), string(format), &mut arguments) }
    }
}

/// Hands on each piece.
struct Direct<F>(F);

impl<F: FnMut(&[u8]) -> Result<(), c_int>> Sink for Direct<F> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), c_int> {
        (self.0)(bytes)
    }
}

/// A stream that a scan takes from.
struct Taken<'a, Files> {
    stream: &'a mut Stream,
    files: Files,
    error: Option<c_int>,
}

impl<Files: Descriptors> Source for Taken<'_, Files> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.stream.get(self.files);
        byte.unwrap_or_else(|number| {
            self.error = Some(number);
            None
        })
    }

    fn back(&mut self, byte: u8) {
        // There is room for what was just taken.
        let _ = self.stream.give_back(self.files, byte);
    }
}
