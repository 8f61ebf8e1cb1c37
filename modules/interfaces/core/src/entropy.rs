//! Randomness.

use core::convert::Infallible;
use oscomp_macros::interface;
use rand_core::TryRng;

/// Random bytes.
///
/// Whether they are fit for cryptography is the implementation's to state.
#[interface]
pub trait Entropy {
    /// Fills all of `buffer`.
    ///
    /// An implementation whose source dries up tries again for as long as its specification asks for
    /// and then panics: it never returns bytes that are not random.
    fn fill(self, buffer: &mut [u8]);
}

/// An entropy source as a [`rand_core`] generator.
#[derive(Clone, Copy, Debug)]
pub struct Random<T>(pub T);

impl<T: Entropy> TryRng for Random<T> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(buffer);
        Ok(())
    }
}
