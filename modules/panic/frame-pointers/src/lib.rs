//! Backtraces by frame pointers, which images for speed have, and all that are built for debugging.
//!
//! Names come from a table that the image step makes of the linked image's symbols. It finds the room
//! for the table's address by the section `.oscomp.symbols`.
#![no_std]

mod names;
mod walk;

use names::Names;
use oscomp_abi::StartError;
use oscomp_interfaces::{Backtrace, Frame, Stacks};
use oscomp_macros::module;

/// Walks the chain of frames that each function pushes to the stack.
#[module(provides(Backtrace), arch("x86_64", "riscv64", "aarch64"), memory = "8KiB")]
pub struct FramePointers<
    /// Where the stacks are: a frame outside of them is not to be trusted.
    Bounds: Stacks,
> {
    bounds: Bounds,
}

impl<Bounds: Stacks> FramePointers<Bounds> {
    /// Keeps the bounds for later.
    ///
    /// # Errors
    /// None.
    pub fn start(bounds: Bounds) -> Result<Self, StartError> {
        Ok(Self { bounds })
    }
}

impl<Bounds: Stacks> Backtrace for &FramePointers<Bounds> {
    #[inline(always)]
    fn trace(self, mut visit: impl FnMut(Frame)) {
        let names = Names::of_image();
        let around = |address| self.bounds.around(address);
        // SAFETY: what `Stacks` says is a stack can be read.
        unsafe {
            walk::walk(walk::frame_pointer(), around, |address| {
                // A call that never returns may be its function's last instruction: what it returns
                // to would be the next function.
                let function =
                    names.function(address.wrapping_sub(1)).map(|(name, offset)| (name, offset + 1));
                visit(Frame { address, function });
            });
        }
    }
}
