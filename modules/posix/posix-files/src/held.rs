//! What maps files into memory needs.

use crate::table::{Description, Kind};
use crate::{Options, PosixFiles, Result, file_of};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{ENODEV, of_file_system};
use oscomp_interfaces::{Console, Errno, FileSystem, HeldFile, OpenFile, OpenFiles};

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    fn held(&self, file: HeldFile) -> Result<OpenFile> {
        file_of(self.state().table.held(file.number)?, ENODEV)
    }
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>> OpenFiles
    for &PosixFiles<Files, Output, Numbers, Settings>
{
    fn hold(self, descriptor: i32) -> Result<HeldFile> {
        let mut state = self.state();
        let table = &mut state.table;
        let description = table.get(descriptor)?;
        let Description { kind: Kind::File(_), .. } = description else { return Err(ENODEV) };
        let (readable, writable) = (description.is_readable(), description.is_writable());
        Ok(HeldFile { number: table.hold(descriptor)?, readable, writable })
    }

    fn release(self, file: HeldFile) {
        let description = self.state().table.release(file.number);
        self.close_description(description);
    }

    fn length(self, file: HeldFile) -> Result<u64> {
        self.length_of(self.held(file)?)
    }

    fn read_at(self, file: HeldFile, at: u64, into: &mut [u8]) -> Result<usize> {
        self.files.read(self.held(file)?, at, into).map_err(of_file_system)
    }

    fn write_at(self, file: HeldFile, at: u64, from: &[u8]) -> Result<usize> {
        self.files.write(self.held(file)?, at, from).map_err(of_file_system)
    }

    fn sync(self, file: HeldFile) -> Result<()> {
        self.files.sync(self.held(file)?).map_err(of_file_system)
    }
}
