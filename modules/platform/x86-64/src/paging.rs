//! Page tables: Intel SDM volume 3, section 4.5 (4-level paging).
//!
//! Memory is mapped as it is in physical memory, so a table's address is its physical address.

use core::arch::x86_64::{__m128i, _mm_add_epi64, _mm_set_epi64x, _mm_set1_epi64x};
use core::ops::Range;

/// Bytes of a page of the last level.
pub const PAGE: usize = 4096;
/// Bytes of a page one level up, which is what a table of the last level spans.
pub const LARGE: usize = 512 * PAGE;

const PRESENT: u64 = 1;
const WRITE: u64 = 1 << 1;
const WRITE_THROUGH: u64 = 1 << 3;
const UNCACHED: u64 = 1 << 4;
const IS_LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
/// An entry that leads to a table: the last level decides what is allowed.
const TABLE: u64 = PRESENT | WRITE;

/// The entry of the root by which [`Space::show`] shows the tables, the last.
const SHOWS: usize = 511;
/// The first address that this entry maps.
const SHOWN: usize = 0xffff_ff80_0000_0000;

/// What is allowed in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Access {
    /// Nothing: the page is not mapped.
    None = 0,
    /// Reading and executing.
    Text = PRESENT,
    /// Reading.
    Constants = PRESENT | NO_EXECUTE,
    /// Reading and writing.
    Data = PRESENT | WRITE | NO_EXECUTE,
    /// Reading and writing the registers of a device, past all caches.
    Device = PRESENT | WRITE | NO_EXECUTE | WRITE_THROUGH | UNCACHED,
}

/// A table of any level.
#[derive(Clone)]
#[repr(C, align(4096))]
pub struct Table([u64; 512]);

impl Table {
    /// Maps nothing.
    pub const fn new() -> Self {
        Self([0; 512])
    }

    /// In a table of the last level that begins at `base`: sets the access of the pages of `range`,
    /// as far as the table spans them. Both ends are whole pages.
    pub fn fill(&mut self, base: usize, range: Range<usize>, access: Access) {
        let (start, end) = (range.start.max(base), range.end.min(base + LARGE));
        let (mut entry, step) = match access {
            Access::None => (0, 0),
            _ => (start as u64 | access as u64, PAGE as u64),
        };
        let (first, behind) = ((start - base) / PAGE, end.saturating_sub(base) / PAGE);
        // None where the range and the table have nothing in common.
        let Some(pages) = self.0.get_mut(first..behind) else { return };
        // Most of the boot is spent here: eight at a time, as four pairs.
        let (groups, rest) = pages.as_chunks_mut::<8>();
        let at = |index: u64| (entry + index * step) as i64;
        // SAFETY: every x86-64 has SSE2. Four pairs are as large as eight entries, and need no
        // alignment to be written so.
        unsafe {
            let pair = |index| _mm_set_epi64x(at(index + 1), at(index));
            let (mut a, mut b, mut c, mut d) = (pair(0), pair(2), pair(4), pair(6));
            let stride = _mm_set1_epi64x((8 * step) as i64);
            for group in &mut *groups {
                group.as_mut_ptr().cast::<[__m128i; 4]>().write_unaligned([a, b, c, d]);
                a = _mm_add_epi64(a, stride);
                b = _mm_add_epi64(b, stride);
                c = _mm_add_epi64(c, stride);
                d = _mm_add_epi64(d, stride);
            }
        }
        entry += groups.len() as u64 * 8 * step;
        for page in rest {
            *page = entry;
            entry += step;
        }
    }
}

/// A table whose pages are mapped as a large page's entry maps them; none if it is no large page's.
pub fn apart(entry: u64) -> Option<Table> {
    let first = entry & !IS_LARGE;
    (entry != first).then(|| Table(core::array::from_fn(|index| first + (index * PAGE) as u64)))
}

/// The entry that leads to a table which pages of any access may be in.
pub fn leading_to(table: usize) -> u64 {
    table as u64 | TABLE
}

