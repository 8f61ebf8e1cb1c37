//! Which ports sockets are bound to. The stacks know ports only once they listen; programs expect to hear of a clash
//! when they bind.

use crate::Result;
use crate::environment::Environment;
use crate::listener::Listener;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use oscomp_c_abi::numbers::EADDRINUSE;
use spin::Mutex;

/// The first of the ports that are given to those who do not care (RFC 6335, section 6).
const EPHEMERAL: u16 = 49_152;

/// The transport of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Stream,
    /// UDP.
    Datagram,
}

/// Versions of IP, a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions(pub u8);

impl Versions {
    /// Version 4 alone.
    pub const V4: Self = Self(1);
    /// Version 6 alone.
    pub const V6: Self = Self(2);
    /// Both.
    pub const BOTH: Self = Self(3);

    /// Whether it has one of them.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Which ports are taken.
pub struct Ports {
    state: Mutex<State>,
}

struct State {
    taken: Vec<(Transport, u16, Versions)>,
    listeners: Vec<Weak<Listener>>,
    next: u16,
}

/// A port that is taken until this is dropped.
pub struct Bound {
    ports: Arc<Ports>,
    transport: Transport,
    /// Its number.
    pub number: u16,
    /// For which versions of IP.
    pub versions: Versions,
}

impl Ports {
    /// None is taken.
    pub fn new() -> Self {
        let state = State { taken: Vec::new(), listeners: Vec::new(), next: EPHEMERAL };
        Self { state: Mutex::new(state) }
    }

    /// Takes a port, any for 0.
    ///
    /// # Errors
    /// `EADDRINUSE`.
    pub fn bind(self: &Arc<Self>, transport: Transport, number: u16, versions: Versions) -> Result<Bound> {
        let mut state = self.state.lock();
        let is_taken = |taken: &[(Transport, u16, Versions)], wanted| {
            taken.iter().any(|&(other, port, by)| other == transport && port == wanted && by.meets(versions))
        };
        let number = if number == 0 {
            let next = state.next;
            let mut all = (next..=u16::MAX).chain(EPHEMERAL..next);
            let free = all.find(|&port| !is_taken(&state.taken, port)).ok_or(EADDRINUSE)?;
            state.next = free.checked_add(1).unwrap_or(EPHEMERAL);
            free
        } else if is_taken(&state.taken, number) {
            return Err(EADDRINUSE);
        } else {
            number
        };
        state.taken.push((transport, number, versions));
        Ok(Bound { ports: self.clone(), transport, number, versions })
    }

    /// Has a port listen: with the socket for the other version of IP that does already, if there is one.
    ///
    /// # Errors
    /// Those of the stack.
    pub fn listen(&self, env: impl Environment, bound: &Bound, backlog: usize) -> Result<Arc<Listener>> {
        let mut state = self.state.lock();
        state.listeners.retain(|listener| listener.upgrade().is_some_and(|listener| listener.is_open()));
        let mut known = state.listeners.iter().filter_map(Weak::upgrade);
        let listener = match known.find(|listener| listener.number() == bound.number) {
            Some(listener) => listener,
            None => {
                let listener = Arc::new(Listener::new(env, bound.number, backlog)?);
                state.listeners.push(Arc::downgrade(&listener));
                listener
            }
        };
        listener.join(bound.versions);
        Ok(listener)
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        let mut state = self.ports.state.lock();
        let mine = (self.transport, self.number, self.versions);
        if let Some(index) = state.taken.iter().position(|taken| *taken == mine) {
            state.taken.swap_remove(index);
        }
    }
}
