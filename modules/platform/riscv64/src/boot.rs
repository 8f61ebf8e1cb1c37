//! From supervisor mode with a stack to a machine that an image can run on.

use crate::paging::Sv39;
use core::cell::UnsafeCell;
use oscomp_device_tree::DeviceTree;
use oscomp_page_tables::{Access, PAGE, Places, map};
use oscomp_pool::Free;

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
    use oscomp_pool::POOL;

    crate::traps::set_up(places);
    // SAFETY: the firmware hands over the address of a tree, or 0.
    let tree = unsafe { oscomp_device_tree::blob_at(tree) };
    // SAFETY: as for this function.
    let free = tree.and_then(|tree| unsafe { prepare(layout, places, tree, windows) });
    let Some(free) = free else { crate::power::off(NO_ROOM) };
    // SAFETY: nothing else runs yet.
    unsafe { *TREE.0.get() = tree.unwrap_or_default() };
    // The mode Sv39, and the number of the root's page.
    let satp = 8 << 60 | places.root.addr() >> 12;
    // SAFETY: the tables map the running code, its data and its stack as before, with the access that the
    // linker gave them.
    unsafe { asm!("csrw satp, {}", "sfence.vma", in(reg) satp, options(nostack)) };
    for range in free.into_ranges() {
        // SAFETY: RAM by the tree, mapped, outside of the image, its tables and what others have.
        unsafe { POOL.add(range) };
    }
    run()
}

/// Makes the tables; the memory that is left. None when it does not suffice.
///
/// # Safety
/// As for [`boot`].
#[cfg_attr(not(target_arch = "riscv64"), expect(dead_code, reason = "boots on its own architecture only"))]
unsafe fn prepare(layout: &Layout, places: &Places, tree: &[u8], windows: &[(usize, usize)]) -> Option<Free> {
    let mut ram = DeviceTree::new(tree)?.ram(layout.text)?;
    // What is below the image is the firmware's.
    ram.free.leave_out(&(ram.all.start..layout.text));
    ram.all.start = layout.text;
    let taken = tree.as_ptr().addr()..tree.as_ptr().addr() + tree.len();
    ram.free.leave_out(&taken);
    let is_within = ram.all.contains(&taken.start);
    // SAFETY: as for this function; the memory is what the tree says, without the tree.
    let (mut space, mut free) = unsafe { map::<Sv39>(layout, places, ram, windows.iter()) }?;
    if !is_within {
        space.map(taken.start & !(PAGE - 1)..taken.end.next_multiple_of(PAGE), Access::Constants)?;
    }
    free.add(space.into_frames().into_rest());
    Some(free)
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
