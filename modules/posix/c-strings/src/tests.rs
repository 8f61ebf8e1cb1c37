//! Each function against the host's, on the same bytes.

use crate::CStrings;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use proptest::prelude::*;
use std::ffi::CString;
use std::vec;
use std::vec::Vec;

mod host {
    use core::ffi::{c_char, c_int, c_void};
    unsafe extern "C" {
        pub fn __xpg_basename(path: *mut c_char) -> *mut c_char;
        pub fn dirname(path: *mut c_char) -> *mut c_char;
        pub fn strchrnul(string: *const c_char, character: c_int) -> *mut c_char;
        pub fn stpncpy(to: *mut c_char, from: *const c_char, length: usize) -> *mut c_char;
        pub fn strsep(string: *mut *mut c_char, separators: *const c_char) -> *mut c_char;
        pub fn mempcpy(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void;
        pub fn memccpy(to: *mut c_void, from: *const c_void, byte: c_int, length: usize) -> *mut c_void;
        pub fn isascii(character: c_int) -> c_int;
        pub fn toascii(character: c_int) -> c_int;
        pub fn ffs(number: c_int) -> c_int;
        pub fn ffsl(number: core::ffi::c_long) -> c_int;
        pub fn ffsll(number: core::ffi::c_longlong) -> c_int;
        pub fn index(string: *const c_char, character: c_int) -> *mut c_char;
        pub fn rindex(string: *const c_char, character: c_int) -> *mut c_char;
    }
}

fn module() -> CStrings {
    CStrings::start().unwrap()
}

/// Text of few different characters, so that most searches find something; it begins anywhere in a word.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let characters = prop_oneof![
        6 => prop::sample::select(b"abAB ,x\x80\x81\xff\x01".to_vec()),
        1 => 1..=255_u8,
    ];
    prop_oneof![
        8 => prop::collection::vec(characters.clone(), 0..40),
        1 => prop::collection::vec(characters, 0..700),
    ]
}

/// Bytes with zeros among them.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"ab\0\x01\x80\xff".to_vec()), 0..70)
}

/// A string at an address of that remainder, and what keeps it.
fn place(text: &[u8], remainder: usize) -> (Vec<u64>, *mut c_char) {
    // What surrounds the string would be found if it were looked at.
    let mut room = vec![u64::from_ne_bytes(*b"a\0ab\0b\x01\0"); text.len() / 8 + 3];
    let at = room.as_mut_ptr().cast::<u8>().wrapping_add(8 + remainder % 8);
    // SAFETY: there is room.
    unsafe {
        at.copy_from_nonoverlapping(text.as_ptr(), text.len());
        at.add(text.len()).write(0);
    }
    (room, at.cast())
}

fn bytes_at(at: *const c_char, length: usize) -> Vec<u8> {
    // SAFETY: tests ask for what they made.
    unsafe { core::slice::from_raw_parts(at.cast(), length) }.to_vec()
}

/// Where two functions that get the same buffers end up: the same place, and the same bytes.
fn both_write(
    before: &[u8],
    room: usize,
    one: impl FnOnce(*mut c_char) -> usize,
    other: impl FnOnce(*mut c_char) -> usize,
) -> Result<(), TestCaseError> {
    let mut buffers = [vec![0x55_u8; room], vec![0x55_u8; room]];
    for buffer in &mut buffers {
        buffer[..before.len()].copy_from_slice(before);
    }
    let [ours, theirs] = &mut buffers;
    let (start, other_start) = (ours.as_mut_ptr(), theirs.as_mut_ptr());
    let result = one(start.cast());
    let other_result = other(other_start.cast());
    // A pointer is compared as a distance, a null as what it is.
    let distance = |result: usize, start: usize| if result < 1 << 20 { result } else { result - start };
    prop_assert_eq!(distance(result, start.addr()), distance(other_result, other_start.addr()));
    prop_assert_eq!(ours, theirs);
    Ok(())
}

