//! Random bytes from the generator of a Raspberry Pi 1 to 3, which its manual leaves out: registers as Linux has
//! them (drivers/char/hw_random/bcm2835-rng.c). How it makes its bits is not published: whether they are fit for
//! cryptography alone nobody outside can say.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, Device, StartError};
use oscomp_generator::Generator;
use oscomp_interfaces::Entropy;
use oscomp_macros::{Options, module};
use oscomp_registers::{Registers, Window};

/// The random number generator of a BCM2835 and its successors up to BCM2837.
#[module(provides(Entropy), arch("aarch64"), environment = "bare-metal")]
pub struct Bcm2835Rng<Settings: Config<Options>> {
    window: Window,
    settings: PhantomData<Settings>,
}

/// Where the generator is.
#[derive(Options)]
pub struct Options {
    /// The generator.
    #[option(device = "bcm2835-rng")]
    pub device: Device,
}

/// Registers: offsets in bytes.
const CONTROL: usize = 0x00;
const STATUS: usize = 0x04;
const DATA: usize = 0x08;
const LENGTH: usize = 0x0c;
/// Of the control: on.
const ON: u32 = 1;
/// Of the status: bits that are thrown away first, counted down from this; above them how many words there are.
const WARM_UP: u32 = 0x4_0000;
const COUNT_SHIFT: u32 = 24;
/// How often to ask before giving up: the warm-up takes some 100 ms.
const ATTEMPTS: u32 = 100_000_000;

/// Asks once; none while fewer than 64 bits are there.
fn step(registers: &impl Registers) -> Option<u64> {
    let word = || (registers.read(STATUS) >> COUNT_SHIFT != 0).then(|| registers.read(DATA));
    let (low, high) = (word()?, word()?);
    Some(u64::from(high) << 32 | u64::from(low))
}

impl<Settings: Config<Options>> Bcm2835Rng<Settings> {
    /// Turns the generator on, waits until it is warm, and tries it.
    ///
    /// # Errors
    /// When it is not there, or does not work.
    pub fn start() -> Result<Self, StartError> {
        let otherwise = "the device does not have the registers of the generator";
        let window = Window::open(Settings::OPTIONS.device.registers, LENGTH, otherwise)?;
        window.write(STATUS, WARM_UP);
        window.write(CONTROL, ON);
        Generator::new(|| step(&window), ATTEMPTS).verify()?;
        Ok(Self { window, settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Entropy for &Bcm2835Rng<Settings> {
    fn fill(self, buffer: &mut [u8]) {
        Generator::new(|| step(&self.window), ATTEMPTS).fill(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    /// Has two words, and twice nothing, in turn.
    struct Fake(Cell<u32>);

    impl Registers for Fake {
        fn read(&self, offset: usize) -> u32 {
            if offset == DATA {
                return 0x0102_0304;
            }
            self.0.set(self.0.get() + 1);
            if self.0.get() % 4 < 2 { 7 } else { 1 << COUNT_SHIFT }
        }

        fn write(&self, _: usize, _: u32) {}
    }

    #[test]
    fn a_word_is_read_when_it_is_there() {
        let mut bytes = [0; 16];
        let fake = Fake(Cell::new(0));
        Generator::new(|| step(&fake), 10).fill(&mut bytes);
        assert!(bytes.chunks(4).all(|word| word == [4, 3, 2, 1]));
    }
}
