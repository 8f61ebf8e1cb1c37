//! A cache in front of a disk: blocks that were read or written a while ago are in memory.
//!
//! Who reads one after the other is read ahead of. What is written lies here until somebody flushes, until half of the
//! cache is such, or until the image stops, and goes to the disk in the order of the disk, many blocks at once. That is
//! what [`BlockDevice`] allows a disk: who has to know that something is there after the power failed, flushes. After a
//! panic what was not flushed is lost, as it is when the power fails.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod cache;
mod lines;
#[cfg(test)]
mod tests;

use cache::Cache;
use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{BlockDevice, Geometry, Heap, Transfer};
use oscomp_macros::{Options, module};
use spin::Mutex;

/// A disk, faster.
#[module(provides(BlockDevice), ambient(Heap), stop)]
pub struct BlockCache<
    /// The disk behind it.
    Behind: BlockDevice,
    Settings: Config<Options>,
> {
    cache: Mutex<Cache>,
    behind: Behind,
    settings: PhantomData<Settings>,
}

/// How large it is.
#[derive(Options)]
pub struct Options {
    /// Memory of the heap for blocks. Requests for more than a quarter of it go to the disk at once.
    #[option(default = "1MiB", range = "64KiB"..="1GiB")]
    pub size: Bytes,
}

impl<Behind: BlockDevice, Settings: Config<Options>> BlockCache<Behind, Settings> {
    /// Takes the memory.
    ///
    /// # Errors
    /// When the heap has not so much.
    pub fn start(behind: Behind) -> Result<Self, StartError> {
        let cache = Cache::new(behind.geometry(), Settings::OPTIONS.size.get())
            .ok_or(StartError::new("the heap has no room for the cache"))?;
        Ok(Self { cache: Mutex::new(cache), behind, settings: PhantomData })
    }

    /// Has what was written reach the disk. If that fails, it is lost: nobody is left to be told.
    pub fn stop(&self) {
        let _ = self.cache.lock().flush(self.behind);
    }
}

impl<Behind: BlockDevice, Settings: Config<Options>> BlockDevice for &BlockCache<Behind, Settings> {
    fn geometry(self) -> Geometry {
        self.behind.geometry()
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        let mut cache = self.cache.lock();
        for Transfer { request, result } in transfers {
            *result = cache.carry_out(self.behind, request);
        }
    }
}
