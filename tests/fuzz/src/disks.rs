//! File systems, on disks of which some bytes are changed.

use core::sync::atomic::{AtomicUsize, Ordering};
use oscomp_abi::{Bytes, Config};
use oscomp_archive::Archive;
use oscomp_cow_fs::{CowFs, Format};
use oscomp_ext4::Ext4;
use oscomp_fat::Fat;
use oscomp_interfaces::{
    BlockDevice, BlockError, File, FileKind, FileSystem, Files, Geometry, OpenHow, Request, Transfer,
};
use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};

const BLOCK: usize = 512;

/// A disk in memory.
struct Disk {
    bytes: Mutex<Vec<u8>>,
    geometry: Geometry,
    requests: AtomicUsize,
}

/// More requests than what is done here can need.
const ENOUGH: usize = 1_000_000;

impl Disk {
    fn new(bytes: Vec<u8>) -> Self {
        let blocks = (bytes.len() / BLOCK) as u64;
        let geometry = Geometry { block: BLOCK, blocks, is_read_only: false };
        Self { bytes: Mutex::new(bytes), geometry, requests: AtomicUsize::new(0) }
    }

    fn carry_out(&self, request: &mut Request<'_>) -> Result<(), BlockError> {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        assert!(count < ENOUGH, "it comes to no end");
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let range = |first: u64, length: usize| {
            let start = first as usize * BLOCK;
            self.geometry.holds(first, length).then(|| start..start + length).ok_or(BlockError::OutOfRange)
        };
        match request {
            Request::Read { first, into } => into.copy_from_slice(&bytes[range(*first, into.len())?]),
            Request::Write { first, from } => bytes[range(*first, from.len())?].copy_from_slice(from),
            Request::Flush => {}
            Request::Discard { .. } => return Err(BlockError::Unsupported),
        }
        Ok(())
    }
}

impl BlockDevice for &Disk {
    fn geometry(self) -> Geometry {
        self.geometry
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        for transfer in transfers {
            transfer.result = self.carry_out(&mut transfer.request);
        }
    }
}

/// A whole file system with changes, each of them a place in three bytes, a length in one, and what is there instead.
fn changed(whole: &[u8], mut changes: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    while let Some((&[a, b, c, length], rest)) = changes.split_first_chunk() {
        let place = u32::from_le_bytes([a, b, c, 0]) as usize % bytes.len();
        let length = usize::from(length).min(rest.len()).min(bytes.len() - place);
        let (change, rest) = rest.split_at(length);
        bytes[place..place + length].copy_from_slice(change);
        changes = rest;
    }
    bytes
}

#[derive(Clone, Copy)]
struct Settings;

impl Config<oscomp_fat::Options> for Settings {
    const OPTIONS: oscomp_fat::Options = oscomp_fat::Options { read_only: false, open: 4 };
}

impl Config<oscomp_ext4::Options> for Settings {
    const OPTIONS: oscomp_ext4::Options = oscomp_ext4::Options { open: 4, cache: Bytes(16 << 10) };
}

impl Config<oscomp_cow_fs::Options> for Settings {
    const OPTIONS: oscomp_cow_fs::Options =
        oscomp_cow_fs::Options { format: Format::WhenBlank, cache: Bytes(64 << 10), open: 4 };
}

impl Config<oscomp_archive::Options> for Settings {
    const OPTIONS: oscomp_archive::Options = oscomp_archive::Options { open: 4 };
}

/// What every file system holds at first.
pub fn content() -> Vec<(&'static str, Vec<u8>)> {
    let numbers = |length: usize| (0..length).map(|number| (number * 7) as u8).collect();
    vec![
        ("a file with a long name.txt", numbers(3000)),
        ("d/e/deep", numbers(20)),
        ("d/empty", vec![]),
        ("large", numbers(30_000)),
    ]
}

pub fn inside(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.into() } else { format!("{directory}/{name}") }
}

/// Bytes that are read at a time.
const PIECE: usize = 10_000;

