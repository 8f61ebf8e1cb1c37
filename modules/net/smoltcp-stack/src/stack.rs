//! The state of the stack: sockets, each in a set of its own, so that a frame costs the same however many
//! there are.
//!
//! smoltcp looks at every socket of the set that it is given; it is given the one that the frame belongs to,
//! or none. Likewise only those are asked for something to send to which something has happened.

use crate::arrival::{Early, announce};
use crate::flow::{Flow, Owner};
use crate::link::Link;
use crate::slots::Slots;
use alloc::boxed::Box;
use alloc::collections::{BinaryHeap, VecDeque};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::task::{Context, Poll, Waker};
use hashbrown::HashTable;
use oscomp_abi::Ipv4Cidr;
use oscomp_interfaces::{Ethernet, NetError};
use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
#[cfg(feature = "dns")]
use smoltcp::socket::dns;
use smoltcp::socket::{AnySocket, dhcpv4, tcp, udp};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, IpEndpoint, IpVersion};

/// Frames that are looked at in one turn.
const FRAMES: usize = 64;
/// Segments that one socket may send in one turn.
const BURST: usize = 16;
/// Moments for which there is room before old ones are looked for.
const LEAST_MOMENTS: usize = 64;
/// How long a peer may leave what it was sent unacknowledged.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection that was given back may take to end.
const FAREWELL: Duration = Duration::from_secs(60);
/// When a socket is asked again that has something to send and did not.
const AGAIN: Duration = Duration::from_millis(10);
/// The port of DHCP's clients.
const DHCP: u16 = 68;
/// The first of the ports from which connections are opened.
const EPHEMERAL: u16 = 49_152;

/// How large things are.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Sockets at the most.
    pub sockets: u16,
    /// Bytes that a socket keeps until they are read.
    pub receive: usize,
    /// Bytes that a socket keeps until they are sent, and for TCP acknowledged.
    pub transmit: usize,
    /// How TCP finds out how much the network takes.
    pub congestion: tcp::CongestionControl,
}

/// A socket, alone in its set.
struct Entry {
    set: SocketSet<'static>,
    handle: SocketHandle,
    kind: Kind,
    /// Whether it is among those that are asked for something to send.
    is_due: bool,
    /// The moment at which it will be.
    scheduled: Option<Instant>,
}

enum Kind {
    Tcp(Connection),
    Udp {
        port: u16,
    },
    Dhcp,
    #[cfg(feature = "dns")]
    Dns,
}

struct Connection {
    flow: Flow,
    stage: Stage,
    /// When it is ended, however it stands.
    ends: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A peer opens it, to the listening port of that index.
    Arriving(usize),
    /// It is open, and waits to be accepted.
    Waiting(usize),
    /// We open it.
    Leaving,
    /// It is somebody's.
    Taken,
    /// It was given back.
    Released,
}

struct Port {
    /// 0 once it was given back.
    number: u16,
    backlog: usize,
    arriving: usize,
    waiting: VecDeque<u32>,
    waker: Option<Waker>,
}

/// The stack.
pub struct Stack {
    interface: Interface,
    limits: Limits,
    seed: [u64; 2],
    entries: Slots<Box<Entry>>,
    flows: HashTable<(Flow, u32)>,
    ports: Vec<Port>,
    datagrams: Vec<(u16, u32)>,
    dhcp: Option<u32>,
    /// What came before DHCP had given an address; none once it has.
    early: Option<Early>,
    /// Whether nobody was told of our address of version 4.
    is_new: bool,
    #[cfg(feature = "dns")]
    names: crate::names::Names,
    #[cfg(feature = "fragments")]
    fragments: crate::fragments::Fragments,
    nobody: SocketSet<'static>,
    due: VecDeque<u32>,
    moments: BinaryHeap<Reverse<(Instant, u32)>>,
    /// Whether somebody was asked for a neighbour's address.
    asked: bool,
    /// The task of the stack, while it waits.
    task: Option<Waker>,
    /// Where the search for a socket to give up begins.
    hand: usize,
    next_port: u16,
}

