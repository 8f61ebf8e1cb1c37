//! Descriptors of page tables: Arm Architecture Reference Manual, D8.3 (4 KiB granule, 39-bit addresses).

use oscomp_page_tables::{Access, Format};

const VALID: u64 = 1;
/// A table, or a page of the last level; a block without.
const TABLE: u64 = 1 << 1;
/// Which of the memory types in [`TYPES`].
const DEVICE: u64 = 1 << 2;
const READ_ONLY: u64 = 1 << 7;
const INNER_SHAREABLE: u64 = 3 << 8;
/// Set by us: an access to a page without it faults.
const ACCESSED: u64 = 1 << 10;
const NO_EXECUTE: u64 = 1 << 53;
const NO_EXECUTE_UNPRIVILEGED: u64 = 1 << 54;
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// MAIR_EL1: type 0 is memory that every cache may keep, type 1 is registers, without gathering and reordering.
#[cfg_attr(not(target_arch = "aarch64"), expect(dead_code, reason = "of its own architecture"))]
pub const TYPES: u64 = 0x04ff;

/// The 4 KiB granule.
pub struct Granule;

impl Format for Granule {
    fn table(address: usize) -> u64 {
        address as u64 | TABLE | VALID
    }

    fn page(address: usize, access: Access, last: bool) -> u64 {
        let allowed = match access {
            Access::Text => READ_ONLY | INNER_SHAREABLE,
            Access::Constants => READ_ONLY | INNER_SHAREABLE | NO_EXECUTE,
            Access::Data => INNER_SHAREABLE | NO_EXECUTE,
            Access::Device => DEVICE | NO_EXECUTE,
        };
        let kind = if last { TABLE | VALID } else { VALID };
        address as u64 | kind | ACCESSED | NO_EXECUTE_UNPRIVILEGED | allowed
    }

    fn below(entry: u64) -> Option<usize> {
        // Asked of the upper levels only, where this is a table.
        (entry & (TABLE | VALID) == TABLE | VALID).then_some((entry & ADDRESS) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_as_the_manual_draws_them() {
        assert_eq!(Granule::table(0x4020_3000), 0x4020_3003);
        assert_eq!(Granule::below(0x4020_3003), Some(0x4020_3000));
        assert_eq!(Granule::page(0x4020_0000, Access::Text, true), 0x0040_0000_4020_0783);
        assert_eq!(Granule::page(0x4020_0000, Access::Constants, true), 0x0060_0000_4020_0783);
        assert_eq!(Granule::page(0x4020_0000, Access::Data, false), 0x0060_0000_4020_0701);
        assert_eq!(Granule::page(0x0900_0000, Access::Device, true), 0x0060_0000_0900_0407);
        assert_eq!(Granule::below(Granule::page(0x4020_0000, Access::Data, false)), None);
        assert_eq!(Granule::below(0), None);
    }
}
