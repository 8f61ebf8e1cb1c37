//! The files of a folder as one file: cpio in its "new ASCII" format, the same bytes for the same files.

use super::files::{unreadable, write_changed};
use crate::failure::Failure;
use std::fs;
use std::path::Path;

/// How deep folders may lie in folders.
const DEPTH: usize = 64;

/// Writes the files of a folder into an archive. It is left alone if it would not change.
pub fn pack(folder: &Path, archive: &Path) -> Result<(), Failure> {
    let mut packer = Packer { bytes: Vec::new(), files: 0 };
    packer.folder(folder, "", DEPTH)?;
    packer.entry(TRAILER, 0, &[]);
    write_changed(archive, &packer.bytes).map(|_| ())
}

/// The name that ends an archive.
const TRAILER: &str = "TRAILER!!!";

/// A regular file that its owner can write and everybody read.
const MODE: u32 = 0o100_644;

struct Packer {
    bytes: Vec<u8>,
    files: u32,
}

impl Packer {
    /// Adds what is in a folder, in the order of the names.
    fn folder(&mut self, folder: &Path, name: &str, depth: usize) -> Result<(), Failure> {
        if depth == 0 {
            return Err(unfit(folder, "lies too deep", "check for links that lead in circles"));
        }
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries: Vec<_> = entries
            .map_err(|error| unreadable(folder, &error))?
            .into_iter()
            .map(|entry| (entry.file_name(), entry.path()))
            .collect();
        entries.sort();
        for (own, path) in entries {
            let own =
                own.to_str().ok_or_else(|| unfit(&path, "has a name that is not UTF-8", "rename it"))?;
            let full = if name.is_empty() { own.to_owned() } else { format!("{name}/{own}") };
            // What a link leads to counts.
            let metadata = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
            if metadata.is_dir() {
                self.folder(&path, &full, depth - 1)?;
            } else if metadata.is_file() {
                let contents = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
                if u32::try_from(contents.len()).is_err() {
                    return Err(unfit(&path, "has 4 GiB or more", "leave it out of the folder"));
                }
                self.files += 1;
                self.entry(&full, MODE, &contents);
            } else {
                return Err(unfit(&path, "is neither a file nor a folder", "remove it from the folder"));
            }
        }
        Ok(())
    }

    fn entry(&mut self, name: &str, mode: u32, contents: &[u8]) {
        let number = if mode == 0 { 0 } else { self.files };
        // Number, mode, owner, group, links, time, size, four device numbers, length of the name, checksum.
        let length = |bytes: usize| u32::try_from(bytes).expect("what an archive takes");
        let size = length(contents.len());
        let fields = [number, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, length(name.len() + 1), 0];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.align();
        self.bytes.extend_from_slice(contents);
        self.align();
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

fn unfit(path: &Path, why: &str, help: &str) -> Failure {
    Failure::refused(format!("{} cannot be put into the image: it {why}", path.display()), help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    fn packed(folder: &Path) -> Vec<u8> {
        let archive = tempfile::tempdir().unwrap();
        let archive = archive.path().join("it.cpio");
        pack(folder, &archive).unwrap();
        fs::read(archive).unwrap()
    }

    fn site() -> tempfile::TempDir {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir_all(site.path().join("b/empty")).unwrap();
        fs::write(site.path().join("b/c.txt"), "three").unwrap();
        fs::write(site.path().join("a"), "").unwrap();
        site
    }

    #[test]
    fn the_same_files_make_the_same_bytes() {
        let (one, two) = (site(), site());
        let bytes = packed(one.path());
        assert_eq!(bytes, packed(two.path()));
        assert_eq!(bytes.len() % 4, 0);
        fs::write(two.path().join("a"), "x").unwrap();
        assert_ne!(bytes, packed(two.path()));
    }

    /// What an archive holds, by the tool that the format is from, if the machine has it.
    #[test]
    fn cpio_reads_it() {
        let site = site();
        let mut command = Command::new("cpio");
        command.args(["-t", "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut listing = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                eprintln!("not compared with cpio: {error}");
                return;
            }
        };
        listing.stdin.take().unwrap().write_all(&packed(site.path())).unwrap();
        assert_eq!(listing.wait_with_output().unwrap().stdout, b"a\nb/c.txt\n");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let site = site();
        std::os::unix::fs::symlink("nowhere", site.path().join("link")).unwrap();
        let archive = tempfile::tempdir().unwrap();
        assert!(pack(site.path(), &archive.path().join("it.cpio")).is_err());
        fs::remove_file(site.path().join("link")).unwrap();
        std::os::unix::fs::symlink(".", site.path().join("link")).unwrap();
        assert!(pack(site.path(), &archive.path().join("it.cpio")).is_err());
    }
}
