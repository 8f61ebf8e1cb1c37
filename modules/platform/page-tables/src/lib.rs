//! Page tables of three levels for 39-bit addresses, with pages of 4 KiB, 2 MiB and 1 GiB: RISC-V's Sv39 and
//! Arm's 4 KiB granule. What an entry looks like is the architecture's.
//!
//! Memory is mapped as it is in physical memory, so a table's address is its physical address. A library
//! of the platforms, not a module.
#![no_std]

mod ground;
mod image;
mod layout;

use core::marker::PhantomData;
use core::ops::Range;

pub use ground::{Behind, EXCEPTIONS, Ground, Places};
pub use image::map;
pub use layout::Layout;

/// Bytes of the smallest page.
pub const PAGE: usize = 4096;
/// Entries of a table.
const ENTRIES: usize = 512;

/// What is allowed in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading and executing.
    Text,
    /// Reading.
    Constants,
    /// Reading and writing.
    Data,
    /// Reading and writing the registers of a device, past all caches.
    Device,
}

/// How an architecture writes an entry.
pub trait Format {
    /// An entry that leads to the table at that address.
    fn table(address: usize) -> u64;
    /// An entry that maps the page at that address; `last` in a table of the last level. As a number it grows by
    /// the same from each page to the next.
    fn page(address: usize, access: Access, last: bool) -> u64;
    /// The table that an entry leads to; none if it maps a page or nothing.
    fn below(entry: u64) -> Option<usize>;
}

/// A table of any level.
#[derive(Clone, Debug)]
#[repr(C, align(4096))]
pub struct Table([u64; ENTRIES]);

impl Table {
    /// Maps nothing.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only ever a static or a frame")]
    pub const fn new() -> Self {
        Self([0; ENTRIES])
    }
}

/// How the tables in use are read and written. They are not mapped themselves.
pub trait Tables {
    /// The entry there.
    fn get(&self, entry: *mut u64) -> u64;
    /// Has the CPU go by another entry from now on; what both map, they map alike.
    fn set(&mut self, entry: *mut u64, value: u64);
}

/// Has the page at `address`, which is data and mapped, decided by an entry of the last level: that entry.
///
/// Larger pages are taken apart, by tables that `table` gives. None when it gives none.
pub fn last_entry<E: Format>(
    root: *mut Table,
    address: usize,
    tables: &mut impl Tables,
    mut table: impl FnMut() -> Option<&'static mut Table>,
) -> Option<*mut u64> {
    let entry =
        |table: *mut Table, shift: u32| table.cast::<u64>().wrapping_add((address >> shift) % ENTRIES);
    let mut current = root;
    for shift in [30, 21] {
        let place = entry(current, shift);
        current = match E::below(tables.get(place)) {
            Some(below) => core::ptr::with_exposed_provenance_mut(below),
            None => {
                let below = table()?;
                let size = 1_usize << (shift - 9);
                let start = address & !((size << 9) - 1);
                *below = Table(core::array::from_fn(|index| {
                    E::page(start + index * size, Access::Data, size == PAGE)
                }));
                let below: *mut Table = below;
                tables.set(place, E::table(below.expose_provenance()));
                below
            }
        };
    }
    Some(entry(current, 12))
}

/// Gives room for tables, all entries zero; none when there is none left.
pub trait Frames {
    /// Room for one.
    fn frame(&mut self) -> Option<*mut Table>;
}

/// The tables of an address space.
#[derive(Debug)]
pub struct Space<E, F> {
    root: *mut Table,
    frames: F,
    format: PhantomData<E>,
}

impl<E: Format, F: Frames> Space<E, F> {
    /// Extends the space whose root is `root`.
    ///
    /// # Safety
    /// The root and all that it leads to are tables at their own addresses, which nothing else uses until the
    /// space is dropped, and so is what `frames` gives.
    pub unsafe fn new(root: *mut Table, frames: F) -> Self {
        Self { root, frames, format: PhantomData }
    }

    /// Maps `range`, which is whole pages and not mapped yet, by the largest pages that fit. None when there is
    /// no room for a table.
    pub fn map(&mut self, range: Range<usize>, access: Access) -> Option<()> {
        self.fill(self.root, 30, range, access)
    }

    /// The frames that are left.
    pub fn into_frames(self) -> F {
        self.frames
    }

