//! What is refused, and what comes to files.

use super::fake::{FIRST, File, Fixture};
use crate::flags::{
    MADV_DONTNEED, MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, MAP_SHARED, MS_ASYNC, MS_INVALIDATE, MS_SYNC, PAGE,
    PROT_EXEC, PROT_WRITE,
};
use core::slice;
use oscomp_c_abi::numbers::{EACCES, EBADF, EFAULT, EINVAL, EIO, ENOMEM, ENOTSUP};
use oscomp_interfaces::errno;
use std::vec;
use std::vec::Vec;

const BOTH: i32 = PROT_WRITE | 1;
const MEMORY: i32 = MAP_PRIVATE | MAP_ANONYMOUS;

fn numbered(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index / 7) as u8).collect()
}

/// What is mapped.
fn bytes<'b>(place: *mut u8, length: usize) -> &'b mut [u8] {
    // SAFETY: each test asks for what it mapped, and uses one slice of it after the other.
    unsafe { slice::from_raw_parts_mut(place, length) }
}

#[test]
fn memory_is_zeroes_on_whole_pages() {
    let fixture = Fixture::new(vec![]);
    let place = fixture.map(PAGE + 1, BOTH, MEMORY, -1, 0).unwrap();
    assert!(place.addr().is_multiple_of(PAGE));
    assert!(bytes(place, 2 * PAGE).iter().all(|byte| *byte == 0));
    bytes(place, 2 * PAGE).fill(7);
    // SAFETY: nobody uses it meanwhile.
    unsafe {
        assert_eq!(fixture.memory.madvise(place.wrapping_add(PAGE).cast(), 1, MADV_DONTNEED), 0);
    }
    assert_eq!(bytes(place, 2 * PAGE)[PAGE - 1..=PAGE], [7, 0]);
    // SAFETY: nobody uses it afterwards.
    let unmap = |at, length| fixture.result(unsafe { fixture.memory.munmap(at, length) });
    assert_eq!(unmap(place.wrapping_add(1).cast(), PAGE), Err(EINVAL));
    assert_eq!(unmap(place.cast(), 0), Err(EINVAL));
    assert_eq!(unmap(place.cast(), PAGE), Ok(()));
    assert_eq!(fixture.memory.mprotect(place.cast(), PAGE, BOTH), -1);
    assert_eq!(errno(fixture.number), ENOMEM);
    assert_eq!(unmap(place.cast(), 2 * PAGE), Ok(()));
    assert_eq!(unmap(place.cast(), 2 * PAGE), Ok(()), "what is not mapped is none either");
}

#[test]
fn what_cannot_be_mapped_is_refused() {
    let mut files = [File::new(numbered(10)), File::new(numbered(10))];
    files[0].writable = false;
    files[1].readable = false;
    let fixture = Fixture::new(files.into());
    let map = |length, protection, flags, fd, at| fixture.map(length, protection, flags, fd, at).map(drop);
    assert_eq!(map(0, BOTH, MEMORY, -1, 0), Err(EINVAL));
    assert_eq!(map(1, BOTH, MAP_ANONYMOUS, -1, 0), Err(EINVAL));
    assert_eq!(map(1, BOTH, MEMORY | MAP_SHARED, -1, 0), Err(EINVAL));
    assert_eq!(map(1, BOTH, MEMORY, -1, 100), Err(EINVAL));
    assert_eq!(map(1, BOTH, MEMORY, -1, -4096), Err(EINVAL));
    assert_eq!(map(1, BOTH, MEMORY | MAP_FIXED, -1, 0), Err(ENOTSUP));
    assert_eq!(map(1, PROT_EXEC, MEMORY, -1, 0), Err(ENOTSUP));
    assert_eq!(map(usize::MAX, BOTH, MEMORY, -1, 0), Err(ENOMEM));
    assert_eq!(map(isize::MAX as usize, BOTH, MEMORY, -1, 0), Err(ENOMEM));
    assert_eq!(map(1, BOTH, MAP_SHARED, 3, 0), Err(EBADF));
    assert_eq!(map(1, BOTH, MAP_SHARED, FIRST, 0), Err(EACCES));
    assert_eq!(map(1, 1, MAP_PRIVATE, FIRST + 1, 0), Err(EACCES));
    fixture.files.of(0, |file| file.fails = true);
    assert_eq!(map(1, 1, MAP_SHARED, FIRST, 0), Err(EIO));
    assert!((0..2).all(|index| fixture.files.of(index, |file| file.held) == 0));
    fixture.files.of(0, |file| file.fails = false);
    let place = fixture.map(1, 1, MAP_SHARED, FIRST, 0).unwrap();
    let protect = |protection| fixture.result(fixture.memory.mprotect(place.cast(), 1, protection));
    assert_eq!(protect(BOTH), Err(EACCES));
    assert_eq!(protect(1), Ok(()));
    assert_eq!(protect(8), Err(EINVAL));
    assert_eq!(protect(PROT_EXEC), Err(ENOTSUP));
}

