//! What threads wait for each other with, over whichever module provides [`Threads`](oscomp_interfaces::Threads).
//!
//! Each type takes the threads' tag when it is made. Whoever waits does not run, whatever its priority; nobody
//! waits in interrupt context. For the tasks of an executor take the crate `embassy-sync` or `async-channel`: these
//! here would have the executor's thread wait.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod channel;
mod condvar;
mod handle;
mod local;
mod mutex;
mod semaphore;

pub use channel::{Channel, Closed};
pub use condvar::Condvar;
pub use handle::{JoinHandle, spawn};
pub use local::ThreadLocal;
pub use mutex::{Mutex, MutexGuard};
pub use semaphore::Semaphore;

use core::sync::atomic::AtomicU32;
use core::time::Duration;
use oscomp_interfaces::Threads;

/// Has the thread wait for that long.
pub fn sleep(threads: impl Threads, duration: Duration) {
    let until = threads.time() + duration;
    let nobody = AtomicU32::new(0);
    while threads.wait(&nobody, 0, Some(until)) {}
}
