use core::fmt::{self, Display, Formatter, Write};

/// A string as it is: without the padding and truncation of `str`'s own [`Display`], which every
/// image would have to contain for it.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a str);

/// A whole number in decimal, as it is; smaller in an image than the number's own [`Display`].
#[derive(Clone, Copy, Debug)]
pub struct Decimal(pub u64);

/// A whole number in hexadecimal behind `0x`, as it is.
#[derive(Clone, Copy, Debug)]
pub struct Hex(pub u64);

/// A register: sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub struct Word(pub u64);

impl Display for Plain<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl Display for Decimal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        digits(out, self.0, 10, 1)
    }
}

impl Display for Hex {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("0x")?;
        digits(out, self.0, 16, 1)
    }
}

impl Display for Word {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        digits(out, self.0, 16, 16)
    }
}

/// Writes a number with at least `least` digits, of which there are at most 20.
#[inline(never)]
fn digits(out: &mut Formatter<'_>, mut value: u64, radix: u64, least: usize) -> fmt::Result {
    let mut digits = [0; 20];
    let mut count = 0;
    for digit in &mut digits {
        if count >= least && value == 0 {
            break;
        }
        *digit = (value % radix.max(2)) as u8;
        value /= radix.max(2);
        count += 1;
    }
    for digit in digits.iter().take(count).rev() {
        let letter = if *digit < 10 { b'0' } else { b'a' - 10 };
        out.write_char(char::from(digit + letter))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::format;
    use std::string::ToString;

    #[test]
    fn numbers_look_as_they_do_elsewhere() {
        for value in [0, 1, 9, 10, 15, 16, 99, 100, 255, 256, 0x1000, u64::MAX / 10, u64::MAX - 1, u64::MAX] {
            assert_eq!(Decimal(value).to_string(), format!("{value}"));
            assert_eq!(Hex(value).to_string(), format!("{value:#x}"));
            assert_eq!(Word(value).to_string(), format!("{value:016x}"));
        }
        assert_eq!(Plain("as it is").to_string(), "as it is");
    }
}
