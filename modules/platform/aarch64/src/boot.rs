//! From exception level 1 with a stack to a machine that an image can run on.

use crate::paging::Granule;
use oscomp_device_tree::{DeviceTree, blob_at};
pub use oscomp_page_tables::Layout;
use oscomp_page_tables::{Places, map};
use oscomp_pool::Free;
pub use oscomp_pool::Ram;

/// The status with which an image ends that its machine has no room for.
#[cfg(target_arch = "aarch64")]
const NO_ROOM: u8 = 102;

/// Finds the memory by the device tree at `address`.
///
/// # Safety
/// Readable memory, for ever, for as many bytes as a device tree has, if there is one.
#[must_use]
pub unsafe fn by_device_tree(address: usize, layout: &Layout) -> Option<Ram> {
    // SAFETY: by the contract.
    let blob = unsafe { blob_at(address) }?;
    let mut ram = DeviceTree::new(blob)?.ram(layout.text)?;
    ram.free.leave_out(&(address..address + blob.len()));
    Some(ram)
}

/// Prepares the machine and calls `run`, which is the glue's.
///
/// `ram` is the memory, if it was found; `windows` are the addresses and lengths of the registers that are
/// reached as memory: the platform's own, and those of devices that modules claim.
///
/// # Safety
/// Called once, by the entry code, at exception level 1 without address translation, on the main stack of the
/// ground that `places` describes. `layout` describes the running image.
#[cfg(target_arch = "aarch64")]
#[inline]
pub unsafe fn boot(
    layout: &Layout,
    places: &Places,
    ram: Option<Ram>,
    windows: [&[(usize, usize)]; 2],
    run: fn() -> !,
) -> ! {
    use core::arch::asm;
    use oscomp_pool::POOL;

    crate::exceptions::set_up(places);
    // SAFETY: as for this function.
    let free = ram.and_then(|ram| unsafe { prepare(layout, places, ram, windows) });
    let Some(free) = free else { crate::power::off(NO_ROOM) };
    // TCR_EL1: addresses of 39 bits in the lower half only, 4 KiB granule, tables in memory that caches keep,
    // 40 bits of physical address.
    let control: u64 = 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2 << 32;
    // SAFETY: the tables map the running code, its data and its stack as before, with the access that the
    // linker gave them. Nothing of it is in a cache that was off until now. SCTLR_EL1: translation, caches,
    // aligned stack pointer, and what is writable is not executable.
    unsafe {
        asm!(
            "msr mair_el1, {types}",
            "msr tcr_el1, {control}",
            "msr ttbr0_el1, {root}",
            "tlbi vmalle1",
            "ic iallu",
            "dsb nsh",
            "isb",
            "mrs {system}, sctlr_el1",
            "orr {system}, {system}, {on}",
            "bic {system}, {system}, #2",
            "msr sctlr_el1, {system}",
            "isb",
            types = in(reg) crate::paging::TYPES,
            control = in(reg) control,
            root = in(reg) places.root.addr(),
            on = in(reg) 1_u64 | 1 << 2 | 1 << 3 | 1 << 12 | 1 << 19,
            system = out(reg) _,
            options(nostack),
        );
    }
    for range in free.into_ranges() {
        // SAFETY: RAM, mapped, outside of the image, its tables and what is taken.
        unsafe { POOL.add(range) };
    }
    run()
}

/// Makes the tables; the memory that is left. None when it does not suffice.
///
/// # Safety
/// As for [`boot`].
#[cfg_attr(not(target_arch = "aarch64"), expect(dead_code, reason = "boots on its own architecture only"))]
unsafe fn prepare(
    layout: &Layout,
    places: &Places,
    ram: Ram,
    windows: [&[(usize, usize)]; 2],
) -> Option<Free> {
    // SAFETY: as for this function.
    let (space, mut free) = unsafe { map::<Granule>(layout, places, ram, windows.into_iter().flatten()) }?;
    free.add(space.into_frames().into_rest());
    Some(free)
}
