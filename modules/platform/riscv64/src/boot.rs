//! From supervisor mode with a stack to a machine that an image can run on.

use crate::paging::Sv39;
use core::cell::UnsafeCell;
use oscomp_device_tree::DeviceTree;
#[cfg(target_arch = "riscv64")]
use oscomp_device_tree::{HEADER, length};
use oscomp_page_tables::{Access, Behind, PAGE, Places, Space};
use oscomp_pool::{POOL, without};

pub use oscomp_page_tables::Layout;

/// The status with which an image ends that its machine has no room for.
#[cfg(target_arch = "riscv64")]
const NO_ROOM: u8 = 102;

/// Prepares the machine and calls `run`, which is the glue's.
///
/// `windows` are the addresses and lengths of the registers that are reached as memory, the platform's own
/// among them.
///
/// # Safety
/// Called once, by the entry code, in supervisor mode without address translation, on the main stack of
/// the ground that `places` describes. `layout` describes the running image, and `tree` is the address of the
/// device tree.
#[cfg(target_arch = "riscv64")]
#[inline]
pub unsafe fn boot(
    layout: &Layout,
    places: &Places,
    tree: usize,
    windows: &[(usize, usize)],
    run: fn() -> !,
) -> ! {
    use core::arch::asm;

    crate::traps::set_up(places);
    // SAFETY: the firmware hands over the address of a tree, or 0.
    let tree = unsafe { device_tree(tree) };
    // SAFETY: as for this function.
    let mapped = tree.and_then(|tree| unsafe { map(layout, places, tree, windows) });
    if mapped.is_none() {
        crate::power::off(NO_ROOM);
    }
    // SAFETY: nothing else runs yet.
    unsafe { *TREE.0.get() = tree.unwrap_or_default() };
    // The mode Sv39, and the number of the root's page.
    let satp = 8 << 60 | places.root.addr() >> 12;
    // SAFETY: the tables map the running code, its data and its stack as before, with the access that the
    // linker gave them.
    unsafe { asm!("csrw satp, {}", "sfence.vma", in(reg) satp, options(nostack)) };
    run()
}

/// Makes the tables, and fills the pool with what is left. None when memory does not suffice.
///
/// # Safety
/// As for [`boot`].
#[cfg_attr(not(target_arch = "riscv64"), expect(dead_code, reason = "boots on its own architecture only"))]
unsafe fn map(layout: &Layout, places: &Places, tree: &[u8], windows: &[(usize, usize)]) -> Option<()> {
    let image = layout.text..layout.end;
    let mut ram = 0..0;
    DeviceTree::new(tree)?.memory(|range| {
        if range.contains(&image.start) {
            ram = range;
        }
    });
    // SAFETY: as for this function.
    let names = unsafe { layout.name_table() };
    let end = image.end.max(names.end);
    if ram.end < end {
        return None;
    }

    let taken =
        tree.as_ptr().addr() & !(PAGE - 1)..(tree.as_ptr().addr() + tree.len()).next_multiple_of(PAGE);
    let [before, behind] = without(end..ram.end, &taken);
    let (first, second) = if before.len() < behind.len() { (behind, before) } else { (before, behind) };
    // SAFETY: the ground's tables; what lies behind the image in RAM, beside the device tree, is free.
    let mut space = unsafe { Space::<Sv39, _>::new(places.root, Behind::new(places, first)) };
    let behind_image = [(names, Access::Constants), (end..ram.end, Access::Data)];
    for (range, access) in layout.pieces(&places.guards()).into_iter().chain(behind_image) {
        space.map(range, access)?;
    }
    for (base, length) in windows {
        space.map(base & !(PAGE - 1)..(base + length).next_multiple_of(PAGE), Access::Device)?;
    }
    if taken.end <= image.start || taken.start >= ram.end {
        space.map(taken, Access::Constants)?;
    }
    let rest = space.into_frames().into_rest();
    // SAFETY: RAM by the tree, mapped above, outside of the image, its tables and the tree. What is below the
    // image is the firmware's.
    unsafe {
        POOL.add(rest);
        POOL.add(second);
    }
    Some(())
}

struct Blob(UnsafeCell<&'static [u8]>);

// SAFETY: written once by `boot`, before anything else runs; only read afterwards.
unsafe impl Sync for Blob {}

static TREE: Blob = Blob(UnsafeCell::new(&[]));

/// The device tree that the firmware handed over.
#[must_use]
pub fn tree() -> &'static [u8] {
    // SAFETY: written once, before `run`.
    unsafe { *TREE.0.get() }
}

/// The tree at an address; none if there is none.
///
/// # Safety
/// Readable memory, for ever, for as many bytes as a header has and as the header says.
#[cfg(target_arch = "riscv64")]
unsafe fn device_tree(address: usize) -> Option<&'static [u8]> {
    if address == 0 || !address.is_multiple_of(8) {
        return None;
    }
    let header: *const [u8; HEADER] = core::ptr::with_exposed_provenance(address);
    // SAFETY: by the contract.
    let length = length(unsafe { &*header })?;
    // SAFETY: by the contract.
    Some(unsafe { core::slice::from_raw_parts(header.cast(), length) })
}
