//! Random bytes that are the same in each run.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::Entropy;
use oscomp_macros::{Options, module};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use spin::Mutex;

/// ChaCha20 from a seed, for tests and runs that can be repeated. Not for secrets: whoever has the
/// system has the seed.
#[module(provides(Entropy))]
pub struct Chacha<Settings: Config<Options>> {
    generator: Mutex<ChaCha20Rng>,
    settings: PhantomData<Settings>,
}

/// Which sequence it is.
#[derive(Options)]
pub struct Options {
    /// The seed: the same seed gives the same bytes, in any image and in any run.
    pub seed: u64,
}

impl<Settings: Config<Options>> Chacha<Settings> {
    /// Seeds the generator.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        let generator = Mutex::new(ChaCha20Rng::seed_from_u64(Settings::OPTIONS.seed));
        Ok(Self { generator, settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Entropy for &Chacha<Settings> {
    fn fill(self, buffer: &mut [u8]) {
        self.generator.lock().fill_bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Seed<const N: u64>;

    impl<const N: u64> Config<Options> for Seed<N> {
        const OPTIONS: Options = Options { seed: N };
    }

    fn bytes<const N: u64>() -> [u8; 32] {
        let mut buffer = [0; 32];
        (&Chacha::<Seed<N>>::start().unwrap()).fill(&mut buffer);
        buffer
    }

    #[test]
    fn the_seed_decides_the_bytes() {
        assert_eq!(bytes::<1>(), bytes::<1>());
        assert_ne!(bytes::<1>(), bytes::<2>());
    }

    #[test]
    fn an_instance_goes_on_where_it_was() {
        let chacha = Chacha::<Seed<1>>::start().unwrap();
        let mut halves = [0; 32];
        let (first, second) = halves.split_at_mut(16);
        (&chacha).fill(first);
        (&chacha).fill(second);
        assert_eq!(halves, bytes::<1>());
    }
}
