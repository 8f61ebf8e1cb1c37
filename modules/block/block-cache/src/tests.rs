//! With a disk behind that counts what it is asked, and fails where it is told to.

extern crate std;

use super::*;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;
use oscomp_interfaces::{BlockError, Request, discard_blocks, flush_blocks, read_blocks, write_blocks};
use proptest::prelude::*;

/// What a disk has, and how it behaves.
struct Disk {
    block: usize,
    bytes: Vec<u8>,
    /// Blocks that can neither be read nor written.
    bad: BTreeSet<u64>,
    reads: usize,
    writes: usize,
    flushes: usize,
}

#[derive(Clone, Copy)]
struct Behind(&'static Mutex<Disk>);

impl Behind {
    fn new(block: usize, blocks: usize) -> Self {
        let bytes = vec![0; block * blocks];
        let disk = Disk { block, bytes, bad: BTreeSet::new(), reads: 0, writes: 0, flushes: 0 };
        Self(Box::leak(Box::new(Mutex::new(disk))))
    }

    fn requests(self) -> (usize, usize, usize) {
        let disk = self.0.lock();
        (disk.reads, disk.writes, disk.flushes)
    }
}

impl BlockDevice for Behind {
    fn geometry(self) -> Geometry {
        let disk = self.0.lock();
        Geometry { block: disk.block, blocks: (disk.bytes.len() / disk.block) as u64, is_read_only: false }
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        let geometry = self.geometry();
        let mut disk = self.0.lock();
        let disk = &mut *disk;
        for Transfer { request, result } in transfers {
            let block = disk.block;
            let place = |first: u64, length: usize| {
                if !geometry.holds(first, length) {
                    return Err(BlockError::OutOfRange);
                }
                match disk.bad.range(first..first + (length / block) as u64).next() {
                    Some(_) => Err(BlockError::Failed),
                    None => Ok(first as usize * block..first as usize * block + length),
                }
            };
            *result = match request {
                Request::Read { first, into } => {
                    disk.reads += 1;
                    place(*first, into.len()).map(|range| into.copy_from_slice(&disk.bytes[range]))
                }
                Request::Write { first, from } => {
                    disk.writes += 1;
                    let result = place(*first, from.len());
                    if result != Err(BlockError::OutOfRange) {
                        // As far as it comes.
                        let good = disk
                            .bad
                            .range(*first..)
                            .next()
                            .map_or(from.len(), |bad| from.len().min((bad - *first) as usize * block));
                        disk.bytes[*first as usize * block..][..good].copy_from_slice(&from[..good]);
                    }
                    result.map(|_| ())
                }
                Request::Flush => {
                    disk.flushes += 1;
                    Ok(())
                }
                Request::Discard { first, count } => {
                    let length = usize::try_from(*count).unwrap_or(usize::MAX).saturating_mul(block);
                    place(*first, length).map(|range| disk.bytes[range].fill(0xdd))
                }
            };
        }
    }
}

#[derive(Clone, Copy)]
struct Small;

impl Config<Options> for Small {
    const OPTIONS: Options = Options { size: Bytes(64 << 10) };
}

fn cached(behind: Behind) -> &'static BlockCache<Behind, Small> {
    Box::leak(Box::new(BlockCache::start(behind).unwrap()))
}

#[test]
fn it_is_a_block_device() {
    // With more blocks than there is room for, and with blocks that are a line, or more.
    for (block, blocks) in [(512, 16), (512, 1001), (1024, 99), (4096, 40), (16384, 16)] {
        oscomp_block_conformance::verify(cached(Behind::new(block, blocks)));
    }
}

#[test]
fn who_reads_one_after_the_other_is_read_ahead_of() {
    let behind = Behind::new(512, 2048);
    behind.0.lock().bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at / 512) as u8);
    let cache = cached(behind);
    let mut block = [0; 512];
    for at in 0..2048 {
        read_blocks(cache, at, &mut block).unwrap();
        assert_eq!(block, [at as u8; 512]);
    }
    // 256 lines, of which 4 are a quarter of the cache.
    let (reads, ..) = behind.requests();
    assert!(reads < 70, "{reads}");
    // And who does not, is not.
    for at in [900, 100, 1700, 300] {
        read_blocks(cache, at, &mut block).unwrap();
        read_blocks(cache, at + 1, &mut block).unwrap();
    }
    assert_eq!(behind.requests().0, reads + 4);
}

#[test]
fn what_is_written_goes_to_the_disk_in_long_runs_when_it_is_flushed() {
    let behind = Behind::new(512, 2048);
    let cache = cached(behind);
    for at in (0..64).rev() {
        write_blocks(cache, at, &[at as u8 + 1; 512]).unwrap();
    }
    assert_eq!(behind.requests(), (0, 0, 0));
    flush_blocks(cache).unwrap();
    assert_eq!(behind.requests(), (0, 1, 1));
    assert!((0..64).all(|at| behind.0.lock().bytes[at * 512] == at as u8 + 1));
    // What has been flushed is not written again.
    flush_blocks(cache).unwrap();
    assert_eq!(behind.requests(), (0, 1, 2));
    // More than half of the cache does not wait for that.
    for at in 0..2048 {
        write_blocks(cache, at, &[7; 512]).unwrap();
    }
    let (reads, writes, _) = behind.requests();
    assert!(reads == 0 && (20..40).contains(&writes), "{reads} {writes}");
    // Nor does it when the image stops.
    cache.stop();
    assert!(behind.0.lock().bytes.iter().all(|byte| *byte == 7));
}

