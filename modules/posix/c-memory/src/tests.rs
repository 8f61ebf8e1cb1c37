extern crate std;

use super::*;
use core::ffi::{CStr, c_char};
use core::sync::atomic::Ordering;
use oscomp_c_errno::CErrno;
use oscomp_interfaces::errno;
use proptest::collection::vec;
use proptest::prelude::*;
use std::boxed::Box;
use std::ffi::CString;
use std::vec::Vec;

type Number = &'static CErrno;

fn memory() -> CMemory<Number> {
    let errno: Number = Box::leak(Box::new(CErrno::start().unwrap()));
    CMemory::start(errno).unwrap()
}

/// What a call left in `errno`, which is 0 again afterwards.
fn error(memory: &CMemory<Number>) -> c_int {
    let number = errno(memory.numbers);
    memory.numbers.cell().store(0, Ordering::Relaxed);
    number
}

#[derive(Clone, Debug)]
enum Act {
    Malloc(usize),
    Calloc(usize, usize),
    Aligned(u32, usize),
    Posix(u32, usize),
    Realloc(usize, usize),
    Array(usize, usize, usize),
    Free(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let size = || prop_oneof![4 => 0..200_usize, 1 => 0..20_000_usize];
    prop_oneof![
        size().prop_map(Act::Malloc),
        (0..20_usize, 0..50_usize).prop_map(|(count, size)| Act::Calloc(count, size)),
        (0..13_u32, size()).prop_map(|(shift, size)| Act::Aligned(shift, size)),
        (3..13_u32, size()).prop_map(|(shift, size)| Act::Posix(shift, size)),
        (any::<usize>(), size()).prop_map(|(index, size)| Act::Realloc(index, size)),
        (any::<usize>(), 0..20_usize, 0..50_usize)
            .prop_map(|(index, count, size)| Act::Array(index, count, size)),
        any::<usize>().prop_map(Act::Free),
    ]
}

/// A block, the alignment that was asked for, and the bytes that were written to it.
struct Live {
    block: *mut c_void,
    alignment: usize,
    bytes: Vec<u8>,
}

struct Model {
    memory: CMemory<Number>,
    live: Vec<Live>,
    seed: u8,
}

impl Model {
    /// A block has been allocated, with `kept` as its first bytes: all of it is written from now on.
    fn add(&mut self, block: *mut c_void, alignment: usize, asked: usize, kept: &[u8]) {
        assert!(!block.is_null());
        assert!(block.addr().is_multiple_of(alignment.max(16)));
        // SAFETY: the block is live.
        let usable = unsafe { self.memory.malloc_usable_size(block) };
        assert!((asked..asked + 16).contains(&usable));
        let kept = &kept[..kept.len().min(usable)];
        // SAFETY: the block is live, and its first bytes have been written.
        assert_eq!(unsafe { core::slice::from_raw_parts(block.cast::<u8>(), kept.len()) }, kept);
        self.seed = self.seed.wrapping_add(1);
        let bytes: Vec<u8> = (0..usable).map(|at| self.seed.wrapping_mul(31) ^ at as u8).collect();
        // SAFETY: that many bytes are usable.
        unsafe { block.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), usable) };
        self.live.push(Live { block, alignment, bytes });
    }

    fn take(&mut self, index: usize) -> Option<Live> {
        let count = self.live.len();
        (count > 0).then(|| self.live.swap_remove(index % count))
    }

    fn resized(
        &mut self,
        index: usize,
        size: usize,
        by: impl FnOnce(&CMemory<Number>, *mut c_void) -> *mut c_void,
    ) {
        let old = self.take(index);
        let (block, alignment) = old.as_ref().map_or((null_mut(), 16), |live| (live.block, live.alignment));
        let new = by(&self.memory, block);
        if size == 0 && !block.is_null() {
            assert!(new.is_null());
        } else {
            self.add(new, alignment, size, &old.map(|live| live.bytes).unwrap_or_default());
        }
    }

    fn run(&mut self, act: Act) {
        match act {
            Act::Malloc(size) => self.add(self.memory.malloc(size), 16, size, &[]),
            Act::Calloc(count, size) => {
                let block = self.memory.calloc(count, size);
                self.add(block, 16, count * size, &std::vec![0; count * size]);
            }
            Act::Aligned(shift, size) => {
                self.add(self.memory.aligned_alloc(1 << shift, size), 1 << shift, size, &[]);
                let odd = (1 << shift) + 1;
                self.add(self.memory.memalign(odd, size), odd.next_power_of_two(), size, &[]);
            }
            Act::Posix(shift, size) => {
                let mut block = null_mut();
                // SAFETY: the place is a local.
                assert_eq!(unsafe { self.memory.posix_memalign(&raw mut block, 1 << shift, size) }, 0);
                self.add(block, 1 << shift, size, &[]);
            }
            Act::Realloc(index, size) => {
                // SAFETY: the block is live, and forgotten.
                self.resized(index, size, |memory, block| unsafe { memory.realloc(block, size) });
            }
            Act::Array(index, count, size) => self.resized(index, count * size, |memory, block| {
                // SAFETY: the block is live, and forgotten.
                unsafe { memory.reallocarray(block, count, size) }
            }),
            Act::Free(index) => {
                let block = self.take(index).map_or(null_mut(), |live| live.block);
                // SAFETY: the block is live, and forgotten.
                unsafe { self.memory.free(block) };
            }
        }
        for live in &self.live {
            // SAFETY: the block is live, and all of it has been written.
            let bytes = unsafe { core::slice::from_raw_parts(live.block.cast::<u8>(), live.bytes.len()) };
            assert_eq!(bytes, live.bytes);
        }
        assert_eq!(error(&self.memory), 0);
    }
}

