//! Disks that fail.

use super::*;
use proptest::prelude::*;

#[test]
fn after_a_sync_that_failed_nothing_changes_until_the_next_start() {
    let disk = &FakeDisk::new(512, 1 << 20);
    let mut volume = mount(disk, 16).unwrap();
    let file = volume.open("file", OpenHow::CREATE).unwrap();
    volume.write(file, 0, b"first").unwrap();
    volume.sync(file).unwrap();
    volume.write(file, 0, b"other").unwrap();
    disk.state().flush_errors = 1000;
    assert_eq!(volume.sync(file), Err(FsError::Failed));
    disk.state().flush_errors = 0;
    assert_eq!(volume.sync(file), Err(FsError::Failed));
    assert_eq!(volume.write(file, 0, b"third"), Err(FsError::Failed));
    let mut bytes = [0; 5];
    assert_eq!(volume.read(file, 0, &mut bytes), Ok(5));
    disk.restart();
    let mut volume = mount(disk, 16).unwrap();
    let file = volume.open("file", OpenHow::CREATE).unwrap();
    assert_eq!(volume.read(file, 0, &mut bytes), Ok(5));
    assert!(bytes == *b"first" || bytes == *b"other");
    assert_eq!(volume.write(file, 0, b"third"), Ok(5));
    assert_eq!(volume.sync(file), Ok(()));
}

#[test]
fn what_was_synced_is_not_given_up_because_a_read_failed() {
    let disk = &FakeDisk::new(512, 1 << 20);
    let mut volume = mount(disk, 16).unwrap();
    for value in 0..100 {
        let file = volume.open("file", OpenHow::CREATE).unwrap();
        volume.write(file, 0, &[value; 10_000]).unwrap();
        volume.sync(file).unwrap();
        disk.state().read_errors = 100;
        let mounted = mount(disk, 16);
        disk.state().read_errors = 0;
        // It may not have been readable at all, but then it is the next time.
        volume = mounted.or_else(|_| mount(disk, 16)).unwrap();
        let file = volume.open("file", OpenHow::READ).unwrap();
        let mut bytes = [0; 10_000];
        assert_eq!(volume.read(file, 0, &mut bytes), Ok(10_000));
        assert_eq!(bytes, [value; 10_000]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_could_not_be_written_is_not_lost(
        writes in prop::collection::vec((0..4_u8, 0..40_u64, any::<u8>(), any::<bool>()), 1..60),
        errors in 1..400_usize,
    ) {
        let disk = &FakeDisk::new(512, 2 << 20);
        let mut volume = mount(disk, 16).unwrap();
        disk.state().write_errors = errors;
        for (path, page, value, is_synced) in writes {
            let path = std::format!("{path}");
            if let Ok(file) = volume.open(&path, OpenHow::CREATE) {
                let _ = volume.write(file, page * 4096, &[value; 4096]);
                // What fails in a sync itself may be the superblock, and that is the end.
                if is_synced {
                    disk.state().write_errors = 0;
                    prop_assert_eq!(volume.sync(file), Ok(()));
                    disk.state().write_errors = errors;
                }
                volume.close(file);
            }
        }
        disk.state().write_errors = 0;
        let expected = tree(&mut volume).unwrap();
        prop_assert_eq!(volume.sync_all(), Ok(()));
        disk.restart();
        prop_assert!(tree(&mut mount(disk, 16).unwrap()) == Ok(expected));
    }
}
