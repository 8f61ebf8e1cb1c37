//! Text in larger pieces.

use core::ffi::c_int;
use oscomp_c_format::Sink;

/// Gathers the pieces of a text, so that what is not buffered is written in few calls.
pub struct Gather<F> {
    write: F,
    bytes: [u8; 256],
    length: usize,
}

impl<F: FnMut(&[u8]) -> Result<(), c_int>> Gather<F> {
    pub const fn new(write: F) -> Self {
        Self { write, bytes: [0; _], length: 0 }
    }

    /// Hands on what is still there.
    pub fn finish(&mut self) -> Result<(), c_int> {
        let length = core::mem::take(&mut self.length);
        if length == 0 { Ok(()) } else { (self.write)(&self.bytes[..length]) }
    }
}

impl<F: FnMut(&[u8]) -> Result<(), c_int>> Sink for Gather<F> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), c_int> {
        if bytes.len() > self.bytes.len() - self.length {
            self.finish()?;
        }
        if bytes.len() > self.bytes.len() {
            return (self.write)(bytes);
        }
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
        Ok(())
    }
}
