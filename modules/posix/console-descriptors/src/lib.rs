//! The standard descriptors on a console, for C programs that need no files.
#![no_std]

use core::ffi::{c_int, c_void};
use core::hint::spin_loop;
use core::marker::PhantomData;
use core::slice;
use core::sync::atomic::{AtomicU8, Ordering};
use oscomp_abi::{Config, StartError};
use oscomp_c_abi::numbers::{EBADF, EINVAL, ENOSYS, ESPIPE};
use oscomp_interfaces::{Console, Descriptors, Errno, ErrorNumber, Whence, or_errno};
use oscomp_macros::{Options, exports, module};

/// Descriptors 0, 1 and 2 on a console.
#[module(provides(Descriptors), exports)]
pub struct ConsoleDescriptors<
    /// Where 1 and 2 write to, and 0 reads from.
    Output: Console,
    /// Where errors of the functions for C go.
    Numbers: Errno,
    Settings: Config<Options>,
> {
    output: Output,
    numbers: Numbers,
    /// A bit for each descriptor that was closed.
    closed: AtomicU8,
    settings: PhantomData<Settings>,
}

/// What there is to read.
#[derive(Options)]
pub struct Options {
    /// Whether 0 reads what arrives at the console, and waits for it. Else it is at its end.
    #[option(default = true)]
    pub input: bool,
}

impl<Output: Console, Numbers: Errno, Settings: Config<Options>>
    ConsoleDescriptors<Output, Numbers, Settings>
{
    /// Opens the three.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, numbers: Numbers) -> Result<Self, StartError> {
        Ok(Self { output, numbers, closed: AtomicU8::new(0), settings: PhantomData })
    }

    /// The bit of an open descriptor.
    fn bit(&self, descriptor: i32) -> Result<u8, ErrorNumber> {
        let bit = match descriptor {
            0..=2 => 1 << descriptor,
            _ => return Err(EBADF),
        };
        if self.closed.load(Ordering::Relaxed) & bit == 0 { Ok(bit) } else { Err(EBADF) }
    }

    fn or<T>(&self, result: Result<T, ErrorNumber>, failure: T) -> T {
        or_errno(self.numbers, result, failure)
    }
}

/// A terminal's input is translated as POSIX has it (`ICRNL`): the return key ends a line. It is neither echoed nor
/// edited.
impl<Output: Console, Numbers: Errno, Settings: Config<Options>> Descriptors
    for &ConsoleDescriptors<Output, Numbers, Settings>
{
    fn open(self, _path: &[u8], _flags: i32, _mode: u32) -> Result<i32, ErrorNumber> {
        Err(ENOSYS)
    }

    fn close(self, descriptor: i32) -> Result<(), ErrorNumber> {
        let bit = self.bit(descriptor)?;
        self.closed.fetch_or(bit, Ordering::Relaxed);
        Ok(())
    }

    fn read(self, descriptor: i32, into: &mut [u8]) -> Result<usize, ErrorNumber> {
        self.bit(descriptor)?;
        if descriptor != 0 {
            return Err(EBADF);
        }
        if into.is_empty() || !Settings::OPTIONS.input {
            return Ok(0);
        }
        loop {
            let count = self.output.read(into);
            if count > 0 {
                let returns = into[..count].iter_mut().filter(|byte| **byte == b'\r');
                returns.for_each(|byte| *byte = b'\n');
                return Ok(count);
            }
            spin_loop();
        }
    }

    fn write(self, descriptor: i32, from: &[u8]) -> Result<usize, ErrorNumber> {
        self.bit(descriptor)?;
        if descriptor == 0 {
            return Err(EBADF);
        }
        self.output.write(from);
        Ok(from.len())
    }

    fn seek(self, descriptor: i32, _offset: i64, _whence: Whence) -> Result<u64, ErrorNumber> {
        self.bit(descriptor)?;
        Err(ESPIPE)
    }

    fn is_terminal(self, descriptor: i32) -> Result<bool, ErrorNumber> {
        self.bit(descriptor).map(|_| true)
    }

    fn remove(self, _path: &[u8]) -> Result<(), ErrorNumber> {
        Err(ENOSYS)
    }

    fn rename(self, _from: &[u8], _to: &[u8]) -> Result<(), ErrorNumber> {
        Err(ENOSYS)
    }
}

