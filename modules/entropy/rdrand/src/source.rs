use oscomp_abi::StartError;

/// Which of the two instructions the CPU has.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    /// RDRAND.
    pub rdrand: bool,
    /// RDSEED.
    pub rdseed: bool,
}

/// The instruction that an instance uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The generator.
    Rdrand,
    /// The entropy behind it.
    Rdseed,
}

impl Source {
    /// RDRAND if there is one: it is faster and dries up less.
    pub fn choose(features: Features) -> Result<Self, StartError> {
        match features {
            Features { rdrand: true, .. } => Ok(Self::Rdrand),
            Features { rdseed: true, .. } => Ok(Self::Rdseed),
            _ => Err(StartError::new("the CPU has neither RDSEED nor RDRAND")),
        }
    }

    /// How often to ask before giving up: section 5.2.1 of the guide says 10 for RDRAND; RDSEED may
    /// fail under load at any time, so 5.3.1 leaves the number open and asks for a pause in between.
    const fn attempts(self) -> u32 {
        match self {
            Self::Rdrand => 10,
            Self::Rdseed => 1024,
        }
    }

    /// Some CPUs report the instruction and then return the same value for ever (AMD after a resume).
    pub fn verify(self, step: impl Fn(Self) -> Option<u64>) -> Result<(), StartError> {
        let mut first = None;
        for _ in 0..8 {
            let value = self
                .next(&step)
                .ok_or(StartError::new("the CPU's random number generator does not answer"))?;
            if *first.get_or_insert(value) != value {
                return Ok(());
            }
        }
        Err(StartError::new("the CPU's random number generator repeats itself"))
    }

    /// Fills the buffer; panics when the generator has failed.
    pub fn fill(self, step: impl Fn(Self) -> Option<u64>, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(8) {
            let Some(value) = self.next(&step) else {
                panic!("the CPU's random number generator has failed");
            };
            for (byte, random) in part.iter_mut().zip(value.to_le_bytes()) {
                *byte = random;
            }
        }
    }

    fn next(self, step: impl Fn(Self) -> Option<u64>) -> Option<u64> {
        for _ in 0..self.attempts() {
            if let Some(value) = step(self) {
                return Some(value);
            }
            core::hint::spin_loop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn rdrand_comes_first_and_nothing_is_refused() {
        let choose = |rdrand, rdseed| Source::choose(Features { rdrand, rdseed });
        assert_eq!(choose(true, true), Ok(Source::Rdrand));
        assert_eq!(choose(true, false), Ok(Source::Rdrand));
        assert_eq!(choose(false, true), Ok(Source::Rdseed));
        assert_eq!(choose(false, false), Err(StartError::new("the CPU has neither RDSEED nor RDRAND")));
    }

    #[test]
    fn every_byte_is_filled_whatever_the_length() {
        for length in 0..=40 {
            let mut buffer = [0u8; 41];
            Source::Rdrand.fill(|_| Some(u64::MAX), &mut buffer[..length]);
            assert!(buffer[..length].iter().all(|byte| *byte == 0xff));
            assert!(buffer[length..].iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn a_generator_that_fails_now_and_then_is_asked_again() {
        for source in [Source::Rdrand, Source::Rdseed] {
            let calls = Cell::new(0_u32);
            let sometimes = |_| {
                calls.set(calls.get() + 1);
                calls.get().is_multiple_of(source.attempts()).then_some(0x0102_0304_0506_0708)
            };
            let mut buffer = [0; 9];
            source.fill(sometimes, &mut buffer);
            assert_eq!(buffer, [8, 7, 6, 5, 4, 3, 2, 1, 8]);
            assert_eq!(calls.get(), 2 * source.attempts());
        }
    }

    #[test]
    #[should_panic(expected = "the CPU's random number generator has failed")]
    fn a_generator_that_is_dry_panics() {
        Source::Rdseed.fill(|_| None, &mut [0; 1]);
    }

    #[test]
    fn a_broken_generator_is_noticed_at_the_start() {
        assert!(Source::Rdrand.verify(|_| None).is_err());
        assert!(Source::Rdrand.verify(|_| Some(u64::MAX)).is_err());
        let next = Cell::new(0);
        assert!(Source::Rdrand.verify(|_| Some(next.replace(next.get() + 1))).is_ok());
    }

    #[test]
    fn this_cpu_gives_bytes_if_it_has_the_instruction() {
        let Ok(module) = crate::Rdrand::start() else { return };
        let mut buffers = [[0; 32]; 2];
        for buffer in &mut buffers {
            oscomp_interfaces::Entropy::fill(&module, buffer);
        }
        assert_ne!(buffers[0], buffers[1]);
    }
}
