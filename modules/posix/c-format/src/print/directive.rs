//! What stands behind a `%`.

use super::values::Kind;
use crate::length::Length;

#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Absent,
    /// Stands in the format.
    Given(usize),
    /// Is the next argument, or the one of this number.
    Argument(Option<usize>),
}

#[derive(Clone, Copy, Debug)]
pub struct Directive {
    pub flags: Flags,
    pub width: Count,
    pub precision: Count,
    pub length: Length,
    pub conversion: u8,
    /// The number of the argument that is converted, if it has one.
    pub value: Option<usize>,
}

impl Directive {
    /// Reads what stands behind a `%`; the rest of the format. None if it is no directive.
    pub fn read(format: &[u8]) -> Option<(Self, &[u8])> {
        let (value, format) = argument_number(format);
        let (flags, format) = Flags::read(format);
        let (width, format) = Count::read(format);
        let (precision, format) = match format {
            [b'.', rest @ ..] => match Count::read(rest) {
                (Count::Absent, rest) => (Count::Given(0), rest),
                given => given,
            },
            _ => (Count::Absent, format),
        };
        let (length, format) = Length::read(format);
        let (conversion, rest) = format.split_first()?;
        let directive = Self { flags, width, precision, length, conversion: *conversion, value };
        b"diuoxXcspn%fFeEgGaA".contains(conversion).then_some((directive, rest))
    }

    pub fn is_numbered(&self) -> bool {
        self.value.is_some()
    }

    /// What kind of argument it converts.
    pub fn kind(&self) -> Kind {
        match self.conversion {
            b'%' => Kind::Nothing,
            b's' | b'p' | b'n' => Kind::Pointer,
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => match self.length {
                Length::LongDouble => Kind::LongDouble,
                _ => Kind::Double,
            },
            _ => Kind::Integer,
        }
    }
}

impl Flags {
    fn read(mut format: &[u8]) -> (Self, &[u8]) {
        let mut flags = Self::default();
        loop {
            match format.first() {
                Some(b'-') => flags.left = true,
                Some(b'+') => flags.plus = true,
                Some(b' ') => flags.space = true,
                Some(b'#') => flags.alternate = true,
                Some(b'0') => flags.zero = true,
                Some(b'\'') => {}
                _ => return (flags, format),
            }
            format = &format[1..];
        }
    }

    /// What stands in front of a number for its sign.
    pub fn sign(self, is_negative: bool) -> &'static str {
        match self {
            _ if is_negative => "-",
            Self { plus: true, .. } => "+",
            Self { space: true, .. } => " ",
            _ => "",
        }
    }
}

impl Count {
    fn read(format: &[u8]) -> (Self, &[u8]) {
        match format {
            [b'*', rest @ ..] => {
                let (number, rest) = argument_number(rest);
                (Self::Argument(number), rest)
            }
            _ => match number(format) {
                (Some(number), rest) => (Self::Given(number), rest),
                (None, rest) => (Self::Absent, rest),
            },
        }
    }
}

/// A number with a `$`, if there is one.
fn argument_number(format: &[u8]) -> (Option<usize>, &[u8]) {
    match number(format) {
        (Some(number), [b'$', rest @ ..]) => (Some(number), rest),
        _ => (None, format),
    }
}

fn number(format: &[u8]) -> (Option<usize>, &[u8]) {
    let end = format.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(format.len());
    let (digits, rest) = format.split_at(end);
    let append =
        |number: usize, digit: &u8| number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
    ((end > 0).then(|| digits.iter().fold(0, append)), rest)
}