impl Stack {
    /// A stack over a device, with an address or with that which DHCP will give it.
    pub fn new(
        device: impl Ethernet,
        now: Instant,
        address: Option<Ipv4Cidr>,
        gateway: Option<Ipv4Addr>,
        limits: Limits,
        random: [u64; 4],
    ) -> Self {
        let mac = EthernetAddress(device.mac().0);
        let mut config = Config::new(HardwareAddress::Ethernet(mac));
        config.random_seed = random[0];
        #[cfg(feature = "ipv6")]
        (config.slaac = true);
        let mut interface = Interface::new(config, &mut Link::new(device), now);
        interface.update_ip_addrs(|addresses| {
            // The first two of four.
            #[cfg(feature = "ipv6")]
            let _ = addresses.push(IpCidr::new(link_local(mac).into(), 64));
            if let Some(address) = address {
                let _ = addresses.push(IpCidr::new(address.address.into(), address.prefix));
            }
        });
        if let Some(gateway) = gateway {
            // The first route of four.
            let _ = interface.routes_mut().add_default_ipv4_route(gateway);
        }
        let mut this = Self {
            interface,
            limits,
            seed: [random[1], random[2]],
            // One for DHCP and one for names, besides.
            entries: Slots::new(limits.sockets.saturating_add(2)),
            flows: HashTable::new(),
            ports: Vec::new(),
            datagrams: Vec::new(),
            dhcp: None,
            early: address.is_none().then(Early::default),
            is_new: true,
            #[cfg(feature = "dns")]
            names: crate::names::Names::default(),
            #[cfg(feature = "fragments")]
            fragments: crate::fragments::Fragments::default(),
            nobody: SocketSet::new(Vec::new()),
            due: VecDeque::new(),
            moments: BinaryHeap::new(),
            asked: false,
            task: None,
            hand: 0,
            next_port: random[3] as u16 | EPHEMERAL,
        };
        if address.is_none() {
            let dhcp = this.add(dhcpv4::Socket::new(), Kind::Dhcp);
            this.dhcp = Some(dhcp);
            this.touch(dhcp);
        }
        this
    }

    fn add(&mut self, socket: impl AnySocket<'static>, kind: Kind) -> u32 {
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let handle = set.add(socket);
        self.entries.add(Box::new(Entry { set, handle, kind, is_due: false, scheduled: None }))
    }

    /// Has a socket be asked for something to send, and the stack's task look.
    fn touch(&mut self, number: u32) {
        if let Some(entry) = self.entries.get(number)
            && !core::mem::replace(&mut entry.is_due, true)
        {
            self.due.push_back(number);
        }
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }

    /// Sends and receives what there is. Whether there was anything.
    pub fn turn(&mut self, now: Instant, device: impl Ethernet) -> bool {
        self.interface.poll_maintenance(now);
        let mut busy = false;
        while let Some(Reverse((at, number))) = self.moments.peek().copied()
            && at <= now
        {
            self.moments.pop();
            if let Some(entry) = self.entries.get(number)
                && entry.scheduled == Some(at)
            {
                entry.scheduled = None;
                self.touch(number);
            }
        }
        for _ in 0..self.due.len() {
            if !device.can_transmit() {
                break;
            }
            let Some(number) = self.due.pop_front() else { break };
            self.serve(number, now, device);
            busy = true;
        }
        for _ in 0..FRAMES {
            // An answer needs room.
            if !device.can_transmit() {
                break;
            }
            if device.receive(|frame| self.look(frame, now, device)).is_none() {
                break;
            }
            busy = true;
        }
        if self.is_new && device.can_transmit() {
            busy |= self.arrived(now, device);
        }
        device.flush();
        busy
    }

    /// Begins with our address of version 4, if there is one now.
    fn arrived(&mut self, now: Instant, device: impl Ethernet) -> bool {
        let Some(address) = self.interface.ipv4_addr() else { return false };
        self.is_new = false;
        announce(address, device);
        for frame in self.early.take().into_iter().flat_map(Early::frames) {
            if device.can_transmit() {
                self.look(&frame, now, device);
            }
        }
        true
    }

    /// The moment at which something is to be done, if nothing happens before.
    pub fn next(&mut self, now: Instant, task: &Waker) -> Option<Instant> {
        self.task = Some(task.clone());
        let first = self.moments.peek().map(|Reverse((at, _))| *at);
        // What routers are asked and how long addresses last is the interface's own affair.
        let own = self.interface.poll_at(now, &self.nobody);
        first.into_iter().chain(own.map(|at| at.max(now + AGAIN))).min()
    }

