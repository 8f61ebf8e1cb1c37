//! Which tasks are ready: a bit for each, and one for each word of those.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicUsize, Ordering};

const BITS: usize = usize::BITS as usize;
/// More tasks than this have no bit.
pub const LIMIT: usize = BITS * BITS;

/// A set of numbers below [`LIMIT`]. Adding to it neither waits nor allocates: it is done in interrupt
/// context too.
#[derive(Debug)]
pub struct Ready {
    summary: AtomicUsize,
    words: [AtomicUsize; BITS],
}

impl Ready {
    pub const fn new() -> Self {
        Self { summary: AtomicUsize::new(0), words: [const { AtomicUsize::new(0) }; BITS] }
    }

    pub fn add(&self, number: usize) {
        // The summary follows, so that what it leads to is there.
        self.words[number / BITS].fetch_or(1 << (number % BITS), Ordering::Release);
        self.summary.fetch_or(1 << (number / BITS), Ordering::Release);
    }

    pub fn is_empty(&self) -> bool {
        self.summary.load(Ordering::Acquire) == 0
    }

    /// Takes all numbers out, and hands them on in order. What is added meanwhile may stay.
    pub fn drain(&self, mut each: impl FnMut(usize)) {
        for word in bits(self.summary.swap(0, Ordering::Acquire)) {
            for bit in bits(self.words[word].swap(0, Ordering::Acquire)) {
                each(word * BITS + bit);
            }
        }
    }
}

/// The numbers of the bits that are set.
fn bits(mut word: usize) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

/// What wakes one task.
pub struct Bell {
    pub ready: Arc<Ready>,
    pub number: usize,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.add(self.number);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    fn drained(ready: &Ready) -> Vec<usize> {
        let mut all = Vec::new();
        ready.drain(|number| all.push(number));
        all
    }

    #[test]
    fn what_is_added_comes_out_once() {
        let ready = Ready::new();
        assert!(ready.is_empty());
        for number in [LIMIT - 1, 0, 64, 63, 0] {
            ready.add(number);
        }
        assert!(!ready.is_empty());
        assert_eq!(drained(&ready), [0, 63, 64, LIMIT - 1]);
        assert!(ready.is_empty());
        assert_eq!(drained(&ready), []);
    }

    #[test]
    fn nothing_is_lost_that_is_added_while_others_are_handed_on() {
        let ready = Ready::new();
        ready.add(3);
        ready.drain(|number| ready.add(number));
        assert_eq!(drained(&ready), [3]);
    }

    #[test]
    fn nothing_is_lost_between_threads() {
        let ready = Ready::new();
        let mut seen = std::vec![0; LIMIT];
        std::thread::scope(|scope| {
            for part in 0..4 {
                let ready = &ready;
                scope.spawn(move || {
                    (0..LIMIT).filter(|number| number % 4 == part).for_each(|number| ready.add(number))
                });
            }
            while seen.contains(&0) {
                ready.drain(|number| seen[number] += 1);
            }
        });
        assert!(seen.iter().all(|times| *times == 1));
    }
}
