//! How wide an argument is.

/// What a length modifier says. `l`, `ll`, `j`, `z` and `t` all mean 64 bits in the LP64 data model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Char,
    Short,
    Int,
    Long,
    LongDouble,
}

impl Length {
    /// Reads a modifier at the front of `format`; the rest.
    pub fn read(format: &[u8]) -> (Self, &[u8]) {
        match format {
            [b'h', b'h', rest @ ..] => (Self::Char, rest),
            [b'h', rest @ ..] => (Self::Short, rest),
            [b'l', b'l', rest @ ..] | [b'l' | b'j' | b'z' | b't', rest @ ..] => (Self::Long, rest),
            [b'L', rest @ ..] => (Self::LongDouble, rest),
            rest => (Self::Int, rest),
        }
    }

    /// What of an integer argument counts, as one of 64 bits with a sign.
    pub const fn signed(self, value: u64) -> i64 {
        match self {
            Self::Char => value as i8 as i64,
            Self::Short => value as i16 as i64,
            Self::Int => value as i32 as i64,
            Self::Long | Self::LongDouble => value.cast_signed(),
        }
    }

    /// The same without a sign.
    pub const fn unsigned(self, value: u64) -> u64 {
        match self {
            Self::Char => value as u8 as u64,
            Self::Short => value as u16 as u64,
            Self::Int => value as u32 as u64,
            Self::Long | Self::LongDouble => value,
        }
    }

    /// Stores the lowest bits of an integer at a place of this width.
    ///
    /// # Safety
    /// An integer of this width can be written to `at`.
    pub unsafe fn store(self, at: *mut u8, value: u64) {
        // SAFETY: the caller's.
        unsafe {
            match self {
                Self::Char => at.write(value as u8),
                Self::Short => at.cast::<u16>().write(value as u16),
                Self::Int => at.cast::<u32>().write(value as u32),
                Self::Long | Self::LongDouble => at.cast::<u64>().write(value),
            }
        }
    }
}
