//! Random calls, which the module has to answer as the host does.

use super::fake::{FIRST, File, Fixture};
use crate::flags::{MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, MREMAP_MAYMOVE, MS_SYNC, PAGE, PROT_WRITE};
use core::ptr;
use oscomp_c_abi::numbers::{EINVAL, ENOMEM};
use proptest::collection::vec as list;
use proptest::prelude::*;
use std::format;
use std::fs;
use std::os::fd::AsRawFd;
use std::vec;
use std::vec::Vec;

/// Not a whole number of pages.
const LENGTH: usize = 2 * PAGE + 1000;
const FILES: usize = 3;

#[derive(Clone, Debug)]
enum Call {
    Map(usize, Kind, usize, usize),
    Write(usize, usize, u8),
    Unmap(usize, usize, usize),
    Remap(usize, usize, bool),
    Sync(usize, usize, usize),
    Protect(usize, usize, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Anonymous,
    Private,
    Shared,
}

/// One mapping of both, and which of its pages are there.
struct Pair {
    kind: Kind,
    ours: *mut u8,
    theirs: *mut u8,
    pages: Vec<bool>,
    /// How many of its bytes may be touched: there is nothing behind the end of a file.
    usable: usize,
}

impl Pair {
    /// Whether all pages from one on are there: what else the host has between them is its affair.
    fn has(&self, from: usize, length: usize) -> bool {
        length == 0 || !self.pages[from..from + length / PAGE].contains(&false)
    }
}

fn call() -> impl Strategy<Value = Call> {
    let kind = prop_oneof![Just(Kind::Anonymous), Just(Kind::Private), Just(Kind::Shared)];
    let pages = || 0_usize..5;
    prop_oneof![
        3 => (0..FILES, kind, pages(), 0_usize..3).prop_map(|(at, kind, pages, offset)| Call::Map(at, kind, pages, offset)),
        6 => (0..FILES, 0_usize..5 * PAGE, any::<u8>()).prop_map(|(at, byte, value)| Call::Write(at, byte, value)),
        2 => (0..FILES, pages(), pages()).prop_map(|(at, from, pages)| Call::Unmap(at, from, pages)),
        1 => (0..FILES, pages(), any::<bool>()).prop_map(|(at, pages, moves)| Call::Remap(at, pages, moves)),
        2 => (0..FILES, pages(), pages()).prop_map(|(at, from, pages)| Call::Sync(at, from, pages)),
        1 => (0..FILES, pages(), pages()).prop_map(|(at, from, pages)| Call::Protect(at, from, pages)),
    ]
}

fn host_result(result: i32) -> Result<(), i32> {
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().raw_os_error().unwrap()) }
}

