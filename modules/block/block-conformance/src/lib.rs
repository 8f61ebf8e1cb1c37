//! What every block device has to pass: random requests against a model, what lies at the ends, what is no request
//! that a device can carry out.
#![forbid(unsafe_code)]

use oscomp_interfaces::{
    BlockDevice, BlockError, Geometry, Request, Transfer, discard_blocks, flush_blocks, read_blocks,
    write_blocks,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Blocks that the random requests go to.
const SPAN: u64 = 12;

/// What somebody asks of a device, without the bytes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Read { first: u64, count: u64, offset: usize },
    Write { first: u64, count: u64, offset: usize, seed: u8 },
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let place = || (0..SPAN, 1..=4_u64, 0..16_usize);
    let step = prop_oneof![
        3 => place().prop_map(|(first, count, offset)| Step::Read { first, count, offset }),
        3 => (place(), any::<u8>()).prop_map(|((first, count, offset), seed)| Step::Write { first, count, offset, seed }),
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(prop::collection::vec(step, 1..20), 1..10)
}

/// Verifies all properties on a device that can be written and has 16 blocks at the least; panics with the first
/// that does not hold. What was on it is lost.
pub fn verify(device: impl BlockDevice) {
    let geometry = device.geometry();
    assert!(geometry.block.is_power_of_two() && geometry.block >= 512, "{geometry:?}");
    assert!(geometry.blocks >= SPAN + 4 && !geometry.is_read_only, "{geometry:?}");
    random_use(device, geometry);
    the_ends(device, geometry);
    out_of_range(device, geometry);
    discarded(device, geometry);
}

fn random_use(device: impl BlockDevice, geometry: Geometry) {
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let result = runner.run(&steps(), |batches| {
        let mut model = vec![0; (SPAN as usize + 4) * geometry.block];
        write_blocks(device, 0, &model).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for batch in batches {
            turn(device, geometry, &mut model, &batch)?;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Has a device carry out those of a batch that have nothing in common with an earlier write in it, and compares.
fn turn(
    device: impl BlockDevice,
    geometry: Geometry,
    model: &mut [u8],
    batch: &[Step],
) -> Result<(), TestCaseError> {
    let block = geometry.block;
    let range = |first: u64, count: u64| first as usize * block..(first + count) as usize * block;
    let mut written: Vec<(u64, u64)> = Vec::new();
    let mut read: Vec<(u64, u64)> = Vec::new();
    let meets = |those: &[(u64, u64)], first: u64, count: u64| {
        those.iter().any(|(other, length)| first < other + length && *other < first + count)
    };
    let mut buffers: Vec<(Step, Vec<u8>)> = Vec::new();
    for step in batch {
        match *step {
            Step::Read { first, count, offset } if !meets(&written, first, count) => {
                read.push((first, count));
                buffers.push((*step, vec![0xee; offset + count as usize * block]));
            }
            Step::Write { first, count, offset, seed }
                if !meets(&written, first, count) && !meets(&read, first, count) =>
            {
                written.push((first, count));
                let bytes =
                    (0..offset + count as usize * block).map(|index| (index as u8).wrapping_mul(31) ^ seed);
                buffers.push((*step, bytes.collect()));
            }
            Step::Flush => buffers.push((*step, Vec::new())),
            _ => {}
        }
    }
    let before = model.to_vec();
    let mut transfers: Vec<Transfer<'_>> = buffers
        .iter_mut()
        .map(|(step, bytes)| {
            Transfer::new(match *step {
                Step::Read { first, offset, .. } => Request::Read { first, into: &mut bytes[offset..] },
                Step::Write { first, offset, .. } => Request::Write { first, from: &bytes[offset..] },
                Step::Flush => Request::Flush,
            })
        })
        .collect();
    device.run(&mut transfers);
    for transfer in &transfers {
        prop_assert_eq!(transfer.result, Ok(()), "{:?}", transfer.request);
    }
    for (step, bytes) in &buffers {
        match *step {
            Step::Read { first, count, offset } => {
                prop_assert!(bytes[offset..] == before[range(first, count)], "{step:?}");
                prop_assert!(bytes[..offset].iter().all(|byte| *byte == 0xee), "{step:?} writes in front");
            }
            Step::Write { first, count, offset, .. } => {
                model[range(first, count)].copy_from_slice(&bytes[offset..])
            }
            Step::Flush => {}
        }
    }
    let mut all = vec![0; model.len()];
    read_blocks(device, 0, &mut all).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(all == model, "after {batch:?}");
    Ok(())
}

/// The first and the last block hold what is written there.
fn the_ends(device: impl BlockDevice, geometry: Geometry) {
    for (place, value) in [(0, 0x5a), (geometry.blocks - 1, 0xa5)] {
        write_blocks(device, place, &vec![value; geometry.block]).expect("it can be written");
        flush_blocks(device).expect("it can be flushed");
        let mut back = vec![0; geometry.block];
        read_blocks(device, place, &mut back).expect("it can be read");
        assert!(back.iter().all(|byte| *byte == value), "block {place}");
    }
    // Nothing is asked, and that is done.
    assert_eq!(read_blocks(device, geometry.blocks, &mut []), Ok(()));
    device.run(&mut []);
}

/// What is no whole block of the device is refused, and nothing is done.
fn out_of_range(device: impl BlockDevice, geometry: Geometry) {
    let Geometry { block, blocks, .. } = geometry;
    let mut two = vec![0x77; 2 * block];
    for (first, length) in [
        (blocks, block),
        (blocks - 1, 2 * block),
        (u64::MAX, block),
        (u64::MAX / block as u64 + 1, block),
        (0, 1),
        (0, block + 1),
    ] {
        let bytes = &mut two[..length];
        assert_eq!(write_blocks(device, first, bytes), Err(BlockError::OutOfRange), "{first} and {length}");
        assert_eq!(read_blocks(device, first, bytes), Err(BlockError::OutOfRange), "{first} and {length}");
    }
    let mut last = vec![0; block];
    read_blocks(device, blocks - 1, &mut last).expect("it can be read");
    assert!(last.iter().all(|byte| *byte == 0xa5), "the last block is as it was");
    // One that is refused does no harm to the others.
    let mut whole = vec![0; block];
    let mut transfers = [
        Transfer::new(Request::Read { first: blocks, into: &mut two }),
        Transfer::new(Request::Read { first: blocks - 1, into: &mut whole }),
    ];
    device.run(&mut transfers);
    assert_eq!(transfers.map(|transfer| transfer.result), [Err(BlockError::OutOfRange), Ok(())]);
    assert_eq!(whole, last);
}

/// What is discarded can be written and read again.
fn discarded(device: impl BlockDevice, geometry: Geometry) {
    match discard_blocks(device, 1, 2) {
        Ok(()) => assert_eq!(discard_blocks(device, geometry.blocks - 1, 2), Err(BlockError::OutOfRange)),
        other => assert_eq!(other, Err(BlockError::Unsupported)),
    }
    let bytes = vec![0x33; geometry.block];
    let mut back = vec![0; geometry.block];
    write_blocks(device, 1, &bytes).expect("it can be written");
    read_blocks(device, 1, &mut back).expect("it can be read");
    assert_eq!(back, bytes);
}