/// Writes what every file system holds at first.
fn fill(system: impl FileSystem) {
    for (path, content) in content() {
        for (end, _) in path.match_indices('/') {
            let _ = system.create_directory(&path[..end]);
        }
        let file = system.open(path, OpenHow::CREATE).expect("there is room");
        assert_eq!(system.write(file, 0, &content), Ok(content.len()));
        assert_eq!(system.sync(file), Ok(()));
        system.close(file);
    }
}

/// Goes through all that is there, as far as there is an end, and reads all of it.
fn look(system: impl FileSystem) -> Vec<String> {
    let mut paths = vec![String::new()];
    for index in 0..100 {
        let Some(path) = paths.get(index).cloned() else { break };
        let _ = system.entries(&path, |name, _| {
            paths.push(inside(&path, name));
            paths.len() < 100
        });
    }
    let mut bytes = [0; PIECE];
    for path in &paths {
        let known = system.metadata(path);
        let Ok(file) = system.open(path, OpenHow::READ) else { continue };
        assert_eq!(system.stat(file), known, "{path}");
        let length = known.map_or(0, |known| known.length);
        // From its beginning, and at its end.
        let pieces = (0..10).map(|piece| piece * PIECE as u64);
        for at in pieces.take_while(|at| *at < length).chain([length.saturating_sub(100), u64::MAX]) {
            if let Ok(count) = system.read(file, at, &mut bytes) {
                assert!(
                    count as u64 <= length.saturating_sub(at),
                    "{path}: {count} bytes from {at} of {length}"
                );
            }
        }
        system.close(file);
    }
    let _ = system.space().map(|space| assert!(space.free <= space.total, "{space:?}"));
    paths
}

/// Changes a little of it.
pub fn write(system: impl FileSystem, paths: &[String]) {
    for (index, path) in paths.iter().enumerate().take(12) {
        let how = OpenHow { truncate: index % 3 == 1, ..OpenHow::CREATE };
        if let Ok(file) = system.open(path, how) {
            let _ = system.write(file, 1500, &[7; 2000]);
            let _ = system.resize(file, 700);
            let _ = system.write(file, 10_000, &[8; 100]);
            let _ = system.sync(file);
            system.close(file);
        }
        if index % 2 == 0 {
            let _ = system.rename(path, "other");
        }
        let _ = system.create_directory(&inside(path, "new"));
        let _ = system.remove(&inside(path, "new"));
    }
    let _ = system.remove("other");
}

/// Runs a tool that `./setup.sh all` installs, which is where only the superuser looks.
fn tool(command: &mut Command) {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    // The same file system each time.
    let output = command.env("PATH", path).env("E2FSPROGS_FAKE_TIME", "1767225600").output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}; `./setup.sh all` installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The file system that `make` makes in a folder, as `disk`.
fn made(name: &str, make: impl FnOnce(&Path)) -> Vec<u8> {
    let folder = std::env::temp_dir().join(format!("oscomp-fuzz-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    make(&folder);
    let bytes = std::fs::read(folder.join("disk")).expect("it was made");
    std::fs::remove_dir_all(&folder).expect("it can be removed");
    bytes
}

/// Whatever is on the disk: nothing panics, and all comes to an end.
pub fn fat(bytes: &[u8]) {
    static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let empty = made("fat", |folder| {
            tool(Command::new("mkfs.fat").current_dir(folder).args(["--invariant", "-C", "disk", "128"]));
        });
        let disk = Disk::new(empty);
        let system = Fat::<_, Settings>::start(&disk).expect("it is one");
        fill(&system);
        drop(system);
        disk.bytes.into_inner().unwrap_or_else(PoisonError::into_inner)
    });
    let disk = Disk::new(changed(&WHOLE, bytes));
    if let Ok(system) = Fat::<_, Settings>::start(&disk) {
        let paths = look(&system);
        write(&system, &paths);
        look(&system);
    }
}

