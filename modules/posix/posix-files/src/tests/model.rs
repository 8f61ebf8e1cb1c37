//! The module with fakes around it.

use crate::{Input, Options, PosixFiles};
use oscomp_abi::{Bytes, Config};
use oscomp_c_errno::CErrno;
use oscomp_interfaces::Console;
use oscomp_ram_fs::RamFs;
use std::boxed::Box;
use std::sync::Mutex;
use std::vec::Vec;

#[derive(Clone, Copy)]
pub struct Settings;

impl Config<Options> for Settings {
    const OPTIONS: Options = Options { open: 64, input: Input::Console };
}

impl Config<oscomp_ram_fs::Options> for Settings {
    const OPTIONS: oscomp_ram_fs::Options =
        oscomp_ram_fs::Options { size: Bytes(1 << 20), files: 200, open: 128 };
}

/// What was written to it, and what has arrived.
#[derive(Default)]
pub struct Terminal {
    pub written: Mutex<Vec<u8>>,
    pub arrived: Mutex<Vec<u8>>,
}

impl Console for &'static Terminal {
    fn write(self, bytes: &[u8]) {
        self.written.lock().unwrap().extend_from_slice(bytes);
    }

    fn read(self, buffer: &mut [u8]) -> usize {
        let mut arrived = self.arrived.lock().unwrap();
        let count = buffer.len().min(arrived.len());
        buffer[..count].copy_from_slice(&arrived[..count]);
        arrived.drain(..count);
        count
    }
}

pub type Files = &'static RamFs<Settings>;
pub type Model<S = Settings> = &'static PosixFiles<Files, &'static Terminal, &'static CErrno, S>;

/// Files, with a console and a number of an error of its own.
pub fn model<S: Config<Options>>() -> (Model<S>, &'static Terminal, &'static CErrno) {
    let terminal = leak(Terminal::default());
    let number = leak(CErrno::start().unwrap());
    let files = leak(RamFs::start().unwrap());
    (leak(PosixFiles::start(files, terminal, number).unwrap()), terminal, number)
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
