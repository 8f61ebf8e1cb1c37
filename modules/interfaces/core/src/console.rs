//! Streams of bytes to a person.

use core::convert::Infallible;
use core::fmt;
use oscomp_macros::interface;

/// A stream of bytes to and from a person, or whatever stands in for one.
#[interface]
pub trait Console {
    /// Writes all of `bytes`, waiting for the device where it must.
    ///
    /// Bytes are the device's: nothing is translated unless an option of the implementation says so.
    /// Has no error: a console that nobody listens to swallows what it is given.
    fn write(self, bytes: &[u8]);

    /// Moves bytes that have already arrived into `buffer`, returning how many; 0 when there are none.
    ///
    /// Does not wait.
    fn read(self, buffer: &mut [u8]) -> usize;
}

/// A console as [`core::fmt::Write`] and [`embedded_io::Write`], for `write!` and friends.
#[derive(Clone, Copy, Debug)]
pub struct Text<T>(pub T);

impl<T: Console> fmt::Write for Text<T> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl<T: Console> embedded_io::ErrorType for Text<T> {
    type Error = Infallible;
}

impl<T: Console> embedded_io::Write for Text<T> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
