//! Files with holes, whose trees are high.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Write { file: usize, at: u64, value: u8 },
    Resize { file: usize, length: u64 },
    Remove { file: usize },
    Sync,
    Restart,
}

/// Bytes that are not zero, by their place, and the length.
type Content = (BTreeMap<u64, u8>, u64);

/// A place in a tree of any height, few enough that some meet.
fn place() -> impl Strategy<Value = u64> {
    (prop::sample::select(vec![0_u64, 1 << 20, 1 << 28, 1 << 36]), 0..4_u64, 0..3_u64)
        .prop_map(|(base, block, byte)| base + block * 4096 + byte - base.min(4096))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_usize, place(), 1..=255_u8)
            .prop_map(|(file, at, value)| Step::Write { file, at, value }),
        4 => (0..3_usize, place()).prop_map(|(file, length)| Step::Resize { file, length }),
        1 => (0..3_usize).prop_map(|file| Step::Remove { file }),
        1 => Just(Step::Sync),
        1 => Just(Step::Restart),
    ]
}

const NAMES: [&str; 3] = ["a", "b", "c"];

fn verify(volume: &mut Volume<Disk<'_>>, model: &[Option<Content>; 3]) -> Result<(), TestCaseError> {
    for (name, content) in NAMES.iter().zip(model) {
        let Some((bytes, length)) = content else {
            prop_assert_eq!(volume.metadata(name), Err(FsError::NotFound));
            continue;
        };
        let file = volume.open(name, OpenHow::READ).unwrap();
        prop_assert_eq!(volume.stat(file).unwrap().length, *length);
        // Around each byte, where the neighbours are known.
        for at in bytes.keys().copied().chain([*length]) {
            let first = at.saturating_sub(2);
            let mut found = [0xee; 5];
            let count = volume.read(file, first, &mut found).unwrap();
            prop_assert_eq!(count as u64, length.saturating_sub(first).min(5));
            for (place, byte) in (first..).zip(&found[..count]) {
                prop_assert_eq!(*byte, bytes.get(&place).copied().unwrap_or(0), "byte {} of {}", place, name);
            }
        }
        volume.close(file);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_there_and_what_is_not_is_zero(
        steps in prop::collection::vec(step(), 1..60),
        cache in prop::sample::select(vec![16, 64]),
    ) {
        let disk = &FakeDisk::new(512, 4 << 20);
        let mut volume = mount(disk, cache).unwrap();
        let before = volume.space();
        let mut model = [const { None::<Content> }; 3];
        for step in steps {
            match step {
                Step::Write { file, at, value } => {
                    let opened = volume.open(NAMES[file], OpenHow::CREATE).unwrap();
                    prop_assert_eq!(volume.write(opened, at, &[value]), Ok(1));
                    volume.close(opened);
                    let (bytes, length) = model[file].get_or_insert_default();
                    bytes.insert(at, value);
                    *length = (*length).max(at + 1);
                }
                Step::Resize { file, length } => {
                    let Some((bytes, old)) = &mut model[file] else { continue };
                    let opened = volume.open(NAMES[file], OpenHow::CREATE).unwrap();
                    match volume.resize(opened, length) {
                        Ok(()) => {
                            bytes.split_off(&length);
                            *old = length;
                        }
                        // So many zeroes could not be replaced by others.
                        result => prop_assert!(result == Err(FsError::NoSpace) && length > *old),
                    }
                    volume.close(opened);
                }
                Step::Remove { file } => {
                    let removed = volume.remove(NAMES[file]);
                    prop_assert_eq!(removed.is_ok(), model[file].take().is_some());
                }
                Step::Sync => prop_assert_eq!(volume.sync_all(), Ok(())),
                Step::Restart => {
                    prop_assert_eq!(volume.sync_all(), Ok(()));
                    let space = volume.space();
                    volume = mount(disk, cache).unwrap();
                    prop_assert_eq!(volume.space(), space, "space is counted another way");
                }
            }
            verify(&mut volume, &model)?;
        }
        clear_all(&mut volume);
        prop_assert_eq!(volume.space(), before);
    }
}

/// Without reading what is in them.
fn clear_all(volume: &mut Volume<Disk<'_>>) {
    for name in NAMES {
        let _ = volume.remove(name);
    }
}
