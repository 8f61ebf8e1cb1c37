//! The machine's memory.

use core::mem::MaybeUninit;
use oscomp_macros::interface;

/// Memory of the machine that nothing else uses, handed out once and for ever.
#[interface]
pub trait Memory {
    /// Takes `size` bytes, the first of them aligned to `align` (a power of two).
    ///
    /// None when no free range is that large. The bytes belong to the caller alone.
    fn take(self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]>;

    /// Bytes in the largest range that [`take`](Self::take) could give now.
    fn largest(self) -> usize;

    /// Says that the heap now uses about twice as much as when this was said last.
    ///
    /// A machine that is emulated may be told to look how large its caches have to be. Whoever is called must not
    /// use the heap.
    fn grown(self);
}

/// Puts a value into memory of the machine, where it stays for ever; none when there is no room.
#[allow(unsafe_code)]
pub fn place<T>(source: impl Memory, value: T) -> Option<&'static mut T> {
    let room = source.take(size_of::<T>().max(1), align_of::<T>())?;
    if room.len() < size_of::<T>() || !room.as_ptr().cast::<T>().is_aligned() {
        return None;
    }
    // SAFETY: the bytes are ours for ever, as many and as aligned as `T` needs, and `MaybeUninit<T>` has
    // no other demands.
    let place = unsafe { &mut *room.as_mut_ptr().cast::<MaybeUninit<T>>() };
    Some(place.write(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Room;

    impl Memory for Room {
        fn take(self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]> {
            extern crate std;
            let room =
                std::boxed::Box::leak(std::vec![MaybeUninit::uninit(); size + align].into_boxed_slice());
            let start = room.as_ptr().align_offset(align);
            Some(&mut room[start..start + size])
        }

        fn largest(self) -> usize {
            usize::MAX
        }

        fn grown(self) {}
    }

    #[test]
    fn a_value_is_placed() {
        let placed = place(Room, (7_u64, "seven")).unwrap();
        assert_eq!(*placed, (7, "seven"));
        assert_eq!(*place(Room, ()).unwrap(), ());
    }
}
