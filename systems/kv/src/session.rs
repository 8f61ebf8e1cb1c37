//! One client's connection.

use crate::command::{self, Client, Surroundings};
use crate::reply::Reply;
use crate::request::{Malformed, Reader};
use crate::store::Store;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use oscomp_interfaces::{Heap, Timers};
use oscomp_sessions::{Output, Session};
use spin::Mutex;

/// What all clients share.
pub struct Shared {
    /// The keys.
    pub store: Mutex<Store>,
    /// Clients that are connected.
    pub clients: AtomicUsize,
    /// Clients that have ever been.
    pub numbers: AtomicU64,
    /// Bytes that keys and values may take; 0 for any number.
    pub memory: usize,
    /// Bytes that one command may have.
    pub command: usize,
    /// The TCP port.
    pub port: u16,
}

/// Bytes of answers that may wait to be sent before another command is done.
const WAITING: usize = 64 * 1024;
/// Bytes of a command that are waited for together, unless it says that there are more.
const LITTLE: usize = 64;
/// Room for answers or for a command that a client may keep while it has no use for it.
const KEPT: usize = 16 * 1024;

/// The server's end of a connection.
pub struct Kv<C, M> {
    shared: &'static Shared,
    timers: C,
    heap: M,
    client: Client,
    reader: Reader,
    /// A command that has not arrived whole.
    partial: Vec<u8>,
    output: Output,
    ended: bool,
}

impl<C: Timers, M: Heap> Kv<C, M> {
    /// A client that has said nothing.
    pub fn new(shared: &'static Shared, timers: C, heap: M) -> Self {
        shared.clients.fetch_add(1, Ordering::Relaxed);
        let number = shared.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        Self {
            shared,
            timers,
            heap,
            client: Client { number, ..Client::default() },
            reader: Reader::default(),
            partial: Vec::new(),
            output: Output::default(),
            ended: false,
        }
    }

    /// Does the command that `bytes` begin with; how many bytes it has, if it is whole.
    fn command(&mut self, bytes: &[u8], store: &mut Store, around: &Surroundings) -> Option<usize> {
        let length = match self.reader.read(bytes, self.shared.command) {
            Ok(Some(length)) => length,
            Ok(None) if bytes.len() <= self.shared.command => return None,
            Ok(None) => {
                self.refuse(Malformed::Text("too big command"));
                return Some(bytes.len());
            }
            Err(malformed) => {
                self.refuse(malformed);
                return Some(bytes.len());
            }
        };
        let arguments = self.reader.arguments(bytes);
        if arguments.len() > 0 {
            command::call(arguments, store, &mut self.client, around, &mut self.output.bytes);
            self.ended = self.client.quits;
        }
        self.reader.next();
        Some(length)
    }

    #[cold]
    fn refuse(&mut self, malformed: Malformed) {
        let mut reply = Reply::new(&mut self.output.bytes, self.client.is_new);
        match malformed {
            Malformed::Text(text) => reply.error(&[b"ERR Protocol error: ", text.as_bytes()]),
            Malformed::NoBulk(byte) => {
                reply.error(&[b"ERR Protocol error: expected '$', got '", &[byte], b"'"]);
            }
        }
        self.ended = true;
    }

    /// Adds to a command that was not whole, and does it if it is now; how many bytes of these it needed.
    fn go_on(&mut self, bytes: &[u8], store: &mut Store, around: &Surroundings) -> usize {
        let mut partial = core::mem::take(&mut self.partial);
        let mut taken = 0;
        while taken < bytes.len() {
            let before = partial.len();
            let missing = self.reader.missing(&partial).max(LITTLE);
            let added = &bytes[taken..][..missing.min(bytes.len() - taken)];
            if partial.try_reserve(added.len()).is_err() {
                Reply::new(&mut self.output.bytes, self.client.is_new)
                    .error(&[b"OOM the command is too big for what is left"]);
                self.ended = true;
                return bytes.len();
            }
            partial.extend_from_slice(added);
            if let Some(length) = self.command(&partial, store, around) {
                if partial.capacity() <= KEPT {
                    partial.clear();
                    self.partial = partial;
                }
                return taken + length.saturating_sub(before);
            }
            taken += added.len();
        }
        self.partial = partial;
        taken
    }
}

impl<C: Timers + 'static, M: Heap + 'static> Session for Kv<C, M> {
    fn receive(&mut self, bytes: &[u8]) -> usize {
        let shared = self.shared;
        let around = Surroundings {
            now: u64::try_from(self.timers.time().as_millis()).unwrap_or(u64::MAX - 1),
            clients: shared.clients.load(Ordering::Relaxed),
            memory: shared.memory,
            heap: self.heap.usage(),
            port: shared.port,
        };
        let mut store = shared.store.lock();
        let mut rest = bytes;
        while !rest.is_empty() && !self.ended && self.output.bytes.len() < WAITING {
            let taken = if !self.partial.is_empty() {
                self.go_on(rest, &mut store, &around)
            } else if let Some(length) = self.command(rest, &mut store, &around) {
                length
            } else {
                self.partial.extend_from_slice(rest);
                rest.len()
            };
            rest = &rest[taken..];
        }
        if self.ended { bytes.len() } else { bytes.len() - rest.len() }
    }

    fn has_output(&self) -> bool {
        !self.output.bytes.is_empty()
    }

    fn send(&mut self, room: &mut [u8]) -> usize {
        self.output.send(room, KEPT)
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}

impl<C, M> Drop for Kv<C, M> {
    fn drop(&mut self) {
        self.shared.clients.fetch_sub(1, Ordering::Relaxed);
    }
}
