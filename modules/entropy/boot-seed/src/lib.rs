//! Random bytes from the seed that the firmware hands over in the device tree: `/chosen/rng-seed`.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, Device, StartError};
use oscomp_device_tree::DeviceTree;
use oscomp_interfaces::{Entropy, FirmwareTree};
use oscomp_macros::{Options, module};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use spin::Mutex;

/// ChaCha20 from the seed that the firmware hands over; as fit for cryptography as the seed is secret. The
/// seed is the only entropy: it is not renewed while the image runs.
#[module(provides(Entropy), environment = "bare-metal")]
pub struct BootSeed<
    /// Who has the device tree.
    Firmware: FirmwareTree,
    Settings: Config<Options>,
> {
    generator: Mutex<ChaCha20Rng>,
    parameters: PhantomData<(Firmware, Settings)>,
}

/// Where the seed is.
#[derive(Options)]
pub struct Options {
    /// The seed. A device, since two generators from one seed would give the same bytes.
    #[option(device = "rng-seed")]
    pub device: Device,
}

impl<Firmware: FirmwareTree, Settings: Config<Options>> BootSeed<Firmware, Settings> {
    /// Seeds the generator.
    ///
    /// # Errors
    /// When the firmware handed over no seed, or one that is too short.
    pub fn start(firmware: Firmware) -> Result<Self, StartError> {
        let tree = DeviceTree::new(firmware.blob());
        let given = tree.and_then(|tree| tree.chosen("rng-seed"));
        let given = given.ok_or(StartError::new("the firmware handed over no seed"))?;
        let generator = Mutex::new(ChaCha20Rng::from_seed(seed(given)?));
        Ok(Self { generator, parameters: PhantomData })
    }
}

/// All of what is given as a seed, folded.
fn seed(given: &[u8]) -> Result<[u8; 32], StartError> {
    if given.len() < 32 {
        return Err(StartError::shortage("the firmware's seed is too short", 32, given.len() as u64));
    }
    let mut seed = [0; 32];
    for part in given.chunks(32) {
        for (byte, given) in seed.iter_mut().zip(part) {
            *byte ^= given;
        }
    }
    if seed == [0; 32] {
        return Err(StartError::new("the firmware's seed is empty"));
    }
    Ok(seed)
}

impl<Firmware: FirmwareTree, Settings: Config<Options>> Entropy for &BootSeed<Firmware, Settings> {
    fn fill(self, buffer: &mut [u8]) {
        self.generator.lock().fill_bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Firmware;

    impl FirmwareTree for Firmware {
        fn blob(self) -> &'static [u8] {
            &[]
        }
    }

    #[derive(Clone, Copy)]
    struct Settings;

    impl Config<Options> for Settings {
        const OPTIONS: Options =
            Options { device: Device { name: "seed", registers: oscomp_abi::Registers::None, line: None } };
    }

    #[test]
    fn without_a_tree_it_does_not_start() {
        assert!(BootSeed::<_, Settings>::start(Firmware).is_err());
    }

    #[test]
    fn every_byte_of_the_seed_counts() {
        let given: [u8; 64] = core::array::from_fn(|index| index as u8 * 3 + 1);
        let first = seed(&given).unwrap();
        for index in 0..given.len() {
            let mut other = given;
            other[index] ^= 0x10;
            assert_ne!(seed(&other).unwrap(), first, "{index}");
        }
    }

    #[test]
    fn short_and_empty_seeds_are_refused() {
        assert!(seed(&[1; 31]).is_err());
        assert!(seed(&[0; 32]).is_err());
        assert!(seed(&[5; 64]).is_err(), "the halves undo each other");
        assert!(seed(&[1; 32]).is_ok());
    }
}
