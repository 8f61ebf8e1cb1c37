//! From 64-bit mode with a stack to a machine that an image can run on.

use crate::boot_info::BOOT_INFO;
use crate::ground::Places;
use crate::paging::{Access, Frames, LARGE, PAGE, Space, Table};
use crate::{copy, exceptions, power};
use core::arch::asm;
use core::ops::Range;
use core::ptr::null_mut;
use oscomp_pool::POOL;

/// Where the linker script and the entry code put the parts of the image: addresses.
#[repr(C)]
pub struct Layout {
    /// The first byte of the text, which is the first of the image. It and the next three are whole
    /// pages.
    text: u32,
    /// The first byte of the constants.
    constants: u32,
    /// The first byte of the data.
    data: u32,
    /// The first byte behind the data.
    end: u32,
    /// The header of the table of function names: address and length in bytes.
    names: u32,
    /// The first byte behind the header; the same if there is none.
    names_end: u32,
    /// The entry code's stubs for exceptions, one for each vector.
    pub(crate) stubs: u32,
    /// The entry code's descriptor table: null, code, and two words for the task state segment.
    pub(crate) descriptors: u32,
}

/// The status with which an image ends that its machine has no room for.
const NO_ROOM: u8 = 102;

/// The status with which an image ends that unwinds, which no image does.
#[doc(hidden)]
pub const NO_UNWINDING: u8 = 103;

#[doc(hidden)]
pub use crate::boot_info::{ENTRIES, MAGIC};

/// How much memory behind the image the entry code maps, for the table of names and for page tables.
pub const MARGIN: usize = 2 * LARGE;

/// Prepares the machine and calls `run`, which is the glue's.
///
/// `windows` are the addresses and lengths of the registers that are reached as memory.
///
/// # Safety
/// Called once, by the entry code, in 64-bit mode, on the main stack of the ground that `places`
/// describes, with the tables in use that the entry code makes: everything up to the image's end
/// and `MARGIN` behind it mapped as it is. `layout` describes the running image.
#[inline]
pub unsafe fn boot(layout: &Layout, places: &Places, windows: &[(usize, usize)], run: fn() -> !) -> ! {
    // SAFETY: as for this function.
    let mapped = unsafe { map(layout, places, windows) };
    if mapped.is_none() {
        power::off(NO_ROOM);
    }
    // SAFETY: called once, and the stack is the exceptions' own.
    unsafe { exceptions::set_up(places, layout) };
    copy::choose();
    run()
}

/// Takes tables from the memory behind the image.
struct Behind(Range<usize>);

impl Frames for Behind {
    fn frame(&mut self) -> Option<*mut Table> {
        if self.0.len() < PAGE {
            return None;
        }
        let frame: *mut Table = core::ptr::with_exposed_provenance_mut(self.0.start);
        self.0.start += PAGE;
        // SAFETY: free memory, a whole page; `map` sees to it that it is mapped. Zeroes are a table.
        unsafe {
            asm!("rep stosq", inout("rdi") frame => _, inout("rcx") PAGE / 8 => _, in("rax") 0,
                options(nostack, preserves_flags));
        }
        Some(frame)
    }
}

/// Makes the final tables, and fills the pool with what is left. None when memory does not suffice.
///
/// # Safety
/// As for [`boot`].
unsafe fn map(layout: &Layout, places: &Places, windows: &[(usize, usize)]) -> Option<()> {
    let ram = || BOOT_INFO.get().ram();
    let [text, constants, data, end] =
        [layout.text, layout.constants, layout.data, layout.end].map(|address| address as usize);
    let names = if layout.names == layout.names_end {
        0..0
    } else {
        let header: *const [u64; 2] = core::ptr::with_exposed_provenance(layout.names as usize);
        // SAFETY: the linker script puts the header there. The image step writes it after linking,
        // which the compiler cannot know.
        let [start, length] = unsafe { header.read_volatile() };
        start as usize..(start + length).next_multiple_of(PAGE as u64) as usize
    };
    let image = text..end.max(names.end);
    let home = ram().find(|range| range.contains(&image.start) && image.end <= range.end)?;

    // The image's own 2 MiB pages are split so that each page has the access of its part.
    // SAFETY: the entry code's root and directory; what lies behind the image in RAM is free.
    let mut space = unsafe { Space::new(places.root, Behind(image.end..home.end)) };
    for base in (0..image.end).step_by(LARGE) {
        let table = if base == 0 { places.directory.wrapping_add(1) } else { space.frame()? };
        // SAFETY: the ground's own table, or a frame that nobody else has.
        let pages = unsafe { &mut *table };
        for range in ram() {
            pages.fill(base, range, Access::Data);
        }
        pages.fill(base, text..constants, Access::Text);
        pages.fill(base, constants..data, Access::Constants);
        pages.fill(base, names.clone(), Access::Constants);
        pages.fill(base, 0..PAGE, Access::None);
        space.link(base, table)?;
    }
    for range in ram() {
        space.map(range, Access::Data)?;
    }
    for (base, length) in windows {
        space.map(*base..*base + *length, Access::Device)?;
    }
    space.revoke(0..end + MARGIN)?;
    space.show();
    // The guards last, since the tables that are in use lie in them: no table is read or written by way of a page that is
    // not mapped any longer. The last page is that of the only table of the last level among them.
    let mut guards = [null_mut(); 4];
    let [main, exceptions] = [&places.main_guard, &places.exceptions_guard].map(Range::clone);
    for (entry, page) in guards.iter_mut().zip(main.step_by(PAGE).chain(exceptions.step_by(PAGE))) {
        *entry = space.last(page)?;
    }
    for entry in guards {
        // SAFETY: an entry of a table of the last level, which is mapped; the guards are nobody's but the tables'.
        unsafe { entry.write_volatile(0) };
    }
    // SAFETY: the tables map the running code, its data and its stack as before, with the access that
    // the linker gave them.
    unsafe { asm!("mov cr3, {}", in(reg) places.root, options(nostack, preserves_flags)) };

    let behind = space.into_frames().0.start;
    for range in ram() {
        // SAFETY: RAM by the loader's map, mapped above, outside of the image and its tables, and not
        // page zero. The loader's information is in it, but was copied.
        unsafe {
            POOL.add(range.start.max(PAGE)..range.end.min(image.start).max(PAGE));
            POOL.add(range.start.max(behind)..range.end.max(behind));
        }
    }
    Some(())
}
