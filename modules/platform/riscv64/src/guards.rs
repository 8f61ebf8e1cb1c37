//! Pages that nothing may touch.

use crate::paging::Sv39;
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
    let Some(entry) = last_entry::<Sv39>(root(), address, &mut InUse, table) else { return Err(page) };
    InUse.set(entry, 0);
    Ok(GuardPage::new(page))
}

/// Gives access to a page back.
#[must_use]
pub fn release(guard: GuardPage) -> &'static mut Page {
    let address = guard.address();
    if let Some(entry) = last_entry::<Sv39>(root(), address, &mut InUse, || None) {
        InUse.set(entry, Sv39::page(address, Access::Data, true));
    }
    guard.into_page()
}

/// The tables that the hart goes by. Translation is off while one is read or written: memory is mapped as it is, and
/// only registers are used meanwhile.
struct InUse;

impl Tables for InUse {
    fn get(&self, entry: *mut u64) -> u64 {
        let value;
        // SAFETY: an entry of a table, which only this hart uses, and what runs is where it was.
        unsafe {
            asm!(
                "csrrw {root}, satp, zero",
                "sfence.vma",
                "ld {value}, ({entry})",
                "csrw satp, {root}",
                "sfence.vma",
                entry = in(reg) entry,
                value = out(reg) value,
                root = out(reg) _,
                options(nostack, preserves_flags),
            );
        }
        value
    }

    fn set(&mut self, entry: *mut u64, value: u64) {
        // SAFETY: as in `get`; interrupts are masked, and what may be touched is mapped as it was.
        unsafe {
            asm!(
                "csrrw {root}, satp, zero",
                "sfence.vma",
                "sd {value}, ({entry})",
                "csrw satp, {root}",
                "sfence.vma",
                entry = in(reg) entry,
                value = in(reg) value,
                root = out(reg) _,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// The table of the highest level.
fn root() -> *mut Table {
    let satp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("csrr {}, satp", out(reg) satp, options(nomem, nostack, preserves_flags)) };
    // The number of its page: the lowest 44 bits.
    core::ptr::with_exposed_provenance_mut((satp & ((1 << 44) - 1)) << 12)
}
