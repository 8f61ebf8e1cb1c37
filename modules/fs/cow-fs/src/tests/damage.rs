//! Disks that are damaged.

use super::*;
use crate::cache::Key;
use crate::store::Content;
use proptest::prelude::*;
use std::sync::LazyLock;

const SIZE: usize = 1 << 20;

/// Makes a few files.
fn fill(volume: &mut Volume<Disk<'_>>) {
    volume.create_directory("d").unwrap();
    for (index, path) in ["a", "d/b", "c"].into_iter().enumerate() {
        let file = volume.open(path, OpenHow::CREATE).unwrap();
        volume.write(file, 0, &vec![9; 3000 + index * 10_000]).unwrap();
        volume.sync(file).unwrap();
    }
}

/// The blocks of a disk with a few files.
static IMAGE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let disk = &FakeDisk::new(512, SIZE);
    fill(&mut mount(disk, 16).unwrap());
    disk.bytes()
});

/// The bytes up to which something is written.
static END: LazyLock<usize> =
    LazyLock::new(|| IMAGE.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));

/// Does a little of everything; nothing has to succeed.
fn use_it(volume: &mut Volume<Disk<'_>>) {
    let mut paths = vec![String::new()];
    for index in 0..16 {
        let Some(path) = paths.get(index).cloned() else { break };
        let _ = volume.entries(&path, |name, _| {
            paths.push(if path.is_empty() { name.into() } else { std::format!("{path}/{name}") });
            paths.len() < 40
        });
    }
    let mut bytes = [0; 3000];
    for (index, path) in paths.iter().enumerate() {
        let how = if index % 2 == 0 { OpenHow::CREATE } else { OpenHow::READ };
        if let Ok(file) = volume.open(path, how) {
            let _ = volume.read(file, 100, &mut bytes);
            let _ = volume.write(file, 1500, &bytes[..1000]);
            let _ = volume.resize(file, 700);
            let _ = volume.sync(file);
            volume.close(file);
        }
        let _ = volume.rename(path, "other");
        let _ = volume.remove("other");
        let _ = volume.create_directory("new");
        volume.space();
    }
}

#[test]
fn each_byte_is_guarded() {
    let whole = tree(&mut mount(&FakeDisk::with(IMAGE.clone()), 16).unwrap()).unwrap();
    for place in (0..*END).step_by(97) {
        let mut bytes = IMAGE.clone();
        bytes[place] ^= 0x20;
        // Blocks that are not in use any more, and the older superblock, may be anything.
        if let Ok(mut volume) = mount(&FakeDisk::with(bytes), 16)
            && let Ok(found) = tree(&mut volume)
        {
            let is_older = found.iter().all(|(path, content)| whole.get(path) == Some(content));
            assert!(is_older, "byte {place} is damaged and what is read is another");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_no_harm(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..24),
        is_cut in any::<bool>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = IMAGE.clone();
        for (place, value, part) in damage {
            let length = [512, 8192 + 512, 16 << 10, *END][usize::from(part)];
            bytes[place.index(length)] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(SIZE / 512) * 512);
        }
        if let Ok(mut volume) = mount(&FakeDisk::with(bytes), 16) {
            use_it(&mut volume);
        }
    }

    /// Not even if all hashes are right.
    #[test]
    fn nor_does_what_was_made_with_intent(
        damage in prop::collection::vec((0..6_usize, any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let disk = &FakeDisk::new(512, SIZE);
        fill(&mut mount(disk, 16).unwrap());
        let mut store = crate::mount::mount(disk, 16, false).unwrap();
        for (node, place, value) in damage {
            // The inodes, the directories and what is above the blocks of a file.
            let (key, length) = [
                (Key::leaf(0, 0), 512),
                (Key::leaf(0, 0), 512),
                (Key::leaf(1, 0), 32),
                (Key::leaf(2, 0), 16),
                (Key { file: 4, level: 1, index: 0 }, 64),
                (Key { file: 5, level: 1, index: 0 }, 64),
            ][node];
            if let Ok(bytes) = store.touch(key, Content::Kept) {
                bytes[place.index(length)] = value;
            }
            let _ = store.commit();
        }
        if let Ok(mut volume) = mount(disk, 16) {
            use_it(&mut volume);
        }
    }

    #[test]
    fn nor_does_what_was_never_a_file_system(
        bytes in prop::collection::vec(any::<u8>(), 16 << 10),
    ) {
        let mut whole = vec![0; SIZE];
        whole[..bytes.len()].copy_from_slice(&bytes);
        prop_assert_eq!(mount(&FakeDisk::with(whole), 16).err(), Some(MountError::Foreign));
    }
}
