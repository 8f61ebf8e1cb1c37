//! Entries of page tables: RISC-V privileged architecture, 12.4 (Sv39).

use oscomp_page_tables::{Access, Format};

const VALID: u64 = 1;
const READ: u64 = 1 << 1;
const WRITE: u64 = 1 << 2;
const EXECUTE: u64 = 1 << 3;
/// Set by us, since harts may fault where they are not instead of setting them.
const ACCESSED: u64 = 1 << 6;
const DIRTY: u64 = 1 << 7;

/// Sv39.
pub struct Sv39;

impl Format for Sv39 {
    fn table(address: usize) -> u64 {
        number(address) | VALID
    }

    fn page(address: usize, access: Access, _last: bool) -> u64 {
        let allowed = match access {
            Access::Text => READ | EXECUTE,
            Access::Constants => READ,
            // What is a device and what is memory is known to the machine.
            Access::Data | Access::Device => READ | WRITE,
        };
        number(address) | VALID | ACCESSED | DIRTY | allowed
    }

    fn below(entry: u64) -> Option<usize> {
        let is_table = entry & (VALID | READ | WRITE | EXECUTE) == VALID;
        is_table.then_some(((entry >> 10) << 12) as usize)
    }
}

/// The number of the page at an address, where entries have it.
const fn number(address: usize) -> u64 {
    (address as u64 >> 12) << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_as_the_manual_draws_them() {
        assert_eq!(Sv39::table(0x8020_3000), 0x2008_0c01);
        assert_eq!(Sv39::below(Sv39::table(0x8020_3000)), Some(0x8020_3000));
        assert_eq!(Sv39::page(0x8020_0000, Access::Text, true), 0x2008_00cb);
        assert_eq!(Sv39::page(0x8020_0000, Access::Constants, true), 0x2008_00c3);
        assert_eq!(Sv39::page(0x1000_0000, Access::Device, true), 0x0400_00c7);
        assert_eq!(Sv39::below(Sv39::page(0x8020_0000, Access::Data, false)), None);
        assert_eq!(Sv39::below(0), None);
    }
}
