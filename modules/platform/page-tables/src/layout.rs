//! Where the parts of an image are.

use crate::{Access, PAGE};
use core::ops::Range;

/// Where the linker script put the parts of the image: addresses. The entry code writes it, as the words that
/// it consists of.
#[repr(C)]
#[derive(Clone, Debug)]
pub struct Layout {
    /// The first byte of the text, which is the first of the image. It and the next three are whole
    /// pages.
    pub text: usize,
    /// The first byte of the constants.
    pub constants: usize,
    /// The first byte of the data.
    pub data: usize,
    /// The first byte behind the data.
    pub end: usize,
    /// The header of the table of function names: address and length in bytes.
    pub names: usize,
    /// The first byte behind the header; the same if there is none.
    pub names_end: usize,
}

impl Layout {
    /// The pages of the table of function names; none at address 0.
    ///
    /// # Safety
    /// This describes the running image, as its linker script put it.
    #[must_use]
    pub unsafe fn name_table(&self) -> Range<usize> {
        if self.names == self.names_end {
            return 0..0;
        }
        let header: *const [usize; 2] = core::ptr::with_exposed_provenance(self.names);
        // SAFETY: the linker script puts the header there. The image step writes it after linking, which
        // the compiler cannot know.
        let [start, length] = unsafe { header.read_volatile() };
        start..(start + length).next_multiple_of(PAGE)
    }

    /// What is allowed where within the image; nothing in the two `holes`, which are whole pages of its data,
    /// one behind the other.
    #[must_use]
    pub fn pieces(&self, holes: &[Range<usize>; 2]) -> [(Range<usize>, Access); 5] {
        [
            (self.text..self.constants, Access::Text),
            (self.constants..self.data, Access::Constants),
            (self.data..holes[0].start, Access::Data),
            (holes[0].end..holes[1].start, Access::Data),
            (holes[1].end..self.end, Access::Data),
        ]
    }
}
