//! What is behind an image's devices.

use super::{Behind, Kind, Network};
use crate::failure::Failure;
use oscomp_lang::plan::{Plan, PlatformDevice};
use std::path::Path;

/// What is behind the devices of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Behind its network devices.
    pub network: Network,
    /// Behind its block devices.
    pub disks: Behind,
    /// Behind its shares.
    pub shares: Behind,
}

impl Outside {
    /// A network of which nobody outside knows, and disks and shares beside the image.
    pub fn closed(plan: &Plan, image: &Path) -> Self {
        let beside = |kind| Behind::beside(kind, plan, image);
        Self { network: Network::closed(), disks: beside(Kind::Disk), shares: beside(Kind::Share) }
    }

    /// A text about a device with what is behind it filled in.
    pub fn filled(&self, text: &str, plan: &Plan, device: &PlatformDevice) -> String {
        let text = self.disks.filled(&self.network.filled(text, plan, device), plan, device);
        self.shares.filled(&text, plan, device)
    }

    /// Makes what nobody has named and is not there yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> Result<(), Failure> {
        self.disks.make()?;
        self.shares.make()
    }
}
