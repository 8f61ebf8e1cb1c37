use oscomp_abi::StartError;

/// How often to ask before giving up. The architecture has the generator fail when it cannot answer "within a
/// reasonable time", so a failure is no reason to stop at once.
const ATTEMPTS: u32 = 1024;

/// The next random word.
fn next(step: &impl Fn() -> Option<u64>) -> Option<u64> {
    for _ in 0..ATTEMPTS {
        if let Some(value) = step() {
            return Some(value);
        }
        core::hint::spin_loop();
    }
    None
}

/// Tries the generator: one that is broken gives nothing, or the same value for ever.
///
/// # Errors
/// When it is.
pub fn verify(step: impl Fn() -> Option<u64>) -> Result<(), StartError> {
    let mut first = None;
    for _ in 0..8 {
        let value =
            next(&step).ok_or(StartError::new("the CPU's random number generator does not answer"))?;
        if *first.get_or_insert(value) != value {
            return Ok(());
        }
    }
    Err(StartError::new("the CPU's random number generator repeats itself"))
}

/// Fills the buffer; panics when the generator has failed.
pub fn fill(step: impl Fn() -> Option<u64>, buffer: &mut [u8]) {
    for part in buffer.chunks_mut(8) {
        let Some(value) = next(&step) else {
            panic!("the CPU's random number generator has failed");
        };
        for (byte, random) in part.iter_mut().zip(value.to_le_bytes()) {
            *byte = random;
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
            fill(|| Some(u64::MAX), &mut buffer[..length]);
            assert!(buffer[..length].iter().all(|byte| *byte == 0xff));
            assert!(buffer[length..].iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn a_generator_that_fails_now_and_then_is_asked_again() {
        let calls = Cell::new(0_u32);
        let sometimes = || {
            calls.set(calls.get() + 1);
            calls.get().is_multiple_of(ATTEMPTS).then_some(0x0102_0304_0506_0708)
        };
        let mut buffer = [0; 9];
        fill(sometimes, &mut buffer);
        assert_eq!(buffer, [8, 7, 6, 5, 4, 3, 2, 1, 8]);
        assert_eq!(calls.get(), 2 * ATTEMPTS);
    }

    #[test]
    #[should_panic(expected = "the CPU's random number generator has failed")]
    fn a_generator_that_is_dry_panics() {
        fill(|| None, &mut [0; 1]);
    }

    #[test]
    fn a_broken_generator_is_noticed_at_the_start() {
        assert!(verify(|| None).is_err());
        assert!(verify(|| Some(u64::MAX)).is_err());
        let next = Cell::new(0);
        assert!(verify(|| Some(next.replace(next.get() + 1))).is_ok());
    }
}
