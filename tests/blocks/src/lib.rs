//! Writes all over a disk, many requests at a time, and reads back what is there. What it finds from the run before
//! it says first.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;
use oscomp_abi::StartError;
use oscomp_interfaces::{
    App, BlockDevice, BlockError, Console, Heap, Request, Status, Text, Transfer, discard_blocks,
    flush_blocks, read_blocks, write_blocks,
};
use oscomp_macros::module;

/// Writes and reads.
#[module(provides(App), ambient(Heap))]
pub struct Blocks<
    /// Where the report goes.
    Output: Console,
    /// What is written.
    Disk: BlockDevice,
> {
    output: Output,
    disk: Disk,
}

/// What the first bytes say when all was written.
const MARK: [u8; 8] = *b"written!";
/// Requests at a time, more than a device takes.
const AT_ONCE: u64 = 40;

impl<Output: Console, Disk: BlockDevice> Blocks<Output, Disk> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, disk: Disk) -> Result<Self, StartError> {
        Ok(Self { output, disk })
    }

    /// What is written to a block.
    fn pattern(number: u64, bytes: &mut [u8]) {
        let mut value = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for byte in bytes {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (value >> 56) as u8;
        }
    }

    /// So many places, all over the disk but for its first block, each of up to 7 blocks.
    fn places(&self, count: u64) -> impl Iterator<Item = (u64, usize)> {
        let blocks = self.disk.geometry().blocks;
        let apart = (blocks - 8) / count;
        (0..count).map(move |number| (1 + number * apart, 1 + (number % 7) as usize))
    }

    fn write(&self) -> Result<(), BlockError> {
        let block = self.disk.geometry().block;
        let buffers: Vec<(u64, Vec<u8>)> = self
            .places(AT_ONCE)
            .map(|(first, count)| {
                // Aligned as it comes.
                let mut bytes = vec![0; count * block + 3];
                Self::pattern(first, &mut bytes[3..]);
                (first, bytes)
            })
            .collect();
        let requests =
            buffers.iter().map(|(first, bytes)| Request::Write { first: *first, from: &bytes[3..] });
        self.all(requests.map(Transfer::new).collect())?;
        flush_blocks(self.disk)
    }

    fn all(&self, mut transfers: Vec<Transfer<'_>>) -> Result<(), BlockError> {
        self.disk.run(&mut transfers);
        transfers.into_iter().try_for_each(|transfer| transfer.result)
    }

    /// How many blocks hold something else.
    fn wrong(&self) -> Result<usize, BlockError> {
        let block = self.disk.geometry().block;
        let places = self.places(AT_ONCE);
        let mut buffers: Vec<(u64, Vec<u8>)> =
            places.map(|(first, count)| (first, vec![0xee; count * block + 1])).collect();
        let requests =
            buffers.iter_mut().map(|(first, bytes)| Request::Read { first: *first, into: &mut bytes[1..] });
        self.all(requests.map(Transfer::new).collect())?;
        let is_wrong = |(first, bytes): &&(u64, Vec<u8>)| {
            let mut expected = vec![0; bytes.len() - 1];
            Self::pattern(*first, &mut expected);
            bytes[1..] != expected
        };
        Ok(buffers.iter().filter(is_wrong).count())
    }

    fn test(&self, out: &mut Text<Output>) -> Result<(), BlockError> {
        let geometry = self.disk.geometry();
        let mut first = vec![0; geometry.block];
        read_blocks(self.disk, 0, &mut first)?;
        let there = first.starts_with(&MARK);
        let _ = writeln!(out, "{} bytes of a block, written before: {there}", geometry.block);
        if there {
            let _ = writeln!(out, "{} wrong from before", self.wrong()?);
        }
        self.write()?;
        let _ = writeln!(out, "{} of {AT_ONCE} wrong", self.wrong()?);
        first[..MARK.len()].copy_from_slice(&MARK);
        write_blocks(self.disk, 0, &first)?;
        flush_blocks(self.disk)?;
        let last = geometry.blocks - 1;
        let mut two = vec![0; 2 * geometry.block];
        let beyond = [read_blocks(self.disk, last, &mut two), write_blocks(self.disk, u64::MAX, &two)];
        let _ = writeln!(out, "beyond the end: {beyond:?}");
        let _ = writeln!(out, "discarded: {:?}", discard_blocks(self.disk, last - 64, 60));
        Ok(())
    }
}

impl<Output: Console, Disk: BlockDevice> App for &Blocks<Output, Disk> {
    fn run(self) -> Status {
        let mut out = Text(self.output);
        match self.test(&mut out) {
            Ok(()) => Status::SUCCESS,
            Err(error) => {
                let _ = writeln!(out, "failed: {error}");
                Status::FAILURE
            }
        }
    }
}
