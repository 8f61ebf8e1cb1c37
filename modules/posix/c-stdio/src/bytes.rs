//! Bytes and lines, in and out.

use crate::gather::Gather;
use crate::{CStdio, ERRORS, File, OUTPUT, Options, lock, string};
use core::ffi::{c_char, c_int, c_void};
use core::fmt::Write as _;
use core::{fmt, ptr, slice};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::description;
use oscomp_c_format::{EOF, Sink};
use oscomp_interfaces::{Descriptors, Errno, errno};
use oscomp_macros::exports;

#[exports]
impl<Files: Descriptors, Numbers: Errno, Settings: Config<Options>> CStdio<Files, Numbers, Settings> {
    /// Reads members of an array; how many whole ones (ISO C, section 7.23.8.1).
    ///
    /// # Safety
    /// `file` is a stream, and the array can be written.
    pub unsafe fn fread(&self, array: *mut c_void, size: usize, count: usize, file: *mut File) -> usize {
        let Some(bytes) = size.checked_mul(count).filter(|bytes| *bytes > 0) else { return 0 };
        // SAFETY: by the contract. What C calls uninitialised has values too once its address has come here.
        let into = unsafe { slice::from_raw_parts_mut(array.cast::<u8>(), bytes) };
        // SAFETY: the caller's.
        let (read, result) = unsafe { self.reading(file, |stream| stream.read(self.files, into)) };
        self.status(result);
        read / size
    }

    /// Writes members of an array; how many whole ones (ISO C, section 7.23.8.2).
    ///
    /// # Safety
    /// `file` is a stream, and the array can be read.
    pub unsafe fn fwrite(&self, array: *const c_void, size: usize, count: usize, file: *mut File) -> usize {
        let Some(bytes) = size.checked_mul(count).filter(|bytes| *bytes > 0) else { return 0 };
        // SAFETY: the caller's.
        let from = unsafe { slice::from_raw_parts(array.cast::<u8>(), bytes) };
        // SAFETY: the caller's.
        let (written, result) = unsafe { lock(file) }.write(self.files, from);
        self.status(result);
        written / size
    }

    /// Reads a byte (ISO C, section 7.23.7.1).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn fgetc(&self, file: *mut File) -> c_int {
        // SAFETY: the caller's.
        let byte = unsafe { self.reading(file, |stream| stream.get(self.files)) };
        self.or(byte.map(|byte| byte.map_or(EOF, c_int::from)), EOF)
    }

    /// As `fgetc` (ISO C, section 7.23.7.5).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn getc(&self, file: *mut File) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.fgetc(file) }
    }

    /// Reads a byte from the standard input (ISO C, section 7.23.7.6).
    pub fn getchar(&self) -> c_int {
        // SAFETY: it is one of our streams.
        unsafe { self.fgetc(self.standard(0)) }
    }

    /// Gives a byte back to a stream; up to 8 at a time beyond those that were read (ISO C, section 7.23.7.10).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn ungetc(&self, byte: c_int, file: *mut File) -> c_int {
        if byte == EOF {
            return EOF;
        }
        // SAFETY: the caller's.
        let given = unsafe { lock(file) }.give_back(self.files, byte as u8);
        let value = c_int::from(byte as u8);
        self.or(given.map(|given| if given { value } else { EOF }), EOF)
    }

    /// Reads a line, with its end, as far as there is room (ISO C, section 7.23.7.2).
    ///
    /// # Safety
    /// `file` is a stream, and as many bytes can be written.
    pub unsafe fn fgets(&self, line: *mut c_char, size: c_int, file: *mut File) -> *mut c_char {
        let Some(most) = usize::try_from(size).ok().and_then(|size| size.checked_sub(1)) else {
            return ptr::null_mut();
        };
        // SAFETY: as for the array of `fread`.
        let into = unsafe { slice::from_raw_parts_mut(line.cast::<u8>(), most + 1) };
        // SAFETY: the caller's.
        let read = unsafe { self.reading(file, |stream| stream.read_line(self.files, &mut into[..most])) };
        let count = match read {
            Ok(0) if most > 0 => return ptr::null_mut(),
            read => self.or(read.map(Some), None),
        };
        let Some(count) = count else { return ptr::null_mut() };
        into[count] = 0;
        line
    }

    /// Writes a byte (ISO C, section 7.23.7.3).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn fputc(&self, byte: c_int, file: *mut File) -> c_int {
        // SAFETY: the caller's.
        let (_, result) = unsafe { lock(file) }.write(self.files, &[byte as u8]);
        self.or(result.map(|()| c_int::from(byte as u8)), EOF)
    }

    /// As `fputc` (ISO C, section 7.23.7.7).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn putc(&self, byte: c_int, file: *mut File) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.fputc(byte, file) }
    }

    /// Writes a byte to the standard output (ISO C, section 7.23.7.8).
    pub fn putchar(&self, byte: c_int) -> c_int {
        // SAFETY: it is one of our streams.
        unsafe { self.fputc(byte, self.standard(OUTPUT)) }
    }

    /// Writes a string (ISO C, section 7.23.7.4).
    ///
    /// # Safety
    /// `file` is a stream, and the other one a string.
    pub unsafe fn fputs(&self, text: *const c_char, file: *mut File) -> c_int {
        // SAFETY: the caller's.
        let (text, mut stream) = unsafe { (string(text).to_bytes(), lock(file)) };
        self.status(stream.write(self.files, text).1)
    }

    /// Writes a line to the standard output (ISO C, section 7.23.7.9).
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn puts(&self, text: *const c_char) -> c_int {
        // SAFETY: the caller's; it is one of our streams.
        let (text, mut stream) = unsafe { (string(text).to_bytes(), lock(self.standard(OUTPUT))) };
        let written = stream.write(self.files, text).1;
        self.status(written.and_then(|()| stream.write(self.files, b"\n").1))
    }

    /// Writes what the error in `errno` is to the standard errors, behind a string if there is one that is not empty
    /// (ISO C, section 7.23.10.4).
    ///
    /// # Safety
    /// It is a string or null.
    pub unsafe fn perror(&self, text: *const c_char) {
        let number = errno(self.numbers);
        // SAFETY: the caller's.
        let text = if text.is_null() { b"" } else { unsafe { string(text) }.to_bytes() };
        // SAFETY: it is one of our streams.
        let mut stream = unsafe { lock(self.standard(ERRORS)) };
        let mut line = Line(Gather::new(|bytes: &[u8]| stream.write(self.files, bytes).1));
        let mut write = || {
            if !text.is_empty() {
                line.0.write(text).map_err(|_| fmt::Error)?;
                line.write_str(": ")?;
            }
            match description(number) {
                Some(description) => writeln!(line, "{description}"),
                None => writeln!(line, "Unknown error {number}"),
            }
        };
        // There is no way to tell of an error but the stream's own.
        let _ = write();
        let _ = line.0.finish();
    }
}

/// Rust's text among C's.
struct Line<F>(Gather<F>);

impl<F: FnMut(&[u8]) -> Result<(), c_int>> fmt::Write for Line<F> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes()).map_err(|_| fmt::Error)
    }
}
