//! On disks that `mke2fs` makes of folders.

extern crate std;

use super::*;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use oscomp_interfaces::{BlockError, Geometry, Request, Transfer};
use proptest::prelude::*;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::SystemTime;

/// A disk in memory that can be read, and counts.
struct Image {
    bytes: Vec<u8>,
    block: usize,
    /// After so many requests all fail.
    limit: usize,
    requests: AtomicUsize,
}

impl BlockDevice for &Image {
    fn geometry(self) -> Geometry {
        Geometry { block: self.block, blocks: (self.bytes.len() / self.block) as u64, is_read_only: true }
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        for Transfer { request, result } in transfers {
            let is_out = self.requests.fetch_add(1, Ordering::Relaxed) >= self.limit;
            *result = match request {
                Request::Read { .. } if is_out => Err(BlockError::Failed),
                Request::Read { first, into } if self.geometry().holds(*first, into.len()) => {
                    let at = *first as usize * self.block;
                    into.copy_from_slice(&self.bytes[at..at + into.len()]);
                    Ok(())
                }
                Request::Read { .. } => panic!("more is read than there is"),
                _ => panic!("something is to be changed"),
            };
        }
    }
}

#[derive(Clone, Copy)]
struct Few;

impl Config<Options> for Few {
    const OPTIONS: Options = Options { open: 5, cache: Bytes(16 << 10) };
}

type System = &'static Ext4<&'static Image, Few>;

fn disk(bytes: Vec<u8>, block: usize, limit: usize) -> &'static Image {
    Box::leak(Box::new(Image { bytes, block, limit, requests: AtomicUsize::new(0) }))
}

fn mount(image: &'static Image) -> Result<System, StartError> {
    Ext4::start(image).map(|system| Box::leak(Box::new(system)) as &'static _)
}

/// Runs a tool of e2fsprogs, which is where only the superuser looks.
fn tool(name: &str, arguments: &[&str], allowed: i32) {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output = Command::new(name).env("PATH", path).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}; `./setup.sh all` installs it"));
    let status = output.status.code().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(status <= allowed, "{name} {arguments:?}: {complaint}");
}

/// A place for files that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("oscomp-ext4-{}-{number}", std::process::id()));
        fs::create_dir_all(path.join("root")).unwrap();
        Self(path)
    }

    /// What the root of the file system is made of.
    fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    /// Makes a file system of it.
    fn image(&self, size: &str, arguments: &[&str]) -> PathBuf {
        let image = self.0.join("disk.img");
        let _ = fs::remove_file(&image);
        let root = self.root();
        let mut all = vec!["-q", "-F", "-d", root.to_str().unwrap()];
        all.extend(arguments);
        all.extend([image.to_str().unwrap(), size]);
        tool("mke2fs", &all, 0);
        image
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = length as u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    core::iter::repeat_with(next).take(length).collect()
}

/// When every file was changed last.
const CHANGED: Duration = Duration::new(1_767_225_600, 123_456_000);

/// Files of all lengths that matter, and many of them; their paths and bytes.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("empty".into(), vec![]),
        ("short".into(), b"short".to_vec()),
        ("inline".into(), noise(120)),
        ("one/block".into(), noise(4096)),
        ("one/and a bit".into(), noise(4097)),
        ("one/two/three/four/\u{e9}\u{4e16}".into(), noise(20_000)),
        ("large".into(), noise(900_000)),
        (["n".repeat(255), "m".repeat(255)].join("/"), b"long".to_vec()),
    ];
    // Every other of its blocks is nowhere.
    let mut sparse = vec![0; 1 << 20];
    sparse.chunks_exact_mut(8192).for_each(|piece| piece[..4096].copy_from_slice(&noise(4096)));
    sparse.extend([0; 50_000]);
    // `mke2fs` loses zeroes at the end of what it first takes to be short enough for an inode.
    sparse.push(1);
    files.push(("sparse".into(), sparse));
    // Their directory has several blocks.
    let name = |number| format!("many/{}{number}", "file".repeat(20));
    files.extend((0..60).map(|number| (name(number), format!("{number}").into_bytes())));
    files
}

fn write(root: &Path, files: &[(String, Vec<u8>)]) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = File::create(path).unwrap();
        for (number, piece) in bytes.chunks(4096).enumerate() {
            if piece.iter().any(|byte| *byte != 0) {
                file.write_all_at(piece, number as u64 * 4096).unwrap();
            }
        }
        file.set_len(bytes.len() as u64).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + CHANGED).unwrap();
    }
}

