//! Random bytes from the host's kernel.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::Entropy;
use oscomp_macros::module;

/// The host's generator by `getrandom(2)`; fit for cryptography.
#[module(provides(Entropy), environment = "hosted")]
pub struct HostEntropy;

impl HostEntropy {
    /// Asks the host once, which waits until its generator is seeded.
    ///
    /// # Errors
    /// When the host does not have the call.
    pub fn start() -> Result<Self, StartError> {
        match random(&mut [0]) {
            Some(1) => Ok(Self),
            _ => Err(StartError::new("the host has no getrandom")),
        }
    }
}

impl Entropy for &HostEntropy {
    fn fill(self, mut buffer: &mut [u8]) {
        while !buffer.is_empty() {
            let Some(count) = random(buffer) else { panic!("the host's getrandom has failed") };
            buffer = buffer.get_mut(count..).unwrap_or_default();
        }
    }
}

/// How many bytes were filled; none on an error other than an interruption.
fn random(buffer: &mut [u8]) -> Option<usize> {
    // SAFETY: the pointer and the length are those of a slice that this call alone holds.
    let count = unsafe { libc::getrandom(buffer.as_mut_ptr().cast(), buffer.len(), 0) };
    usize::try_from(count).ok().or_else(|| {
        // SAFETY: the address is this thread's own `errno`, which lives as long as the thread.
        let error = unsafe { *libc::__errno_location() };
        (error == libc::EINTR).then_some(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_buffers_differ_and_are_filled_to_the_end() {
        let entropy = HostEntropy::start().unwrap();
        let mut buffers = [[0u8; 1024]; 2];
        for buffer in &mut buffers {
            entropy.fill(buffer);
        }
        assert_ne!(buffers[0], buffers[1]);
        assert!(buffers.iter().all(|buffer| buffer[1008..].iter().any(|byte| *byte != 0)));
        entropy.fill(&mut []);
    }
}
