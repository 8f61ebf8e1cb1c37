//! What of this machine is behind an image's devices: files behind disks, folders behind shares.

use super::claimed;
use crate::failure::Failure;
use oscomp_lang::plan::{Plan, PlatformDevice};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of a disk that nobody has named. The file takes no more room than what was written to it.
const SIZE: u64 = 64 << 20;

/// A kind of devices that have something of this machine behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Block devices, which are files.
    Disk,
    /// Shares, which are folders.
    Share,
}

impl Kind {
    /// Where a device's arguments name what is behind it, in QEMU's words.
    const fn placeholder(self) -> &'static str {
        match self {
            Self::Disk => "{disk}",
            Self::Share => "{share}",
        }
    }

    /// The option of `oscomp run` that names it.
    const fn option(self) -> &'static str {
        match self {
            Self::Disk => "--disk",
            Self::Share => "--share",
        }
    }

    /// What the devices are called, and what is behind each.
    const fn words(self) -> [&'static str; 3] {
        match self {
            Self::Disk => ["block devices", "disks", "file"],
            Self::Share => ["shares", "folders", "folder"],
        }
    }

    /// The devices that a runner gives the image.
    fn devices(self, plan: &Plan) -> impl Iterator<Item = &PlatformDevice> {
        claimed(plan).filter(move |device| {
            device.arguments.iter().chain(&device.entry).any(|text| text.contains(self.placeholder()))
        })
    }

    /// The place beside the image for a device that nobody has named one for.
    fn beside(self, image: &Path, device: &PlatformDevice) -> PathBuf {
        image.with_file_name(match self {
            Self::Disk => format!("{}.img", device.name),
            Self::Share => device.name.clone(),
        })
    }

    /// That what was named can be used.
    fn verify(self, place: &Path) -> Result<(), Failure> {
        let (opened, help) = match self {
            Self::Disk => (File::open(place).map(drop), "`truncate -s 64M FILE` makes an empty one"),
            Self::Share => (fs::read_dir(place).map(drop), "`mkdir FOLDER` makes an empty one"),
        };
        opened.map_err(|error| {
            let what = match self {
                Self::Disk => "the disk",
                Self::Share => "the folder to be shared",
            };
            Failure::environment(format!("{}, {what}, cannot be opened: {error}", place.display()), help)
        })
    }

    /// Makes what is not there yet.
    fn make(self, place: &Path) -> io::Result<()> {
        match self {
            Self::Share => fs::create_dir_all(place),
            Self::Disk if place.exists() => Ok(()),
            Self::Disk => {
                // It appears whole.
                let unfinished = place.with_extension(format!("{}.new", std::process::id()));
                File::create(&unfinished)?.set_len(SIZE)?;
                fs::rename(&unfinished, place)
            }
        }
    }
}

/// What is behind the devices of one kind, in the platform's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    kind: Kind,
    places: Vec<PathBuf>,
    /// Whether somebody named them; else they are beside the image, and kept from one run to the next.
    are_named: bool,
}

impl Behind {
    /// What was named, one for each device; or, if nothing was, one for each beside the image.
    ///
    /// # Errors
    /// When there are not as many as devices, or one is not there.
    pub fn new(kind: Kind, plan: &Plan, image: &Path, named: &[PathBuf]) -> Result<Self, Failure> {
        if named.is_empty() {
            return Ok(Self::beside(kind, plan, image));
        }
        let count = kind.devices(plan).count();
        if named.len() != count {
            let [devices, several, one] = kind.words();
            return Err(Failure::environment(
                format!(
                    "{} has {count} {devices} on {}, but {} {several} were named",
                    plan.system,
                    plan.platform.name,
                    named.len()
                ),
                if count == 0 {
                    format!("leave out `{}`", kind.option())
                } else {
                    format!("name one {one} for each, in the platform's order")
                },
            ));
        }
        named.iter().try_for_each(|place| kind.verify(place))?;
        Ok(Self { kind, places: named.to_vec(), are_named: true })
    }

    /// What is beside the image.
    pub fn beside(kind: Kind, plan: &Plan, image: &Path) -> Self {
        let places = kind.devices(plan).map(|device| kind.beside(image, device)).collect();
        Self { kind, places, are_named: false }
    }

    /// A text about a device with what is behind it filled in.
    pub fn filled(&self, text: &str, plan: &Plan, device: &PlatformDevice) -> String {
        let number = self.kind.devices(plan).position(|other| other.name == device.name);
        match number.and_then(|number| self.places.get(number)) {
            // QEMU takes a comma for the end of a value unless there are two.
            Some(place) => text.replace(self.kind.placeholder(), &place.to_string_lossy().replace(',', ",,")),
            None => text.to_owned(),
        }
    }

    /// Makes what nobody has named and is not there yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> Result<(), Failure> {
        if self.are_named {
            return Ok(());
        }
        self.places.iter().try_for_each(|place| {
            self.kind.make(place).map_err(|error| {
                let [_, _, one] = self.kind.words();
                Failure::environment(
                    format!("{}, a {one} for the image, cannot be made: {error}", place.display()),
                    format!("`{} {}` gives the image another one", self.kind.option(), one.to_uppercase()),
                )
            })
        })
    }
}