    /// What the interface has to send by itself.
    pub fn send_own(&mut self, now: Instant, device: impl Ethernet) {
        if device.can_transmit() {
            self.interface.poll_egress(now, &mut Link::new(device), &mut self.nobody);
        }
    }

    /// Asks a socket for what it has to send.
    fn serve(&mut self, number: u32, now: Instant, device: impl Ethernet) {
        let Some(entry) = self.entries.get(number) else { return };
        entry.is_due = false;
        let mut link = Link::new(device);
        let mut sent = 0;
        let next = loop {
            let result = self.interface.poll_egress(now, &mut link, &mut entry.set);
            let next = self.interface.poll_at(now, &entry.set);
            if result == PollResult::None {
                break next;
            }
            sent += 1;
            if sent == BURST || next.is_none_or(|at| at > now) {
                break next;
            }
        };
        // What was sent and did not come from the socket asked for a neighbour.
        self.asked |= link.sent() > sent;
        if sent == BURST || !device.can_transmit() {
            self.touch(number);
        }
        self.advance(number, now);
        self.schedule(number, now, next);
    }

    /// Has a socket be asked at `next`, and when its connection is to end.
    fn schedule(&mut self, number: u32, now: Instant, next: Option<Instant>) {
        let Some(entry) = self.entries.get(number) else { return };
        if entry.is_due {
            return;
        }
        let ends = match &entry.kind {
            Kind::Tcp(connection) => connection.ends,
            _ => None,
        };
        let next = next.map(|at| if at <= now { now + AGAIN } else { at });
        if let Some(at) = next.into_iter().chain(ends).min()
            && entry.scheduled.is_none_or(|scheduled| at < scheduled)
        {
            entry.scheduled = Some(at);
            self.remember(at, number);
        }
    }

    /// Adds a moment. Those that are no socket's any more go when they would be more than the others: sockets
    /// come and go faster than moments.
    fn remember(&mut self, at: Instant, number: u32) {
        if self.moments.len() == self.moments.capacity() && self.moments.len() >= LEAST_MOMENTS {
            let entries = &mut self.entries;
            self.moments.retain(|Reverse((at, number))| {
                entries.get(*number).is_some_and(|entry| entry.scheduled == Some(*at))
            });
            // Half of it is free now, or more are needed than ever before.
            if self.moments.len() > self.moments.capacity() / 2 {
                self.moments.reserve(self.moments.capacity());
            }
        }
        self.moments.push(Reverse((at, number)));
    }

    /// Gives a frame to whom it belongs.
    fn look(&mut self, frame: &[u8], now: Instant, device: impl Ethernet) {
        let owner = Owner::of(frame);
        if let Some(early) = &mut self.early
            && owner != (Owner::Udp { port: DHCP })
            && early.keep(frame, owner, device)
        {
            return;
        }
        let owner = match owner {
            #[cfg(feature = "fragments")]
            Owner::Nobody => {
                if let Some(whole) = self.fragments.add(frame, now) {
                    self.look(&whole, now, device);
                }
                return;
            }
            #[cfg(not(feature = "fragments"))]
            Owner::Nobody => return,
            Owner::Tcp { flow, begins } => match self.find(&flow) {
                Some(number) => Some(number),
                None if begins => {
                    if self.arrive(flow, frame, now, device) {
                        return;
                    }
                    None
                }
                None => None,
            },
            Owner::Udp { port: DHCP } if self.dhcp.is_some() => self.dhcp,
            Owner::Udp { port } => {
                let bound = self.datagrams.iter().find(|(bound, _)| *bound == port);
                let bound = bound.map(|(_, number)| *number);
                #[cfg(feature = "dns")]
                let bound = bound.or(self.names.socket());
                bound
            }
            Owner::Neighbours if core::mem::take(&mut self.asked) => {
                self.give(None, frame, now, device);
                let waiting: Vec<u32> = self
                    .entries
                    .around(0)
                    .filter(|(_, entry)| entry.scheduled.is_some())
                    .map(|(number, _)| number)
                    .collect();
                for number in waiting {
                    self.touch(number);
                }
                return;
            }
            Owner::Neighbours | Owner::Stack => None,
        };
        self.give(owner, frame, now, device);
    }

