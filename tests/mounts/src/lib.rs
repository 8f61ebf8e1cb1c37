//! Writes a file, then prints all files of a file system: their lengths, a checksum of their bytes, and how they begin.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use core::fmt::Write;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, FileKind, FileSystem, FsError, Heap, OpenHow, Status, Text};
use oscomp_macros::module;

/// Prints files.
#[module(provides(App), ambient(Heap))]
pub struct Mounts<
    /// Where they are printed.
    Output: Console,
    /// What they are in.
    Files: FileSystem,
> {
    output: Output,
    files: Files,
}

impl<Output: Console, Files: FileSystem> Mounts<Output, Files> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, files: Files) -> Result<Self, StartError> {
        Ok(Self { output, files })
    }

    fn write(&self) -> Result<(), FsError> {
        self.files.create_directory("notes")?;
        let file = self.files.open("notes/new.txt", OpenHow::CREATE)?;
        self.files.write(file, 0, b"Written just now.\n")?;
        self.files.close(file);
        Ok(())
    }

    /// All files, by their paths.
    fn all(&self) -> Result<BTreeMap<String, String>, FsError> {
        let mut found = BTreeMap::new();
        let mut directories = alloc::vec![String::new()];
        while let Some(directory) = directories.pop() {
            let mut paths = alloc::vec![];
            self.files.entries(&directory, |name, kind| {
                let separator = if directory.is_empty() { "" } else { "/" };
                paths.push((format!("{directory}{separator}{name}"), kind));
                true
            })?;
            for (path, kind) in paths {
                if kind == FileKind::Directory {
                    directories.push(path);
                } else {
                    let described = self.describe(&path)?;
                    found.insert(path, described);
                }
            }
        }
        Ok(found)
    }

    /// Reads a file in pieces.
    fn describe(&self, path: &str) -> Result<String, FsError> {
        let file = self.files.open(path, OpenHow::READ)?;
        let known = self.files.stat(file)?;
        // FNV-1a, of 64 bits.
        let (mut hash, mut at, mut line) = (0xcbf2_9ce4_8422_2325_u64, 0, String::new());
        let mut piece = [0; 1000];
        loop {
            let count = self.files.read(file, at, &mut piece)?;
            if at == 0 {
                let text = str::from_utf8(&piece[..count]).unwrap_or_default();
                line = text.lines().next().unwrap_or_default().into();
            }
            for byte in &piece[..count] {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
            }
            at += count as u64;
            if count < piece.len() {
                break;
            }
        }
        self.files.close(file);
        let seconds = known.modified.map_or(0, |modified| modified.as_secs());
        Ok(format!("{at} of {} bytes, {hash:016x}, {seconds}: {line}", known.length))
    }
}

impl<Output: Console, Files: FileSystem> App for &Mounts<Output, Files> {
    fn run(self) -> Status {
        let mut out = Text(self.output);
        if let Err(error) = self.write() {
            let _ = writeln!(out, "not written: {error}");
        }
        match self.all() {
            Ok(files) => {
                for (path, described) in files {
                    let _ = writeln!(out, "{path}: {described}");
                }
            }
            Err(error) => {
                let _ = writeln!(out, "not read: {error}");
            }
        }
        for path in ["packed/index.txt", "disk/readme.txt", "disk/none"] {
            let _ = writeln!(out, "{path}, to be written: {:?}", self.files.open(path, OpenHow::CREATE));
        }
        Status::SUCCESS
    }
}