/// A file system of a kind has what the folder has that it was made of.
fn verify(arguments: &[&str], prepare: impl FnOnce(&str), blocks: &[usize]) {
    let (folder, files) = (Folder::new(), files());
    write(&folder.root(), &files);
    let size = if arguments.contains(&"65536") { "32M" } else { "20M" };
    let image = folder.image(size, arguments);
    prepare(image.to_str().unwrap());
    let bytes = fs::read(image).unwrap();
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    for block in blocks {
        let disk = disk(bytes.clone(), *block, usize::MAX);
        oscomp_fs_conformance::verify_read_only(|| mount(disk).unwrap(), &files);
        let modified = mount(disk).unwrap().metadata("short").unwrap().modified.unwrap();
        assert_eq!(modified.as_secs(), CHANGED.as_secs());
    }
}

#[test]
fn ext2_is_read() {
    verify(&["-t", "ext2", "-b", "1024"], |_| {}, &[512, 4096]);
    verify(&["-t", "ext2", "-b", "4096"], |_| {}, &[512]);
}

#[test]
fn ext3_is_read() {
    verify(&["-t", "ext3", "-b", "1024"], |_| {}, &[512]);
    verify(&["-t", "ext3", "-b", "4096"], |_| {}, &[4096]);
}

#[test]
fn ext4_is_read() {
    verify(&["-t", "ext4", "-b", "1024"], |_| {}, &[512, 4096]);
    verify(&["-t", "ext4", "-b", "4096"], |_| {}, &[512]);
}

#[test]
fn other_kinds_are_read() {
    // Directories with an index, as the kernel makes them.
    let index = |image: &str| tool("e2fsck", &["-f", "-y", "-D", image], 1);
    verify(&["-t", "ext4", "-b", "1024"], index, &[512]);
    verify(&["-t", "ext4", "-b", "1024", "-O", "inline_data"], |_| {}, &[512]);
    verify(&["-t", "ext4", "-b", "4096", "-I", "128", "-O", "^metadata_csum,^64bit"], |_| {}, &[512]);
    verify(&["-t", "ext4", "-b", "4096", "-I", "128"], |_| {}, &[512]);
    verify(&["-t", "ext2", "-b", "2048", "-O", "none", "-N", "600"], |_| {}, &[512]);
    verify(&["-t", "ext4", "-b", "1024", "-O", "bigalloc,metadata_csum_seed", "-C", "4096"], |_| {}, &[512]);
    verify(&["-t", "ext4", "-b", "65536"], |_| {}, &[4096]);
}

/// The bytes of a file.
fn whole(system: System, path: &str) -> Result<Vec<u8>, FsError> {
    let file = system.open(path, OpenHow::READ)?;
    let mut bytes = vec![0; system.stat(file)?.length as usize];
    let count = system.read(file, 0, &mut bytes);
    system.close(file);
    assert_eq!(count?, bytes.len());
    Ok(bytes)
}

fn listed(system: System, path: &str) -> Vec<(String, FileKind)> {
    let mut names = vec![];
    let tell = |name: &str, kind| {
        names.push((name.into(), kind));
        true
    };
    system.entries(path, tell).unwrap();
    names.sort_by(|one: &(String, FileKind), other| one.0.cmp(&other.0));
    names
}

