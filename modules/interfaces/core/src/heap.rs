//! The global allocator.

#![allow(unsafe_code, reason = "an allocator's contract is unsafe in the language itself")]

use core::alloc::Layout;
use core::sync::atomic::{AtomicUsize, Ordering};
use oscomp_macros::interface;

/// The global allocator: what `Box`, `Vec` and `String` of the whole image use.
///
/// # Safety
/// An implementation keeps the contract of [`core::alloc::GlobalAlloc`]. It does not panic, does not
/// unwind, and gives each block to one owner at a time whichever context calls.
#[interface(ambient(by_hand))]
pub unsafe trait Heap {
    /// A block that fits `layout`, or null when there is none; never waits for one.
    ///
    /// # Safety
    /// `layout` has a size of at least one byte.
    unsafe fn allocate(self, layout: Layout) -> *mut u8;

    /// Takes a block back.
    ///
    /// # Safety
    /// `block` came from this heap for the same `layout` and is not used afterwards.
    unsafe fn deallocate(self, block: *mut u8, layout: Layout);

    /// Makes a block `size` bytes long, moving it if need be; null, with the block unchanged, when
    /// there is no room.
    ///
    /// # Safety
    /// As for [`deallocate`](Self::deallocate); `size` is at least 1 and does not overflow `isize`
    /// when rounded up to the alignment.
    unsafe fn reallocate(self, block: *mut u8, layout: Layout, size: usize) -> *mut u8;

    /// How full the heap is. Does not wait, even while another call is in progress.
    fn usage(self) -> HeapUsage;

    /// The name of the algorithm, such as `tlsf`, for reports.
    fn name(self) -> &'static str;
}

/// How full a heap is, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeapUsage {
    /// What the heap was given.
    pub total: usize,
    /// What callers hold now; bookkeeping of the allocator is not counted.
    pub used: usize,
    /// The most that callers ever held at one time.
    pub peak: usize,
}

/// A request that the heap refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Bytes that were asked for.
    pub size: usize,
    /// Their alignment, in bytes.
    pub align: usize,
    /// How full the heap was.
    pub usage: HeapUsage,
}

static REFUSED: [AtomicUsize; 5] = [const { AtomicUsize::new(0) }; 5];

/// The last request that the heap refused, for the report of an out-of-memory panic.
#[must_use]
pub fn last_refusal() -> Option<Refusal> {
    let [size, align, total, used, peak] = REFUSED.each_ref().map(|word| word.load(Ordering::Relaxed));
    (align != 0).then_some(Refusal { size, align, usage: HeapUsage { total, used, peak } })
}

#[doc(hidden)]
#[cold]
pub fn refused(layout: Layout, size: usize, usage: HeapUsage) {
    for (word, value) in REFUSED.iter().zip([size, layout.align(), usage.total, usage.used, usage.peak]) {
        word.store(value, Ordering::Relaxed);
    }
}

/// Makes an instance the global allocator of the image. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! install_heap {
    (item $tag:path, $live:expr, $module:path) => {
        const _: () = {
            struct Global;

            // SAFETY: `Heap` has the contract of `GlobalAlloc`, and the tag forwards to one instance.
            unsafe impl ::core::alloc::GlobalAlloc for Global {
                #[inline]
                unsafe fn alloc(&self, layout: ::core::alloc::Layout) -> *mut u8 {
                    // SAFETY: by `GlobalAlloc`'s contract the size is not zero.
                    let block = unsafe { $crate::heap::Heap::allocate($tag, layout) };
                    if block.is_null() {
                        $crate::heap::refused(layout, layout.size(), $crate::heap::Heap::usage($tag));
                    }
                    block
                }

                #[inline]
                unsafe fn dealloc(&self, block: *mut u8, layout: ::core::alloc::Layout) {
                    // SAFETY: the caller's contract is the same.
                    unsafe { $crate::heap::Heap::deallocate($tag, block, layout) }
                }

                #[inline]
                unsafe fn realloc(
                    &self,
                    block: *mut u8,
                    layout: ::core::alloc::Layout,
                    size: usize,
                ) -> *mut u8 {
                    // SAFETY: the caller's contract is the same.
                    let moved = unsafe { $crate::heap::Heap::reallocate($tag, block, layout, size) };
                    if moved.is_null() {
                        $crate::heap::refused(layout, size, $crate::heap::Heap::usage($tag));
                    }
                    moved
                }
            }

            #[global_allocator]
            static GLOBAL: Global = Global;
        };
    };
    (start $tag:path) => {};
}