/// Where [`Space::show`] shows the entries that decide about the page at `address`: that of the third level, and that
/// of the last, if there is a table for it.
pub fn shown(address: usize) -> [*mut u64; 2] {
    let entry =
        |base: usize, shift: u32| core::ptr::with_exposed_provenance_mut(base + (address >> shift) * 8);
    [entry(SHOWN + 0x7f_c000_0000, 21), entry(SHOWN, 12)]
}

/// Gives room for tables, all entries zero; none when there is none left.
pub trait Frames {
    /// Room for one.
    fn frame(&mut self) -> Option<*mut Table>;
}

/// The tables of an address space whose pages of the last level, if any, are set with [`Table::fill`].
pub struct Space<F> {
    root: *mut Table,
    frames: F,
}

impl<F: Frames> Space<F> {
    /// Extends the space whose root is `root`.
    ///
    /// # Safety
    /// The root and all that it leads to are tables at their own addresses, which nothing else uses
    /// until the space is dropped, and so is what `frames` gives. No code runs from, and no data is
    /// in, a page whose entry is replaced.
    pub unsafe fn new(root: *mut Table, frames: F) -> Self {
        Self { root, frames }
    }

    /// Room for one more table.
    pub fn frame(&mut self) -> Option<*mut Table> {
        self.frames.frame()
    }

    /// The frames that are left.
    pub fn into_frames(self) -> F {
        self.frames
    }

    /// The table of the level below, made if it is not there.
    fn below(&mut self, table: *mut Table, address: usize, shift: u32) -> Option<*mut Table> {
        // SAFETY: by the contract of `new` the table is one and is nobody else's.
        let entry = unsafe { &mut (&mut (*table).0)[(address >> shift) & 511] };
        if *entry & PRESENT == 0 {
            *entry = self.frames.frame()? as u64 | TABLE;
        }
        Some((*entry & ADDRESS) as *mut Table)
    }

    /// Shows the tables in the highest 512 GiB, for reading: those of the last level one after the other, as if they
    /// were pages, and before the end those of the levels above (the root leads to itself).
    pub fn show(&mut self) {
        // SAFETY: as in `below`.
        unsafe { (*self.root).0[SHOWS] = self.root.expose_provenance() as u64 | PRESENT | NO_EXECUTE };
    }

    /// The table of the third level that spans `address`.
    fn directory(&mut self, address: usize) -> Option<*mut Table> {
        let pointers = self.below(self.root, address, 39)?;
        self.below(pointers, address, 30)
    }

    /// Has the 2 MiB at `address` decided by a table of the last level.
    pub fn link(&mut self, address: usize, table: *mut Table) -> Option<()> {
        let directory = self.directory(address)?;
        // SAFETY: as in `below`.
        unsafe { (*directory).0[(address / LARGE) & 511] = table as u64 | TABLE };
        Some(())
    }

    /// Where the entry is that decides about the page at `address`, which a table of the last level spans.
    pub fn last(&mut self, address: usize) -> Option<*mut u64> {
        let directory = self.directory(address)?;
        // SAFETY: as in `below`.
        let entry = unsafe { (*directory).0[(address / LARGE) & 511] };
        let table = (entry & ADDRESS) as *mut Table;
        // SAFETY: as in `below`; the caller says that the entry leads to a table.
        (entry & (PRESENT | IS_LARGE) == PRESENT)
            .then(|| unsafe { (&raw mut (*table).0).cast::<u64>().add((address / PAGE) & 511) })
    }

    /// Maps every 2 MiB that `range` touches, except where a table of the last level decides.
    pub fn map(&mut self, range: Range<usize>, access: Access) -> Option<()> {
        let mut address = range.start & !(LARGE - 1);
        while address < range.end {
            let directory = self.directory(address)?;
            let end = range.end.min((address | (512 * LARGE - 1)) + 1);
            while address < end {
                // SAFETY: as in `below`.
                let entry = unsafe { &mut (&mut (*directory).0)[(address / LARGE) & 511] };
                if *entry & (PRESENT | IS_LARGE) != PRESENT {
                    *entry = address as u64 | access as u64 | IS_LARGE;
                }
                address += LARGE;
            }
        }
        Some(())
    }

