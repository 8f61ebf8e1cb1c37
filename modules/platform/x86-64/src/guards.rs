//! Pages that nothing may touch.

use crate::paging::{Access, Table, apart, leading_to, shown};
use core::arch::asm;
use oscomp_interfaces::{GuardPage, Page};

/// Takes away all access to a page.
///
/// # Errors
/// The page, when `table` gives no room for the table that is needed.
pub fn guard(
    page: &'static mut Page,
    mut table: impl FnMut() -> Option<&'static mut Page>,
) -> Result<GuardPage, &'static mut Page> {
    let address = page.address();
    let [large, small] = shown(address);
    // SAFETY: one CPU, with interrupts masked, changes the tables. The page is data, so that there is an entry of
    // the third level, and one of the last once that is none of a large page. What the large page mapped stays
    // mapped alike, and nothing touches this page any more.
    unsafe {
        if let Some(pages) = apart(large.read_volatile()) {
            let Some(table) = table() else { return Err(page) };
            let table = core::ptr::from_mut(table).cast::<Table>();
            table.write(pages);
            set(large, leading_to(table.expose_provenance()), address);
        }
        set(small, 0, address);
    }
    Ok(GuardPage::new(page))
}

/// Gives access to a page back.
#[must_use]
pub fn release(guard: GuardPage) -> &'static mut Page {
    let address = guard.address();
    let [_, small] = shown(address);
    // SAFETY: as in `guard`, by which the page has an entry of its own.
    unsafe { set(small, address as u64 | Access::Data as u64, address) };
    guard.into_page()
}

/// Has the CPU go by an entry for `address` from now on.
///
/// # Safety
/// The entry is shown, and maps what may be touched as it was.
unsafe fn set(entry: *mut u64, value: u64, address: usize) {
    // SAFETY: by the contract. The tables are shown for reading: the CPU is let write there (CR0.WP) for this one
    // store, and forgets both what it knew about the address and where the tables for it are shown.
    unsafe {
        asm!(
            "mov {protected}, cr0",
            "mov {open}, {protected}",
            "btr {open}, 16",
            "mov cr0, {open}",
            "mov [{entry}], {value}",
            "mov cr0, {protected}",
            "invlpg [{address}]",
            "invlpg [{small}]",
            entry = in(reg) entry,
            value = in(reg) value,
            address = in(reg) address,
            small = in(reg) shown(address)[1],
            protected = out(reg) _,
            open = out(reg) _,
            options(nostack),
        );
    }
}
