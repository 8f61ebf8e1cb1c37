//! Random bytes from the generator of an Arm CPU: FEAT_RNG, a generator after NIST SP 800-90A that the
//! hardware reseeds, and fit for cryptography.
#![no_std]

mod cpu;
mod source;

use oscomp_abi::StartError;
use oscomp_interfaces::Entropy;
use oscomp_macros::module;

/// RNDR, the CPU's own generator; fit for cryptography.
#[module(provides(Entropy), arch("aarch64"))]
pub struct Rndr;

impl Rndr {
    /// Looks for the generator and tries it.
    ///
    /// # Errors
    /// When the CPU has none, or has one that does not work.
    pub fn start() -> Result<Self, StartError> {
        if !cpu::has_generator() {
            return Err(StartError::new("the CPU has no random number generator (FEAT_RNG)"));
        }
        source::verify(cpu::step)?;
        Ok(Self)
    }
}

impl Entropy for &Rndr {
    fn fill(self, buffer: &mut [u8]) {
        source::fill(cpu::step, buffer);
    }
}
