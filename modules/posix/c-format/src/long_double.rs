//! `long double` as `double` and back.
//!
//! C's type is the 80-bit extended format on x86-64 (System V ABI, section 3.1.2) and IEEE 754's binary128 on AArch64
//! (AAPCS64, section 5.1.2) and RISC-V (psABI, section 4.1).

/// Bits of a `double`'s significand behind the point.
const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;

/// The exponents of both wider formats have 15 bits.
const WIDE_BIAS: i32 = 16383;
const WIDE_SPECIAL: u16 = 0x7fff;

/// A number in the format of the architecture, as the nearest `double`.
pub const fn decode(bytes: [u8; 16]) -> f64 {
    if cfg!(target_arch = "x86_64") { double_from_extended(bytes) } else { double_from_quad(bytes) }
}

/// A number in the format of the architecture.
pub const fn encode(value: f64) -> [u8; 16] {
    if cfg!(target_arch = "x86_64") { double_to_extended(value) } else { double_to_quad(value) }
}

/// The `double` nearest to a number in the 80-bit extended format, to the even one where two are as near.
#[must_use]
pub const fn double_from_extended(bytes: [u8; 16]) -> f64 {
    let bits = u128::from_le_bytes(bytes);
    let (significand, head) = (bits as u64, (bits >> 64) as u16);
    let exponent = head & WIDE_SPECIAL;
    let value = if exponent == WIDE_SPECIAL {
        if significand << 1 == 0 { f64::INFINITY } else { f64::NAN }
    } else {
        let exponent = if exponent == 0 { 1 } else { exponent };
        double(significand as u128, exponent as i32 - WIDE_BIAS - 63)
    };
    value.copysign(if head >> 15 == 0 { 1.0 } else { -1.0 })
}

/// The `double` nearest to a number in the binary128 format, to the even one where two are as near.
#[must_use]
pub const fn double_from_quad(bytes: [u8; 16]) -> f64 {
    let bits = u128::from_le_bytes(bytes);
    let (fraction, head) = (bits << 16 >> 16, (bits >> 112) as u16);
    let value = match head & WIDE_SPECIAL {
        WIDE_SPECIAL if fraction == 0 => f64::INFINITY,
        WIDE_SPECIAL => f64::NAN,
        0 => double(fraction, 1 - WIDE_BIAS - 112),
        exponent => double(1 << 112 | fraction, exponent as i32 - WIDE_BIAS - 112),
    };
    value.copysign(if head >> 15 == 0 { 1.0 } else { -1.0 })
}

/// A `double` in the 80-bit extended format, which has them all.
#[must_use]
pub const fn double_to_extended(value: f64) -> [u8; 16] {
    let (head, significand) = widen(value);
    let explicit = if head & WIDE_SPECIAL == 0 { 0 } else { 1 << 63 };
    ((head as u128) << 64 | explicit | (significand >> 1) as u128).to_le_bytes()
}

/// A `double` in the binary128 format, which has them all.
#[must_use]
pub const fn double_to_quad(value: f64) -> [u8; 16] {
    let (head, significand) = widen(value);
    ((head as u128) << 112 | (significand as u128) << 48).to_le_bytes()
}

/// Sign and exponent as both wider formats have them, and the 64 bits behind the point.
const fn widen(value: f64) -> (u16, u64) {
    let bits = value.to_bits();
    let sign = ((bits >> 63) as u16) << 15;
    let exponent = (bits >> FRACTION) as u16 & 0x7ff;
    let fraction = bits << 12;
    match (exponent, fraction) {
        (0x7ff, _) => (sign | WIDE_SPECIAL, fraction),
        (0, 0) => (sign, 0),
        (0, _) => {
            let shift = fraction.leading_zeros() + 1;
            let exponent = WIDE_BIAS - 1022 - shift as i32;
            (sign | exponent as u16, if shift == 64 { 0 } else { fraction << shift })
        }
        _ => (sign | (exponent + (WIDE_BIAS - 1023) as u16), fraction),
    }
}

/// The `double` nearest to `significand` * 2^`exponent`.
pub const fn double(significand: u128, exponent: i32) -> f64 {
    f64::from_bits(round(significand, exponent, f64::MANTISSA_DIGITS, f64::MIN_EXP))
}

/// The `float` nearest to `significand` * 2^`exponent`.
pub const fn float(significand: u128, exponent: i32) -> f32 {
    f32::from_bits(round(significand, exponent, f32::MANTISSA_DIGITS, f32::MIN_EXP) as u32)
}

