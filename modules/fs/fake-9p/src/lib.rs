//! For tests on the host: a server of 9P2000.L whose files are in memory, which is as strict as any, and whose replies
//! can be changed on their way.
#![forbid(unsafe_code)]

mod numbers;
mod server;
mod tree;
mod wire;

pub use server::{Knows, Manner, Server};
pub use tree::{Node, Tree};

use oscomp_interfaces::{NinePError, NinePTransport};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is done to a reply on its way.
type Change = Box<dyn FnMut(&[u8], &mut Vec<u8>) + Send>;

/// A way to a server.
pub struct Wire {
    server: Mutex<Server>,
    change: Mutex<Change>,
}

impl Wire {
    /// To that server.
    #[must_use]
    pub fn new(server: Server) -> Self {
        Self::changing(server, |_, _| {})
    }

    /// To that server; `change` is given each request, and its reply, which it may change.
    pub fn changing(server: Server, change: impl FnMut(&[u8], &mut Vec<u8>) + Send + 'static) -> Self {
        Self { server: Mutex::new(server), change: Mutex::new(Box::new(change)) }
    }

    /// The server, to look at it or to change its files.
    pub fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NinePTransport for &Wire {
    fn exchange(self, request: [&[u8]; 2], reply: [&mut [u8]; 2]) -> Result<usize, NinePError> {
        let request = request.concat();
        let mut bytes = self.server().answer(&request);
        self.change.lock().unwrap_or_else(PoisonError::into_inner)(&request, &mut bytes);
        let [head, rest] = reply;
        let (first, second) = bytes.split_at(bytes.len().min(head.len()));
        head[..first.len()].copy_from_slice(first);
        rest.get_mut(..second.len()).ok_or(NinePError)?.copy_from_slice(second);
        Ok(bytes.len())
    }
}