    fn give(&mut self, owner: Option<u32>, frame: &[u8], now: Instant, device: impl Ethernet) {
        let mut link = Link::with(device, frame);
        let Some((number, entry)) = owner.and_then(|number| Some((number, self.entries.get(number)?))) else {
            self.interface.poll_ingress_single(now, &mut link, &mut self.nobody);
            return;
        };
        self.interface.poll_ingress_single(now, &mut link, &mut entry.set);
        self.touch(number);
        self.advance(number, now);
    }

    fn find(&self, flow: &Flow) -> Option<u32> {
        self.flows.find(flow.hash(self.seed), |(other, _)| other == flow).map(|(_, number)| *number)
    }

    /// Begins a connection that a peer opens. False if it is refused.
    fn arrive(&mut self, flow: Flow, frame: &[u8], now: Instant, device: impl Ethernet) -> bool {
        let number = flow.local.1;
        let Some(index) = self.ports.iter().position(|port| port.number == number && number != 0) else {
            return false;
        };
        let port = &self.ports[index];
        if port.waiting.len() >= port.backlog {
            return false;
        }
        // Those that never finish opening make way for others.
        let most = port.backlog.max(usize::from(self.limits.sockets) / 2);
        if port.arriving >= most && !self.give_up(|connection, _| connection.stage == Stage::Arriving(index))
        {
            return false;
        }
        let Ok(mut socket) = self.socket() else { return false };
        if socket.listen(flow.local.1).is_err() {
            return false;
        }
        let number = self.open(socket, flow, Stage::Arriving(index));
        self.ports[index].arriving += 1;
        self.give(Some(number), frame, now, device);
        true
    }

