//! Random bytes from the generator of an Arm CPU: FEAT_RNG, a generator after NIST SP 800-90A that the
//! hardware reseeds, and fit for cryptography.
#![no_std]

mod cpu;

use oscomp_abi::StartError;
use oscomp_generator::Generator;
use oscomp_interfaces::Entropy;
use oscomp_macros::module;

/// How often to ask before giving up. The architecture has the generator fail when it cannot answer "within a
/// reasonable time", so a failure is no reason to stop at once.
const ATTEMPTS: u32 = 1024;
const GENERATOR: Generator<fn() -> Option<u64>> = Generator::new(cpu::step, ATTEMPTS);

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
        GENERATOR.verify()?;
        Ok(Self)
    }
}

impl Entropy for &Rndr {
    fn fill(self, buffer: &mut [u8]) {
        GENERATOR.fill(buffer);
    }
}
