//! Threads with a result.

use alloc::sync::Arc;
use core::fmt;
use oscomp_interfaces::{NewThread, SpawnError, Thread, Threads};

/// A thread that was started, and what it will return.
pub struct JoinHandle<T, R> {
    threads: T,
    thread: Thread,
    result: Arc<spin::Mutex<Option<R>>>,
}

/// Starts a thread.
///
/// # Errors
/// As [`Threads::spawn`].
pub fn spawn<T: Threads, R: Send + 'static>(
    threads: T,
    thread: NewThread,
    body: impl FnOnce() -> R + Send + 'static,
) -> Result<JoinHandle<T, R>, SpawnError> {
    let result = Arc::new(spin::Mutex::new(None));
    let place = Arc::clone(&result);
    let thread = threads.spawn(thread, move || {
        let returned = body();
        *place.lock() = Some(returned);
    })?;
    Ok(JoinHandle { threads, thread, result })
}

impl<T: Threads, R> JoinHandle<T, R> {
    /// The thread.
    pub fn thread(&self) -> Thread {
        self.thread
    }

    /// Waits until it has ended; what it returned.
    ///
    /// # Panics
    /// Never: a thread ends by returning, or with the image.
    pub fn join(self) -> R {
        self.threads.join(self.thread);
        let result = self.result.lock().take();
        result.expect("a thread that has ended has returned")
    }
}

impl<T, R> fmt::Debug for JoinHandle<T, R> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("JoinHandle").field("thread", &self.thread).finish_non_exhaustive()
    }
}
