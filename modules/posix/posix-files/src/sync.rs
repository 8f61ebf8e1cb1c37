//! What is to be there after the power failed.

use crate::table::Kind;
use crate::{Options, PosixFiles, Result};
use core::ffi::c_int;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EINVAL, of_file_system};
use oscomp_interfaces::{Console, Errno, FileSystem};
use oscomp_macros::exports;

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    pub(crate) fn synced(&self, descriptor: c_int) -> Result<()> {
        match self.state().table.get(descriptor)?.kind {
            Kind::File(file) | Kind::Directory(file, _) => self.files.sync(file).map_err(of_file_system),
            Kind::Console | Kind::Object(_) => Err(EINVAL),
        }
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Has a file be there after the power fails.
    pub fn fsync(&self, descriptor: c_int) -> c_int {
        self.done(self.synced(descriptor))
    }

    /// The same.
    pub fn fdatasync(&self, descriptor: c_int) -> c_int {
        self.done(self.synced(descriptor))
    }

    /// The same for all that is open; who asks is not told of errors.
    pub fn sync(&self) {
        for description in self.state().table.descriptions() {
            if let Kind::File(file) | Kind::Directory(file, _) = description.kind {
                let _ = self.files.sync(file);
            }
        }
    }
}
