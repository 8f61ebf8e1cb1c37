use crate::LEAST;
use core::mem::MaybeUninit;
use oscomp_abi::{Bytes, StartError};
use oscomp_interfaces::Memory;

/// The alignment of a heap's region, in bytes: a page, so that large alignments waste little.
const ALIGN: usize = 4096;

/// Takes the memory of a heap: `size`, or the largest free range when that is left out.
///
/// # Errors
/// A shortage, with the two figures, when the machine does not have as much in one range.
pub fn take(memory: impl Memory, size: Option<Bytes>) -> Result<&'static mut [MaybeUninit<u8>], StartError> {
    let largest = memory.largest();
    let wanted = size.map_or(LEAST, Bytes::get).max(LEAST);
    let shortage = StartError::shortage("the heap does not fit into memory", wanted as u64, largest as u64);
    if size.is_some() {
        return memory.take(wanted, ALIGN).or_else(|| memory.take(wanted, 16)).ok_or(shortage);
    }
    // The largest range need not begin on a page.
    let whole = largest & !(ALIGN - 1);
    [whole, whole.saturating_sub(ALIGN)]
        .into_iter()
        .filter(|size| *size >= wanted)
        .find_map(|size| memory.take(size, ALIGN))
        .or_else(|| memory.take(wanted, 16))
        .ok_or(shortage)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;

    /// One free range, whose first byte is `start` bytes behind a page's.
    #[derive(Clone, Copy)]
    struct Machine {
        start: usize,
        length: usize,
    }

    impl Memory for Machine {
        fn take(self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]> {
            let padding = self.start.wrapping_neg() & (align - 1);
            (padding + size <= self.length).then(|| vec![MaybeUninit::uninit(); size].leak())
        }

        fn largest(self) -> usize {
            self.length
        }

        fn grown(self) {}
    }

    fn took(start: usize, length: usize, size: Option<usize>) -> Result<usize, StartError> {
        take(Machine { start, length }, size.map(Bytes)).map(|memory| memory.len())
    }

    #[test]
    fn the_largest_range_is_taken_as_whole_pages() {
        assert_eq!(took(0, 0x10000, None), Ok(0x10000));
        assert_eq!(took(0, 0x10fff, None), Ok(0x10000));
        assert_eq!(took(64, 0x10fbf, None), Ok(0xf000), "not 0x10000: the range begins within a page");
        assert_eq!(took(64, LEAST, None), Ok(LEAST), "a range without a whole page to spare");
    }

    #[test]
    fn a_size_is_taken_as_it_is() {
        assert_eq!(took(0, 0x10000, Some(0x3000)), Ok(0x3000));
        assert_eq!(took(64, 0x3000, Some(0x3000)), Ok(0x3000), "alignment is a wish");
        assert_eq!(took(0, 0x10000, Some(1)), Ok(LEAST));
    }

    #[test]
    fn a_shortage_has_both_figures() {
        let shortage =
            |needed, available| StartError::shortage("the heap does not fit into memory", needed, available);
        assert_eq!(took(0, 0x2fff, Some(0x3000)), Err(shortage(0x3000, 0x2fff)));
        assert_eq!(took(0, 100, None), Err(shortage(LEAST as u64, 100)));
    }
}
