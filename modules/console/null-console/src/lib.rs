//! A console that nobody listens to.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;
use oscomp_interfaces::Console;
use oscomp_macros::module;

/// Swallows what is written; nothing ever arrives.
#[module(provides(Console))]
pub struct NullConsole;

impl NullConsole {
    /// Has nothing to do.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}

impl Console for &NullConsole {
    fn write(self, _bytes: &[u8]) {}

    fn read(self, _buffer: &mut [u8]) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_back() {
        let console = NullConsole::start().unwrap();
        let mut buffer = *b"kept";
        console.write(b"gone");
        assert_eq!(console.read(&mut buffer), 0);
        assert_eq!(&buffer, b"kept");
    }
}
