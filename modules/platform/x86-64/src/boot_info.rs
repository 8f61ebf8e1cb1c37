//! What the machine's loader hands over, by the PVH protocol: Xen, `public/arch-x86/hvm/start_info.h`.

use core::cell::UnsafeCell;
use core::ops::Range;

/// How many entries of the memory map are kept.
pub const ENTRIES: usize = 32;

/// `XEN_HVM_START_MAGIC_VALUE`.
pub const MAGIC: u32 = 0x336e_c578;

/// `XEN_HVM_MEMMAP_TYPE_RAM`.
const RAM: u32 = 1;

/// The loader's information, copied to where the image controls it.
///
/// The loader may have put it anywhere in RAM; after the copy all of that is free.
#[repr(C)]
pub struct BootInfo {
    start: StartInfo,
    map: [Entry; ENTRIES],
}

/// `struct hvm_start_info`, version 1.
#[derive(Clone, Copy)]
#[repr(C)]
struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    module_count: u32,
    modules: u64,
    command_line: u64,
    rsdp: u64,
    map: u64,
    map_count: u32,
    reserved: u32,
}

/// `struct hvm_memmap_table_entry`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Entry {
    address: u64,
    size: u64,
    kind: u32,
    reserved: u32,
}

// The entry code copies by these.
const _: () = assert!(size_of::<StartInfo>() == 56);
const _: () = assert!(size_of::<Entry>() == 24);

impl BootInfo {
    const fn empty() -> Self {
        let start = StartInfo {
            magic: 0,
            version: 0,
            flags: 0,
            module_count: 0,
            modules: 0,
            command_line: 0,
            rsdp: 0,
            map: 0,
            map_count: 0,
            reserved: 0,
        };
        Self { start, map: [Entry { address: 0, size: 0, kind: 0, reserved: 0 }; ENTRIES] }
    }

    /// The ranges of RAM, cut to whole pages, in the loader's order.
    pub fn ram(&self) -> impl Iterator<Item = Range<usize>> {
        // Version 0 has no memory map: what stands in its place is no part of the structure.
        let count = if self.start.version == 0 { 0 } else { self.start.map_count as usize };
        self.map.iter().take(count).map(Entry::pages)
    }
}

impl Entry {
    /// The whole pages of RAM that it describes; empty where it describes none.
    // Not inlined: the boot code goes through the map four times.
    #[inline(never)]
    fn pages(&self) -> Range<usize> {
        if self.kind != RAM {
            return 0..0;
        }
        let (start, end) = (self.address as usize, (self.address + self.size) as usize);
        (start + 4095) & !4095..end & !4095
    }
}

/// Where the entry code leaves the loader's information.
pub static BOOT_INFO: Cell = Cell(UnsafeCell::new(BootInfo::empty()));

/// A [`BootInfo`] that assembly writes.
#[repr(transparent)]
pub struct Cell(UnsafeCell<BootInfo>);

// SAFETY: written once by the entry code, before any Rust code runs; read only afterwards.
unsafe impl Sync for Cell {}

impl Cell {
    /// The information.
    pub fn get(&self) -> &BootInfo {
        // SAFETY: nobody writes while Rust code runs, and any bytes are a `BootInfo`.
        unsafe { &*self.0.get() }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    fn info(version: u32, map: &[(u64, u64, u32)]) -> BootInfo {
        let mut info = BootInfo::empty();
        info.start.version = version;
        info.start.map_count = map.len() as u32;
        for (entry, (address, size, kind)) in info.map.iter_mut().zip(map) {
            *entry = Entry { address: *address, size: *size, kind: *kind, reserved: 0 };
        }
        info
    }

    #[test]
    fn ram_is_cut_to_whole_pages() {
        let info = info(1, &[(0x800, 0x9_fc00, 1), (0xf_0000, 0x1_0000, 2), (0x10_0000, 0x2_0000, 1)]);
        let ram: Vec<_> = info.ram().collect();
        assert_eq!(ram, [0x1000..0xa_0000, 0..0, 0x10_0000..0x12_0000]);
    }

    #[test]
    fn an_entry_smaller_than_a_page_is_an_empty_range() {
        let info = info(1, &[(0x1800, 0x400, 1)]);
        assert!(info.ram().all(|range| range.is_empty()));
    }

    #[test]
    fn version_0_has_no_memory_map() {
        assert_eq!(info(0, &[(0x10_0000, 0x2_0000, 1)]).ram().count(), 0);
    }

    #[test]
    fn what_does_not_fit_was_not_copied() {
        let mut info = info(1, &[(0x10_0000, 0x1000, 1); ENTRIES]);
        info.start.map_count = 1000;
        assert_eq!(info.ram().count(), ENTRIES);
    }
}
