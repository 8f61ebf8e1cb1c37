//! 9P: a way to a server of files.

use core::fmt;
use oscomp_macros::interface;

/// A way to a server that speaks 9P (Plan 9's manual, section 5: `intro`).
#[interface]
pub trait NinePTransport {
    /// Sends a request, whose bytes are one after the other in `request`, and waits for its reply, which goes to
    /// `reply` likewise. How many bytes came.
    ///
    /// What they are is for the caller to verify: no message at all, or one to another request. What `reply` holds
    /// behind them, or after an error, is anything. Calls may come from several threads, none is from interrupt context,
    /// and each is answered before the next is sent.
    ///
    /// # Errors
    /// See [`NinePError`]. The server may have done what it was asked.
    fn exchange(self, request: [&[u8]; 2], reply: [&mut [u8]; 2]) -> Result<usize, NinePError>;
}

/// That there is no reply: the way to the server failed, or more came than there was room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NinePError;

impl fmt::Display for NinePError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the server of files did not reply")
    }
}

impl core::error::Error for NinePError {}
