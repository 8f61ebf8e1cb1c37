//! Disks for images, made by the host's own tools.

use serde::Deserialize;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Bytes of a disk with a file system, besides files that are named one by one.
const SIZE: u64 = 4 << 20;

/// What a disk holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Disk {
    /// Zeroes, so many bytes.
    Blank(u64),
    /// A FAT file system with the files of a folder of the repository, changed last at the beginning of 2026.
    Fat(String),
    /// Likewise with files of the repository, in its root.
    FatFiles(Vec<String>),
    /// Likewise an ext4 file system.
    Ext4(String),
}

/// When the files were changed last: 2026-01-01 00:00 UTC, in seconds since 1970.
pub const CHANGED: u64 = 1_767_225_600;

impl Disk {
    /// Makes the disk, as a file.
    ///
    /// # Errors
    /// When that fails, or a tool is missing or fails.
    pub fn make(&self, repository: &Path, file: &Path) -> io::Result<()> {
        match self {
            Self::Blank(bytes) => File::create(file)?.set_len(*bytes),
            Self::Fat(folder) => {
                let files = files(&repository.join(folder), file)?;
                let mut entries: Vec<_> = fs::read_dir(&files)?
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<Result<_, _>>()?;
                entries.sort();
                fat(file, SIZE, &entries)
            }
            Self::FatFiles(names) => {
                let files = file.with_extension("files");
                let _ = fs::remove_dir_all(&files);
                fs::create_dir_all(&files)?;
                let entries: Vec<_> = names
                    .iter()
                    .map(|name| place(&repository.join(name), &files))
                    .collect::<Result<_, _>>()?;
                let bytes = entries
                    .iter()
                    .map(|entry| entry.metadata().map(|of| of.len()))
                    .sum::<Result<u64, _>>()?;
                fat(file, SIZE + bytes, &entries)
            }
            Self::Ext4(folder) => {
                let files = files(&repository.join(folder), file)?;
                File::create(file)?.set_len(SIZE)?;
                tool(Command::new("mke2fs").args(["-q", "-F", "-t", "ext4", "-d"]).arg(files).arg(file))
            }
        }
    }
}

/// Makes a FAT file system of so many bytes that holds these files and folders.
fn fat(file: &Path, bytes: u64, entries: &[PathBuf]) -> io::Result<()> {
    File::create(file)?.set_len(bytes)?;
    tool(Command::new("mkfs.fat").arg(file))?;
    let mut mcopy = Command::new("mcopy");
    tool(mcopy.env("TZ", "UTC").args(["-i"]).arg(file).args(["-s", "-m"]).args(entries).arg("::"))
}

/// A copy of a folder, beside what the disk will be.
fn files(folder: &Path, disk: &Path) -> io::Result<PathBuf> {
    let files = disk.with_extension("files");
    let _ = fs::remove_dir_all(&files);
    copy(folder, &files)?;
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let from = entry?.path();
        if from.is_dir() {
            copy(&from, &to.join(from.file_name().unwrap_or_default()))?;
        } else {
            place(&from, to)?;
        }
    }
    Ok(())
}

/// Copies a file into a folder; where it is there.
fn place(from: &Path, folder: &Path) -> io::Result<PathBuf> {
    let to = folder.join(from.file_name().unwrap_or_default());
    fs::copy(from, &to)?;
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(CHANGED);
    File::options().write(true).open(&to)?.set_modified(changed)?;
    Ok(to)
}

/// Runs a tool that `./setup.sh all` installs; those that make file systems are where only the superuser looks.
fn tool(command: &mut Command) -> io::Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/sbin"].map(Into::into));
    let path = std::env::join_paths(folders).map_err(io::Error::other)?;
    let output = command.env("PATH", path).output().map_err(|error| {
        io::Error::other(format!(
            "{}: {error}; `./setup.sh all` installs it",
            command.get_program().display()
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("{}: {complaint}", command.get_program().display())))
}