fn verify(calls: &[Call]) -> Result<(), TestCaseError> {
    let content: Vec<_> = (0..LENGTH).map(|index| (index % 251) as u8).collect();
    let fixture = Fixture::new((0..FILES).map(|_| File::new(content.clone())).collect());
    let folder = std::env::temp_dir().join(format!("oscomp-posix-memory-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let hosts: Vec<_> = (0..FILES)
        .map(|index| {
            let path = folder.join(format!("{index}"));
            fs::write(&path, &content).unwrap();
            fs::OpenOptions::new().read(true).write(true).open(path).unwrap()
        })
        .collect();
    let mut pairs: [Option<Pair>; FILES] = [const { None }; FILES];
    for call in calls {
        match call.clone() {
            Call::Map(at, kind, pages, offset) => {
                if pairs[at].is_some() {
                    continue;
                }
                let flags = match kind {
                    Kind::Anonymous => MAP_PRIVATE | MAP_ANONYMOUS,
                    Kind::Private => MAP_PRIVATE,
                    Kind::Shared => MAP_SHARED,
                };
                let (length, start) = (pages * PAGE, (offset * PAGE) as i64);
                let is_file = kind != Kind::Anonymous;
                let [ours, theirs] =
                    if is_file { [FIRST + at as i32, hosts[at].as_raw_fd()] } else { [-1, -1] };
                let ours = fixture.map(length, PROT_WRITE | 1, flags, ours, start);
                // SAFETY: it is new memory.
                let place =
                    unsafe { libc::mmap(ptr::null_mut(), length, PROT_WRITE | 1, flags, theirs, start) };
                let theirs = if place == libc::MAP_FAILED { host_result(-1) } else { Ok(()) };
                prop_assert_eq!(ours.map(drop), theirs, "{:?}", call);
                let usable = if is_file { LENGTH - offset * PAGE } else { length };
                pairs[at] = ours.ok().map(|ours| {
                    let theirs = place.cast();
                    Pair { kind, ours, theirs, pages: vec![true; pages], usable: usable.min(length) }
                });
            }
            Call::Write(at, byte, value) => {
                if let Some(pair) = &pairs[at]
                    && byte < pair.usable
                    && pair.pages[byte / PAGE]
                {
                    // SAFETY: the byte is mapped in both.
                    unsafe {
                        *pair.ours.add(byte) = value;
                        *pair.theirs.add(byte) = value;
                    }
                }
            }
            Call::Unmap(at, from, pages) => {
                let Some(pair) = &mut pairs[at] else { continue };
                let (from, to) = (from.min(pair.pages.len()), (from + pages).min(pair.pages.len()));
                let (start, length) = (from * PAGE, (to - from) * PAGE);
                // SAFETY: nobody uses the pages afterwards.
                let ours = unsafe { fixture.memory.munmap(pair.ours.wrapping_add(start).cast(), length) };
                // What was unmapped before may be something else of the host's.
                let theirs = if length == 0 { Err(EINVAL) } else { Ok(()) };
                for page in (from..to).filter(|page| pair.pages[*page]) {
                    // SAFETY: as above.
                    unsafe { libc::munmap(pair.theirs.wrapping_add(page * PAGE).cast(), PAGE) };
                }
                prop_assert_eq!(fixture.result(ours), theirs, "{:?}", call);
                pair.pages[from..to].fill(false);
                if !pair.pages.contains(&true) {
                    pairs[at] = None;
                }
            }
            Call::Remap(at, pages, moves) => {
                let Some(pair) = &mut pairs[at] else { continue };
                // There is not room for more in place for sure, on the host; nor is there more of a file.
                let is_longer = pages > pair.pages.len();
                if pair.pages.contains(&false) || is_longer && (!moves || pair.kind != Kind::Anonymous) {
                    continue;
                }
                let (old, new) = (pair.pages.len() * PAGE, pages * PAGE);
                let flags = if moves { MREMAP_MAYMOVE } else { 0 };
                // SAFETY: nobody uses the pages meanwhile.
                let (ours, theirs) = unsafe {
                    (
                        fixture.memory.mremap(pair.ours.cast(), old, new, flags),
                        libc::mremap(pair.theirs.cast(), old, new, flags),
                    )
                };
                prop_assert_eq!(ours.addr() == usize::MAX, theirs == libc::MAP_FAILED, "{:?}", call);
                if theirs != libc::MAP_FAILED {
                    (pair.ours, pair.theirs) = (ours.cast(), theirs.cast());
                    pair.pages.resize(pages, true);
                    pair.usable = if pair.kind == Kind::Anonymous { new } else { pair.usable.min(new) };
                }
            }
            Call::Sync(at, from, pages) => {
                let Some(pair) = &pairs[at] else { continue };
                let (start, length) = (from * PAGE, pages.min(pair.pages.len().saturating_sub(from)) * PAGE);
                let is_whole = pair.has(from, length);
                // SAFETY: nobody changes the pages meanwhile.
                let (ours, theirs) = unsafe {
                    let ours = fixture.memory.msync(pair.ours.wrapping_add(start).cast(), length, MS_SYNC);
                    let theirs = pair.theirs.wrapping_add(start).cast();
                    (ours, is_whole.then(|| host_result(libc::msync(theirs, length, MS_SYNC))))
                };
                prop_assert_eq!(fixture.result(ours), theirs.unwrap_or(Err(ENOMEM)), "{:?}", call);
            }
            Call::Protect(at, from, pages) => {
                let Some(pair) = &pairs[at] else { continue };
                let (start, length) = (from * PAGE, pages.min(pair.pages.len().saturating_sub(from)) * PAGE);
                let ours =
                    fixture.memory.mprotect(pair.ours.wrapping_add(start).cast(), length, PROT_WRITE | 1);
                let theirs = pair.theirs.wrapping_add(start).cast();
                let protect = || {
                    // SAFETY: the pages are mapped, and stay as they are.
                    host_result(unsafe { libc::mprotect(theirs, length, PROT_WRITE | 1) })
                };
                let theirs = pair.has(from, length).then(protect);
                prop_assert_eq!(fixture.result(ours), theirs.unwrap_or(Err(ENOMEM)), "{:?}", call);
            }
        }
        for pair in pairs.iter().flatten() {
            for byte in (0..pair.usable).filter(|byte| pair.pages[byte / PAGE]) {
                // SAFETY: the byte is mapped in both.
                let (ours, theirs) = unsafe { (*pair.ours.add(byte), *pair.theirs.add(byte)) };
                prop_assert_eq!(ours, theirs, "byte {} after {:?}", byte, call);
            }
        }
    }
    // What is unmapped is in the files, of both.
    for pair in pairs.iter().flatten() {
        let length = pair.pages.len() * PAGE;
        // SAFETY: nobody uses the pages afterwards.
        unsafe {
            prop_assert_eq!(fixture.memory.munmap(pair.ours.cast(), length), 0);
            // Others of the host's may be where pages were unmapped.
            for page in (0..pair.pages.len()).filter(|page| pair.pages[*page]) {
                libc::munmap(pair.theirs.wrapping_add(page * PAGE).cast(), PAGE);
            }
        }
    }
    for index in 0..FILES {
        let host = fs::read(folder.join(format!("{index}"))).unwrap();
        fixture.files.of(index, |file| {
            prop_assert_eq!(file.held, 0);
            prop_assert!(file.bytes == host, "file {}", index);
            Ok(())
        })?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_calls_are_answered_as_the_host_answers_them(calls in list(call(), 1..40)) {
        verify(&calls)?;
    }
}
