//! A disk in memory: fast, and empty again after each start.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{BlockDevice, BlockError, Geometry, Heap, Request, Transfer};
use oscomp_macros::{Options, module};
use spin::Mutex;

/// Memory of the heap, in blocks.
#[module(provides(BlockDevice), ambient(Heap))]
pub struct RamDisk<Settings: Config<Options>> {
    bytes: Mutex<Vec<u8>>,
    settings: PhantomData<Settings>,
}

/// How large it is.
#[derive(Options)]
pub struct Options {
    /// What it holds, in whole blocks.
    #[option(default = "1MiB", range = "4KiB"..="1GiB")]
    pub size: Bytes,
    /// A block.
    #[option(default = "512B", range = "512B"..="4KiB")]
    pub block: Bytes,
}

impl<Settings: Config<Options>> RamDisk<Settings> {
    /// Takes the memory, all zero.
    ///
    /// # Errors
    /// When the heap has not so much, or a block is no power of two.
    pub fn start() -> Result<Self, StartError> {
        let Options { size, block } = Settings::OPTIONS;
        if !block.get().is_power_of_two() {
            return Err(StartError::new("a block is a power of two"));
        }
        let size = size.get() / block.get() * block.get();
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(size).is_err() {
            return Err(StartError::new("the heap has no room for the disk"));
        }
        bytes.resize(size, 0);
        Ok(Self { bytes: Mutex::new(bytes), settings: PhantomData })
    }
}

impl<Settings: Config<Options>> BlockDevice for &RamDisk<Settings> {
    fn geometry(self) -> Geometry {
        let block = Settings::OPTIONS.block.get();
        let blocks = (Settings::OPTIONS.size.get() / block) as u64;
        Geometry { block, blocks, is_read_only: false }
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        let geometry = self.geometry();
        for Transfer { request, result } in transfers {
            *result = self.carry_out(geometry, request);
        }
    }
}

impl<Settings: Config<Options>> RamDisk<Settings> {
    fn carry_out(&self, geometry: Geometry, request: &mut Request<'_>) -> Result<(), BlockError> {
        let place = |first: u64, length: usize| {
            let is_held = geometry.holds(first, length);
            let start = first.wrapping_mul(geometry.block as u64) as usize;
            if is_held { Ok(start..start + length) } else { Err(BlockError::OutOfRange) }
        };
        match request {
            Request::Read { first, into } => {
                into.copy_from_slice(&self.bytes.lock()[place(*first, into.len())?]);
            }
            Request::Write { first, from } => {
                self.bytes.lock()[place(*first, from.len())?].copy_from_slice(from);
            }
            Request::Discard { first, count } => {
                let length = usize::try_from(*count).ok().and_then(|count| count.checked_mul(geometry.block));
                self.bytes.lock()[place(*first, length.ok_or(BlockError::OutOfRange)?)?].fill(0);
            }
            Request::Flush => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Small;

    impl Config<Options> for Small {
        const OPTIONS: Options = Options { size: Bytes(16 << 10), block: Bytes(1024) };
    }

    #[test]
    fn it_is_a_block_device() {
        let disk = RamDisk::<Small>::start().unwrap();
        oscomp_block_conformance::verify(&disk);
    }
}
