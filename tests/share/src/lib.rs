//! Reads what a host has put into a folder, and changes some of it.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, FileSystem, FsError, Heap, OpenHow, Status, Text};
use oscomp_macros::module;

/// Uses a folder.
#[module(provides(App), ambient(Heap))]
pub struct Share<
    /// Where what it finds is printed.
    Output: Console,
    /// The folder.
    Files: FileSystem,
> {
    output: Output,
    files: Files,
}

/// More than one message takes.
const LARGE: usize = 1_500_000;

impl<Output: Console, Files: FileSystem> Share<Output, Files> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, files: Files) -> Result<Self, StartError> {
        Ok(Self { output, files })
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FsError> {
        let file = self.files.open(path, OpenHow::READ)?;
        let mut bytes = vec![0; self.files.stat(file)?.length as usize + 1];
        let count = self.files.read(file, 0, &mut bytes)?;
        bytes.truncate(count);
        self.files.close(file);
        Ok(bytes)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FsError> {
        let file = self.files.open(path, OpenHow { truncate: true, ..OpenHow::CREATE })?;
        let count = self.files.write(file, 0, bytes)?;
        self.files.sync(file)?;
        self.files.close(file);
        if count == bytes.len() { Ok(()) } else { Err(FsError::NoSpace) }
    }

    fn list(&self, path: &str) -> Result<(), FsError> {
        let mut found = BTreeMap::new();
        self.files.entries(path, |name, kind| {
            found.insert(String::from(name), kind);
            true
        })?;
        let _ = writeln!(Text(self.output), "{path:?}: {found:?}");
        Ok(())
    }

    /// What was removed is there for who has it open.
    fn removed(&self) -> Result<(), FsError> {
        let file = self.files.open("open", OpenHow::CREATE)?;
        self.files.write(file, 0, b"still there")?;
        self.files.remove("open")?;
        let mut bytes = [0; 20];
        let count = self.files.read(file, 0, &mut bytes)?;
        let length = self.files.stat(file)?.length;
        let text = str::from_utf8(&bytes[..count]).unwrap_or_default();
        let _ = writeln!(Text(self.output), "removed: {text}, {length} bytes");
        self.files.resize(file, 15)?;
        let _ = writeln!(Text(self.output), "longer: {} bytes", self.files.stat(file)?.length);
        self.files.close(file);
        Ok(())
    }

    fn use_it(&self) -> Result<(), FsError> {
        let mut out = Text(self.output);
        self.list("")?;
        let known = self.files.metadata("notes/hello.txt")?;
        let text = String::from_utf8(self.read("notes/hello.txt")?).unwrap_or_default();
        let seconds = known.modified.map_or(0, |modified| modified.as_secs());
        let _ = writeln!(out, "{} of {seconds}: {}", known.length, text.trim_end());

        self.write("notes/answer.txt", b"From the image.\n")?;
        let large: Vec<u8> = (0..LARGE).map(|index| (index % 251) as u8).collect();
        self.write("large", &large)?;
        let _ = writeln!(out, "large: as written: {}", self.read("large")? == large);
        self.files.remove("large")?;
        let _ = writeln!(out, "by a link: {} bytes", self.read("link")?.len());

        self.files.create_directory("made")?;
        self.files.create_directory("made/deep")?;
        self.files.rename("moved.txt", "made/moved.txt")?;
        self.files.rename("replacing.txt", "replaced.txt")?;
        self.files.remove("removed.txt")?;
        self.files.remove("empty")?;
        self.removed()?;
        let _ = writeln!(
            out,
            "{:?}",
            [
                self.files.remove("notes"),
                self.files.open("none", OpenHow::READ).map(drop),
                self.files.open("made", OpenHow::CREATE).map(drop),
                self.files.rename("made", "made/inside"),
            ]
        );
        self.list("")?;
        self.list("made")?;
        let space = self.files.space()?;
        let _ = writeln!(out, "space: {}", space.total >= space.free && space.free > 0);
        Ok(())
    }
}

impl<Output: Console, Files: FileSystem> App for &Share<Output, Files> {
    fn run(self) -> Status {
        if let Err(error) = self.use_it() {
            let _ = writeln!(Text(self.output), "{error}");
            return Status::FAILURE;
        }
        Status::SUCCESS
    }
}
