use alloc::alloc::{alloc, alloc_zeroed, dealloc, realloc};
use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr::NonNull;

/// What every block is aligned to, as C's `max_align_t` asks for; the length of the header too.
pub const ALIGNMENT: usize = 16;

/// A block that C has, or will have: its first byte, with a [`Header`] in front of it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Block(NonNull<u8>);

/// What the heap gave: `offset + size` bytes aligned to `offset`, of which the block is all but the first `offset`.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Header {
    size: usize,
    offset: usize,
}

impl Header {
    /// For `size` bytes, rounded up so that a block can grow a little where it is. None if no memory is so large.
    #[inline]
    fn new(offset: usize, size: usize) -> Option<Self> {
        // Both sums fit: neither operand is above half of what can be counted.
        if size > isize::MAX as usize {
            return None;
        }
        let size = size.next_multiple_of(ALIGNMENT);
        Layout::from_size_align(offset.checked_add(size)?, offset).ok()?;
        Some(Self { size, offset })
    }

    #[inline]
    const fn layout(self) -> Layout {
        // SAFETY: `new` has made this layout, and the fields are as it checked them.
        unsafe { Layout::from_size_align_unchecked(self.offset + self.size, self.offset) }
    }

    /// Puts the header into what the heap gave for it.
    ///
    /// # Safety
    /// `start` is null or the heap's, for this layout.
    #[inline]
    unsafe fn put(self, start: *mut u8) -> Option<Block> {
        let start = NonNull::new(start)?;
        // SAFETY: the offset is at least the header's length, and the heap gave at least as much.
        unsafe {
            let block = start.add(self.offset);
            block.cast::<Self>().sub(1).write(self);
            Some(Block(block))
        }
    }
}

impl Block {
    /// A block of at least `size` bytes.
    #[inline]
    pub fn new(size: usize) -> Option<Self> {
        Self::aligned(ALIGNMENT, size)
    }

    /// A block of at least `size` bytes, aligned to a power of two, and to [`ALIGNMENT`] at the least.
    #[inline]
    pub fn aligned(alignment: usize, size: usize) -> Option<Self> {
        let header = Header::new(alignment.max(ALIGNMENT), size)?;
        // SAFETY: a layout has the length of the header at the least.
        unsafe { header.put(alloc(header.layout())) }
    }

    /// A block of at least `size` bytes, all 0.
    #[inline]
    pub fn zeroed(size: usize) -> Option<Self> {
        let header = Header::new(ALIGNMENT, size)?;
        // SAFETY: a layout has the length of the header at the least.
        unsafe { header.put(alloc_zeroed(header.layout())) }
    }

    /// The block that C hands back.
    ///
    /// # Safety
    /// It came from [`as_ptr`](Self::as_ptr) and was not freed.
    #[inline]
    pub const unsafe fn from_ptr(pointer: NonNull<c_void>) -> Self {
        Self(pointer.cast())
    }

    /// The block as C has it.
    #[inline]
    pub const fn as_ptr(self) -> *mut c_void {
        self.0.as_ptr().cast()
    }

    /// How many bytes it has.
    #[inline]
    pub fn size(self) -> usize {
        self.header().size
    }

    /// Whether it is aligned to [`ALIGNMENT`], and was not asked to be more.
    #[inline]
    pub fn is_aligned_as_usual(self) -> bool {
        self.header().offset == ALIGNMENT
    }

    /// Its first bytes, as the place for another one.
    #[inline]
    pub const fn first(self) -> NonNull<Option<Self>> {
        self.0.cast()
    }

    #[inline]
    fn header(self) -> Header {
        // SAFETY: each block has one in front of it.
        unsafe { self.0.cast::<Header>().sub(1).read() }
    }

    /// Gives it back to the heap.
    ///
    /// # Safety
    /// It was not freed, and is not used afterwards.
    #[inline]
    pub unsafe fn free(self) {
        let header = self.header();
        // SAFETY: this is what the heap gave, and its layout.
        unsafe { dealloc(self.0.as_ptr().sub(header.offset), header.layout()) };
    }

    /// Makes it at least `size` bytes long, aligned as it was; none, and it is as it was, if there is no room.
    ///
    /// # Safety
    /// It was not freed; after it has been moved nobody uses it where it was.
    #[inline]
    pub unsafe fn resize(self, size: usize) -> Option<Self> {
        let old = self.header();
        let new = Header::new(old.offset, size)?;
        if new.size == old.size {
            return Some(self);
        }
        // SAFETY: this is what the heap gave, and its layout; `Header::new` has verified the new length.
        unsafe { new.put(realloc(self.0.as_ptr().sub(old.offset), old.layout(), new.layout().size())) }
    }
}
