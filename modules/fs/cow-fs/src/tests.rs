//! On disks in memory.

extern crate std;

mod cost;
mod crash;
mod damage;
mod disk;
mod faults;
mod sparse;

use super::*;
use crate::store::RESERVE;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use disk::{Disk, FakeDisk};
use oscomp_fs_conformance::OpenRemoval;

/// What is in a file system: the bytes of files, nothing of directories, by path.
type Tree = BTreeMap<String, Option<Vec<u8>>>;

#[derive(Clone, Copy)]
struct Small;

impl Config<Options> for Small {
    const OPTIONS: Options = Options { format: Format::WhenBlank, cache: Bytes(64 << 10), open: 16 };
}

#[derive(Clone, Copy)]
struct Never;

impl Config<Options> for Never {
    const OPTIONS: Options = Options { format: Format::Never, ..Small::OPTIONS };
}

/// Mounts a disk with a cache of so many nodes, makes a file system if it is blank.
fn mount(disk: Disk<'_>, cache: usize) -> Result<Volume<Disk<'_>>, MountError> {
    crate::mount::mount(disk, cache, true).map(|store| Volume::new(store, 16))
}

impl Volume<Disk<'_>> {
    /// Nodes in memory.
    fn cached(&self) -> usize {
        self.store.nodes.len()
    }
}

/// All that is in a file system.
fn tree(volume: &mut Volume<Disk<'_>>) -> Result<Tree, FsError> {
    let mut tree = Tree::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        let mut names = Vec::new();
        volume.entries(&directory, |name, kind| {
            names.push((String::from(name), kind));
            true
        })?;
        for (name, kind) in names {
            let path = if directory.is_empty() { name } else { std::format!("{directory}/{name}") };
            if kind == FileKind::Directory {
                directories.push(path.clone());
                tree.insert(path, None);
                continue;
            }
            let file = volume.open(&path, OpenHow::READ)?;
            let mut bytes = vec![0; volume.stat(file)?.length as usize];
            let count = volume.read(file, 0, &mut bytes)?;
            assert_eq!(count, bytes.len());
            volume.close(file);
            tree.insert(path, Some(bytes));
        }
    }
    Ok(tree)
}

/// Removes all that there is.
fn clear(volume: &mut Volume<Disk<'_>>) -> Result<(), FsError> {
    let paths: Vec<String> = tree(volume)?.into_keys().collect();
    paths.iter().rev().try_for_each(|path| volume.remove(path))
}

#[test]
fn it_is_a_file_system() {
    let start = || {
        let system = CowFs::<_, Small>::start(&*Box::leak(Box::new(FakeDisk::new(512, 1 << 20)))).unwrap();
        Box::leak(Box::new(system)) as &'static _
    };
    oscomp_fs_conformance::verify(start, OpenRemoval::Works);
}

#[test]
fn it_is_one_on_large_blocks_too_and_is_found_again() {
    let disk = &FakeDisk::new(4096, 2 << 20);
    let system = CowFs::<_, Small>::start(disk).unwrap();
    (&system).create_directory("logs").unwrap();
    let file = (&system).open("logs/one", OpenHow::CREATE).unwrap();
    assert_eq!((&system).write(file, 5, &[7; 300_000]), Ok(300_000));
    system.stop();
    let again = CowFs::<_, Never>::start(disk).unwrap();
    let file = (&again).open("logs/one", OpenHow::READ).unwrap();
    let mut bytes = vec![1; 300_010];
    assert_eq!((&again).read(file, 0, &mut bytes), Ok(300_005));
    assert!(bytes[..5] == [0; 5] && bytes[5..300_005].iter().all(|byte| *byte == 7));
}

#[test]
fn a_disk_is_formatted_only_if_it_is_blank_and_that_is_wished() {
    let disk = &FakeDisk::new(512, 1 << 20);
    assert!(CowFs::<_, Never>::start(disk).is_err());
    disk.change(|bytes| bytes[5000] = 1);
    assert_eq!(mount(disk, 16).err(), Some(MountError::Foreign));
    disk.change(|bytes| bytes[5000] = 0);
    assert!(mount(disk, 16).is_ok());
    assert!(CowFs::<_, Never>::start(disk).is_ok());
    assert_eq!(mount(&FakeDisk::new(512, 300 << 10), 16).err(), Some(MountError::TooSmall));
    assert_eq!(mount(&FakeDisk::new(8192, 1 << 20), 16).err(), Some(MountError::LargeBlocks));
}

#[test]
fn what_can_only_be_read_can_be_read() {
    let disk = &FakeDisk::new(512, 1 << 20);
    let mut volume = mount(disk, 16).unwrap();
    let file = volume.open("file", OpenHow::CREATE).unwrap();
    volume.write(file, 0, b"there").unwrap();
    // It has no name any more, and is not freed either.
    volume.open("other", OpenHow::CREATE).unwrap();
    volume.remove("other").unwrap();
    volume.sync(file).unwrap();
    disk.state().is_read_only = true;
    let mut volume = mount(disk, 16).unwrap();
    assert_eq!(volume.open("file", OpenHow::CREATE), Err(FsError::ReadOnly));
    assert_eq!(volume.remove("file"), Err(FsError::ReadOnly));
    let file = volume.open("file", OpenHow::READ).unwrap();
    let mut bytes = [0; 8];
    assert_eq!(volume.read(file, 0, &mut bytes), Ok(5));
    assert_eq!(&bytes[..5], b"there");
    assert_eq!(volume.sync(file), Ok(()));
}

#[test]
fn all_space_comes_back_in_trees_of_any_height() {
    let disk = &FakeDisk::new(512, 4 << 20);
    let mut volume = mount(disk, 16).unwrap();
    let before = volume.space();
    assert_eq!(before.total / BLOCK as u64, 1024 - 2 - u64::from(RESERVE));
    for name in 0..200 {
        let path = std::format!("{name:0>100}");
        let file = volume.open(&path, OpenHow::CREATE).unwrap();
        volume.write(file, 0, &[1]).unwrap();
        volume.close(file);
    }
    let file = volume.open("far", OpenHow::CREATE).unwrap();
    let places = [0, 1 << 20, 1 << 28, (1 << 36) + 4090, 1 << 43];
    for (value, place) in (1..).zip(places) {
        assert_eq!(volume.write(file, place, &[value; 10]), Ok(10));
    }
    assert_eq!(volume.write(file, layout::LONGEST - 5, &[9; 10]), Err(FsError::TooLarge));
    volume.sync_all().unwrap();
    let mut volume = mount(disk, 16).unwrap();
    let file = volume.open("far", OpenHow::CREATE).unwrap();
    for (value, place) in (1..=5).zip(places).rev() {
        let mut bytes = [0; 12];
        volume.read(file, place - place.min(1), &mut bytes).unwrap();
        assert_eq!(bytes[usize::from(place > 0)..][..10], [value; 10]);
        volume.resize(file, place).unwrap();
        assert_eq!(volume.stat(file).unwrap().length, place);
    }
    volume.close(file);
    clear(&mut volume).unwrap();
    assert_eq!(volume.space(), before);
    volume.sync_all().unwrap();
    assert_eq!(mount(disk, 16).unwrap().space(), before);
}
