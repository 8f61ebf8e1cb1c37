//! Where the stacks are.

use core::mem::MaybeUninit;
use core::ops::Range;
use oscomp_macros::interface;

/// Memory that is mapped as one.
#[repr(C, align(4096))]
#[derive(Debug)]
pub struct Page(pub [MaybeUninit<u8>; Page::SIZE]);

impl Page {
    /// Its bytes.
    pub const SIZE: usize = 4096;

    /// Its first address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.as_ptr().addr()
    }
}

/// The stack that code runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningStack {
    /// Whose it is.
    pub name: &'static str,
    /// Its addresses.
    pub stack: Range<usize>,
    /// Those below it, which nothing may touch.
    pub guard: Range<usize>,
}

/// Stacks besides the image's own, each with a page under it that nothing may touch: who has too little of a stack is
/// stopped there, and named.
#[interface]
pub trait ThreadStacks {
    /// Takes away all access to a page. `table` gives room for a table of pages, for ever; it is asked twice at the
    /// most. Called with interrupts masked, if they are ever taken.
    ///
    /// # Errors
    /// When a table is needed and `table` gives none; access to the page is as it was, and what `table` gave before
    /// is in use.
    fn guard(
        self,
        page: &'static mut Page,
        table: impl FnMut() -> Option<&'static mut Page>,
    ) -> Result<GuardPage, &'static mut Page>;

    /// Gives access to a page back. Called with interrupts masked, if they are ever taken.
    fn release(self, guard: GuardPage) -> &'static mut Page;

    /// Code runs on that stack from now on; without one on the image's own. Called just before it does, with
    /// interrupts masked, if they are ever taken.
    fn enter(self, stack: Option<RunningStack>);
}

/// A page that nothing may touch.
#[derive(Debug)]
pub struct GuardPage(&'static mut Page);

impl GuardPage {
    /// For those who have taken away access to it.
    #[must_use]
    pub fn new(page: &'static mut Page) -> Self {
        Self(page)
    }

    /// Its first address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.address()
    }

    /// The page, for those who have given access back.
    #[must_use]
    pub fn into_page(self) -> &'static mut Page {
        self.0
    }
}

/// The stacks that code of the image runs on.
#[interface]
pub trait Stacks {
    /// The addresses of the stack that `address` is in; none if it is in no stack.
    ///
    /// All of the range can be read. May be called in any context.
    fn around(self, address: usize) -> Option<Range<usize>>;
}
