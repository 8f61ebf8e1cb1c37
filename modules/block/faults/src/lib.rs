//! A disk that fails as disks do, in front of another one: for tests of what has to survive that.
//!
//! What is written lies here until it is flushed, as in the cache of a disk, and reaches the disk behind in an order
//! of its own. When the power fails, after as many writes as an option says, some of what lies here has reached the
//! disk, some has not, and one block may be written in part; from then on the disk fails all it is asked.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod dice;
mod disk;

use core::marker::PhantomData;
use disk::{Chances, Disk};
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{BlockDevice, Geometry, Heap, Transfer};
use oscomp_macros::{Options, module};
use spin::Mutex;

/// A disk with faults.
#[module(provides(BlockDevice), ambient(Heap))]
pub struct Faults<
    /// The disk behind it, without.
    Behind: BlockDevice,
    Settings: Config<Options>,
> {
    disk: Mutex<Disk>,
    behind: Behind,
    settings: PhantomData<Settings>,
}

/// Which faults, and how often. Without any it holds back what is written until it is flushed, and changes the order.
#[derive(Options)]
pub struct Options {
    /// What the faults depend on: the same number and the same requests make the same faults.
    #[option(default = 1, range = 0..=4294967295)]
    pub seed: u32,
    /// Of 1000 reads, how many fail.
    #[option(default = 0, range = 0..=1000)]
    pub read_errors: u16,
    /// Of 1000 writes, how many fail; some of their blocks are written.
    #[option(default = 0, range = 0..=1000)]
    pub write_errors: u16,
    /// Of 1000 flushes, how many fail; what was written since the last one may be lost when the power fails.
    #[option(default = 0, range = 0..=1000)]
    pub flush_errors: u16,
    /// Of 1000 flushes, how many succeed without doing anything: such a disk lies, and nothing can survive that.
    #[option(default = 0, range = 0..=1000)]
    pub lost_flushes: u16,
    /// After how many written blocks the power fails; never if left out.
    pub power_fails_after: Option<u32>,
    /// Whether a block may be written in part when the power fails.
    #[option(default = false)]
    pub torn_writes: bool,
    /// Whether the disk behind says what `seed` and `power-fails-after` are, so that one image can fail in many ways.
    /// Its last block has both, each in 4 bytes, the lowest first, and 0 if the power never fails; that block is hidden.
    #[option(default = false)]
    pub told_by_disk: bool,
}

impl<Behind: BlockDevice, Settings: Config<Options>> Faults<Behind, Settings> {
    /// Goes before the disk.
    ///
    /// # Errors
    /// When the disk behind is to say what happens, and cannot be read.
    pub fn start(behind: Behind) -> Result<Self, StartError> {
        let Options {
            seed,
            read_errors,
            write_errors,
            flush_errors,
            lost_flushes,
            power_fails_after,
            torn_writes,
            told_by_disk,
        } = Settings::OPTIONS;
        let chances = Chances { read_errors, write_errors, flush_errors, lost_flushes, torn_writes };
        let disk = if told_by_disk {
            Disk::told_by(behind, chances)
                .map_err(|_| StartError::new("the disk does not say when the power fails"))?
        } else {
            Disk::new(seed, chances, power_fails_after)
        };
        Ok(Self { disk: Mutex::new(disk), behind, settings: PhantomData })
    }
}

impl<Behind: BlockDevice, Settings: Config<Options>> BlockDevice for &Faults<Behind, Settings> {
    fn geometry(self) -> Geometry {
        self.disk.lock().geometry(self.behind)
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        let mut disk = self.disk.lock();
        for Transfer { request, result } in transfers {
            *result = disk.carry_out(self.behind, request);
        }
    }
}
