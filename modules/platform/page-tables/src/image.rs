//! The tables of an image.

use crate::{Access, Behind, Format, Layout, PAGE, Places, Space};
use oscomp_pool::{Free, Ram};

/// Makes the tables for the image in `ram` and the `windows`, which are bases and lengths of registers; what is
/// left of the memory. None when it does not suffice.
///
/// # Safety
/// `layout` describes the running image, and `places` its ground, whose tables are not in use. What `ram` says is
/// free is, but for the image; addresses are not translated yet, or as they will be.
pub unsafe fn map<'w, E: Format>(
    layout: &Layout,
    places: &Places,
    ram: Ram,
    windows: impl Iterator<Item = &'w (usize, usize)>,
) -> Option<(Space<E, Behind>, Free)> {
    let Ram { all, mut free } = ram;
    // SAFETY: as for this function.
    let names = unsafe { layout.name_table() };
    let end = layout.end.max(names.end);
    if layout.text < all.start || all.end < end {
        return None;
    }
    free.leave_out(&(layout.text..end));
    // SAFETY: the ground's tables, and memory that is free.
    let mut space = unsafe { Space::new(places.root, Behind::new(places, free.take_largest())) };
    let around =
        [(all.start..layout.text, Access::Data), (names, Access::Constants), (end..all.end, Access::Data)];
    for (range, access) in layout.pieces(&places.guards()).into_iter().chain(around) {
        space.map(range, access)?;
    }
    for (base, length) in windows {
        space.map(base & !(PAGE - 1)..(base + length).next_multiple_of(PAGE), Access::Device)?;
    }
    Some((space, free))
}