proptest! {
    #[test]
    fn blocks_keep_what_is_written_to_them(acts in vec(act(), 1..60)) {
        let mut model = Model { memory: memory(), live: Vec::new(), seed: 0 };
        for act in acts {
            model.run(act);
        }
        while !model.live.is_empty() {
            model.run(Act::Free(0));
        }
    }

    #[test]
    fn strings_are_copied(bytes in vec(1..=255_u8, 0..100), most in 0..120_usize) {
        let memory = memory();
        let string = CString::new(bytes).unwrap();
        // SAFETY: the string is one, and the copies are freed once.
        unsafe {
            let copy = memory.strdup(string.as_ptr());
            prop_assert_eq!(CStr::from_ptr(copy), string.as_c_str());
            let part = memory.strndup(string.as_ptr(), most);
            let host = libc::strndup(string.as_ptr(), most);
            prop_assert_eq!(CStr::from_ptr(part), CStr::from_ptr(host));
            libc::free(host.cast());
            memory.free(copy.cast());
            memory.free(part.cast());
        }
    }

    #[test]
    fn bad_alignments_are_refused_as_the_host_does(alignment in prop_oneof![0..100_usize, any::<usize>()]) {
        let memory = memory();
        let (mut ours, mut hosts) = (null_mut(), null_mut());
        // SAFETY: the places are locals, and what is allocated is freed once.
        unsafe {
            let result = memory.posix_memalign(&raw mut ours, alignment, 10);
            prop_assert_eq!(result, libc::posix_memalign(&raw mut hosts, alignment, 10));
            prop_assert_eq!(ours.is_null(), hosts.is_null());
            prop_assert_eq!(error(&memory), 0);
            memory.free(ours);
            libc::free(hosts);
        }
        if !alignment.is_power_of_two() {
            prop_assert!(memory.aligned_alloc(alignment, 10).is_null());
            prop_assert_eq!(error(&memory), EINVAL);
        }
    }
}

