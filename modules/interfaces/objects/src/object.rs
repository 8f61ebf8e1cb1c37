//! What a descriptor can be open on besides files.

use core::any::Any;
use core::task::Context;
use oscomp_interfaces::ErrorNumber;

/// What `fstat` says that an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A socket (`S_IFSOCK`).
    Socket,
    /// A pipe (`S_IFIFO`).
    Pipe,
    /// None of the kinds that POSIX has.
    Other,
}

/// Which of an object's directions somebody wants to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// To read.
    pub read: bool,
    /// To write.
    pub write: bool,
}

/// What can be done without waiting, and what has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Reading does not wait (`POLLIN`).
    pub read: bool,
    /// Writing does not wait (`POLLOUT`).
    pub write: bool,
    /// The other side sends no more (`POLLRDHUP`).
    pub ended: bool,
    /// Both directions are over (`POLLHUP`).
    pub hung_up: bool,
    /// It has failed (`POLLERR`).
    pub failed: bool,
}

/// An open file description that is no file.
///
/// Errors are those that POSIX.1-2024 has for the functions of these names. An object is called from one thread at a
/// time only where its module says so.
pub trait OpenObject: Any + Send + Sync {
    /// What it is.
    fn kind(&self) -> ObjectKind;

    /// Whether one `read` or `write` is one message, so that its parts have to be handed over together.
    fn keeps_boundaries(&self) -> bool;

    /// Reads; how many bytes, 0 at the end. Unless it `waits` the error is `EAGAIN` where it would.
    ///
    /// # Errors
    /// Those of `read`.
    fn read(&self, into: &mut [u8], waits: bool) -> Result<usize, ErrorNumber>;

    /// Writes; how many bytes. If it `waits` that is all of them, unless there was an error in between.
    ///
    /// # Errors
    /// Those of `write`.
    fn write(&self, from: &[u8], waits: bool) -> Result<usize, ErrorNumber>;

    /// What can be done without waiting. Has the task of `context` woken when there may be more of what it is
    /// interested in. Errors and the end count whatever it is interested in.
    fn poll_ready(&self, interest: Interest, context: &mut Context<'_>) -> Readiness;

    /// How many bytes can be read without waiting (`FIONREAD`).
    ///
    /// # Errors
    /// `EINVAL`, `ENOTTY` where that means nothing.
    fn available(&self) -> Result<usize, ErrorNumber>;

    /// Closes it: no descriptor is open on it any more. Whoever still waits for it is woken.
    fn close(&self);
}
