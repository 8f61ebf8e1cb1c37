//! File systems that can only be read: what is in them is found, and nothing can be changed.

use oscomp_interfaces::{FileKind, FileSystem, FsError, OpenFile, OpenHow};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::{BTreeMap, BTreeSet};

/// What is in a file system: the bytes of each file, none of each directory, by path.
fn tree(system: impl FileSystem) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        let mut names = Vec::new();
        let listed = system.entries(&directory, |name, kind| {
            names.push((name.to_owned(), kind));
            true
        });
        assert_eq!(listed, Ok(()), "entries of {directory}");
        for (name, kind) in names {
            let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            assert_eq!(system.metadata(&path).map(|known| known.kind), Ok(kind), "{path}");
            let node = (kind == FileKind::File).then(|| whole(system, &path));
            if node.is_none() {
                directories.push(path.clone());
            }
            assert!(found.insert(path, node).is_none(), "a name is listed twice");
        }
    }
    found
}

fn whole(system: impl FileSystem, path: &str) -> Vec<u8> {
    let file = open(system, path);
    let known = system.stat(file).expect("it is open");
    assert_eq!(system.metadata(path), Ok(known), "{path}");
    let mut bytes = vec![0xee; known.length as usize + 10];
    assert_eq!(system.read(file, 0, &mut bytes), Ok(known.length as usize), "{path}");
    assert!(bytes[known.length as usize..].iter().all(|byte| *byte == 0xee), "{path}: more than there is");
    bytes.truncate(known.length as usize);
    system.close(file);
    bytes
}

fn open(system: impl FileSystem, path: &str) -> OpenFile {
    system.open(path, OpenHow::READ).unwrap_or_else(|error| panic!("{path}: {error:?}"))
}

/// All directories that a path is in, but for the root.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

pub fn verify(system: impl FileSystem, files: &[(&str, &[u8])]) {
    let before = tree(system);
    let found: BTreeMap<&str, &[u8]> =
        before.iter().filter_map(|(path, node)| Some((path.as_str(), node.as_deref()?))).collect();
    let expected: BTreeMap<&str, &[u8]> = files.iter().copied().collect();
    assert!(found.keys().eq(expected.keys()), "{:?} instead of {:?}", found.keys(), expected.keys());
    for (path, bytes) in &expected {
        assert!(found[path] == *bytes, "{path}: the bytes are others");
        for directory in above(path) {
            assert_eq!(before.get(directory), Some(&None), "{directory}");
        }
    }
    numbers(system, &before);
    pieces(system, files);
    missing(system, files);
    changes(system, &before);
    directories(system, &before);
    super::refusals::no_paths(system);
    too_many_open(system, files[0].0);
    assert!(tree(system) == before, "something has changed");
    let space = system.space().expect("there is some");
    let used: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(space.free <= space.total && used as u64 <= space.total, "{space:?} for {used} bytes");
}

/// No two have the same number.
fn numbers(system: impl FileSystem, tree: &BTreeMap<String, Option<Vec<u8>>>) {
    let paths = tree.keys().map(String::as_str).chain([""]);
    let numbers: BTreeSet<u64> = paths
        .map(|path| system.metadata(path).unwrap_or_else(|error| panic!("{path}: {error:?}")).number)
        .collect();
    assert_eq!(numbers.len(), tree.len() + 1, "two have the same number");
}