#[test]
fn what_no_memory_has_is_refused() {
    let memory = memory();
    let block = memory.malloc(100);
    // SAFETY: the block is live, and null is no block.
    unsafe {
        block.write_bytes(7, 100);
        for size in [usize::MAX, usize::MAX - 15, isize::MAX as usize, isize::MAX as usize - 16, 1 << 62] {
            assert!(memory.malloc(size).is_null());
            assert_eq!(error(&memory), ENOMEM);
            assert!(memory.calloc(1, size).is_null());
            assert_eq!(error(&memory), ENOMEM);
            assert!(memory.calloc(size, 3).is_null());
            assert_eq!(error(&memory), ENOMEM);
            assert!(memory.realloc(block, size).is_null());
            assert_eq!(error(&memory), ENOMEM);
            assert!(memory.realloc(null_mut(), size).is_null());
            assert_eq!(error(&memory), ENOMEM);
            assert!(memory.reallocarray(block, size, 16).is_null());
            assert_eq!(error(&memory), ENOMEM);
            assert!(memory.aligned_alloc(4096, size).is_null());
            assert_eq!(error(&memory), ENOMEM);
            let mut place = block;
            assert_eq!(memory.posix_memalign(&raw mut place, 4096, size), ENOMEM);
            assert_eq!((place, error(&memory)), (block, 0));
        }
        assert!(memory.memalign(usize::MAX / 2 + 2, 1).is_null());
        assert_eq!(error(&memory), EINVAL);
        assert!(memory.memalign(usize::MAX / 2 + 1, 1).is_null());
        assert_eq!(error(&memory), ENOMEM);
        assert_eq!(core::slice::from_raw_parts(block.cast::<u8>(), 100), [7; 100]);
        memory.free(block);
        memory.free(null_mut());
        assert_eq!(memory.malloc_usable_size(null_mut()), 0);
    }
}

#[test]
fn blocks_of_no_bytes_are_blocks_of_their_own() {
    let memory = memory();
    let blocks = [memory.malloc(0), memory.malloc(0), memory.calloc(0, 5), memory.aligned_alloc(64, 0)];
    for (index, block) in blocks.into_iter().enumerate() {
        assert!(!block.is_null() && !blocks[..index].contains(&block));
        // SAFETY: the block is freed once.
        unsafe { memory.free(block) };
    }
    let empty: *const c_char = c"".as_ptr();
    // SAFETY: the string is one, and its copy is freed once.
    unsafe {
        let copy = memory.strdup(empty);
        assert_eq!(*copy, 0);
        assert!(memory.realloc(copy.cast(), 0).is_null());
    }
    assert_eq!(error(&memory), 0);
}

#[test]
fn what_was_freed_last_comes_first() {
    let memory = memory();
    let blocks = [20, 30, 32, 2048].map(|size| memory.malloc(size));
    for block in blocks {
        // SAFETY: the block is freed once.
        unsafe { memory.free(block) };
    }
    // Those of 17 to 32 bytes are of one length.
    let again = [2047, 17, 18, 19].map(|size| memory.malloc(size));
    assert_eq!(again, [blocks[3], blocks[2], blocks[1], blocks[0]]);
    // SAFETY: the block is live, and that many bytes can be read; each is freed once.
    unsafe {
        again[0].write_bytes(7, 2048);
        memory.free(again[0]);
        let zeros = memory.calloc(2, 1024);
        assert_eq!(zeros, again[0]);
        assert_eq!(core::slice::from_raw_parts(zeros.cast::<u8>(), 2048), [0; 2048]);
        for block in [zeros, again[1], again[2], again[3]] {
            memory.free(block);
        }
    }
}

#[test]
fn no_more_is_kept_than_was_said() {
    let memory = memory();
    let blocks: Vec<_> = (0..=kept::MOST / 1024).map(|_| memory.malloc(1024)).collect();
    let (last, others) = blocks.split_last().unwrap();
    for block in others {
        // SAFETY: the block is freed once.
        unsafe { memory.free(*block) };
    }
    assert_eq!(memory.kept.take(1024).map(Block::as_ptr), others.last().copied());
    // SAFETY: the blocks are freed once.
    unsafe {
        memory.free(others[others.len() - 1]);
        // One too many: all others go back.
        memory.free(*last);
    }
    assert_eq!(memory.kept.take(1024).map(Block::as_ptr), Some(*last));
    assert!(memory.kept.take(1024).is_none());
    // Those that are long or aligned to more are none to keep.
    for block in [memory.malloc(2049), memory.aligned_alloc(64, 1024)] {
        // SAFETY: the block is freed once.
        unsafe { memory.free(block) };
    }
    assert!(memory.kept.take(1024).is_none() && !memory.kept.free());
    // SAFETY: it was taken off, and is freed once.
    unsafe { memory.free(*last) };
    assert!(memory.kept.free());
}