#[test]
fn only_pages_that_changed_are_written() {
    let fixture = Fixture::new(vec![File::new(numbered(2 * PAGE + 100))]);
    let place = fixture.map(2 * PAGE, BOTH, MAP_SHARED, FIRST, PAGE as i64).unwrap();
    assert_eq!(fixture.files.of(0, |file| file.held), 1);
    let mapped = bytes(place, 2 * PAGE);
    assert_eq!(mapped[..PAGE + 100], numbered(2 * PAGE + 100)[PAGE..]);
    assert!(mapped[PAGE + 100..].iter().all(|byte| *byte == 0));
    mapped[PAGE + 50] = 0xee;
    mapped[PAGE + 150] = 0xdd;
    // Another one changes a page that this mapping has not changed.
    fixture.files.of(0, |file| file.bytes[PAGE] = 0xcc);
    // SAFETY: nobody uses it meanwhile.
    let sync = |flags| fixture.result(unsafe { fixture.memory.msync(place.cast(), 2 * PAGE, flags) });
    assert_eq!(sync(MS_SYNC | MS_ASYNC), Err(EINVAL));
    assert_eq!(sync(MS_SYNC), Ok(()));
    fixture.files.of(0, |file| {
        assert_eq!((file.written.as_slice(), file.synced), (&[(2 * PAGE as u64, 100)][..], 1));
        assert_eq!(
            (file.bytes[2 * PAGE + 50], file.bytes[PAGE], file.bytes.len()),
            (0xee, 0xcc, 2 * PAGE + 100)
        );
    });
    assert_eq!(bytes(place, 1)[0], numbered(PAGE + 1)[PAGE]);
    assert_eq!(sync(MS_INVALIDATE), Ok(()));
    assert_eq!(bytes(place, 1)[0], 0xcc);
    bytes(place, 1)[0] = 0xbb;
    fixture.files.of(0, |file| file.fails = true);
    assert_eq!(sync(MS_ASYNC), Err(EIO));
    fixture.files.of(0, |file| file.fails = false);
    // SAFETY: nobody uses it afterwards.
    assert_eq!(unsafe { fixture.memory.munmap(place.cast(), PAGE) }, 0);
    assert_eq!(fixture.files.of(0, |file| (file.bytes[PAGE], file.held)), (0xbb, 1));
    bytes(place.wrapping_add(PAGE), 1)[0] = 0xaa;
    // SAFETY: nobody uses it afterwards.
    assert_eq!(unsafe { fixture.memory.munmap(place.wrapping_add(PAGE).cast(), PAGE) }, 0);
    assert_eq!(fixture.files.of(0, |file| (file.bytes[2 * PAGE], file.held)), (0xaa, 0));
}

#[test]
fn what_is_mapped_at_the_end_is_written() {
    let fixture = Fixture::new(vec![File::new(vec![0; 10]), File::new(vec![0; 10])]);
    let shared = fixture.map(10, BOTH, MAP_SHARED, FIRST, 0).unwrap();
    let private = fixture.map(10, BOTH, MAP_PRIVATE, FIRST + 1, 0).unwrap();
    bytes(shared, 10)[3] = 1;
    bytes(private, 10)[3] = 1;
    fixture.memory.stop();
    assert_eq!(fixture.files.of(0, |file| file.bytes[3]), 1);
    assert_eq!(fixture.files.of(1, |file| (file.bytes[3], file.held)), (0, 0));
}

#[test]
fn a_mapping_becomes_longer_and_shorter() {
    let fixture = Fixture::new(vec![File::new(numbered(3 * PAGE))]);
    let remap = |place: *mut u8, length, new, flags| {
        // SAFETY: nobody uses it meanwhile.
        let moved = unsafe { fixture.memory.mremap(place.cast(), length, new, flags) };
        if moved.addr() == usize::MAX { Err(errno(fixture.number)) } else { Ok(moved.cast::<u8>()) }
    };
    let place = fixture.map(2 * PAGE, BOTH, MEMORY, -1, 0).unwrap();
    bytes(place, 2 * PAGE).copy_from_slice(&numbered(2 * PAGE));
    assert_eq!(remap(place, 2 * PAGE, 3 * PAGE, 0), Err(ENOMEM));
    assert_eq!(remap(place, 2 * PAGE, 3 * PAGE, 2), Err(EINVAL));
    assert_eq!(remap(place, 2 * PAGE, 0, 1), Err(EINVAL));
    assert_eq!(remap(place, 3 * PAGE, 4 * PAGE, 1), Err(EFAULT));
    let longer = remap(place, 2 * PAGE, 3 * PAGE, 1).unwrap();
    assert_eq!(bytes(longer, 2 * PAGE), numbered(2 * PAGE));
    assert!(bytes(longer.wrapping_add(2 * PAGE), PAGE).iter().all(|byte| *byte == 0));
    assert_eq!(remap(longer, 3 * PAGE, PAGE, 0), Ok(longer));
    assert_eq!(remap(longer, 2 * PAGE, 3 * PAGE, 1), Err(EFAULT), "it is shorter now");
    let shared = fixture.map(PAGE, BOTH, MAP_SHARED, FIRST, 0).unwrap();
    bytes(shared, 1)[0] = 0xee;
    let shared = remap(shared, PAGE, 3 * PAGE, 1).unwrap();
    assert_eq!(bytes(shared, 3 * PAGE)[1..], numbered(3 * PAGE)[1..]);
    assert_eq!(bytes(shared, 1)[0], 0xee);
    assert_eq!(remap(shared, PAGE, 2 * PAGE, 1), Err(EINVAL));
    bytes(shared, 3 * PAGE)[2 * PAGE] = 0xdd;
    // SAFETY: nobody uses it afterwards.
    assert_eq!(unsafe { fixture.memory.munmap(shared.cast(), 3 * PAGE) }, 0);
    fixture.files.of(0, |file| assert_eq!((file.bytes[0], file.bytes[2 * PAGE], file.held), (0xee, 0xdd, 0)));
}