#[test]
fn what_cannot_be_written_is_said_by_the_flush_and_is_not_lost() {
    let behind = Behind::new(512, 256);
    let cache = cached(behind);
    behind.0.lock().bad.extend([3]);
    for at in 0..16 {
        write_blocks(cache, at, &[9; 512]).unwrap();
    }
    assert_eq!(flush_blocks(cache), Err(BlockError::Failed));
    assert_eq!(behind.requests().2, 0);
    let mut block = [0; 512];
    read_blocks(cache, 3, &mut block).unwrap();
    assert_eq!(block, [9; 512]);
    behind.0.lock().bad.clear();
    flush_blocks(cache).unwrap();
    assert!(behind.0.lock().bytes[..16 * 512].iter().all(|byte| *byte == 9));
}

#[test]
fn a_block_that_cannot_be_read_does_no_harm_to_its_neighbours() {
    let behind = Behind::new(512, 256);
    behind.0.lock().bad.extend([3]);
    let cache = cached(behind);
    let mut block = [1; 512];
    for at in (0..16).filter(|at| *at != 3) {
        assert_eq!(read_blocks(cache, at, &mut block), Ok(()), "{at}");
        assert_eq!(block, [0; 512]);
    }
    assert_eq!(read_blocks(cache, 3, &mut block), Err(BlockError::Failed));
}

#[derive(Clone, Debug)]
enum Step {
    Read { first: u64, count: u64 },
    Write { first: u64, count: u64, value: u8 },
    Discard { first: u64, count: u64 },
    Flush,
    Bad { first: u64, count: u64 },
    Good,
}

const BLOCKS: u64 = 333;

fn step() -> impl Strategy<Value = Step> {
    let place = || {
        (0..BLOCKS, prop_oneof![8 => 1..12_u64, 1 => 32..80_u64])
            .prop_map(|(first, count)| (first, count.min(BLOCKS - first)))
    };
    prop_oneof![
        6 => place().prop_map(|(first, count)| Step::Read { first, count }),
        6 => (place(), 1..200_u8).prop_map(|((first, count), value)| Step::Write { first, count, value }),
        1 => place().prop_map(|(first, count)| Step::Discard { first, count }),
        1 => Just(Step::Flush),
        1 => place().prop_map(|(first, count)| Step::Bad { first, count }),
        2 => Just(Step::Good),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever fails meanwhile: what is read was written last, and what a flush has succeeded for is on the disk.
    #[test]
    fn nothing_is_lost(steps in prop::collection::vec(step(), 1..150)) {
        let behind = Behind::new(512, BLOCKS as usize);
        let cache = cached(behind);
        // What each block may hold, and after a failure more than one thing.
        let mut may: BTreeMap<u64, BTreeSet<u8>> = (0..BLOCKS).map(|block| (block, BTreeSet::from([0]))).collect();
        let mut buffer = vec![0; 80 * 512];
        for step in steps {
            match step {
                Step::Read { first, count } => {
                    let bytes = &mut buffer[..count as usize * 512];
                    if read_blocks(cache, first, bytes).is_ok() {
                        for (block, bytes) in (first..).zip(bytes.chunks(512)) {
                            prop_assert!(bytes.iter().all(|byte| *byte == bytes[0]));
                            prop_assert!(may[&block].contains(&bytes[0]), "{block} has {}: {:?}", bytes[0], may[&block]);
                            may.insert(block, BTreeSet::from([bytes[0]]));
                        }
                    } else {
                        prop_assert!(!behind.0.lock().bad.is_empty());
                    }
                }
                Step::Write { first, count, value } => {
                    let bytes = vec![value; count as usize * 512];
                    let result = write_blocks(cache, first, &bytes);
                    prop_assert!(result.is_ok() || !behind.0.lock().bad.is_empty());
                    for block in first..first + count {
                        let may = may.get_mut(&block).unwrap();
                        if result.is_ok() {
                            may.clear();
                        }
                        may.insert(value);
                    }
                }
                Step::Discard { first, count } => {
                    if discard_blocks(cache, first, count).is_ok() {
                        (first..first + count).for_each(|block| drop(may.insert(block, BTreeSet::from([0xdd]))));
                    }
                }
                Step::Flush => {
                    let result = flush_blocks(cache);
                    prop_assert!(result.is_ok() || !behind.0.lock().bad.is_empty());
                    if result.is_ok() {
                        for (block, bytes) in (0..).zip(behind.0.lock().bytes.chunks(512)) {
                            prop_assert!(may[&block].contains(&bytes[0]), "{block} has {} on the disk", bytes[0]);
                        }
                    }
                }
                Step::Bad { first, count } => behind.0.lock().bad.extend(first..first + count),
                Step::Good => behind.0.lock().bad.clear(),
            }
        }
    }
}
