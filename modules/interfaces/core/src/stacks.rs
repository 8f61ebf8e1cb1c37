//! Where the stacks are.

use core::ops::Range;
use oscomp_macros::interface;

/// The stacks that code of the image runs on.
#[interface]
pub trait Stacks {
    /// The addresses of the stack that `address` is in; none if it is in no stack.
    ///
    /// All of the range can be read. May be called in any context.
    fn around(self, address: usize) -> Option<Range<usize>>;
}
