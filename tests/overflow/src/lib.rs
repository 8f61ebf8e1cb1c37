//! Threads of which one needs more stack than it has, to see that it is named; those before it use memory that
//! was a guard.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;
use core::hint::black_box;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Heap, NewThread, Status, Text, Threads};
use oscomp_macros::module;

/// Starts threads that need more and more stack.
#[module(provides(App), ambient(Heap))]
pub struct Test<
    /// Where the report goes.
    Output: Console,
    /// What is tested.
    Runner: Threads,
> {
    output: Output,
    threads: Runner,
}

/// Bytes of each stack.
const STACK: usize = 32 << 10;

impl<Output: Console, Runner: Threads + 'static> Test<Output, Runner> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, threads: Runner) -> Result<Self, StartError> {
        Ok(Self { output, threads })
    }

    /// Has two threads at a time go so deep.
    fn go(&self, frames: u64) {
        let threads = ["idler", "digger"].map(|name| {
            let frames = if name == "digger" { frames } else { 0 };
            let body = move || {
                black_box(deeper(frames));
            };
            self.threads.spawn(NewThread::named(name).stack(STACK), body).expect("there is room")
        });
        for thread in threads {
            self.threads.join(thread);
        }
    }
}

impl<Output: Console, Runner: Threads + 'static> App for &'static Test<Output, Runner> {
    fn run(self) -> Status {
        let mut out = Text(self.output);
        for round in 0..50 {
            self.go(round);
        }
        // Most of the heap, and so the pages that were guards.
        let blocks: Vec<Vec<u8>> = (0..3).map(|value| vec![value; 1 << 20]).collect();
        let kept =
            (0..3).zip(&blocks).all(|(value, block)| black_box(block).iter().all(|byte| *byte == value));
        let _ = writeln!(out, "memory is kept: {kept}");
        drop(blocks);
        self.go(1000);
        let _ = writeln!(out, "nothing happened");
        Status::FAILURE
    }
}

/// A frame of at least 128 bytes, so many times.
#[inline(never)]
fn deeper(frames: u64) -> u64 {
    let frame = black_box([frames; 16]);
    if frames == 0 { 0 } else { deeper(frames - 1) + frame[(frames % 16) as usize] }
}