#[test]
fn links_are_what_they_lead_to() {
    let folder = Folder::new();
    let root = folder.root();
    write(&root, &[("d/e/file".into(), b"text".to_vec()), ("top".into(), b"top".to_vec())]);
    let long = format!("{}e/file", "./".repeat(100));
    for (link, target) in [
        ("d/short", "e/file"),
        ("d/long", &*long),
        ("d/absolute", "/d/e/file"),
        ("d/above", "../../../d/../top"),
        ("d/e/directory", "../../d"),
        ("d/twice", "e/directory/short"),
        ("d/nowhere", "e/none"),
        ("d/through", "../top/file"),
        ("d/itself", "itself"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    // Forty are followed, not more.
    for number in 0..41 {
        let target = if number == 0 { "../top".into() } else { format!("l{:02}", number - 1) };
        symlink(target, root.join(format!("d/e/l{number:02}"))).unwrap();
    }
    fs::remove_file(root.join("d/e/l00")).unwrap();
    symlink("../../top", root.join("d/e/l00")).unwrap();
    fs::hard_link(root.join("top"), root.join("hard")).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("d/pipe")).status().unwrap().success());
    for arguments in
        [&["-t", "ext4", "-b", "1024"][..], &["-t", "ext4", "-O", "inline_data"], &["-t", "ext2"]]
    {
        let image = fs::read(folder.image("4M", arguments)).unwrap();
        let system = mount(disk(image, 512, usize::MAX)).unwrap();
        for path in
            ["d/short", "d/long", "d/absolute", "d/twice", "d/e/directory/short", "d/e/directory/e/file"]
        {
            assert_eq!(whole(system, path).as_deref(), Ok(&b"text"[..]), "{path}");
            assert_eq!(system.metadata(path), system.metadata("d/e/file"), "{path}");
        }
        assert_eq!(whole(system, "d/above").as_deref(), Ok(&b"top"[..]));
        assert_eq!(whole(system, "d/e/l39").as_deref(), Ok(&b"top"[..]));
        assert_eq!(system.metadata("hard"), system.metadata("top"));
        for path in ["d/nowhere", "d/itself", "d/e/l40", "d/pipe"] {
            assert_eq!(system.metadata(path), Err(FsError::NotFound), "{path}");
        }
        assert_eq!(system.metadata("d/through"), Err(FsError::NotDirectory));
        let names: Vec<_> = listed(system, "d").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["above", "absolute", "e", "long", "short", "twice"]);
        assert!(
            listed(system, "d/e").iter().all(|(_, kind)| *kind == FileKind::File),
            "links to directories"
        );
        assert_eq!(listed(system, "d/e").len(), 41);
    }
}

#[test]
fn what_is_far_and_what_was_never_written_is_read_in_pieces() {
    const FAR: u64 = 5 << 30;
    for arguments in [&["-t", "ext4", "-b", "1024"][..], &["-t", "ext2", "-b", "1024"]] {
        let folder = Folder::new();
        let file = File::create(folder.root().join("far")).unwrap();
        for (at, bytes) in [(0, b"begin"), (80 << 20, b"third"), (FAR, b"ended")] {
            file.write_all_at(bytes, at).unwrap();
        }
        fs::write(folder.root().join("unwritten"), noise(1000)).unwrap();
        let image = folder.image("4M", arguments);
        if arguments[1] == "ext4" {
            let image = image.to_str().unwrap();
            tool("debugfs", &["-w", "-R", "fallocate unwritten 1 9", image], 0);
            tool("debugfs", &["-w", "-R", "sif unwritten size 10240", image], 0);
        }
        let system = mount(disk(fs::read(image).unwrap(), 512, usize::MAX)).unwrap();
        let far = system.open("far", OpenHow::READ).unwrap();
        assert_eq!(system.stat(far).unwrap().length, FAR + 5);
        let mut bytes = [1; 3000];
        for (at, text) in [(0, b"begin"), (80 << 20, b"third")] {
            assert_eq!(system.read(far, at, &mut bytes), Ok(3000));
            assert!(&bytes[..5] == text && bytes[5..] == [0; 2995]);
        }
        assert_eq!(system.read(far, FAR - 100, &mut bytes), Ok(105));
        assert!(bytes[..100] == [0; 100] && &bytes[100..105] == b"ended");
        if arguments[1] == "ext4" {
            let mut expected = noise(1000);
            expected.resize(10_240, 0);
            assert!(whole(system, "unwritten").unwrap() == expected);
        }
    }
}

#[test]
fn little_is_read_that_nobody_asked_for() {
    let folder = Folder::new();
    write(&folder.root(), &[("a/b/c/file".into(), noise(2 << 20))]);
    let image = disk(fs::read(folder.image("4M", &["-t", "ext4", "-b", "4096"])).unwrap(), 512, usize::MAX);
    let system = mount(image).unwrap();
    let requests = || image.requests.swap(0, Ordering::Relaxed);
    // The superblock, a group descriptor, an inode.
    assert_eq!(requests(), 3);
    let file = system.open("a/b/c/file", OpenHow::READ).unwrap();
    assert!(requests() <= 20);
    let mut bytes = vec![0; 1 << 20];
    assert_eq!(system.read(file, 1 << 19, &mut bytes), Ok(1 << 20));
    assert!(requests() <= 3, "blocks that lie together are read together");
}

