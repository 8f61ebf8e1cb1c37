//! On disks in memory.

extern crate std;

use super::*;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use hadris_fat::FatOptions;
use oscomp_abi::Bytes;
use oscomp_fs_conformance::OpenRemoval;
use oscomp_interfaces::{read_blocks, write_blocks};
use oscomp_ram_disk::RamDisk;
use proptest::prelude::*;

#[derive(Clone, Copy)]
struct Small;

impl Config<oscomp_ram_disk::Options> for Small {
    const OPTIONS: oscomp_ram_disk::Options =
        oscomp_ram_disk::Options { size: Bytes(128 << 10), block: Bytes(512) };
}

impl Config<Options> for Small {
    const OPTIONS: Options = Options { read_only: false, open: 16 };
}

type Disk = &'static RamDisk<Small>;

/// A disk with a file system on it that has no files.
fn disk() -> Disk {
    let disk: Disk = Box::leak(Box::new(RamDisk::start().unwrap()));
    hadris_fat::sync::format(&mut Device(disk), &FatOptions::new()).unwrap();
    disk
}

fn mount(disk: Disk) -> Result<&'static Fat<Disk, Small>, StartError> {
    Fat::start(disk).map(|fat| Box::leak(Box::new(fat)) as &'static _)
}

#[test]
fn it_is_a_file_system() {
    oscomp_fs_conformance::verify(|| mount(disk()).unwrap(), OpenRemoval::Refused);
}

#[derive(Clone, Copy)]
struct ReadOnly;

impl Config<Options> for ReadOnly {
    const OPTIONS: Options = Options { read_only: true, open: 5 };
}

#[test]
fn it_can_only_be_read_if_so_wanted() {
    let disk = disk();
    let fat = mount(disk).unwrap();
    let files: &[(&str, &[u8])] =
        &[("d/e/a long name.txt", &[7; 9000]), ("d/empty", b""), ("file", b"bytes")];
    for path in ["d", "d/e", "none of it"] {
        fat.create_directory(path).unwrap();
    }
    for (path, bytes) in files {
        let file = fat.open(path, OpenHow::CREATE).unwrap();
        assert_eq!(fat.write(file, 0, bytes), Ok(bytes.len()));
        fat.sync(file).unwrap();
        fat.close(file);
    }
    let start = || -> &'static Fat<Disk, ReadOnly> { Box::leak(Box::new(Fat::start(disk).unwrap())) };
    oscomp_fs_conformance::verify_read_only(start, files);
}

#[test]
fn what_was_synced_is_there_for_the_next_who_mounts_it() {
    let disk = disk();
    let fat = mount(disk).unwrap();
    fat.create_directory("logs").unwrap();
    let file = fat.open("logs/a long name.txt", OpenHow::CREATE).unwrap();
    assert_eq!(fat.write(file, 5, &[7; 3000]), Ok(3000));
    fat.sync(file).unwrap();
    let fat = mount(disk).unwrap();
    let file = fat.open("LOGS/A Long Name.TXT", OpenHow::READ).unwrap();
    let mut bytes = [1; 4000];
    assert_eq!(fat.read(file, 0, &mut bytes), Ok(3005));
    assert!(bytes[..5] == [0; 5] && bytes[5..3005] == [7; 3000]);
}

#[test]
fn a_disk_without_a_file_system_is_none() {
    let disk: Disk = Box::leak(Box::new(RamDisk::start().unwrap()));
    let error = mount(disk).err().unwrap();
    assert!(std::format!("{error:?}").contains("mkfs.fat"), "{error:?}");
}

/// The blocks of a disk with a few files.
fn image() -> Vec<u8> {
    let disk = disk();
    let fat = mount(disk).unwrap();
    fat.create_directory("d").unwrap();
    for path in ["a file with a long name", "d/b", "c"] {
        let file = fat.open(path, OpenHow::CREATE).unwrap();
        assert_eq!(fat.write(file, 0, &[9; 2000]), Ok(2000));
        fat.sync(file).unwrap();
        fat.close(file);
    }
    let mut bytes = vec![0; disk.geometry().bytes() as usize];
    read_blocks(disk, 0, &mut bytes).unwrap();
    bytes
}

/// Does a little of everything; nothing has to succeed.
fn use_it(fat: &'static Fat<Disk, Small>) {
    let mut paths = vec![std::string::String::new()];
    for index in 0..16 {
        let Some(path) = paths.get(index).cloned() else { break };
        let _ = fat.entries(&path, |name, _| {
            paths.push(if path.is_empty() { name.into() } else { std::format!("{path}/{name}") });
            paths.len() < 40
        });
    }
    let mut bytes = [0; 3000];
    for (index, path) in paths.iter().enumerate() {
        let how = if index % 2 == 0 { OpenHow::CREATE } else { OpenHow::READ };
        if let Ok(file) = fat.open(path, how) {
            let _ = fat.read(file, 100, &mut bytes);
            let _ = fat.write(file, 1500, &bytes[..1000]);
            let _ = fat.resize(file, 700);
            let _ = fat.sync(file);
            fat.close(file);
        }
        let _ = fat.rename(path, "other");
        let _ = fat.remove("other");
        let _ = fat.create_directory("new");
        let _ = fat.space();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_system_does_no_harm(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..24)
    ) {
        static IMAGE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(image);
        let mut bytes = IMAGE.clone();
        for (place, value, part) in damage {
            // Most of it where it hurts: the first block, the tables and directories.
            let length = [64, 2048, 16 << 10, bytes.len()][usize::from(part)];
            bytes[place.index(length)] = value;
        }
        let disk: Disk = Box::leak(Box::new(RamDisk::start().unwrap()));
        write_blocks(disk, 0, &bytes).unwrap();
        if let Ok(fat) = mount(disk) {
            use_it(fat);
        }
    }
}