/// Likewise. The fuzzer is not kept out by hashes, which it would not guess: `oscomp_cow_fs` has none then.
pub fn cow(bytes: &[u8]) {
    static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let disk = Disk::new(vec![0; 1 << 20]);
        let system = CowFs::<_, Settings>::start(&disk).expect("it is blank");
        fill(&system);
        system.stop();
        drop(system);
        disk.bytes.into_inner().unwrap_or_else(PoisonError::into_inner)
    });
    let disk = Disk::new(changed(&WHOLE, bytes));
    if let Ok(system) = CowFs::<_, Settings>::start(&disk) {
        let paths = look(&system);
        write(&system, &paths);
        look(&system);
        system.stop();
    }
}

/// Likewise. The first byte says of which kind the file system was.
pub fn ext4(bytes: &[u8]) {
    // None has checksums, which no change of bytes would be right for.
    const KINDS: [[&str; 4]; 3] = [
        ["-t", "ext4", "-O", "^metadata_csum"],
        ["-t", "ext2", "-O", "^resize_inode"],
        ["-t", "ext4", "-O", "inline_data,^metadata_csum"],
    ];
    static WHOLE: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
        KINDS.map(|kind| {
            made("ext4", |folder| {
                let root = folder.join("root");
                for (path, content) in content() {
                    let path = root.join(path);
                    std::fs::create_dir_all(path.parent().unwrap_or(&root)).expect("it can be made");
                    std::fs::write(path, content).expect("it can be written");
                }
                for (link, target) in
                    [("link", "d/e/deep"), ("d/up", "../large"), ("d/far", &*"../d/".repeat(20))]
                {
                    std::os::unix::fs::symlink(target, root.join(link)).expect("it can be made");
                }
                let mut mke2fs = Command::new("mke2fs");
                mke2fs.current_dir(folder).args(["-q", "-b", "1024", "-U", "clear", "-d", "root"]);
                tool(mke2fs.args(kind).args(["disk", "256K"]));
            })
        })
    });
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let disk = Disk::new(changed(&WHOLE[usize::from(*kind) % KINDS.len()], bytes));
    if let Ok(system) = Ext4::<_, Settings>::start(&disk) {
        let paths = look(&system);
        write(&system, &paths);
    }
}

/// The files of an archive.
#[derive(Clone, Copy)]
struct Given(&'static [File]);

impl Files for Given {
    fn count(self) -> usize {
        self.0.len()
    }

    fn file(self, number: usize) -> Option<File> {
        self.0.get(number).copied()
    }

    fn find(self, path: &str) -> Option<usize> {
        self.0.binary_search_by_key(&path, |file| file.path).ok()
    }
}

/// An archive, in which all files are found.
pub fn cpio(bytes: &[u8]) {
    static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut archive = Vec::new();
        let content = content();
        let end = ("TRAILER!!!", vec![]);
        for (number, (path, content)) in content.iter().chain([&end]).enumerate() {
            let fields = [number, 0o100_644, 0, 0, 1, 7, content.len(), 0, 0, 0, 0, path.len() + 1, 0];
            archive.extend_from_slice(b"070701");
            fields.iter().for_each(|field| archive.extend_from_slice(format!("{field:08X}").as_bytes()));
            archive.extend_from_slice(path.as_bytes());
            archive.resize((archive.len() + 1).next_multiple_of(4), 0);
            archive.extend_from_slice(content);
            archive.resize(archive.len().next_multiple_of(4), 0);
        }
        archive
    });
    let Ok(files) = oscomp_cpio::files(changed(&WHOLE, bytes).leak()) else { return };
    let files = Given(files.leak());
    let Ok(system) = Archive::<_, Settings>::start(files) else { return };
    for file in files.0 {
        let known = (&system).metadata(file.path).map(|known| (known.kind, known.length));
        assert_eq!(known, Ok((FileKind::File, file.bytes.len() as u64)), "{}", file.path);
    }
    let paths = look(&system);
    write(&system, &paths);
}