    /// Fills a table whose entries are of `1 << shift` bytes.
    fn fill(&mut self, table: *mut Table, shift: u32, range: Range<usize>, access: Access) -> Option<()> {
        let size = 1_usize << shift;
        let last = size == PAGE;
        let mut address = range.start;
        while address < range.end {
            let index = (address >> shift) % ENTRIES;
            let whole = (range.end - address) >> shift;
            // SAFETY: by the contract of `new` the table is one and is nobody else's.
            let entries = unsafe { &mut (&mut (*table).0)[index..] };
            if address.is_multiple_of(size) && whole > 0 {
                // Most of the boot is spent here: one entry is the one before it and a constant.
                let mut entry = E::page(address, access, last);
                let step = E::page(address + size, access, last).wrapping_sub(entry);
                for place in entries.iter_mut().take(whole) {
                    debug_assert_eq!(*place, 0, "mapped already");
                    *place = entry;
                    entry = entry.wrapping_add(step);
                    address += size;
                }
            } else {
                let end = range.end.min((address | (size - 1)) + 1);
                let below = match E::below(entries[0]) {
                    Some(below) => core::ptr::with_exposed_provenance_mut(below),
                    None => {
                        let below = self.frames.frame()?;
                        entries[0] = E::table(below.expose_provenance());
                        below
                    }
                };
                self.fill(below, shift - 9, address..end, access)?;
                address = end;
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

    struct Simple;

    impl Format for Simple {
        fn table(address: usize) -> u64 {
            address as u64 | 1
        }

        fn page(address: usize, access: Access, last: bool) -> u64 {
            address as u64 | 2 | u64::from(last) << 2 | (access as u64) << 3
        }

        fn below(entry: u64) -> Option<usize> {
            (entry & 1 != 0).then_some(entry as usize & !(PAGE - 1))
        }
    }

    /// Tables that are the test's own.
    struct Own;

    impl Tables for Own {
        fn get(&self, entry: *mut u64) -> u64 {
            // SAFETY: the test's own.
            unsafe { *entry }
        }

        fn set(&mut self, entry: *mut u64, value: u64) {
            // SAFETY: the test's own.
            unsafe { *entry = value };
        }
    }

    struct Boxes(usize);

    impl Frames for Boxes {
        fn frame(&mut self) -> Option<*mut Table> {
            self.0 = self.0.checked_sub(1)?;
            Some(Box::leak(Box::new(Table::new())))
        }
    }

    /// The entry that maps an address, and the size of its page.
    fn lookup(root: *const Table, address: usize) -> Option<(u64, usize)> {
        let mut table = root;
        for shift in [30, 21, 12] {
            // SAFETY: entries of the test's tables lead to the test's tables.
            let entry = unsafe { (&(*table).0)[(address >> shift) % ENTRIES] };
            match Simple::below(entry) {
                Some(below) => table = core::ptr::with_exposed_provenance(below),
                None => return (entry != 0).then_some((entry, 1 << shift)),
            }
        }
        None
    }

    #[test]
    fn a_page_within_a_larger_one_gets_an_entry_of_its_own() {
        let root: *mut Table = Box::leak(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::<Simple, _>::new(root, Boxes(8)) };
        let (mib, gib) = (1 << 20, 1 << 30);
        space.map(gib..2 * gib, Access::Data).unwrap();
        let address = gib + 6 * mib + 3 * PAGE;
        let mut tables = 0;
        let table = || {
            tables += 1;
            Some(Box::leak(Box::new(Table::new())))
        };
        let entry = last_entry::<Simple>(root, address, &mut Own, table).unwrap();
        assert_eq!(tables, 2);
        let mapped =
            |address: usize, last: u64| Some(address as u64 | 2 | last << 2 | (Access::Data as u64) << 3);
        assert_eq!(lookup(root, address), mapped(address, 1).map(|entry| (entry, PAGE)));
        assert_eq!(lookup(root, address - 4 * mib).map(|(_, size)| size), Some(2 * mib));
        assert_eq!(lookup(root, gib).map(|(entry, _)| entry), mapped(gib, 0));
        // SAFETY: the entry is the test's.
        unsafe { entry.write(0) };
        assert_eq!(lookup(root, address), None);
        assert_eq!(lookup(root, address + PAGE).map(|(_, size)| size), Some(PAGE));
        assert_eq!(last_entry::<Simple>(root, address, &mut Own, || None), Some(entry));
    }

    #[test]
    fn the_largest_pages_that_fit_are_used() {
        let root: *mut Table = Box::leak(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::<Simple, _>::new(root, Boxes(8)) };
        let (mib, gib) = (1 << 20, 1 << 30);
        space.map(2 * gib - 2 * mib - PAGE..3 * gib + 4 * mib + 2 * PAGE, Access::Data).unwrap();
        let size = |address| lookup(root, address).map(|(_, size)| size);
        assert_eq!(size(2 * gib - 2 * mib - PAGE - 1), None);
        assert_eq!(size(2 * gib - 2 * mib - 1), Some(PAGE));
        assert_eq!(size(2 * gib - 1), Some(2 * mib));
        assert_eq!(size(2 * gib), Some(gib));
        assert_eq!(size(3 * gib + 4 * mib - 1), Some(2 * mib));
        assert_eq!(size(3 * gib + 4 * mib + PAGE), Some(PAGE));
        assert_eq!(size(3 * gib + 4 * mib + 2 * PAGE), None);
        let (entry, _) = lookup(root, 2 * gib + 5).unwrap();
        assert_eq!(entry, (2 * gib as u64) | 2 | (Access::Data as u64) << 3);
    }

    #[test]
    fn neighbours_share_tables_and_keep_their_access() {
        let root: *mut Table = Box::leak(Box::new(Table::new()));
        // SAFETY: all tables are the test's own.
        let mut space = unsafe { Space::<Simple, _>::new(root, Boxes(2)) };
        let base = 0x8020_0000;
        space.map(base..base + PAGE, Access::Text).unwrap();
        space.map(base + PAGE..base + 2 * PAGE, Access::Constants).unwrap();
        space.map(base + 3 * PAGE..base + 4 * PAGE, Access::Data).unwrap();
        let access = |page: usize| lookup(root, base + page * PAGE).map(|(entry, _)| entry >> 3 & 3);
        assert_eq!([0, 1, 2, 3, 4].map(access), [Some(0), Some(1), None, Some(2), None]);
        assert_eq!(space.map(0..PAGE, Access::Device), None, "no frame is left");
    }
}
