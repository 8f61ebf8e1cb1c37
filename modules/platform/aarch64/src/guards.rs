//! Pages that nothing may touch.

use crate::paging::Granule;
use core::arch::asm;
use oscomp_interfaces::{GuardPage, Page};
use oscomp_page_tables::{Access, Format, Table, Tables, last_entry};

/// Takes away all access to a page.
///
/// # Errors
/// The page, when `table` gives no room for a table that is needed.
pub fn guard(
    page: &'static mut Page,
    mut table: impl FnMut() -> Option<&'static mut Page>,
) -> Result<GuardPage, &'static mut Page> {
    let address = page.address();
    let table = || {
        let table: *mut Page = table()?;
        // SAFETY: as large as a table, as aligned, and nobody else's; `last_entry` writes before it reads.
        Some(unsafe { &mut *table.cast::<Table>() })
    };
    let Some(entry) = last_entry::<Granule>(root(), address, &mut InUse, table) else { return Err(page) };
    InUse.set(entry, 0);
    Ok(GuardPage::new(page))
}

/// Gives access to a page back.
#[must_use]
pub fn release(guard: GuardPage) -> &'static mut Page {
    let address = guard.address();
    if let Some(entry) = last_entry::<Granule>(root(), address, &mut InUse, || None) {
        InUse.set(entry, Granule::page(address, Access::Data, true));
    }
    guard.into_page()
}

/// The tables that the CPU goes by. Translation is off while one is read or written: memory is mapped as it is, and
/// only registers are used meanwhile.
///
/// That is also how an entry which leads to a table may take the place of one that maps a block which is in use,
/// without mapping nothing in between (Arm Architecture Reference Manual, D8.16, break-before-make).
struct InUse;

impl Tables for InUse {
    fn get(&self, entry: *mut u64) -> u64 {
        let value;
        // SAFETY: an entry of a table, which only this CPU uses, and what runs is where it was. The caches, which
        // are past while translation is off, give up the entry's line before.
        unsafe {
            asm!(
                "dsb sy",
                "mrs {system}, sctlr_el1",
                "bic {off}, {system}, #1",
                "msr sctlr_el1, {off}",
                "isb",
                "dc civac, {entry}",
                "dsb sy",
                "ldr {value}, [{entry}]",
                "dsb sy",
                "msr sctlr_el1, {system}",
                "isb",
                entry = in(reg) entry,
                value = out(reg) value,
                system = out(reg) _,
                off = out(reg) _,
                options(nostack, preserves_flags),
            );
        }
        value
    }

    fn set(&mut self, entry: *mut u64, value: u64) {
        // SAFETY: as in `get`; interrupts are masked, and what may be touched is mapped as it was.
        unsafe {
            asm!(
                "dsb sy",
                "mrs {system}, sctlr_el1",
                "bic {off}, {system}, #1",
                "msr sctlr_el1, {off}",
                "isb",
                "dc civac, {entry}",
                "dsb sy",
                "str {value}, [{entry}]",
                "dsb sy",
                "tlbi vmalle1",
                "dsb sy",
                "msr sctlr_el1, {system}",
                "isb",
                entry = in(reg) entry,
                value = in(reg) value,
                system = out(reg) _,
                off = out(reg) _,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// The table of the highest level.
fn root() -> *mut Table {
    let root: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, ttbr0_el1", out(reg) root, options(nomem, nostack, preserves_flags)) };
    core::ptr::with_exposed_provenance_mut(root & 0x0000_ffff_ffff_fffe)
}