    /// A socket for a connection, if there is room for one.
    fn socket(&mut self) -> Result<tcp::Socket<'static>, NetError> {
        // One is DHCP's, whether it is needed or not.
        if !self.entries.has_room()
            && !self.give_up(|_, state| state == tcp::State::TimeWait)
            && !self.give_up(|connection, _| matches!(connection.stage, Stage::Arriving(_)))
        {
            return Err(NetError::NoSockets);
        }
        let buffer = |length: usize| {
            let mut buffer = Vec::new();
            buffer.try_reserve_exact(length).map_err(|_| NetError::NoSockets)?;
            buffer.resize(length, 0);
            Ok(tcp::SocketBuffer::new(buffer))
        };
        let mut socket = tcp::Socket::new(buffer(self.limits.receive)?, buffer(self.limits.transmit)?);
        socket.set_nagle_enabled(false);
        socket.set_congestion_control(self.limits.congestion);
        socket.set_timeout(Some(PATIENCE));
        Ok(socket)
    }

    fn open(&mut self, socket: tcp::Socket<'static>, flow: Flow, stage: Stage) -> u32 {
        let number = self.add(socket, Kind::Tcp(Connection { flow, stage, ends: None }));
        let seed = self.seed;
        self.flows.insert_unique(flow.hash(seed), (flow, number), |(flow, _)| flow.hash(seed));
        number
    }

    /// Gives up one connection of that sort, without a word to its peer. False if there is none.
    fn give_up(&mut self, sort: impl Fn(&Connection, tcp::State) -> bool) -> bool {
        let found = self.entries.around(self.hand).find(|(_, entry)| match &entry.kind {
            Kind::Tcp(connection) => sort(connection, entry.set.get::<tcp::Socket>(entry.handle).state()),
            _ => false,
        });
        let Some((number, _)) = found else { return false };
        self.hand = usize::from(number as u16) + 1;
        self.remove(number);
        true
    }

    fn remove(&mut self, number: u32) {
        let Some(entry) = self.entries.remove(number) else { return };
        let Kind::Tcp(Connection { flow, stage, .. }) = entry.kind else { return };
        if let Stage::Arriving(port) = stage {
            self.ports[port].arriving -= 1;
        }
        if let Ok(found) = self.flows.find_entry(flow.hash(self.seed), |(_, other)| *other == number) {
            found.remove();
        }
    }

    /// Does what the new state of a socket asks for.
    fn advance(&mut self, number: u32, now: Instant) {
        let Some(entry) = self.entries.get(number) else { return };
        let connection = match &mut entry.kind {
            Kind::Tcp(connection) => connection,
            Kind::Udp { .. } => return,
            Kind::Dhcp => return self.configure(number),
            #[cfg(feature = "dns")]
            Kind::Dns => return,
        };
        let socket = entry.set.get_mut::<tcp::Socket>(entry.handle);
        let state = socket.state();
        let ended = state == tcp::State::Closed && socket.remote_endpoint().is_none();
        // While nothing is under way nothing can be late.
        let is_late = socket.send_queue() > 0
            || !matches!(state, tcp::State::Established | tcp::State::CloseWait | tcp::State::FinWait2);
        socket.set_timeout(is_late.then_some(PATIENCE));
        match connection.stage {
            Stage::Arriving(_) if matches!(state, tcp::State::Listen | tcp::State::Closed) => {
                self.remove(number);
            }
            Stage::Arriving(index) if state != tcp::State::SynReceived => {
                let port = &mut self.ports[index];
                connection.stage = Stage::Waiting(index);
                port.arriving -= 1;
                // One too many was refused when it began; who got as far as this is let in.
                port.waiting.push_back(number);
                if let Some(waker) = port.waker.take() {
                    waker.wake();
                }
            }
            Stage::Leaving if state != tcp::State::SynSent && state != tcp::State::Closed => {
                connection.stage = Stage::Taken;
            }
            Stage::Released => {
                while socket.can_recv() && socket.recv(|bytes| (bytes.len(), ())).is_ok() {}
                if connection.ends.is_some_and(|ends| now >= ends) {
                    connection.ends = None;
                    socket.abort();
                    self.touch(number);
                } else if ended {
                    self.remove(number);
                }
            }
            _ => {}
        }
    }

    /// Takes the address that DHCP has given, or gives it back.
    fn configure(&mut self, number: u32) {
        let Some(entry) = self.entries.get(number) else { return };
        let socket = entry.set.get_mut::<dhcpv4::Socket>(entry.handle);
        let Some(event) = socket.poll() else { return };
        let configured = match event {
            dhcpv4::Event::Configured(config) => {
                #[cfg(feature = "dns")]
                self.names.set_told(&config.dns_servers);
                self.is_new = true;
                Some((config.address, config.router))
            }
            dhcpv4::Event::Deconfigured => None,
        };
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| address.address().version() != IpVersion::Ipv4);
            if let Some((address, _)) = configured {
                // The others are two at the most: that of the link, and that of a router's prefix.
                let _ = addresses.push(IpCidr::Ipv4(address));
            }
        });
        let routes = self.interface.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some(router) = configured.and_then(|(_, router)| router) {
            // It takes the place of the one that was removed.
            let _ = routes.add_default_ipv4_route(router);
        }
    }

    /// Has one more address, of version 6.
    #[cfg(feature = "ipv6")]
    pub fn add_address(&mut self, address: oscomp_abi::Ipv6Cidr) {
        self.interface.update_ip_addrs(|addresses| {
            // One of four, of which the others are that of the link, that of a router's prefix, and one of version 4.
            let _ = addresses.push(IpCidr::new(address.address.into(), address.prefix));
        });
    }

    /// Who is asked for names, if it is not for DHCP to say.
    #[cfg(feature = "dns")]
    pub fn set_name_server(&mut self, server: Option<Ipv4Addr>) {
        self.names.set_server(server);
    }

    /// See `Names::ask`.
    #[cfg(feature = "dns")]
    pub fn ask(&mut self, name: &str) -> Result<u32, NetError> {
        let servers = self.names.servers();
        if servers.is_empty() {
            return Err(NetError::Unreachable);
        }
        let socket = match self.names.socket() {
            Some(socket) => socket,
            None => {
                let socket = self.add(dns::Socket::new(&servers, Vec::new()), Kind::Dns);
                self.names.set_socket(Some(socket));
                socket
            }
        };
        let Some(entry) = self.entries.get(socket) else { return Err(NetError::NotOpen) };
        let asked = self.names.ask(entry.set.get_mut(entry.handle), self.interface.context(), &servers, name);
        if self.names.is_idle() {
            self.names.set_socket(None);
            self.entries.remove(socket);
        } else {
            self.touch(socket);
        }
        asked
    }

    /// See `Names::poll_told`.
    #[cfg(feature = "dns")]
    pub fn poll_told<R>(
        &mut self,
        query: u32,
        context: &Context<'_>,
        take: impl FnOnce(&[IpAddr]) -> R,
    ) -> Poll<Result<R, NetError>> {
        let not_open = Poll::Ready(Err(NetError::NotOpen));
        let Some(socket) = self.names.socket() else { return not_open };
        let Some(entry) = self.entries.get(socket) else { return not_open };
        self.names.poll_told(entry.set.get_mut(entry.handle), query, context, take)
    }

    /// See `Names::release`.
    #[cfg(feature = "dns")]
    pub fn release_query(&mut self, query: u32) {
        let Some(socket) = self.names.socket() else { return };
        if let Some(entry) = self.entries.get(socket) {
            self.names.release(entry.set.get_mut(entry.handle), query);
        }
        if self.names.is_idle() {
            self.names.set_socket(None);
            self.entries.remove(socket);
        }
    }

    fn connection(&mut self, number: u32) -> Option<(&mut tcp::Socket<'static>, &mut Connection)> {
        let entry = &mut **self.entries.get(number)?;
        let Kind::Tcp(connection) = &mut entry.kind else { return None };
        Some((entry.set.get_mut(entry.handle), connection))
    }

    /// See `TcpStack::listen`.
    pub fn listen(&mut self, number: u16, backlog: usize) -> Result<u32, NetError> {
        if number == 0 || self.ports.iter().any(|port| port.number == number) {
            return Err(NetError::AddressInUse);
        }
        let port =
            Port { number, backlog: backlog.max(1), arriving: 0, waiting: VecDeque::new(), waker: None };
        let index = match self.ports.iter().position(|port| port.number == 0) {
            Some(index) => {
                self.ports[index] = port;
                index
            }
            None => {
                self.ports.push(port);
                self.ports.len() - 1
            }
        };
        Ok(index as u32)
    }

    /// See `TcpStack::unlisten`.
    pub fn unlisten(&mut self, port: u32, now: Instant) {
        let index = port as usize;
        let Some(port) = self.ports.get_mut(index) else { return };
        port.number = 0;
        port.waker = None;
        for number in core::mem::take(&mut port.waiting) {
            self.abort(number);
            self.release(number, now);
        }
        // Who opens one is refused when it asks again.
        while self.give_up(|connection, _| connection.stage == Stage::Arriving(index)) {}
    }

    /// See `TcpStack::poll_accept`.
    pub fn poll_accept(
        &mut self,
        port: u32,
        context: &Context<'_>,
    ) -> Poll<Result<(u32, SocketAddr), NetError>> {
        loop {
            let Some(port) = self.ports.get_mut(port as usize).filter(|port| port.number != 0) else {
                return Poll::Ready(Err(NetError::NotOpen));
            };
            let Some(number) = port.waiting.pop_front() else {
                port.waker = Some(context.waker().clone());
                return Poll::Pending;
            };
            let Some((socket, connection)) = self.connection(number) else { continue };
            connection.stage = Stage::Taken;
            if socket.state() == tcp::State::Closed {
                // Reset while it waited.
                self.release(number, Instant::ZERO);
                continue;
            }
            let (address, port) = connection.flow.remote;
            return Poll::Ready(Ok((number, SocketAddr::new(address, port))));
        }
    }

    /// See `TcpStack::connect`.
    pub fn connect(&mut self, to: SocketAddr) -> Result<u32, NetError> {
        let mut socket = self.socket()?;
        let remote = (to.ip(), to.port());
        let there = endpoint(to).ok_or(NetError::Unreachable)?;
        let local = self.interface.get_source_address(&there.addr).ok_or(NetError::Unreachable)?;
        let free = (0..=u16::MAX - EPHEMERAL).find_map(|_| {
            self.next_port = self.next_port.checked_add(1).unwrap_or(EPHEMERAL);
            let flow = Flow { remote, local: (IpAddr::from(local), self.next_port) };
            self.find(&flow).is_none().then_some(flow)
        });
        let flow = free.ok_or(NetError::NoSockets)?;
        socket
            .connect(self.interface.context(), there, (local, flow.local.1))
            .map_err(|_| NetError::Unreachable)?;
        let number = self.open(socket, flow, Stage::Leaving);
        self.touch(number);
        Ok(number)
    }

    /// See `TcpStack::local`.
    pub fn local(&mut self, number: u32) -> Result<SocketAddr, NetError> {
        let (_, connection) = self.connection(number).ok_or(NetError::NotOpen)?;
        let (address, port) = connection.flow.local;
        Ok(SocketAddr::new(address, port))
    }

    /// See `TcpStack::poll_read`.
    pub fn poll_read<R>(
        &mut self,
        number: u32,
        context: &Context<'_>,
        take: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        let Some((socket, connection)) = self.connection(number) else {
            return Poll::Ready(Err(NetError::NotOpen));
        };
        if socket.can_recv() {
            let mut taken = 0;
            let counted = |bytes: &mut [u8]| {
                let (count, result) = take(bytes);
                taken = count;
                (count, result)
            };
            let result = socket.recv(counted).map_err(|_| NetError::Reset);
            if taken > 0 {
                // The window has grown.
                self.touch(number);
            }
            return Poll::Ready(result);
        }
        let is_opening = matches!(socket.state(), tcp::State::SynSent | tcp::State::SynReceived);
        if is_opening || socket.may_recv() {
            socket.register_recv_waker(context.waker());
            return Poll::Pending;
        }
        Poll::Ready(match socket.recv(|_| (0, ())) {
            Err(tcp::RecvError::Finished) => Ok(take(&mut []).1),
            _ => Err(failure(connection)),
        })
    }

    /// See `TcpStack::poll_write`.
    pub fn poll_write<R>(
        &mut self,
        number: u32,
        context: &Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        let Some((socket, connection)) = self.connection(number) else {
            return Poll::Ready(Err(NetError::NotOpen));
        };
        if socket.can_send() {
            let mut filled = 0;
            let counted = |room: &mut [u8]| {
                let (count, result) = fill(room);
                filled = count;
                (count, result)
            };
            let result = socket.send(counted).map_err(|_| NetError::Reset);
            if filled > 0 {
                self.touch(number);
            }
            return Poll::Ready(result);
        }
        let is_opening = matches!(socket.state(), tcp::State::SynSent | tcp::State::SynReceived);
        if is_opening || socket.may_send() {
            socket.register_send_waker(context.waker());
            return Poll::Pending;
        }
        Poll::Ready(Err(match socket.state() {
            tcp::State::Closed => failure(connection),
            _ => NetError::NotOpen,
        }))
    }

    /// See `TcpStack::poll_flush`.
    pub fn poll_flush(&mut self, number: u32, context: &Context<'_>) -> Poll<Result<(), NetError>> {
        use tcp::State::{Closed, Closing, FinWait1, LastAck, SynReceived, SynSent};
        let Some((socket, connection)) = self.connection(number) else {
            return Poll::Ready(Err(NetError::NotOpen));
        };
        match socket.state() {
            // After the last acknowledgement of both sides too, with nothing left.
            Closed if socket.send_queue() > 0 || connection.stage == Stage::Leaving => {
                Poll::Ready(Err(failure(connection)))
            }
            FinWait1 | Closing | LastAck | SynSent | SynReceived => {
                socket.register_send_waker(context.waker());
                Poll::Pending
            }
            _ if socket.send_queue() > 0 => {
                socket.register_send_waker(context.waker());
                Poll::Pending
            }
            _ => Poll::Ready(Ok(())),
        }
    }

    /// See `TcpStack::close`.
    pub fn close(&mut self, number: u32) {
        if let Some((socket, _)) = self.connection(number) {
            socket.close();
            self.touch(number);
        }
    }

    /// See `TcpStack::abort`.
    pub fn abort(&mut self, number: u32) {
        if let Some((socket, _)) = self.connection(number) {
            socket.abort();
            self.touch(number);
        }
    }

    /// See `TcpStack::release`.
    pub fn release(&mut self, number: u32, now: Instant) {
        if let Some((socket, connection)) = self.connection(number) {
            socket.close();
            connection.stage = Stage::Released;
            connection.ends = Some(now + FAREWELL);
            self.touch(number);
        }
    }

    /// See `UdpStack::bind`.
    pub fn bind(&mut self, port: u16) -> Result<u32, NetError> {
        let is_ours = port == DHCP && self.dhcp.is_some();
        if port == 0 || is_ours || self.datagrams.iter().any(|(bound, _)| *bound == port) {
            return Err(NetError::AddressInUse);
        }
        if !self.entries.has_room() && !self.give_up(|_, state| state == tcp::State::TimeWait) {
            return Err(NetError::NoSockets);
        }
        // Short ones are to find room too: as many as are looked at in one turn.
        let buffer = |length: usize| {
            let count = (length / 128).max(FRAMES);
            udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; count], vec![0; length])
        };
        let mut socket = udp::Socket::new(buffer(self.limits.receive), buffer(self.limits.transmit));
        socket.bind(port).map_err(|_| NetError::AddressInUse)?;
        let number = self.add(socket, Kind::Udp { port });
        self.datagrams.push((port, number));
        Ok(number)
    }

    /// How many sockets there are.
    /// Moments for which there is room.
    #[cfg(test)]
    pub fn moments(&self) -> usize {
        self.moments.capacity()
    }

    #[cfg(test)]
    pub fn open_sockets(&self) -> usize {
        self.entries.around(0).count()
    }

    fn datagrams(&mut self, number: u32) -> Option<&mut udp::Socket<'static>> {
        let entry = &mut **self.entries.get(number)?;
        matches!(entry.kind, Kind::Udp { .. }).then(|| entry.set.get_mut(entry.handle))
    }

    /// See `UdpStack::poll_receive`.
    pub fn poll_receive<R>(
        &mut self,
        number: u32,
        context: &Context<'_>,
        take: impl FnOnce(&[u8], SocketAddr) -> R,
    ) -> Poll<Result<R, NetError>> {
        let Some(socket) = self.datagrams(number) else { return Poll::Ready(Err(NetError::NotOpen)) };
        match socket.recv() {
            Ok((bytes, from)) => {
                let from = SocketAddr::new(from.endpoint.addr.into(), from.endpoint.port);
                Poll::Ready(Ok(take(bytes, from)))
            }
            Err(_) => {
                socket.register_recv_waker(context.waker());
                Poll::Pending
            }
        }
    }

    /// See `UdpStack::poll_send`.
    pub fn poll_send<R>(
        &mut self,
        number: u32,
        to: SocketAddr,
        length: usize,
        context: &Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Poll<Result<R, NetError>> {
        let headers = if to.is_ipv4() { 20 + 8 } else { 40 + 8 };
        let limit = (ETHERNET - headers).min(self.limits.transmit);
        if length > limit {
            return Poll::Ready(Err(NetError::TooLong));
        }
        let Some(there) = endpoint(to) else { return Poll::Ready(Err(NetError::Unreachable)) };
        let Some(socket) = self.datagrams(number) else { return Poll::Ready(Err(NetError::NotOpen)) };
        let mut result = None;
        let sent = socket.send_with(length, there, |room| {
            result = Some(fill(&mut room[..length]));
            length
        });
        match (sent, result) {
            (Ok(_), Some(result)) => {
                self.touch(number);
                Poll::Ready(Ok(result))
            }
            (Err(udp::SendError::BufferFull), _) => {
                socket.register_send_waker(context.waker());
                Poll::Pending
            }
            _ => Poll::Ready(Err(NetError::Unreachable)),
        }
    }

    /// See `UdpStack::release`.
    pub fn unbind(&mut self, number: u32) {
        let kind = self.entries.get(number).map(|entry| &entry.kind);
        if let Some(Kind::Udp { port }) = kind {
            let port = *port;
            self.datagrams.retain(|(bound, _)| *bound != port);
            self.remove(number);
        }
    }
}

/// The longest packet that the network takes.
const ETHERNET: usize = 1500;

/// Why a connection is closed without our doing.
fn failure(connection: &Connection) -> NetError {
    match connection.stage {
        Stage::Leaving => NetError::Refused,
        _ => NetError::Reset,
    }
}

/// An address as smoltcp has it, if it has that version of IP.
fn endpoint(to: SocketAddr) -> Option<IpEndpoint> {
    match to {
        SocketAddr::V4(to) => Some(to.into()),
        #[cfg(feature = "ipv6")]
        SocketAddr::V6(to) => Some(to.into()),
        #[cfg(not(feature = "ipv6"))]
        SocketAddr::V6(_) => None,
    }
}

/// The address that every interface has by its hardware address (RFC 4291, appendix A).
#[cfg(feature = "ipv6")]
fn link_local(mac: EthernetAddress) -> smoltcp::wire::Ipv6Address {
    let [a, b, c, d, e, f] = mac.0;
    let word = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    smoltcp::wire::Ipv6Address::new(0xfe80, 0, 0, 0, word(a ^ 2, b), word(c, 0xff), word(0xfe, d), word(e, f))
}
