//! What the tests of both directions share.

extern crate std;

use crate::Arguments;
use std::collections::VecDeque;

/// An argument of a test.
#[derive(Clone, Copy, Debug)]
pub enum Argument {
    Integer(u64),
    Double(f64),
    Pointer(*mut u8),
}

/// Hands over what a test has.
pub struct Feed(VecDeque<Argument>);

impl Feed {
    pub fn new(arguments: &[Argument]) -> Self {
        Self(arguments.iter().copied().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

// SAFETY: a test says what the format is to find.
unsafe impl Arguments for Feed {
    unsafe fn integer(&mut self) -> u64 {
        match self.0.pop_front() {
            Some(Argument::Integer(value)) => value,
            other => panic!("the format asks for an integer in place of {other:?}"),
        }
    }

    unsafe fn double(&mut self) -> f64 {
        match self.0.pop_front() {
            Some(Argument::Double(value)) => value,
            other => panic!("the format asks for a double in place of {other:?}"),
        }
    }

    unsafe fn long_double(&mut self) -> f64 {
        // SAFETY: the contract is the same.
        unsafe { self.double() }
    }

    unsafe fn pointer(&mut self) -> *mut u8 {
        match self.0.pop_front() {
            Some(Argument::Pointer(value)) => value,
            other => panic!("the format asks for a pointer in place of {other:?}"),
        }
    }
}
