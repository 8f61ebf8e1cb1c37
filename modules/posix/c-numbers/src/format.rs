//! Formats of floating-point numbers (IEEE 754-2019, section 3.4), and rounding to them.

/// A binary format of up to 64 bits.
pub struct Format {
    /// Bits of the fraction.
    pub fraction: u32,
    /// The exponent of the lowest bit of the least number.
    pub least: i32,
    /// The exponent of the highest bit of the greatest number.
    pub greatest: i32,
    /// Correctly rounded from a decimal number, as Rust reads it; without its sign.
    pub from_decimal: fn(&str) -> u64,
}

/// `float`.
pub const SINGLE: Format = Format {
    fraction: 23,
    least: -149,
    greatest: 127,
    from_decimal: |text| text.parse::<f32>().unwrap_or_default().to_bits().into(),
};

/// `double`.
pub const DOUBLE: Format = Format {
    fraction: 52,
    least: -1074,
    greatest: 1023,
    from_decimal: |text| text.parse::<f64>().unwrap_or_default().to_bits(),
};

/// The bits of a number without its sign, and whether what it came from is out of range: too great; or, after rounding
/// as if there were no least exponent, below the normal numbers and not exact. So x86-64 does it, and its C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    pub bits: u64,
    pub is_out_of_range: bool,
}

impl Rounded {
    pub const fn exact(bits: u64) -> Self {
        Self { bits, is_out_of_range: false }
    }
}

impl Format {
    pub const fn infinity(&self) -> u64 {
        ((self.greatest - self.least - self.fraction as i32 + 2) as u64) << self.fraction
    }

    pub const fn quiet_nan(&self) -> u64 {
        self.infinity() | 1 << (self.fraction - 1)
    }

    /// The least number that has all bits of the fraction.
    pub const fn least_normal(&self) -> u64 {
        1 << self.fraction
    }

    /// `mantissa` · 2^`exponent`, and a little more if `is_more`, which only a mantissa of more than 60 bits may have.
    pub fn round(&self, mantissa: u64, is_more: bool, exponent: i64) -> Rounded {
        if mantissa == 0 {
            return Rounded::exact(0);
        }
        let overflow = Rounded { bits: self.infinity(), is_out_of_range: true };
        let top = exponent + i64::from(mantissa.ilog2());
        if top > self.greatest.into() {
            return overflow;
        }
        // The lowest bit of the fraction, without and with regard to the least exponent.
        let unbounded = top - i64::from(self.fraction);
        let lowest = unbounded.max(self.least.into());
        let (significand, is_exact) = nearest(mantissa, is_more, lowest - exponent);
        let bits = significand + (((lowest - i64::from(self.least)) as u64) << self.fraction);
        if bits >= self.infinity() {
            return overflow;
        }
        let is_tiny = lowest != unbounded
            && (bits < self.least_normal()
                || nearest(mantissa, is_more, unbounded - exponent).0 < 2 << self.fraction);
        Rounded { bits, is_out_of_range: is_tiny && !is_exact }
    }
}

/// `mantissa` · 2^-`shift`, and a little more if `is_more`, rounded to the nearest whole number, the even one of two; and
/// whether it is exact.
fn nearest(mantissa: u64, is_more: bool, shift: i64) -> (u64, bool) {
    match shift {
        ..=0 => (mantissa << -shift, !is_more),
        1..=64 => {
            let whole = mantissa.checked_shr(shift as u32).unwrap_or(0);
            let rest = mantissa << (64 - shift);
            let is_up = match rest.cmp(&(1 << 63)) {
                core::cmp::Ordering::Less => false,
                core::cmp::Ordering::Equal => is_more || whole % 2 == 1,
                core::cmp::Ordering::Greater => true,
            };
            (whole + u64::from(is_up), rest == 0 && !is_more)
        }
        _ => (0, false),
    }
}
