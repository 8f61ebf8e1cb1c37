//! Decimal floating-point numbers. Rust's own reading rounds them; here is found what it does not tell: whether the
//! number was out of range.

use crate::floats::{exponent, whole_and_fraction};
use crate::format::{Format, Rounded};
use crate::text::Text;
use core::cmp::Ordering;

/// Reads a number. None if there is no digit.
pub fn read(text: &mut Text, format: &Format) -> Option<Rounded> {
    let start = *text;
    let (whole, fraction) = whole_and_fraction(text, |character| character.is_ascii_digit())?;
    let exponent = exponent(text, b'e');
    let literal = Literal { whole, fraction, exponent };
    let bits = (format.from_decimal)(str::from_utf8(start.until(*text)).unwrap_or_default());
    let is_out_of_range = if bits == format.infinity() {
        true
    } else if bits > format.least_normal() || literal.digits().next().is_none() {
        false
    } else if bits == format.least_normal() {
        // From half of the last bit below it on, a number is rounded to it even if there are smaller exponents.
        literal.cmp(&Digits::new((4 << format.fraction) - 1, format.least - 2)).is_lt()
    } else {
        bits == 0 || literal.cmp(&Digits::new(bits, format.least)).is_ne()
    };
    Some(Rounded { bits, is_out_of_range })
}

/// A number as it is written.
struct Literal<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl Literal<'_> {
    /// Its digits from the first one on that is not zero.
    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.whole.iter().chain(self.fraction).map(|digit| digit - b'0').skip_while(|digit| *digit == 0)
    }

    /// The power of ten of the first digit that is not zero.
    fn magnitude(&self) -> i64 {
        let zeros = self.whole.iter().chain(self.fraction).take_while(|digit| **digit == b'0').count();
        self.exponent + self.whole.len() as i64 - 1 - zeros as i64
    }

    fn cmp(&self, other: &Digits) -> Ordering {
        let length = (self.whole.len() + self.fraction.len()).max(other.len());
        let padding = core::iter::repeat(0);
        self.magnitude().cmp(&other.magnitude()).then_with(|| {
            let ours = self.digits().chain(padding.clone()).take(length);
            ours.cmp(other.digits().chain(padding).take(length))
        })
    }
}

/// How many parts of nine digits (2^54 - 1) · 5^1076 has.
const PARTS: usize = 86;
const PART: u64 = 1_000_000_000;

/// All decimal digits of `mantissa` · 2^`exponent`, where the exponent is negative.
struct Digits {
    /// `mantissa` · 5^-`exponent`, in parts of nine digits, the lowest first.
    parts: [u32; PARTS],
    exponent: i32,
}

impl Digits {
    fn new(mantissa: u64, exponent: i32) -> Self {
        const MOST: u32 = 13;
        let mut digits = Self { parts: [0; PARTS], exponent };
        let mut rest = mantissa;
        for part in &mut digits.parts {
            *part = (rest % PART) as u32;
            rest /= PART;
        }
        let mut power = exponent.unsigned_abs();
        while power > 0 {
            let step = power.min(MOST);
            digits.multiply(5_u32.pow(step));
            power -= step;
        }
        digits
    }

    fn multiply(&mut self, factor: u32) {
        let mut carry = 0;
        for part in &mut self.parts {
            let product = u64::from(*part) * u64::from(factor) + carry;
            *part = (product % PART) as u32;
            carry = product / PART;
        }
    }

    /// From the first one on that is not zero.
    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        let digits = |part: &u32| {
            let part = *part;
            (0..9).rev().map(move |place| (part / 10_u32.pow(place) % 10) as u8)
        };
        self.parts.iter().rev().flat_map(digits).skip_while(|digit| *digit == 0)
    }

    fn len(&self) -> usize {
        self.digits().count()
    }

    /// The power of ten of the first digit.
    fn magnitude(&self) -> i64 {
        self.len() as i64 - 1 + i64::from(self.exponent)
    }
}