/// The bits of the number nearest to `significand` * 2^`exponent`, to the even one where two are as near, in a format
/// of IEEE 754 whose significand has `digits` bits and whose least normal number is 2^(`least` - 1).
const fn round(significand: u128, exponent: i32, digits: u32, least: i32) -> u64 {
    if significand == 0 {
        return 0;
    }
    // The place of the last bit that stays: that of the least subnormal number at the lowest.
    let width = (u128::BITS - significand.leading_zeros()) as i32;
    let lowest = least - digits as i32;
    let normal = exponent + width - digits as i32;
    let place = if normal < lowest { lowest } else { normal };
    let shift = place - exponent;
    let kept = if shift <= 0 {
        (significand << -shift) as u64
    } else if shift > 127 {
        0
    } else {
        let kept = (significand >> shift) as u64;
        let (rest, half) = (significand & ((1 << shift) - 1), 1 << (shift - 1));
        if rest > half || rest == half && kept & 1 == 1 { kept + 1 } else { kept }
    };
    let (raised, special) = (place - lowest, 2 * (2 - least) + 1);
    if raised >= special - 1 {
        return (special as u64) << (digits - 1);
    }
    // A carry out of the significand goes on into the exponent, and from the greatest one to infinity.
    ((raised as u64) << (digits - 1)) + kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_numbers_are_those() {
        let mut one = [0; 16];
        one[7..10].copy_from_slice(&[0x80, 0xff, 0x3f]);
        assert_eq!(double_to_extended(1.0), one);
        assert_eq!(double_from_extended(one), 1.0);
        let mut minus_two = [0; 16];
        minus_two[15] = 0xc0;
        assert_eq!(double_to_quad(-2.0), minus_two);
        assert_eq!(double_from_quad(minus_two), -2.0);
        // The tie between 1 and the next one goes to the even one, and anything above it up.
        let tie = 1_u128 << 63 | 1 << 10;
        let head = (WIDE_BIAS as u128) << 64;
        assert_eq!(double_from_extended((head | tie).to_le_bytes()), 1.0);
        assert_eq!(double_from_extended((head | tie | 1).to_le_bytes()), 1.0 + f64::EPSILON);
        // What a `double` cannot hold.
        let huge = (0x7ffe_u128 << 64 | u128::from(u64::MAX)).to_le_bytes();
        assert_eq!(double_from_extended(huge), f64::INFINITY);
        let tiny = (1_u128 << 64 | 1 << 63).to_le_bytes();
        assert_eq!(double_from_extended(tiny), 0.0);
    }

    proptest! {
        #[test]
        fn a_double_comes_back_from_both_formats(bits in any::<u64>(), shift in 0..64_u32) {
            for bits in [bits, bits >> shift] {
                let value = f64::from_bits(bits);
                for back in [double_from_extended(double_to_extended(value)), double_from_quad(double_to_quad(value))] {
                    prop_assert!(back.to_bits() == bits || value.is_nan() && back.is_nan(), "{value:e} {back:e}");
                    prop_assert_eq!(back.is_sign_negative(), value.is_sign_negative());
                }
            }
        }

        #[test]
        fn rounding_is_the_hardwares(significand: u64, exponent in -1200..1000_i32) {
            // The conversion of the integer and a scaling by a power of two that loses nothing.
            let expected = significand as f64;
            prop_assert_eq!(double(u128::from(significand), 0), expected);
            prop_assert_eq!(float(u128::from(significand), 0), significand as f32);
            if expected != 0.0 && (-950..900).contains(&exponent) {
                let scale = f64::from_bits(u64::try_from(exponent + 1023).unwrap() << FRACTION);
                prop_assert_eq!(double(u128::from(significand), exponent), expected * scale);
            }
        }

        #[test]
        fn a_float_is_the_nearest(bits: u64) {
            let value = f64::from_bits(bits & !(1 << 63));
            prop_assume!(value.is_finite());
            let exponent = i32::try_from(value.to_bits() >> FRACTION).unwrap().max(1);
            let explicit = u64::from(value.is_normal()) << FRACTION;
            let significand = value.to_bits() & ((1 << FRACTION) - 1) | explicit;
            prop_assert_eq!(float(u128::from(significand), exponent - 1075), value as f32);
        }
    }
}