proptest! {
    #[test]
    fn lengths_and_searches_agree(
        text in text(), shift in 0..8_usize, character: c_int, near in prop::sample::select(b"abAB\0\xff".to_vec()),
        most in 0..50_usize,
    ) {
        let (_room, at) = place(&text, shift);
        let module = module();
        for character in [character, near.into(), c_int::from(near as i8), c_int::from(near) + 256] {
            // SAFETY: it is a string.
            unsafe {
                prop_assert_eq!(module.strlen(at), libc::strlen(at));
                prop_assert_eq!(module.strnlen(at, most), libc::strnlen(at, most));
                prop_assert_eq!(module.strnlen(at, usize::MAX), libc::strnlen(at, usize::MAX));
                prop_assert_eq!(module.strchr(at, character), libc::strchr(at, character));
                prop_assert_eq!(module.strrchr(at, character), libc::strrchr(at, character));
                prop_assert_eq!(module.strchrnul(at, character), host::strchrnul(at, character));
                prop_assert_eq!(module.index(at, character), host::index(at, character));
                prop_assert_eq!(module.rindex(at, character), host::rindex(at, character));
            }
        }
    }

    #[test]
    fn searches_in_memory_agree(
        memory in bytes(), part in bytes(), shift in 0..8_usize, character in prop::sample::select(b"ab\0\xff".to_vec()),
        cut in 0..4_usize,
    ) {
        let (_room, at) = place(&memory, shift);
        let (at, length, byte) = (at.cast::<c_void>(), memory.len(), character.into());
        let part = &part[..part.len().min(cut)];
        let module = module();
        // SAFETY: the lengths are theirs.
        unsafe {
            prop_assert_eq!(module.memchr(at, byte, length), libc::memchr(at, byte, length));
            prop_assert_eq!(module.memrchr(at, byte, length), libc::memrchr(at, byte, length));
            prop_assert_eq!(
                module.memmem(at, length, part.as_ptr().cast(), part.len()),
                libc::memmem(at, length, part.as_ptr().cast(), part.len())
            );
            if memory.contains(&character) {
                prop_assert_eq!(module.memchr(at, byte, usize::MAX), libc::memchr(at, byte, usize::MAX));
            }
        }
    }

    #[test]
    fn searches_for_strings_agree(text in text(), part in text(), from in 0..700_usize, length in 0..8_usize) {
        let (_room, at) = place(&text, from);
        // Half of the parts are of the text.
        let own = text.get(from..).map(|rest| rest[..rest.len().min(length)].to_vec());
        for part in [part.clone(), part[..part.len().min(2)].to_vec()].into_iter().chain(own) {
            let part = CString::new(part).unwrap();
            let part = part.as_ptr();
            let module = module();
            // SAFETY: both are strings.
            unsafe {
                prop_assert_eq!(module.strstr(at, part), libc::strstr(at, part));
                prop_assert_eq!(module.strcasestr(at, part), libc::strcasestr(at, part));
                prop_assert_eq!(module.strspn(at, part), libc::strspn(at, part));
                prop_assert_eq!(module.strcspn(at, part), libc::strcspn(at, part));
                prop_assert_eq!(module.strpbrk(at, part), libc::strpbrk(at, part));
            }
        }
    }

    #[test]
    fn comparisons_agree(text in text(), end in text(), shifts: (u8, u8), keep in 0..700_usize, length in 0..50_usize) {
        let mut other = text[..keep.min(text.len())].to_vec();
        other.extend(end);
        let (_room, one) = place(&text, shifts.0.into());
        let (_other_room, other) = place(&other, shifts.1.into());
        let module = module();
        // SAFETY: both are strings.
        unsafe {
            for (one, other) in [(one, other), (other, one), (one, one)] {
                prop_assert_eq!(module.strcmp(one, other).signum(), libc::strcmp(one, other).signum());
                prop_assert_eq!(module.strcoll(one, other).signum(), libc::strcoll(one, other).signum());
                prop_assert_eq!(module.strcasecmp(one, other).signum(), libc::strcasecmp(one, other).signum());
                for length in [length, usize::MAX] {
                    prop_assert_eq!(
                        module.strncmp(one, other, length).signum(),
                        libc::strncmp(one, other, length).signum()
                    );
                    prop_assert_eq!(
                        module.strncasecmp(one, other, length).signum(),
                        libc::strncasecmp(one, other, length).signum()
                    );
                }
            }
        }
    }

    #[test]
    fn copies_agree(text in text(), before in text(), shift in 0..8_usize, length in 0..80_usize) {
        let (_room, from) = place(&text, shift);
        let module = module();
        let room = text.len() + before.len() + 100;
        let mut begun = before.clone();
        begun.push(0);
        // SAFETY: there is room for all of these.
        unsafe {
            both_write(&[], room, |to| module.strcpy(to, from).addr(), |to| libc::strcpy(to, from).addr())?;
            both_write(&[], room, |to| module.stpcpy(to, from).addr(), |to| libc::stpcpy(to, from).addr())?;
            both_write(
                &[], room,
                |to| module.strncpy(to, from, length).addr(), |to| libc::strncpy(to, from, length).addr(),
            )?;
            both_write(
                &[], room,
                |to| module.stpncpy(to, from, length).addr(), |to| host::stpncpy(to, from, length).addr(),
            )?;
            both_write(&begun, room, |to| module.strcat(to, from).addr(), |to| libc::strcat(to, from).addr())?;
            both_write(
                &begun, room,
                |to| module.strncat(to, from, length).addr(), |to| libc::strncat(to, from, length).addr(),
            )?;
            let copied = length.min(text.len());
            both_write(
                &[], room,
                |to| module.mempcpy(to.cast(), from.cast(), copied).addr(),
                |to| host::mempcpy(to.cast(), from.cast(), copied).addr(),
            )?;
            for byte in [b'a', b'\xff'] {
                both_write(
                    &[], room,
                    |to| module.memccpy(to.cast(), from.cast(), byte.into(), copied).addr(),
                    |to| host::memccpy(to.cast(), from.cast(), byte.into(), copied).addr(),
                )?;
            }
            let fits = length > text.len();
            let strxfrm = module.strxfrm(ptr::null_mut(), from, 0);
            prop_assert_eq!(strxfrm, libc::strxfrm(ptr::null_mut(), from, 0));
            if fits {
                both_write(
                    &[], room,
                    |to| module.strxfrm(to, from, length), |to| libc::strxfrm(to, from, length),
                )?;
            }
        }
    }

    /// BSD's functions, which the host may lack, against what their manual says.
    #[test]
    fn bounded_copies_keep_to_their_room(text in text(), before in text(), room in 0..80_usize) {
        let from = CString::new(text.clone()).unwrap();
        let module = module();
        let mut to = vec![0x55_u8; room + 1];
        // SAFETY: there is as much room as said.
        prop_assert_eq!(unsafe { module.strlcpy(to.as_mut_ptr().cast(), from.as_ptr(), room) }, text.len());
        prop_assert_eq!(to[room], 0x55);
        if room > 0 {
            let copied = text.len().min(room - 1);
            prop_assert_eq!(&to[..copied], &text[..copied]);
            prop_assert_eq!(to[copied], 0);
        }

        let mut to = vec![0x55_u8; room.max(before.len() + 1)];
        to[..before.len()].copy_from_slice(&before);
        to[before.len()] = 0;
        let length = before.len().min(room) + text.len();
        // SAFETY: there is as much room as said.
        prop_assert_eq!(unsafe { module.strlcat(to.as_mut_ptr().cast(), from.as_ptr(), room) }, length);
        if before.len() < room {
            let whole: Vec<u8> = before.iter().chain(&text).copied().take(room - 1).chain([0]).collect();
            prop_assert_eq!(&to[..whole.len()], &whole);
        } else {
            prop_assert_eq!(&to[..before.len()], &before);
        }
    }

    #[test]
    fn old_names_of_copies_agree(memory in bytes(), from in 0..70_usize, to in 0..70_usize, length in 0..70_usize) {
        let mut memory = memory;
        memory.resize(140, 7);
        let mut expected = memory.clone();
        expected.copy_within(from..from + length, to);
        let start = memory.as_mut_ptr().cast::<c_void>();
        let module = module();
        // SAFETY: all is in the memory.
        unsafe { module.bcopy(start.byte_add(from), start.byte_add(to), length) };
        prop_assert_eq!(&memory, &expected);
        expected[to..to + length].fill(0);
        // SAFETY: the same.
        unsafe { module.bzero(memory.as_mut_ptr().wrapping_add(to).cast(), length) };
        prop_assert_eq!(&memory, &expected);
    }

    #[test]
    fn tokens_agree(text in text(), separators in "[ab, ]{0,3}", others in "[AB, ]{0,3}") {
        let separators = [CString::new(separators).unwrap(), CString::new(others).unwrap()];
        let module = module();
        let (_room, ours) = place(&text, 3);
        let (_other_room, theirs) = place(&text, 3);
        let distance = |token: *mut c_char, start: *mut c_char| (!token.is_null()).then(|| token.addr() - start.addr());
        // SAFETY: these are strings, each taken apart by one function.
        unsafe {
            let (mut rest, mut other_rest) = (ptr::null_mut(), ptr::null_mut());
            let mut arguments = (ours, theirs);
            for at in 0..text.len() + 3 {
                let set = separators[at % 2].as_ptr();
                let token = module.strtok_r(arguments.0, set, &raw mut rest);
                let other = libc::strtok_r(arguments.1, set, &raw mut other_rest);
                prop_assert_eq!(distance(token, ours), distance(other, theirs));
                arguments = (ptr::null_mut(), ptr::null_mut());
            }
            prop_assert_eq!(bytes_at(ours, text.len() + 1), bytes_at(theirs, text.len() + 1));

            let (_room, again) = place(&text, 3);
            let mut argument = again;
            for at in 0..text.len() + 3 {
                let token = module.strtok(argument, separators[at % 2].as_ptr());
                argument = ptr::null_mut();
                if token.is_null() {
                    break;
                }
            }
            prop_assert_eq!(bytes_at(again, text.len() + 1), bytes_at(ours, text.len() + 1));

            let (_room, ours) = place(&text, 1);
            let (_other_room, theirs) = place(&text, 1);
            let (mut rest, mut other_rest) = (ours, theirs);
            for at in 0..text.len() + 3 {
                let set = separators[at % 2].as_ptr();
                let field = module.strsep(&raw mut rest, set);
                let other = host::strsep(&raw mut other_rest, set);
                prop_assert_eq!(distance(field, ours), distance(other, theirs));
                prop_assert_eq!(distance(rest, ours), distance(other_rest, theirs));
            }
            prop_assert_eq!(bytes_at(ours, text.len() + 1), bytes_at(theirs, text.len() + 1));
        }
    }

    #[test]
    fn first_bits_agree(number: i64, shift in 0..64_u32) {
        let module = module();
        for number in [number, number << shift, 0] {
            // SAFETY: they take any number.
            unsafe {
                prop_assert_eq!(module.ffs(number as c_int), host::ffs(number as c_int));
                prop_assert_eq!(module.ffsl(number), host::ffsl(number));
                prop_assert_eq!(module.ffsll(number), host::ffsll(number));
            }
        }
    }

    #[test]
    fn numbers_that_are_no_errors_have_a_text(number: c_int) {
        errors_agree(number)?;
    }
}

