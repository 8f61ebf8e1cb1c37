//! A heap by the linked_list_allocator crate.
#![no_std]

mod holes;

use core::alloc::Layout;
use core::marker::PhantomData;
use holes::Holes;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_heap_region::{Shared, take};
use oscomp_interfaces::{Heap, HeapUsage, Memory};
use oscomp_macros::{Options, module};

/// One list of holes by address, first fit: the least code and no overhead per block, but each call
/// takes as long as there are holes.
#[module(provides(Heap), memory = "8KiB")]
pub struct LinkedList<
    /// Where the heap's memory comes from.
    Source: Memory,
    Settings: Config<Options>,
> {
    heap: Shared<Holes, Source>,
    parameters: PhantomData<(Source, Settings)>,
}

/// How large the heap is.
#[derive(Options)]
pub struct Options {
    /// What the heap takes of the machine's memory; the largest free range when left out.
    #[option(memory, range = "8KiB"..="64GiB")]
    pub size: Option<Bytes>,
}

impl<Source: Memory, Settings: Config<Options>> LinkedList<Source, Settings> {
    /// Takes the memory.
    ///
    /// # Errors
    /// A shortage when the machine does not have as much.
    pub fn start(source: Source) -> Result<Self, StartError> {
        let memory = take(source, Settings::OPTIONS.size)?;
        let total = memory.len();
        Ok(Self { heap: Shared::new(Holes::new(memory), total, source), parameters: PhantomData })
    }
}

// SAFETY: `Shared` forwards to one allocator under a lock, which keeps `Allocator`'s contract.
unsafe impl<Source: Memory, Settings: Config<Options>> Heap for &LinkedList<Source, Settings> {
    #[inline]
    unsafe fn allocate(self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is the same.
        unsafe { self.heap.allocate(layout) }
    }

    #[inline]
    unsafe fn deallocate(self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is the same.
        unsafe { self.heap.deallocate(block, layout) }
    }

    #[inline]
    unsafe fn reallocate(self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract is the same.
        unsafe { self.heap.reallocate(block, layout, size) }
    }

    fn usage(self) -> HeapUsage {
        self.heap.usage()
    }

    fn name(self) -> &'static str {
        "linked-list"
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use oscomp_heap_conformance::{Machine, verify};
    use std::boxed::Box;

    #[derive(Clone, Copy)]
    struct Size<const BYTES: usize>;

    impl<const BYTES: usize> Config<Options> for Size<BYTES> {
        const OPTIONS: Options = Options { size: if BYTES == 0 { None } else { Some(Bytes(BYTES)) } };
    }

    #[test]
    fn it_is_a_heap() {
        verify(|machine| &*Box::leak(Box::new(LinkedList::<_, Size<0>>::start(machine).unwrap())));
    }

    #[test]
    fn it_takes_what_it_is_told_to() {
        let machine = Machine::new(100 << 10);
        let heap = LinkedList::<_, Size<0x10000>>::start(machine).unwrap();
        assert_eq!((&heap).usage(), HeapUsage { total: 0x10000, used: 0, peak: 0 });
        assert!(machine.largest() < (100 << 10) - 0x10000);
    }

    #[test]
    fn a_shortage_names_both_figures() {
        let error = LinkedList::<_, Size<0x10000>>::start(Machine::new(0xffff)).err();
        let shortage = StartError::shortage("the heap does not fit into memory", 0x10000, 0xffff);
        assert_eq!(error, Some(shortage));
        assert!(LinkedList::<_, Size<0>>::start(Machine::new(8 << 10)).is_ok());
        assert!(LinkedList::<_, Size<0>>::start(Machine::new((8 << 10) - 1)).is_err());
    }
}
