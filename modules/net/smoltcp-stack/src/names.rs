//! Names of hosts, by DNS (RFC 1035): which are asked for, and whom.

use crate::slots::Slots;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};
use core::task::{Context, Poll};
use oscomp_interfaces::NetError;
use smoltcp::iface;
use smoltcp::socket::dns::{GetQueryResultError, QueryHandle, Socket, StartQueryError};
use smoltcp::wire::{DnsQueryType, IpAddress};

/// Names that can be asked for at one time.
const MOST: u16 = 32;

/// The names that are asked for, in a socket that is there while there are some.
pub struct Names {
    socket: Option<u32>,
    /// Without a handle once it has been told.
    queries: Slots<Option<QueryHandle>>,
    /// Who is asked: as was set, else as DHCP has told.
    server: Option<Ipv4Addr>,
    told: Vec<Ipv4Addr>,
}

impl Default for Names {
    fn default() -> Self {
        Self { socket: None, queries: Slots::new(MOST), server: None, told: Vec::new() }
    }
}

impl Names {
    /// The socket of all queries, if there are some.
    pub fn socket(&self) -> Option<u32> {
        self.socket
    }

    pub fn set_socket(&mut self, socket: Option<u32>) {
        self.socket = socket;
    }

    /// Whether nothing is asked for.
    pub fn is_idle(&self) -> bool {
        self.queries.around(0).next().is_none()
    }

    pub fn set_server(&mut self, server: Option<Ipv4Addr>) {
        self.server = server;
    }

    /// What DHCP has told.
    pub fn set_told(&mut self, servers: &[Ipv4Addr]) {
        self.told = servers.to_vec();
    }

    /// Who is asked.
    pub fn servers(&self) -> Vec<IpAddress> {
        match self.server {
            Some(server) => [server.into()].into(),
            None => self.told.iter().map(|server| (*server).into()).collect(),
        }
    }

    pub fn ask(
        &mut self,
        socket: &mut Socket<'static>,
        context: &mut iface::Context,
        servers: &[IpAddress],
        name: &str,
    ) -> Result<u32, NetError> {
        if !self.queries.has_room() {
            return Err(NetError::NoSockets);
        }
        socket.update_servers(servers);
        let query = socket.start_query(context, name, DnsQueryType::A).map_err(|error| match error {
            StartQueryError::NoFreeSlot => NetError::NoSockets,
            StartQueryError::InvalidName | StartQueryError::NameTooLong => NetError::NoSuchName,
        })?;
        Ok(self.queries.add(Some(query)))
    }

    pub fn poll_told<R>(
        &mut self,
        socket: &mut Socket<'static>,
        query: u32,
        context: &Context<'_>,
        take: impl FnOnce(&[IpAddr]) -> R,
    ) -> Poll<Result<R, NetError>> {
        let Some(place) = self.queries.get(query) else { return Poll::Ready(Err(NetError::NotOpen)) };
        let Some(handle) = *place else { return Poll::Ready(Err(NetError::NotOpen)) };
        let told = match socket.get_query_result(handle) {
            Err(GetQueryResultError::Pending) => {
                socket.register_query_waker(handle, context.waker());
                return Poll::Pending;
            }
            Ok(addresses) if !addresses.is_empty() => {
                let addresses: Vec<IpAddr> = addresses.iter().map(|address| (*address).into()).collect();
                Ok(take(&addresses))
            }
            _ => Err(NetError::NoSuchName),
        };
        // Its place in the socket is free again.
        *place = None;
        Poll::Ready(told)
    }

    pub fn release(&mut self, socket: &mut Socket<'static>, query: u32) {
        if let Some(Some(handle)) = self.queries.remove(query) {
            socket.cancel_query(handle);
        }
    }
}
