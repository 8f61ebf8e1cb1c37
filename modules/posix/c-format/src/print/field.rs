//! What a directive becomes, brought to its width.

use super::directive::Flags;
use super::{Sink, c_int};
use oscomp_c_abi::numbers::EOVERFLOW;

/// Counts what it hands on.
pub struct Output<'a> {
    // One copy of all this serves all sinks of an image.
    sink: &'a mut dyn Sink,
    written: usize,
}

impl<'a> Output<'a> {
    pub const fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, written: 0 }
    }

    /// Bytes up to now.
    pub const fn written(&self) -> c_int {
        self.written as c_int
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), c_int> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.count(bytes.len())?;
        self.sink.write(bytes)
    }

    pub fn fill(&mut self, byte: u8, count: usize) -> Result<(), c_int> {
        self.count(count)?;
        let chunk = [byte; 32];
        let mut left = count;
        while left > 0 {
            let now = left.min(chunk.len());
            self.sink.write(&chunk[..now])?;
            left -= now;
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<(), c_int> {
        self.written =
            self.written.checked_add(bytes).filter(|sum| *sum <= c_int::MAX as usize).ok_or(EOVERFLOW)?;
        Ok(())
    }
}

/// A number in parts. Zeros stand behind the prefix, and more of them where the field is filled with zeros.
#[derive(Clone, Copy, Default)]
pub struct Field<'a> {
    /// Sign and base.
    pub prefix: [&'a str; 2],
    pub zeros: usize,
    pub body: &'a [u8],
    /// Zeros behind the body.
    pub more_zeros: usize,
    /// The exponent.
    pub suffix: &'a [u8],
}

impl Field<'_> {
    pub fn write(&self, out: &mut Output<'_>, flags: Flags, width: usize) -> Result<(), c_int> {
        let parts = [self.prefix[0].len(), self.prefix[1].len(), self.body.len(), self.suffix.len()];
        let length = parts.iter().sum::<usize>().saturating_add(self.zeros).saturating_add(self.more_zeros);
        let fill = width.saturating_sub(length);
        let (before, zeros, after) = match flags {
            Flags { left: true, .. } => (0, 0, fill),
            Flags { zero: true, .. } => (0, fill, 0),
            _ => (fill, 0, 0),
        };
        out.fill(b' ', before)?;
        out.write(self.prefix[0].as_bytes())?;
        out.write(self.prefix[1].as_bytes())?;
        out.fill(b'0', zeros + self.zeros)?;
        out.write(self.body)?;
        out.fill(b'0', self.more_zeros)?;
        out.write(self.suffix)?;
        out.fill(b' ', after)
    }
}
