//! What one call mapped.

use crate::Result;
use crate::flags::PAGE;
use alloc::alloc::{alloc_zeroed, dealloc};
use alloc::vec::Vec;
use core::alloc::Layout;
use core::ops::Range;
use core::ptr::NonNull;
use core::slice;
use oscomp_c_abi::numbers::{EIO, ENOMEM};
use oscomp_interfaces::{HeldFile, OpenFiles};

/// What is in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Memory that no file is behind.
    Anonymous,
    /// A copy of a file that stays one.
    Private,
    /// A copy of a file from a byte on, which is written back.
    Shared(HeldFile, u64),
}

/// Whole pages of the heap.
pub struct Region {
    base: NonNull<u8>,
    layout: Layout,
    pub content: Content,
    /// What was read from a shared file that can be written, or written to it last.
    known: Vec<u8>,
    /// Which pages were unmapped; empty if none was.
    gone: Vec<bool>,
    left: usize,
}

// SAFETY: it owns its memory, which is bound to no thread.
unsafe impl Send for Region {}

impl Region {
    /// Zeroes, `length` of them, whole pages.
    pub fn new(length: usize, content: Content) -> Result<Self> {
        let layout = Layout::from_size_align(length, PAGE).map_err(|_| ENOMEM)?;
        // SAFETY: no caller asks for none.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(ENOMEM)?;
        Ok(Self { base, layout, content, known: Vec::new(), gone: Vec::new(), left: length / PAGE })
    }

    pub fn place(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    pub fn start(&self) -> usize {
        self.base.addr().get()
    }

    pub fn end(&self) -> usize {
        self.start() + self.layout.size()
    }

    pub fn length(&self) -> usize {
        self.layout.size()
    }

    /// Whether nothing of it is mapped any more.
    pub fn is_gone(&self) -> bool {
        self.left == 0
    }

    /// Whether all of some bytes of it are mapped.
    pub fn has(&self, bytes: Range<usize>) -> bool {
        let pages = bytes.start / PAGE..bytes.end / PAGE;
        self.gone.is_empty() || !self.gone[pages].contains(&true)
    }

    /// Some of its bytes, by their numbers from its beginning on.
    ///
    /// # Safety
    /// Nobody uses them while the slice is there.
    pub unsafe fn bytes(&mut self, bytes: Range<usize>) -> &mut [u8] {
        assert!(bytes.start <= bytes.end && bytes.end <= self.length(), "they are not of the region");
        // SAFETY: the region has them, they were written when it was made, and by the contract nobody else uses them.
        unsafe { slice::from_raw_parts_mut(self.place().add(bytes.start), bytes.len()) }
    }

    /// Reads what the file has; zeroes where it has nothing.
    ///
    /// # Safety
    /// Nobody uses the bytes meanwhile.
    pub unsafe fn load(
        &mut self,
        files: impl OpenFiles,
        file: HeldFile,
        offset: u64,
        bytes: Range<usize>,
    ) -> Result<()> {
        // SAFETY: the caller's.
        let into = unsafe { self.bytes(bytes.clone()) };
        let mut at = 0;
        while at < into.len() {
            match files.read_at(file, offset + (bytes.start + at) as u64, &mut into[at..])? {
                0 => break,
                count => at += count,
            }
        }
        into[at..].fill(0);
        if !self.known.is_empty() {
            let Self { known, base, .. } = self;
            // SAFETY: the caller's; these bytes are the region's.
            let read = unsafe { slice::from_raw_parts(base.as_ptr().add(bytes.start), bytes.len()) };
            known[bytes].copy_from_slice(read);
        }
        Ok(())
    }

    /// Remembers what is in the region, so that what changes can be told.
    ///
    /// # Safety
    /// Nobody uses it meanwhile.
    pub unsafe fn remember(&mut self) -> Result<()> {
        let mut known = Vec::new();
        known.try_reserve_exact(self.length()).map_err(|_| ENOMEM)?;
        // SAFETY: the caller's.
        known.extend_from_slice(unsafe { self.bytes(0..self.length()) });
        self.known = known;
        Ok(())
    }

    /// Writes the pages that changed to a shared file that can be written, but nothing behind its end.
    ///
    /// # Safety
    /// Nobody changes the bytes meanwhile.
    pub unsafe fn write_back(&mut self, files: impl OpenFiles, bytes: Range<usize>) -> Result<()> {
        let Content::Shared(file, offset) = self.content else { return Ok(()) };
        if self.known.is_empty() {
            return Ok(());
        }
        let rest = files.length(file)?.saturating_sub(offset);
        let end = bytes.end.min(usize::try_from(rest).unwrap_or(usize::MAX));
        for start in bytes.step_by(PAGE).take_while(|start| *start < end) {
            let page = start..end.min(start + PAGE);
            // SAFETY: the caller's; the region has these bytes.
            let now = unsafe { slice::from_raw_parts(self.place().add(start), page.len()) };
            let known = &mut self.known[page];
            if now == known {
                continue;
            }
            let mut at = 0;
            while at < now.len() {
                match files.write_at(file, offset + (start + at) as u64, &now[at..])? {
                    0 => return Err(EIO),
                    count => at += count,
                }
            }
            known.copy_from_slice(now);
        }
        Ok(())
    }

    /// Takes bytes out of the mapping.
    pub fn remove(&mut self, bytes: Range<usize>) -> Result<()> {
        let count = self.length() / PAGE;
        let pages = bytes.start / PAGE..bytes.end / PAGE;
        if pages.len() == count {
            self.left = 0;
            return Ok(());
        }
        if self.gone.is_empty() {
            self.gone.try_reserve_exact(count).map_err(|_| ENOMEM)?;
            self.gone.resize(count, false);
        }
        for gone in &mut self.gone[pages] {
            self.left -= usize::from(!*gone);
            *gone = true;
        }
        Ok(())
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: it was allocated so, and who unmaps it says that nobody uses it.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}