#[exports]
impl<Output: Console, Numbers: Errno, Settings: Config<Options>>
    ConsoleDescriptors<Output, Numbers, Settings>
{
    /// Reads what has arrived, waiting for the first byte (POSIX.1-2024).
    ///
    /// # Safety
    /// As many bytes can be written.
    pub unsafe fn read(&self, descriptor: c_int, into: *mut c_void, size: usize) -> isize {
        let into: &mut [u8] = if size == 0 {
            &mut []
        } else {
            // SAFETY: by the contract. What C calls uninitialised has values too once its address has come here.
            unsafe { slice::from_raw_parts_mut(into.cast(), size) }
        };
        let count = Descriptors::read(self, descriptor, into);
        self.or(count.map(usize::cast_signed), -1)
    }

    /// Writes to the console (POSIX.1-2024).
    ///
    /// # Safety
    /// As many bytes can be read.
    pub unsafe fn write(&self, descriptor: c_int, from: *const c_void, size: usize) -> isize {
        let from: &[u8] = if size == 0 {
            &[]
        } else {
            // SAFETY: the caller's.
            unsafe { slice::from_raw_parts(from.cast(), size) }
        };
        let count = Descriptors::write(self, descriptor, from);
        self.or(count.map(usize::cast_signed), -1)
    }

    /// Closes a descriptor (POSIX.1-2024).
    pub fn close(&self, descriptor: c_int) -> c_int {
        self.or(Descriptors::close(self, descriptor).map(|()| 0), -1)
    }

    /// Fails: a console has no positions (POSIX.1-2024).
    pub fn lseek(&self, descriptor: c_int, offset: i64, whence: c_int) -> i64 {
        let whence = match whence {
            0 => Ok(Whence::Start),
            1 => Ok(Whence::Current),
            2 => Ok(Whence::End),
            _ => Err(EINVAL),
        };
        let position = whence.and_then(|whence| Descriptors::seek(self, descriptor, offset, whence));
        self.or(position.map(u64::cast_signed), -1)
    }

    /// Whether a person may be at the other end (POSIX.1-2024).
    pub fn isatty(&self, descriptor: c_int) -> c_int {
        self.or(Descriptors::is_terminal(self, descriptor).map(c_int::from), 0)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::sync::atomic::AtomicI32;
    use oscomp_interfaces::errno;
    use std::boxed::Box;
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use std::vec::Vec;

    /// A console where bytes arrive one at a time, after some time.
    #[derive(Default)]
    struct Fake {
        written: Mutex<Vec<u8>>,
        arriving: Mutex<VecDeque<Option<u8>>>,
        number: AtomicI32,
    }

    impl Console for &'static Fake {
        fn write(self, bytes: &[u8]) {
            self.written.lock().unwrap().extend_from_slice(bytes);
        }

        fn read(self, buffer: &mut [u8]) -> usize {
            let Some(byte) = self.arriving.lock().unwrap().pop_front().flatten() else { return 0 };
            buffer[0] = byte;
            1
        }
    }

    impl Errno for &'static Fake {
        fn cell(self) -> &'static AtomicI32 {
            &self.number
        }
    }

    #[derive(Clone, Copy)]
    struct Input<const IS_THERE: bool>;

    impl<const IS_THERE: bool> Config<Options> for Input<IS_THERE> {
        const OPTIONS: Options = Options { input: IS_THERE };
    }

    type Started<const IS_THERE: bool> = ConsoleDescriptors<&'static Fake, &'static Fake, Input<IS_THERE>>;

    fn start<const IS_THERE: bool>() -> (&'static Fake, Started<IS_THERE>) {
        let fake: &'static Fake = Box::leak(Box::default());
        (fake, ConsoleDescriptors::start(fake, fake).unwrap())
    }

    #[test]
    fn what_is_written_is_on_the_console() {
        let (fake, descriptors) = start::<true>();
        assert_eq!(Descriptors::write(&descriptors, 1, b"out "), Ok(4));
        assert_eq!(Descriptors::write(&descriptors, 2, b"err"), Ok(3));
        assert_eq!(Descriptors::write(&descriptors, 0, b"in"), Err(EBADF));
        assert_eq!(Descriptors::write(&descriptors, 3, b"x"), Err(EBADF));
        // SAFETY: there are as many bytes.
        let written = unsafe { descriptors.write(1, b"!?".as_ptr().cast(), 1) };
        assert_eq!((written, &**fake.written.lock().unwrap()), (1, &b"out err!"[..]));
    }

    #[test]
    fn reading_waits_and_ends_lines() {
        let (fake, descriptors) = start::<true>();
        fake.arriving.lock().unwrap().extend([None, None, Some(b'a'), None, Some(b'\r')]);
        let mut buffer = [0; 4];
        assert_eq!(Descriptors::read(&descriptors, 0, &mut []), Ok(0));
        assert_eq!(Descriptors::read(&descriptors, 0, &mut buffer), Ok(1));
        // SAFETY: there is room for as many bytes.
        let count = unsafe { descriptors.read(0, buffer[1..].as_mut_ptr().cast(), 3) };
        assert_eq!((count, &buffer[..2]), (1, &b"a\n"[..]));
        assert_eq!(Descriptors::read(&descriptors, 1, &mut buffer), Err(EBADF));
    }

    #[test]
    fn without_input_it_is_at_its_end() {
        let (fake, descriptors) = start::<false>();
        fake.arriving.lock().unwrap().push_back(Some(b'a'));
        assert_eq!(Descriptors::read(&descriptors, 0, &mut [0; 4]), Ok(0));
    }

    #[test]
    fn there_are_no_files_and_no_positions() {
        let (fake, descriptors) = start::<true>();
        assert_eq!(Descriptors::open(&descriptors, b"/a", 0, 0), Err(ENOSYS));
        assert_eq!(Descriptors::remove(&descriptors, b"/a"), Err(ENOSYS));
        assert_eq!(Descriptors::rename(&descriptors, b"/a", b"/b"), Err(ENOSYS));
        for (descriptor, whence, number) in [(1, 0, ESPIPE), (1, 3, EINVAL), (9, 2, EBADF)] {
            assert_eq!((descriptors.lseek(descriptor, 0, whence), errno(fake)), (-1, number));
        }
    }

    #[test]
    fn what_is_closed_is_no_descriptor_any_more() {
        let (fake, descriptors) = start::<true>();
        assert_eq!((descriptors.isatty(2), descriptors.close(2), errno(fake)), (1, 0, 0));
        assert_eq!((descriptors.close(2), errno(fake)), (-1, EBADF));
        assert_eq!(descriptors.isatty(2), 0);
        assert_eq!(Descriptors::write(&descriptors, 2, b"x"), Err(EBADF));
        assert_eq!(Descriptors::write(&descriptors, 1, b"x"), Ok(1));
        assert_eq!((descriptors.isatty(-1), descriptors.close(77)), (0, -1));
    }
}