    /// Takes away every 2 MiB of `range` that is still executable, as the entry code makes them.
    pub fn revoke(&mut self, range: Range<usize>) -> Option<()> {
        for address in range.step_by(LARGE) {
            let directory = self.directory(address)?;
            // SAFETY: as in `below`.
            let entry = unsafe { &mut (&mut (*directory).0)[(address / LARGE) & 511] };
            if *entry & (IS_LARGE | NO_EXECUTE) == IS_LARGE {
                *entry = 0;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::boxed::Box;
    use std::vec::Vec;

    struct Boxes(Vec<Box<Table>>, usize);

    impl Frames for Boxes {
        fn frame(&mut self) -> Option<*mut Table> {
            self.1 = self.1.checked_sub(1)?;
            let frame = Box::into_raw(Box::new(Table::new()));
            // SAFETY: just made from a box; the boxes are only dropped, never looked into.
            self.0.push(unsafe { Box::from_raw(frame) });
            Some(frame)
        }
    }

    /// What the CPU would find at an address.
    fn translate(root: *const Table, address: usize) -> Option<(usize, u64)> {
        let mut table = root;
        for (shift, last) in [(39, false), (30, false), (21, false), (12, true)] {
            // SAFETY: entries of the test's tables lead to the test's tables.
            let entry = unsafe { (&(*table).0)[(address >> shift) & 511] };
            if entry & PRESENT == 0 {
                return None;
            }
            let flags = entry & !ADDRESS & !IS_LARGE;
            if last || entry & IS_LARGE != 0 {
                let offset = address & ((1 << shift) - 1);
                return Some(((entry & ADDRESS) as usize + offset, flags));
            }
            table = (entry & ADDRESS) as *const Table;
        }
        None
    }

    #[test]
    fn pages_get_their_access_and_nothing_else_is_touched() {
        let mut table = Table::new();
        table.fill(LARGE, 0..LARGE + 2 * PAGE, Access::Text);
        table.fill(LARGE, LARGE + 2 * PAGE..LARGE + 3 * PAGE, Access::Data);
        table.fill(LARGE, 2 * LARGE - PAGE..5 * LARGE, Access::Constants);
        table.fill(LARGE, LARGE..LARGE + PAGE, Access::None);
        table.fill(LARGE, 0..PAGE, Access::Data);
        let base = LARGE as u64;
        assert_eq!(table.0[..4], [0, base + 0x1001, (base + 0x2003) | NO_EXECUTE, 0]);
        assert!(table.0[4..511].iter().all(|entry| *entry == 0));
        assert_eq!(table.0[511], (2 * LARGE - PAGE) as u64 | PRESENT | NO_EXECUTE);
    }

    #[test]
    fn a_space_maps_memory_as_it_is() {
        let root = Box::into_raw(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::new(root, Boxes(Vec::new(), 8)) };
        let mut small = Box::new(Table::new());
        small.fill(0, PAGE..3 * PAGE, Access::Text);
        space.link(0, &raw mut *small).unwrap();
        // Touches the first 2 MiB, crosses from the first GiB into the second, ends in the middle of 2 MiB.
        space.map(0..(1 << 30) + LARGE + 1, Access::Data).unwrap();
        space.map(0xfeb0_0000..0xfeb0_0200, Access::Device).unwrap();

        let data = Access::Data as u64;
        assert_eq!(translate(root, 0), None);
        assert_eq!(translate(root, PAGE + 5), Some((PAGE + 5, Access::Text as u64)));
        assert_eq!(translate(root, 3 * PAGE), None);
        let last = space.last(2 * PAGE).unwrap();
        // SAFETY: an entry of the test's own table.
        unsafe { last.write(0) };
        assert_eq!(translate(root, 2 * PAGE), None);
        assert_eq!(space.last(LARGE), None, "no table of the last level");
        for address in [LARGE, (1 << 30) - 1, 1 << 30, (1 << 30) + 2 * LARGE - 1] {
            assert_eq!(translate(root, address), Some((address, data)));
        }
        assert_eq!(translate(root, (1 << 30) + 2 * LARGE), None);
        assert_eq!(translate(root, 0xfeb0_0100), Some((0xfeb0_0100, Access::Device as u64)));
        assert_eq!(translate(root, 0xfea0_0000 - 1), None);
        // SAFETY: made above from a box.
        drop(unsafe { Box::from_raw(root) });
    }

    #[test]
    fn what_the_entry_code_mapped_and_nobody_wants_is_taken_away() {
        let root = Box::into_raw(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::new(root, Boxes(Vec::new(), 8)) };
        let directory = space.directory(0).unwrap();
        // SAFETY: the test's own table.
        let entries = unsafe { &mut (*directory).0 };
        for (index, entry) in entries[..3].iter_mut().enumerate() {
            *entry = (index * LARGE) as u64 | PRESENT | WRITE | IS_LARGE;
        }
        let mut small = Box::new(Table::new());
        small.fill(0, PAGE..2 * PAGE, Access::Text);
        space.link(0, &raw mut *small).unwrap();
        space.map(0..2 * LARGE, Access::Data).unwrap();
        space.revoke(0..3 * LARGE).unwrap();
        assert_eq!(translate(root, PAGE), Some((PAGE, Access::Text as u64)));
        assert_eq!(translate(root, LARGE), Some((LARGE, Access::Data as u64)));
        assert_eq!(translate(root, 2 * LARGE), None);
        // SAFETY: made above from a box.
        drop(unsafe { Box::from_raw(root) });
    }

    #[test]
    fn a_large_page_taken_apart_maps_the_same() {
        let root = Box::into_raw(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::new(root, Boxes(Vec::new(), 8)) };
        space.map(0..4 * LARGE, Access::Data).unwrap();
        let all = || {
            [LARGE - 1, LARGE, LARGE + 3 * PAGE + 7, 2 * LARGE - 1, 2 * LARGE].map(|at| translate(root, at))
        };
        let before = all();
        let directory = space.directory(LARGE).unwrap();
        // SAFETY: the test's own table.
        let entry = unsafe { (*directory).0[1] };
        let mut pages = Box::new(apart(entry).unwrap());
        space.link(LARGE, &raw mut *pages).unwrap();
        assert_eq!(all(), before);
        pages.0[3] = 0;
        assert_eq!(translate(root, LARGE + 3 * PAGE + 7), None);
        assert_eq!(translate(root, LARGE + 2 * PAGE), before[1].map(|(at, flags)| (at + 2 * PAGE, flags)));
        assert!(apart(leading_to(0x1000)).is_none());
    }

    #[test]
    fn entries_are_shown_where_the_cpu_finds_them() {
        let root = Box::into_raw(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::new(root, Boxes(Vec::new(), 8)) };
        let address = (3 << 30) + 5 * LARGE + 7 * PAGE;
        space.map(address..address + PAGE, Access::Data).unwrap();
        let mut pages = Box::new(Table::new());
        space.link(address, &raw mut *pages).unwrap();
        space.show();
        let directory = space.directory(address).unwrap();
        let [third, last] = shown(address).map(|entry| translate(root, entry.addr() & ((1 << 48) - 1)));
        assert_eq!(third, Some((directory.addr() + 5 * 8, TABLE)));
        assert_eq!(last.map(|(place, _)| place), Some(pages.0.as_ptr().addr() + 7 * 8));
    }

    #[test]
    fn running_out_of_frames_is_told() {
        let root = Box::into_raw(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::new(root, Boxes(Vec::new(), 2)) };
        assert_eq!(space.map(0..LARGE, Access::Data), Some(()));
        assert_eq!(space.map(1 << 30..(1 << 30) + 1, Access::Data), None);
        // SAFETY: made above from a box.
        drop(unsafe { Box::from_raw(root) });
    }
}
