//! Chains of calls.

use oscomp_macros::interface;

/// The chain of calls that led to the caller.
#[interface]
pub trait Backtrace {
    /// Calls `visit` for each frame, innermost first, starting with the caller of `trace`.
    ///
    /// Ends at the outermost frame, at the first frame that cannot be trusted, or after 64 frames.
    /// Must not allocate, and must not fault even if the stack is damaged.
    fn trace(self, visit: impl FnMut(Frame));
}

/// One call in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The return address, in the image's address space.
    pub address: usize,
    /// The function around it and how many bytes it lies behind the function's start, if the image
    /// carries a table of names.
    pub function: Option<(&'static str, usize)>,
}
