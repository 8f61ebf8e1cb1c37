//! What C's streams need.

use crate::flags::AT_FDCWD;
use crate::{Options, PosixFiles};
use oscomp_abi::Config;
use oscomp_interfaces::{Console, Descriptors, Errno, ErrorNumber, FileSystem, Whence};

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>> Descriptors
    for &PosixFiles<Files, Output, Numbers, Settings>
{
    fn open(self, path: &[u8], flags: i32, _mode: u32) -> Result<i32, ErrorNumber> {
        self.opened(AT_FDCWD, path, flags)
    }

    fn close(self, descriptor: i32) -> Result<(), ErrorNumber> {
        self.closed(descriptor)
    }

    fn read(self, descriptor: i32, into: &mut [u8]) -> Result<usize, ErrorNumber> {
        self.read_on(descriptor, into)
    }

    fn write(self, descriptor: i32, from: &[u8]) -> Result<usize, ErrorNumber> {
        self.write_on(descriptor, from)
    }

    fn seek(self, descriptor: i32, offset: i64, whence: Whence) -> Result<u64, ErrorNumber> {
        self.moved(descriptor, offset, whence)
    }

    fn is_terminal(self, descriptor: i32) -> Result<bool, ErrorNumber> {
        self.is_a_terminal(descriptor)
    }

    fn remove(self, path: &[u8]) -> Result<(), ErrorNumber> {
        self.removed_any(path)
    }

    fn rename(self, from: &[u8], to: &[u8]) -> Result<(), ErrorNumber> {
        self.renamed(from, to)
    }
}
