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
