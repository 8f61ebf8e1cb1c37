//! What is behind an image's devices.

use super::{Disks, Network};
use oscomp_lang::plan::{Plan, PlatformDevice};
use std::path::Path;

/// What is behind the devices of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Behind its network devices.
    pub network: Network,
    /// Behind its block devices.
    pub disks: Disks,
}

impl Outside {
    /// A network of which nobody outside knows, and disks beside the image.
    pub fn closed(plan: &Plan, image: &Path) -> Self {
        Self { network: Network::closed(), disks: Disks::beside(plan, image) }
    }

    /// A text about a device with what is behind it filled in.
    pub fn filled(&self, text: &str, plan: &Plan, device: &PlatformDevice) -> String {
        self.disks.filled(&self.network.filled(text, plan, device), plan, device)
    }
}
