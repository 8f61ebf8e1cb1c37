//! Random bytes from the CPU's own generator.
//!
//! After Intel's "Digital Random Number Generator (DRNG) Software Implementation Guide", revision 2.1:
//! RDRAND is a generator after NIST SP 800-90A that the hardware reseeds, and fit for cryptography;
//! RDSEED hands out the conditioned entropy behind it, slower, and dries up under load.
#![no_std]

mod cpu;
mod source;

use oscomp_abi::StartError;
use oscomp_interfaces::Entropy;
use oscomp_macros::module;
use source::Source;

/// RDRAND, or RDSEED where the CPU has only that; fit for cryptography.
#[module(provides(Entropy), arch("x86_64"))]
pub struct Rdrand {
    source: Source,
}

impl Rdrand {
    /// Looks for the instructions and tries the one to be used.
    ///
    /// # Errors
    /// When the CPU has neither instruction, or has one that does not work.
    pub fn start() -> Result<Self, StartError> {
        let source = Source::choose(cpu::features())?;
        source.generator().verify()?;
        Ok(Self { source })
    }
}

impl Entropy for &Rdrand {
    fn fill(self, buffer: &mut [u8]) {
        self.source.generator().fill(buffer);
    }
}
