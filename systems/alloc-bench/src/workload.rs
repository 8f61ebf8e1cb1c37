//! The phases. Each says how many operations it made; an operation is one call of the heap, except where
//! the phase says otherwise.

use crate::numbers::Numbers;
use alloc::string::String;
use alloc::vec::Vec;
use core::hint::black_box;

/// A part of the workload.
#[derive(Clone, Copy)]
pub enum Phase {
    Churn,
    VecGrowth,
    Strings,
    RandomFree,
    LargeBlocks,
}

/// All phases with their names, in order.
pub const PHASES: [(&str, Phase); 5] = [
    ("churn", Phase::Churn),
    ("vec growth", Phase::VecGrowth),
    ("strings", Phase::Strings),
    ("random free", Phase::RandomFree),
    ("large blocks", Phase::LargeBlocks),
];

impl Phase {
    /// Does it; the number of its operations.
    pub fn run(self) -> u64 {
        match self {
            Self::Churn => churn(),
            Self::VecGrowth => vec_growth(),
            Self::Strings => strings(),
            Self::RandomFree => random_free(),
            Self::LargeBlocks => large_blocks(),
        }
    }
}

/// A block that the compiler cannot leave out.
fn block(size: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(size))
}

/// A few hundred small blocks are out at any time; each step replaces one.
#[inline(never)]
fn churn() -> u64 {
    const STEPS: u64 = 20_000;
    let mut numbers = Numbers::new(1);
    let mut live: Vec<Vec<u8>> = (0..256).map(|_| block(8 + numbers.below(120))).collect();
    for _ in 0..STEPS {
        let which = numbers.below(live.len());
        if let Some(slot) = live.get_mut(which) {
            drop(core::mem::take(slot));
            *slot = block(8 + numbers.below(120));
        }
    }
    2 * (STEPS + 256)
}

/// Vectors that grow side by side, so that few can grow where they stand. An operation is a push.
#[inline(never)]
fn vec_growth() -> u64 {
    const LENGTH: u64 = 4096;
    let mut vectors: [Vec<u64>; 32] = [const { Vec::new() }; 32];
    for number in 0..LENGTH {
        for vector in &mut vectors {
            vector.push(number);
        }
    }
    black_box(&vectors);
    32 * LENGTH
}

/// Sentences built word by word and kept. An operation is a word.
#[inline(never)]
fn strings() -> u64 {
    const WORDS: [&str; 6] = ["of ", "all ", "the ", "software ", "on a ", "machine "];
    let mut numbers = Numbers::new(2);
    let mut sentences = Vec::new();
    let mut count = 0;
    for _ in 0..2_000 {
        let mut sentence = String::new();
        for _ in 0..4 + numbers.below(24) {
            sentence.push_str(WORDS.get(numbers.below(WORDS.len())).copied().unwrap_or_default());
            count += 1;
        }
        sentences.push(sentence);
    }
    black_box(&sentences);
    count
}

/// Thousands of blocks of mixed sizes, then all of them back in no order.
#[inline(never)]
fn random_free() -> u64 {
    const ROUNDS: u64 = 4;
    const BLOCKS: usize = 4_096;
    let mut numbers = Numbers::new(3);
    for _ in 0..ROUNDS {
        let mut blocks: Vec<Vec<u8>> = (0..BLOCKS).map(|_| block(numbers.size())).collect();
        while !blocks.is_empty() {
            drop(blocks.swap_remove(numbers.below(blocks.len())));
        }
    }
    2 * ROUNDS * BLOCKS as u64
}

/// Buffers of many pages, a few at a time.
#[inline(never)]
fn large_blocks() -> u64 {
    const STEPS: u64 = 200;
    let mut numbers = Numbers::new(4);
    let mut live: [Vec<u8>; 8] = [const { Vec::new() }; 8];
    for _ in 0..STEPS {
        if let Some(slot) = live.get_mut(numbers.below(8)) {
            *slot = block(16_384 + numbers.below(49_152));
        }
    }
    black_box(&live);
    2 * STEPS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operations_are_the_same_in_each_run() {
        for (name, phase) in PHASES {
            let first = phase.run();
            assert!(first > 0, "{name}");
            assert_eq!(first, phase.run(), "{name}");
        }
    }
}
