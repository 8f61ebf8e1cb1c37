//! The arguments as directives ask for them: in order, or by number.

use super::directive::{Count, Directive};
use crate::Arguments;
use core::ffi::c_int;
use core::ptr;
use oscomp_c_abi::numbers::{EINVAL, EOVERFLOW};

/// The greatest number of an argument; POSIX asks for 9 (`NL_ARGMAX`).
const MOST: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    Integer,
    Double,
    LongDouble,
    Pointer,
}

#[derive(Clone, Copy, Debug)]
pub enum Value {
    Nothing,
    Integer(u64),
    Double(f64),
    Pointer(*mut u8),
}

impl Value {
    /// Of an integer; 0 of anything else.
    pub const fn integer(self) -> u64 {
        if let Self::Integer(value) = self { value } else { 0 }
    }

    /// Of a number with a point; 0 of anything else.
    pub const fn double(self) -> f64 {
        if let Self::Double(value) = self { value } else { 0.0 }
    }

    /// Of a pointer; null of anything else.
    pub const fn pointer(self) -> *mut u8 {
        if let Self::Pointer(value) = self { value } else { ptr::null_mut() }
    }
}

pub struct Values<'a, A> {
    arguments: &'a mut A,
    numbered: Option<[(Kind, Value); MOST]>,
}

impl<'a, A: Arguments> Values<'a, A> {
    pub const fn new(arguments: &'a mut A) -> Self {
        Self { arguments, numbered: None }
    }

    /// Takes all arguments of a format that numbers them.
    ///
    /// # Errors
    /// `EINVAL` if the format leaves one out, asks for one as two kinds, or has more than it can.
    ///
    /// # Safety
    /// The arguments are those that the format asks for, and none was taken.
    pub unsafe fn number(&mut self, format: &[u8]) -> Result<(), c_int> {
        if self.numbered.is_some() {
            return Ok(());
        }
        let (kinds, count) = kinds(format)?;
        let mut numbered = [(Kind::Nothing, Value::Nothing); MOST];
        for (value, kind) in numbered.iter_mut().zip(&kinds[..count]) {
            // SAFETY: the format asks for one of this kind.
            *value = (*kind, unsafe { self.fetch(*kind) });
        }
        self.numbered = Some(numbered);
        Ok(())
    }

    /// The argument of a number, or the next one.
    ///
    /// # Errors
    /// `EINVAL` if there is none of that number and kind.
    ///
    /// # Safety
    /// The next argument is one of this kind.
    pub unsafe fn take(&mut self, number: Option<usize>, kind: Kind) -> Result<Value, c_int> {
        match (number, &self.numbered) {
            // SAFETY: the caller's.
            (None, None) => Ok(unsafe { self.fetch(kind) }),
            (None, Some(_)) if kind == Kind::Nothing => Ok(Value::Nothing),
            (Some(number), Some(values)) => match values.get(number.wrapping_sub(1)) {
                Some((of, value)) if *of == kind => Ok(*value),
                _ => Err(EINVAL),
            },
            _ => Err(EINVAL),
        }
    }

    /// A width or a precision.
    ///
    /// # Errors
    /// `EOVERFLOW` if it is more than an `int` has; `EINVAL` as for [`take`](Self::take).
    ///
    /// # Safety
    /// If it is an argument, the next one is an `int`.
    pub unsafe fn count(&mut self, count: Count) -> Result<Option<c_int>, c_int> {
        match count {
            Count::Absent => Ok(None),
            Count::Given(count) => c_int::try_from(count).map(Some).map_err(|_| EOVERFLOW),
            Count::Argument(number) => {
                // SAFETY: the caller's.
                let value = unsafe { self.take(number, Kind::Integer)? };
                Ok(Some(value.integer() as c_int))
            }
        }
    }

    unsafe fn fetch(&mut self, kind: Kind) -> Value {
        // SAFETY: the caller's.
        unsafe {
            match kind {
                Kind::Nothing => Value::Nothing,
                Kind::Integer => Value::Integer(self.arguments.integer()),
                Kind::Double => Value::Double(self.arguments.double()),
                Kind::LongDouble => Value::Double(self.arguments.long_double()),
                Kind::Pointer => Value::Pointer(self.arguments.pointer()),
            }
        }
    }
}

/// The kinds of the arguments that a format numbers, and how many there are.
fn kinds(mut format: &[u8]) -> Result<([Kind; MOST], usize), c_int> {
    let mut kinds = [Kind::Nothing; MOST];
    let mut count = 0;
    let mut note = |number: Option<usize>, kind: Kind| {
        let Some(number) = number else { return Ok(()) };
        match kinds.get_mut(number.wrapping_sub(1)) {
            Some(noted) if *noted == Kind::Nothing || *noted == kind => *noted = kind,
            _ => return Err(EINVAL),
        }
        count = count.max(number);
        Ok(())
    };
    while let Some(at) = format.iter().position(|byte| *byte == b'%') {
        let (directive, rest) = Directive::read(&format[at + 1..]).ok_or(EINVAL)?;
        for of in [directive.width, directive.precision] {
            if let Count::Argument(number) = of {
                note(number, Kind::Integer)?;
            }
        }
        note(directive.value, directive.kind())?;
        format = rest;
    }
    if kinds[..count].contains(&Kind::Nothing) { Err(EINVAL) } else { Ok((kinds, count)) }
}
