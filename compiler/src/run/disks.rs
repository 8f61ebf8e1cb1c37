//! What is behind an image's block devices: files of this machine.

use super::claimed;
use crate::failure::Failure;
use oscomp_lang::plan::{Plan, PlatformDevice};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Where a device's arguments name the file behind it, in QEMU's words.
const PLACEHOLDER: &str = "{disk}";

/// Bytes of a disk that nobody has named. The file takes no more room than what was written to it.
const SIZE: u64 = 64 << 20;

/// The files behind the block devices of an image, in the platform's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disks {
    /// Files that were named.
    Named(Vec<PathBuf>),
    /// Files beside the image, kept from one run to the next.
    Beside(Vec<PathBuf>),
}

impl Disks {
    /// The files that were named, one for each device; or, if none were, one for each beside the image.
    ///
    /// # Errors
    /// When there are not as many as devices, or one is not there.
    pub fn new(plan: &Plan, image: &Path, named: &[PathBuf]) -> Result<Self, Failure> {
        if named.is_empty() {
            return Ok(Self::beside(plan, image));
        }
        let count = devices(plan).count();
        if named.len() != count {
            return Err(Failure::environment(
                format!(
                    "{} has {count} block devices on {}, but {} disks were named",
                    plan.system,
                    plan.platform.name,
                    named.len()
                ),
                if count == 0 {
                    "leave out `--disk`"
                } else {
                    "name one file for each, in the platform's order"
                },
            ));
        }
        for file in named {
            if let Err(error) = File::open(file) {
                return Err(Failure::environment(
                    format!("{}, the disk, cannot be opened: {error}", file.display()),
                    "`truncate -s 64M FILE` makes an empty one",
                ));
            }
        }
        Ok(Self::Named(named.to_vec()))
    }

    /// The files beside the image.
    pub fn beside(plan: &Plan, image: &Path) -> Self {
        Self::Beside(
            devices(plan).map(|device| image.with_file_name(format!("{}.img", device.name))).collect(),
        )
    }

    fn files(&self) -> &[PathBuf] {
        let (Self::Named(files) | Self::Beside(files)) = self;
        files
    }

    /// A text about a device with the file behind it filled in.
    pub fn filled(&self, text: &str, plan: &Plan, device: &PlatformDevice) -> String {
        let number = devices(plan).position(|other| other.name == device.name);
        let file = number.and_then(|number| self.files().get(number));
        match file {
            // QEMU takes a comma for the end of a value unless there are two.
            Some(file) => text.replace(PLACEHOLDER, &file.to_string_lossy().replace(',', ",,")),
            None => text.to_owned(),
        }
    }

    /// Makes the files that nobody has named and that are not there yet.
    ///
    /// # Errors
    /// When one cannot be made.
    pub fn make(&self) -> Result<(), Failure> {
        let Self::Beside(files) = self else { return Ok(()) };
        for file in files {
            make(file).map_err(|error| {
                Failure::environment(
                    format!("{}, a disk for the image, cannot be made: {error}", file.display()),
                    "`--disk FILE` gives the image another one",
                )
            })?;
        }
        Ok(())
    }
}

fn make(file: &Path) -> io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    // It appears whole.
    let unfinished = file.with_extension(format!("{}.new", std::process::id()));
    File::create(&unfinished)?.set_len(SIZE)?;
    fs::rename(&unfinished, file)
}

/// The block devices that a runner gives the image.
fn devices(plan: &Plan) -> impl Iterator<Item = &PlatformDevice> {
    claimed(plan)
        .filter(|device| device.arguments.iter().chain(&device.entry).any(|text| text.contains(PLACEHOLDER)))
}