/// What is searched ends with the last byte that can be read.
#[test]
fn nothing_is_read_beyond_the_page() {
    // SAFETY: a mapping of its own, of which the second page is made inaccessible.
    let page = unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let pages = libc::mmap(ptr::null_mut(), 8192, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        assert_ne!(pages, libc::MAP_FAILED);
        assert_eq!(libc::mprotect(pages.byte_add(4096), 4096, libc::PROT_NONE), 0);
        pages.cast::<c_char>()
    };
    let module = module();
    for length in 0..40 {
        // SAFETY: so many bytes are left in the first page, the last of them a zero.
        unsafe {
            let at = page.add(4096 - length - 1);
            at.write_bytes(b'a', length);
            at.add(length).write(0);
            assert_eq!(module.strlen(at), length);
            assert_eq!(module.strnlen(at, 100), length);
            assert_eq!(module.strnlen(at, length), length);
            assert!(module.strchr(at, c_int::from(b'b')).is_null());
            assert!(module.memchr(at.cast(), c_int::from(b'b'), length + 1).is_null());
            assert_eq!(module.memchr(at.cast(), 0, usize::MAX), at.add(length).cast());
            assert_eq!(module.strcmp(at, at), 0);
            assert_eq!(module.strcmp(at, at.add(length / 2)).signum(), i32::from(length > 1));
            assert!(module.strstr(at, c"b".as_ptr()).is_null());
        }
    }
    // SAFETY: nobody has it any more.
    assert_eq!(unsafe { libc::munmap(page.cast(), 8192) }, 0);
}

