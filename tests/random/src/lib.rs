//! Asks for random bytes, and says whether they could be.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::Write;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Entropy, Status, Text};
use oscomp_macros::module;

/// Counts in the bytes of the platform's entropy.
#[module(provides(App))]
pub struct Randoms<
    /// Where it says what it found.
    Output: Console,
    /// What is looked at.
    Source: Entropy,
> {
    output: Output,
    source: Source,
}

/// How often 16 bytes are asked for: a value that does not appear among so many bytes is a matter of 10^-11.
const BLOCKS: usize = 512;

impl<Output: Console, Source: Entropy> Randoms<Output, Source> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, source: Source) -> Result<Self, StartError> {
        Ok(Self { output, source })
    }
}

impl<Output: Console, Source: Entropy> App for &Randoms<Output, Source> {
    fn run(self) -> Status {
        let (mut seen, mut last, mut repeated) = ([false; 256], [0; 16], 0);
        for _ in 0..BLOCKS {
            let mut block = [0; 16];
            self.source.fill(&mut block);
            repeated += u32::from(block == last);
            last = block;
            for byte in block {
                seen[usize::from(byte)] = true;
            }
        }
        let values = seen.iter().filter(|seen| **seen).count();
        let _ = writeln!(Text(self.output), "{values} of 256 values, {repeated} repeated");
        Status::SUCCESS
    }
}
