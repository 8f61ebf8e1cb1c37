//! What the composed heap costs, in cycles per operation.
//!
//! The workload is the same in every run and for every heap. No phase asks for more than some 8 MiB in
//! all, and each gives everything back, so that even a heap that frees next to nothing gets through.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod numbers;
mod workload;

use core::fmt::Write;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, CycleCounter, Heap, Status, Text};
use oscomp_macros::module;
use workload::PHASES;

/// How often each phase runs; the best run counts.
const RUNS: usize = 3;

/// Runs each phase of the workload and reports what it took.
#[module(provides(App), ambient(Heap))]
pub struct AllocBench<
    /// Where the report goes.
    Output: Console,
    /// What measures.
    Counter: CycleCounter,
    /// What is measured: the image's heap, for its name and its figures.
    Measured: Heap,
> {
    output: Output,
    counter: Counter,
    measured: Measured,
}

impl<Output: Console, Counter: CycleCounter, Measured: Heap> AllocBench<Output, Counter, Measured> {
    /// Keeps all three for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, counter: Counter, measured: Measured) -> Result<Self, StartError> {
        Ok(Self { output, counter, measured })
    }

    /// The operations of a phase and the fewest cycles that they took: the machine may be busy otherwise.
    fn measure(&self, phase: workload::Phase) -> (u64, u64) {
        let (mut operations, mut fewest) = (1, u64::MAX);
        for _ in 0..RUNS {
            let start = self.counter.cycles();
            operations = phase.run();
            fewest = fewest.min(self.counter.cycles().wrapping_sub(start));
        }
        (operations, fewest)
    }

    fn report(&self, out: &mut impl Write) -> Result<(), core::fmt::Error> {
        let before = self.measured.usage();
        writeln!(out, "heap: {}, {} KiB", self.measured.name(), before.total / 1024)?;
        writeln!(out, "{:<16}{:>12}{:>18}", "phase", "operations", "cycles/operation")?;
        for (name, phase) in PHASES {
            let (operations, cycles) = self.measure(phase);
            writeln!(out, "{name:<16}{operations:>12}{:>18}", cycles / operations)?;
        }
        let after = self.measured.usage();
        writeln!(out, "peak: {} KiB, left behind: {} bytes", after.peak / 1024, after.used - before.used)
    }
}

impl<Output: Console, Counter: CycleCounter, Measured: Heap> App for &AllocBench<Output, Counter, Measured> {
    fn run(self) -> Status {
        match self.report(&mut Text(self.output)) {
            Ok(()) => Status::SUCCESS,
            Err(_) => Status::FAILURE,
        }
    }
}
