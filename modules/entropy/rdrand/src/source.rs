use crate::cpu;
use oscomp_abi::StartError;
use oscomp_generator::Generator;

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

    /// The generator that the instruction asks.
    pub fn generator(self) -> Generator<impl Fn() -> Option<u64>> {
        Generator::new(move || cpu::step(self), self.attempts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rdrand_comes_first_and_nothing_is_refused() {
        let choose = |rdrand, rdseed| Source::choose(Features { rdrand, rdseed });
        assert_eq!(choose(true, true), Ok(Source::Rdrand));
        assert_eq!(choose(true, false), Ok(Source::Rdrand));
        assert_eq!(choose(false, true), Ok(Source::Rdseed));
        assert_eq!(choose(false, false), Err(StartError::new("the CPU has neither RDSEED nor RDRAND")));
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
