/// Numbers that look random and are the same in each run: xorshift64*.
pub struct Numbers(u64);

impl Numbers {
    /// A sequence of its own for each seed, which is not 0.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        ((high * end as u64) >> 32) as usize
    }

    /// A size as programs ask for: nine in ten are small.
    pub fn size(&mut self) -> usize {
        match self.below(10) {
            0 => 256 + self.below(2048),
            1..4 => 64 + self.below(192),
            _ => 8 + self.below(56),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_within_bounds_and_repeat() {
        let mut numbers = Numbers::new(7);
        let mut again = Numbers::new(7);
        for end in (1..1000).chain([usize::MAX >> 33]) {
            let number = numbers.below(end);
            assert!(number < end);
            assert_eq!(number, again.below(end));
        }
        assert!((0..1000).all(|_| (8..2304).contains(&numbers.size())));
    }
}
