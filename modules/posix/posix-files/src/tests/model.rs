//! The module with fakes around it.

use crate::{Input, Options, PosixFiles};
use core::sync::atomic::{AtomicI32, Ordering};
use oscomp_abi::{Bytes, Config};
use oscomp_interfaces::{Console, Errno};
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

#[derive(Default)]
pub struct Number(AtomicI32);

impl Errno for &'static Number {
    fn cell(self) -> &'static AtomicI32 {
        &self.0
    }
}

impl Number {
    pub fn get(&self) -> i32 {
        self.0.load(Ordering::Relaxed)
    }
}

pub type Files = &'static RamFs<Settings>;
pub type Model<S = Settings> = &'static PosixFiles<Files, &'static Terminal, &'static Number, S>;

/// Files, with a console and a number of an error of its own.
pub fn model<S: Config<Options>>() -> (Model<S>, &'static Terminal, &'static Number) {
    let terminal = leak(Terminal::default());
    let number = leak(Number::default());
    let files = leak(RamFs::start().unwrap());
    (leak(PosixFiles::start(files, terminal, number).unwrap()), terminal, number)
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