#[test]
fn classes_agree() {
    type Class = fn(&CStrings, c_int) -> c_int;
    let classes: [(Class, unsafe extern "C" fn(c_int) -> c_int); 13] = [
        (CStrings::isalnum, libc::isalnum),
        (CStrings::isalpha, libc::isalpha),
        (CStrings::isblank, libc::isblank),
        (CStrings::iscntrl, libc::iscntrl),
        (CStrings::isdigit, libc::isdigit),
        (CStrings::isgraph, libc::isgraph),
        (CStrings::islower, libc::islower),
        (CStrings::isprint, libc::isprint),
        (CStrings::ispunct, libc::ispunct),
        (CStrings::isspace, libc::isspace),
        (CStrings::isupper, libc::isupper),
        (CStrings::isxdigit, libc::isxdigit),
        (CStrings::isascii, host::isascii),
    ];
    let module = module();
    for character in -1..=255 {
        for (at, (ours, theirs)) in classes.iter().enumerate() {
            // SAFETY: a character or `EOF`.
            let expected = unsafe { theirs(character) } != 0;
            assert_eq!(ours(&module, character) != 0, expected, "class {at} of {character}");
        }
        // SAFETY: the same.
        unsafe {
            assert_eq!(module.tolower(character), libc::tolower(character));
            assert_eq!(module.toupper(character), libc::toupper(character));
            assert_eq!(module.toascii(character), host::toascii(character));
        }
    }
    assert_eq!((module.isalpha(0x161), module.tolower(0x141)), (0, 0x141), "that is no character");
}

