//! Needs a heap and two consoles, which may be one.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use alloc::vec::Vec;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Heap, Status};
use oscomp_macros::module;

/// Fills a vector and says what came out.
#[module(provides(App), ambient(Heap))]
pub struct TwoConsoles<
    /// The one.
    Left: Console,
    /// The other.
    Right: Console,
> {
    left: Left,
    right: Right,
}

impl<Left: Console, Right: Console> TwoConsoles<Left, Right> {
    /// Keeps the consoles for later.
    ///
    /// # Errors
    /// None.
    pub fn start(left: Left, right: Right) -> Result<Self, StartError> {
        Ok(Self { left, right })
    }
}

impl<Left: Console, Right: Console> App for &TwoConsoles<Left, Right> {
    fn run(self) -> Status {
        let mut numbers = Vec::new();
        if numbers.try_reserve(64).is_ok() {
            numbers.extend(0..64u32);
            let sum: u32 = numbers.iter().sum();
            self.left.write(format!("reached: {sum}\n").as_bytes());
        }
        self.right.write(b"reached\n");
        Status(42)
    }
}