#[test]
fn a_disk_without_a_file_system_that_can_be_read_is_refused() {
    let folder = Folder::new();
    write(&folder.root(), &[("file".into(), noise(3000))]);
    let good = fs::read(folder.image("1M", &["-t", "ext4", "-b", "1024"])).unwrap();
    let refused = |bytes: Vec<u8>| format!("{:?}", mount(disk(bytes, 512, usize::MAX)).err().unwrap());
    assert!(refused(vec![]).contains("mke2fs"));
    assert!(refused(vec![0; 1 << 20]).contains("mke2fs"));
    for blocks in [4, 5, 100, 2047] {
        assert!(refused(good[..blocks * 512].to_vec()).contains("shorter"));
    }
    let mut bytes = good.clone();
    bytes[1024 + 0x60] |= 4;
    assert!(refused(bytes).contains("not unmounted"));
    let mut bytes = good.clone();
    bytes[1024 + 0x60] |= 1;
    assert!(refused(bytes).contains("features"));
    let mut bytes = good.clone();
    bytes[1024 + 0x78] ^= 1;
    assert!(refused(bytes).contains("damaged"));
    let end = disk(good, 512, 2);
    assert!(format!("{:?}", mount(end).err().unwrap()).contains("the disk fails"));
}

/// Goes through all of a file system, as far as there is an end. Only what may go wrong does.
fn use_it(system: System, disk: &Image) {
    let mut paths = vec![String::new()];
    for index in 0..40 {
        let Some(path) = paths.get(index).cloned() else { break };
        let listed = system.entries(&path, |name, _| {
            paths.push(if path.is_empty() { name.into() } else { format!("{path}/{name}") });
            paths.len() < 60
        });
        if let Err(error) = listed {
            let expected = matches!(
                error,
                FsError::Failed
                    | FsError::Corrupt
                    | FsError::NotDirectory
                    | FsError::NotFound
                    | FsError::Unsupported
            );
            assert!(expected, "{error:?}");
        }
    }
    let mut bytes = vec![0; 30_000];
    for path in &paths {
        let Ok(file) = system.open(path, OpenHow::READ) else { continue };
        let length = system.stat(file).unwrap().length;
        for at in [0, 777, 70_000, length / 2, length.saturating_sub(100)] {
            let read = system.read(file, at, &mut bytes);
            assert!(
                matches!(read, Ok(_) | Err(FsError::Failed | FsError::Corrupt | FsError::IsDirectory)),
                "{read:?}"
            );
        }
        system.close(file);
    }
    assert!(disk.requests.load(Ordering::Relaxed) < 200_000, "it takes too long");
}

/// Small file systems: with checksums, without, with a map of blocks, with what is in inodes.
static SMALL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Folder::new();
    let mut files =
        vec![("d/e/short".into(), noise(50)), ("large".into(), noise(40_000)), ("c".into(), noise(3000))];
    files.extend((0..30).map(|number| (format!("d/{}{number}", "n".repeat(40)), noise(number))));
    let mut sparse = vec![0; 100_000];
    sparse.chunks_exact_mut(8192).for_each(|piece| piece[..4096].copy_from_slice(&noise(4096)));
    files.push(("sparse".into(), sparse));
    write(&folder.root(), &files);
    for (link, target) in [("link", "d/e/short"), ("d/up", "../c"), ("to", &*"d/../".repeat(30))] {
        symlink(target, folder.root().join(link)).unwrap();
    }
    [
        &["-t", "ext4", "-b", "1024"][..],
        &["-t", "ext4", "-b", "1024", "-O", "^metadata_csum"],
        &["-t", "ext2", "-b", "1024"],
        &["-t", "ext4", "-b", "1024", "-O", "inline_data,^metadata_csum"],
    ]
    .map(|arguments| fs::read(folder.image("512K", arguments)).unwrap())
    .into()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_system_does_no_harm(
        which in 0..4_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..24),
        limit in prop_oneof![4 => Just(usize::MAX), 1 => 0..400_usize],
    ) {
        let mut bytes = SMALL[which].clone();
        for (place, value, part) in damage {
            // Most of it where it hurts: the superblock, descriptors, inodes and directories.
            let (first, length) = [(1024, 256), (2048, 64), (2048, 64 << 10), (0, bytes.len())][usize::from(part)];
            bytes[first + place.index(length)] = value;
        }
        let disk = disk(bytes, 512, limit);
        if let Ok(system) = mount(disk) {
            use_it(system, disk);
        }
    }
}