fn errors_agree(number: c_int) -> Result<(), TestCaseError> {
    let module = module();
    // SAFETY: both return strings.
    let (ours, theirs) =
        unsafe { (CStr::from_ptr(module.strerror(number)), CStr::from_ptr(libc::strerror(number))) };
    prop_assert_eq!(ours, theirs);
    for room in [0, 1, 5, 20, 100] {
        let (mut ours, mut theirs) = ([0x55_u8; 100], [0x55_u8; 100]);
        // SAFETY: there is room.
        unsafe {
            prop_assert_eq!(
                module.strerror_r(number, ours.as_mut_ptr().cast(), room),
                libc::strerror_r(number, theirs.as_mut_ptr().cast(), room),
                "of {} in {}",
                number,
                room
            );
        }
        prop_assert_eq!(ours, theirs);
    }
    Ok(())
}

#[test]
fn all_errors_have_their_text() {
    let mut known = 0;
    for number in 0..200 {
        if oscomp_c_abi::numbers::description(number).is_some() {
            errors_agree(number).unwrap();
            known += 1;
        }
    }
    assert!(known > 70);
}

#[test]
fn the_locale_is_c() {
    let module = module();
    // SAFETY: strings or null.
    unsafe {
        for name in [ptr::null(), c"".as_ptr(), c"C".as_ptr(), c"POSIX".as_ptr()] {
            assert_eq!(CStr::from_ptr(module.setlocale(libc::LC_ALL, name)), c"C");
        }
        assert!(module.setlocale(libc::LC_ALL, c"de_DE".as_ptr()).is_null());
        assert!(module.setlocale(99, c"C".as_ptr()).is_null());
        let (ours, theirs) = (&*module.localeconv().cast::<libc::lconv>(), &*libc::localeconv());
        assert_eq!(CStr::from_ptr(ours.decimal_point), CStr::from_ptr(theirs.decimal_point));
        assert_eq!(CStr::from_ptr(ours.negative_sign), CStr::from_ptr(theirs.negative_sign));
        assert_eq!(ours.int_frac_digits, theirs.int_frac_digits);
        assert_eq!(ours.int_n_sign_posn, theirs.int_n_sign_posn);
    }
}

#[test]
fn of_no_path_the_parts_are_the_folder() {
    let module = module();
    for part in [CStrings::basename, CStrings::dirname] {
        // SAFETY: null is a path here, and so is the empty string.
        let [null, empty] =
            [ptr::null_mut(), place(b"", 0).1].map(|path| unsafe { CStr::from_ptr(part(&module, path)) });
        assert_eq!((null, empty), (c".", c"."));
    }
}

proptest! {
    #[test]
    fn paths_are_taken_apart(path in "[/a.]{1,12}") {
        let module = module();
        let part = |act: &dyn Fn(*mut c_char) -> *mut c_char| {
            let (_room, path) = place(path.as_bytes(), 3);
            // SAFETY: both give a string, which the room keeps.
            CString::from(unsafe { CStr::from_ptr(act(path)) })
        };
        // SAFETY: the path is a string that can be written.
        unsafe {
            prop_assert_eq!(part(&|path| module.basename(path)), part(&|path| host::__xpg_basename(path)));
            // Two slashes at the beginning, which may be kept, the host keeps.
            if !path.starts_with("//") || path.starts_with("///") {
                prop_assert_eq!(part(&|path| module.dirname(path)), part(&|path| host::dirname(path)));
            }
        }
    }
}