/// Reading says where.
fn pieces(system: impl FileSystem, files: &[(&str, &[u8])]) {
    let mut runner = TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
    let open: Vec<_> = files.iter().take(3).map(|(path, bytes)| (open(system, path), *bytes)).collect();
    let steps = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..9000_usize);
    let result = runner.run(&steps, |(which, at, length)| {
        let (file, expected) = open[which.index(open.len())];
        let at = at.index(expected.len() + 10);
        let expected = expected.get(at..).unwrap_or_default();
        let mut bytes = vec![0xee; length];
        prop_assert_eq!(system.read(file, at as u64, &mut bytes), Ok(length.min(expected.len())));
        let (read, rest) = bytes.split_at(length.min(expected.len()));
        prop_assert!(read == &expected[..read.len()], "the bytes are others");
        prop_assert!(rest.iter().all(|byte| *byte == 0xee), "more than there is");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    for (file, _) in open {
        assert_eq!(system.read(file, u64::MAX, &mut [0; 10]), Ok(0));
        system.close(file);
        assert!(system.stat(file).is_err() && system.read(file, 0, &mut [0]).is_err(), "it is closed");
    }
}

/// What is not there is not found, and can be made by none of the ways.
fn missing(system: impl FileSystem, files: &[(&str, &[u8])]) {
    let how = OpenHow { exclusive: true, truncate: true, ..OpenHow::CREATE };
    let verify = |path: &str, error, made| {
        assert_eq!(system.metadata(path), Err(error), "{path}");
        assert_eq!(system.open(path, OpenHow::READ), Err(error), "{path}");
        assert_eq!(system.open(path, OpenHow { write: true, ..OpenHow::READ }), Err(error), "{path}");
        assert_eq!(system.open(path, OpenHow::CREATE), Err(made), "{path}");
        assert_eq!(system.open(path, how), Err(made), "{path}");
        assert_eq!(system.create_directory(path), Err(made), "{path}");
        assert_eq!(system.entries(path, |_, _| true), Err(error), "{path}");
        assert_eq!(system.remove(path), Err(error), "{path}");
        assert_eq!(system.rename(path, "other"), Err(error), "{path}");
        assert_eq!(system.rename(files[0].0, path), Err(made), "{path}");
    };
    verify("none", FsError::NotFound, FsError::ReadOnly);
    verify("none/inside", FsError::NotFound, FsError::NotFound);
    for (path, _) in files {
        for inside in ["inside", "deep/inside"] {
            verify(&format!("{path}/{inside}"), FsError::NotDirectory, FsError::NotDirectory);
        }
        for directory in above(path) {
            verify(&format!("{directory}/none"), FsError::NotFound, FsError::ReadOnly);
        }
    }
}

/// What is there stays as it is.
fn changes(system: impl FileSystem, tree: &BTreeMap<String, Option<Vec<u8>>>) {
    let write = OpenHow { write: true, ..OpenHow::READ };
    let create = OpenHow { create: true, ..OpenHow::READ };
    for (path, node) in tree {
        let error = if node.is_some() { FsError::ReadOnly } else { FsError::IsDirectory };
        for how in [write, OpenHow::CREATE, OpenHow { truncate: true, ..write }] {
            assert_eq!(system.open(path, how), Err(error), "{path}");
        }
        assert_eq!(system.open(path, OpenHow { exclusive: true, ..create }), Err(FsError::Exists), "{path}");
        assert_eq!(system.create_directory(path), Err(FsError::Exists), "{path}");
        assert_eq!(system.remove(path), Err(FsError::ReadOnly), "{path}");
        assert_eq!(system.rename(path, "other"), Err(FsError::ReadOnly), "{path}");
        assert_eq!(system.rename(path, ""), Err(FsError::Busy), "{path}");
        if node.is_some() {
            // Nothing has to be made for that.
            let file = system.open(path, create).unwrap_or_else(|error| panic!("{path}: {error:?}"));
            assert_eq!(system.write(file, 0, b"x"), Err(FsError::NotWritable), "{path}");
            assert_eq!(system.resize(file, 0), Err(FsError::NotWritable), "{path}");
            assert_eq!(system.sync(file), Ok(()), "{path}");
            system.close(file);
            assert_eq!(system.entries(path, |_, _| true), Err(FsError::NotDirectory), "{path}");
        }
    }
    assert_eq!(system.remove(""), Err(FsError::Busy));
    assert_eq!(system.rename("", "other"), Err(FsError::Busy));
    assert_eq!(system.create_directory(""), Err(FsError::Exists));
    assert_eq!(system.open("", OpenHow::CREATE), Err(FsError::IsDirectory));
}

/// Directories can be opened, and their entries are told of as long as somebody wants to know.
fn directories(system: impl FileSystem, tree: &BTreeMap<String, Option<Vec<u8>>>) {
    let directories = tree.iter().filter(|(_, node)| node.is_none()).map(|(path, _)| path.as_str());
    for path in directories.chain([""]) {
        let directory = open(system, path);
        assert_eq!(system.stat(directory), system.metadata(path), "{path}");
        assert_eq!(system.stat(directory).map(|known| known.kind), Ok(FileKind::Directory), "{path}");
        assert_eq!(system.read(directory, 0, &mut [0]), Err(FsError::IsDirectory), "{path}");
        assert_eq!(system.sync(directory), Ok(()), "{path}");
        system.close(directory);
    }
    let mut count = 0;
    let told = system.entries("", |_, _| {
        count += 1;
        false
    });
    assert_eq!((told, count), (Ok(()), 1), "no more is told than is asked for");
}

fn too_many_open(system: impl FileSystem, path: &str) {
    let mut files = Vec::new();
    let end = loop {
        match system.open(path, OpenHow::READ) {
            Ok(file) => files.push(file),
            Err(error) => break error,
        }
        assert!(files.len() <= 1024, "there is no end");
    };
    assert_eq!(end, FsError::TooManyOpen);
    assert!(files.len() >= 4);
    system.close(files.pop().expect("there are some"));
    files.push(open(system, path));
    files.into_iter().for_each(|file| system.close(file));
}
