//! How random number generators in hardware are asked: again when they have nothing yet, and no longer when they
//! are broken. A library, not a module.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;

/// A generator of 64 random bits at a time.
#[derive(Clone, Copy, Debug)]
pub struct Generator<F> {
    step: F,
    attempts: u32,
}

impl<F: Fn() -> Option<u64>> Generator<F> {
    /// A generator that is asked by `step`, at most `attempts` times for each word.
    pub const fn new(step: F, attempts: u32) -> Self {
        Self { step, attempts }
    }

    /// The next random word.
    fn next(&self) -> Option<u64> {
        for _ in 0..self.attempts {
            if let Some(value) = (self.step)() {
                return Some(value);
            }
            core::hint::spin_loop();
        }
        None
    }

    /// Tries the generator: one that is broken gives nothing, or the same value for ever (AMD's RDRAND after a
    /// resume, say).
    ///
    /// # Errors
    /// When it is.
    pub fn verify(&self) -> Result<(), StartError> {
        let mut first = None;
        for _ in 0..8 {
            let value = self.next().ok_or(StartError::new("the random number generator does not answer"))?;
            if *first.get_or_insert(value) != value {
                return Ok(());
            }
        }
        Err(StartError::new("the random number generator repeats itself"))
    }

    /// Fills the buffer.
    ///
    /// # Panics
    /// When the generator has failed.
    pub fn fill(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(8) {
            let Some(value) = self.next() else {
                panic!("the random number generator has failed");
            };
            for (byte, random) in part.iter_mut().zip(value.to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn every_byte_is_filled_whatever_the_length() {
        for length in 0..=40 {
            let mut buffer = [0u8; 41];
            Generator::new(|| Some(u64::MAX), 1).fill(&mut buffer[..length]);
            assert!(buffer[..length].iter().all(|byte| *byte == 0xff));
            assert!(buffer[length..].iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn a_generator_that_fails_now_and_then_is_asked_again() {
        let calls = Cell::new(0_u32);
        let sometimes = || {
            calls.set(calls.get() + 1);
            calls.get().is_multiple_of(10).then_some(0x0102_0304_0506_0708)
        };
        let mut buffer = [0; 9];
        Generator::new(sometimes, 10).fill(&mut buffer);
        assert_eq!(buffer, [8, 7, 6, 5, 4, 3, 2, 1, 8]);
        assert_eq!(calls.get(), 20);
    }

    #[test]
    #[should_panic(expected = "the random number generator has failed")]
    fn a_generator_that_is_dry_panics() {
        Generator::new(|| None, 10).fill(&mut [0; 1]);
    }

    #[test]
    fn a_broken_generator_is_noticed_at_the_start() {
        assert!(Generator::new(|| None, 10).verify().is_err());
        assert!(Generator::new(|| Some(u64::MAX), 10).verify().is_err());
        let next = Cell::new(0);
        assert!(Generator::new(|| Some(next.replace(next.get() + 1)), 10).verify().is_ok());
    }
}
