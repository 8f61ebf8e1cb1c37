//! The state of the stack: who we are, who others are, and the ports.
//!
//! Whoever waits for datagrams takes them out of the device's buffers itself; what is in the way is dealt with then.
//! Only what comes to a port for which nobody waits is copied.

use crate::dhcp::{self, Change, Client};
use crate::neighbours::{Known, Neighbours};
use crate::node::{ARP, DATAGRAM, Datagram, Hop, Node, Sort};
use crate::queue::Queue;
use crate::wire::{EVERYBODY, HEADERS};
use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::task::{Context, Poll, Waker};
use oscomp_interfaces::{Ethernet, NetError};

/// Frames that are looked at in one turn of a task.
pub const FRAMES: usize = 64;
/// Datagrams that wait for neighbours to tell their addresses, at the most, and for how many seconds.
const WAITING: usize = 8;
const PATIENCE: u32 = 3;
/// How many turns of the stack's task those have who were woken: some executors let it have its second one first.
const GRACE: u8 = 1;

struct Port {
    number: u16,
    queue: Queue,
    receiver: Option<Waker>,
    sender: Option<Waker>,
}

/// A frame for a neighbour that was asked for.
struct Waiting {
    hop: Ipv4Addr,
    frame: Vec<u8>,
    since: u32,
    asked: u32,
    /// Whether the neighbour has answered.
    found: bool,
}

/// The stack.
pub struct Stack {
    node: Node,
    neighbours: Neighbours,
    ports: Vec<Option<Port>>,
    waiting: VecDeque<Waiting>,
    /// Whether one of them has been found.
    found: bool,
    client: Option<Client>,
    /// Bytes of a port's queue.
    room: usize,
    /// The time, in seconds, and how many frames were looked at in this turn.
    now: u32,
    looked: usize,
    /// How many turns those who were woken still have to take what has come.
    given: u8,
    /// The task of the stack, while it waits.
    task: Option<Waker>,
}

/// A frame that is ours to make something of: room, of which the first bytes are the frame.
type Room<'a> = (&'a mut [u8], usize);

impl Stack {
    /// A stack at an address; the client finds one if there is none.
    pub fn new(node: Node, client: Option<Client>, room: usize, now: u32) -> Self {
        Self {
            node,
            neighbours: Neighbours::new(),
            ports: Vec::new(),
            waiting: VecDeque::new(),
            found: false,
            client,
            room,
            now,
            looked: 0,
            given: 0,
            task: None,
        }
    }

    /// Where we are.
    #[cfg(test)]
    pub fn home(&self) -> Option<crate::node::Home> {
        self.node.home
    }

    fn port(&mut self, number: u32) -> Option<&mut Port> {
        self.ports.get_mut(number as usize)?.as_mut()
    }

    /// See `UdpStack::bind`.
    pub fn bind(&mut self, number: u16) -> Result<u32, NetError> {
        let is_ours = number == dhcp::CLIENT && self.client.is_some();
        if number == 0 || is_ours || self.ports.iter().flatten().any(|port| port.number == number) {
            return Err(NetError::AddressInUse);
        }
        let port = Some(Port { number, queue: Queue::new(self.room), receiver: None, sender: None });
        let free = self.ports.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.ports.push(None);
            self.ports.len() - 1
        });
        self.ports[index] = port;
        Ok(index as u32)
    }

    /// See `UdpStack::release`.
    pub fn unbind(&mut self, number: u32) {
        if let Some(port) = self.ports.get_mut(number as usize) {
            *port = None;
        }
    }

    /// Has the stack's task look, if it waits.
    fn wake(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }

    /// Whether a task has had its turn: after that many frames others have theirs.
    fn is_over(&mut self, number: u32, count: usize, link: impl Ethernet, context: &Context<'_>) -> bool {
        self.looked += count;
        let over = self.looked >= FRAMES;
        if over {
            self.stop(number, link, context);
            context.waker().wake_by_ref();
        }
        over
    }

    /// Nothing is left to be looked at.
    fn rest(&mut self, number: u32, link: impl Ethernet, context: &Context<'_>) {
        self.stop(number, link, context);
        self.wake();
    }

    /// Ends a task's turn; what comes from now on is left to it.
    fn stop(&mut self, number: u32, link: impl Ethernet, context: &Context<'_>) {
        self.looked = 0;
        link.flush();
        if let Some(port) = self.port(number) {
            match &mut port.receiver {
                Some(waker) if waker.will_wake(context.waker()) => {}
                receiver => *receiver = Some(context.waker().clone()),
            }
        }
    }

    /// See `UdpStack::poll_receive`; `dynamic` if DHCP may have given us our address.
    #[inline]
    pub fn poll_receive<R>(
        &mut self,
        number: u32,
        context: &Context<'_>,
        link: impl Ethernet,
        dynamic: bool,
        take: impl FnOnce(&[u8], SocketAddr) -> R,
    ) -> Poll<Result<R, NetError>> {
        let Some(port) = self.port(number) else { return Poll::Ready(Err(NetError::NotOpen)) };
        if let Some((from, bytes)) = port.queue.pop() {
            return Poll::Ready(Ok(take(bytes, from.into())));
        }
        let ours = port.number;
        if self.is_over(number, 1, link, context) {
            return Poll::Pending;
        }
        let (mut take, mut result) = (Some(take), None);
        while result.is_none() {
            let count = link.answer(1, |room, length| match self.node.look(&room[..length]) {
                Sort::Datagram(datagram) if datagram.port == ours => {
                    let Datagram { from, start, end, .. } = datagram;
                    result = take.take().map(|take| take(&room[start..end], from.into()));
                    None
                }
                sort => self.otherwise(sort, (room, length), dynamic),
            });
            self.send_found(link);
            if count == 0 {
                break;
            }
        }
        match result {
            Some(result) => Poll::Ready(Ok(result)),
            None => {
                self.rest(number, link, context);
                Poll::Pending
            }
        }
    }

    /// See `UdpAnswers::poll_answer`.
    #[inline]
    pub fn poll_answer(
        &mut self,
        number: u32,
        context: &Context<'_>,
        link: impl Ethernet,
        dynamic: bool,
        mut answer: impl FnMut(&mut [u8], usize, SocketAddr) -> Option<usize>,
    ) -> Poll<NetError> {
        let Some(ours) = self.port(number).map(|port| port.number) else {
            return Poll::Ready(NetError::NotOpen);
        };
        if !self.answer_queued(number, ours, link, &mut answer) {
            self.rest(number, link, context);
            return Poll::Pending;
        }
        let count = link.answer(FRAMES, |room, length| match self.node.look(&room[..length]) {
            Sort::Datagram(datagram) if datagram.port == ours => {
                let Datagram { from, start, end, .. } = datagram;
                if start != HEADERS {
                    // Behind a header with options, which answers do not have.
                    room.copy_within(start..end, HEADERS);
                }
                let room = &mut room[..HEADERS + DATAGRAM];
                let length = answer(&mut room[HEADERS..], end - start, from.into())?;
                let mut mac = [0; 6];
                mac.copy_from_slice(&room[6..12]);
                let frame = &mut room[..HEADERS + length];
                self.node.finish(frame, mac, ours, from);
                Some(frame.len())
            }
            sort => self.otherwise(sort, (room, length), dynamic),
        });
        self.send_found(link);
        if count == 0 || !self.is_over(number, count, link, context) {
            self.rest(number, link, context);
        }
        Poll::Pending
    }

    /// Answers what had to be copied. False if there is no room for answers.
    fn answer_queued(
        &mut self,
        number: u32,
        ours: u16,
        link: impl Ethernet,
        answer: &mut impl FnMut(&mut [u8], usize, SocketAddr) -> Option<usize>,
    ) -> bool {
        loop {
            if !link.can_transmit() {
                return false;
            }
            let Some(port) = self.port(number) else { return false };
            let Some((from, bytes)) = port.queue.pop() else { return true };
            let mut room = [0; DATAGRAM];
            let length = bytes.len();
            room[..length].copy_from_slice(bytes);
            if let Some(length) = answer(&mut room, length, from.into()) {
                let _ = self.send(ours, from, length, link, |place| place.copy_from_slice(&room[..length]));
            }
        }
    }

    /// Does what a frame asks for that nobody waits for; the answer is made of it.
    fn otherwise(&mut self, sort: Sort, (room, length): Room<'_>, dynamic: bool) -> Option<usize> {
        match sort {
            Sort::Datagram(Datagram { port: dhcp::CLIENT, start, end, .. }) if dynamic => {
                self.configure(&room[start..end]);
                None
            }
            Sort::Datagram(Datagram { from, port, start, end }) => {
                let port = self.ports.iter_mut().flatten().find(|known| known.number == port)?;
                port.queue.push(from, &room[start..end]);
                if let Some(receiver) = port.receiver.take() {
                    receiver.wake();
                }
                None
            }
            Sort::Arp => {
                let answer = self.hear(&room[..length])?;
                room[..ARP].copy_from_slice(&answer);
                Some(ARP)
            }
            Sort::Echo { start, end } => {
                self.node.echo(&mut room[..end], start);
                Some(end)
            }
            Sort::Nothing => None,
        }
    }

    /// Hears what ARP says.
    fn hear(&mut self, frame: &[u8]) -> Option<[u8; ARP]> {
        let (arp, answer) = self.node.arp(frame)?;
        let sender = Ipv4Addr::from(arp.sender);
        // Who has not asked for us and was not asked for is none of our business.
        let is_awaited = self.waiting.iter().any(|waiting| waiting.hop == sender);
        if answer.is_some() || is_awaited || self.neighbours.has(sender.to_bits()) {
            self.neighbours.learn(sender.to_bits(), arp.sender_mac, self.now);
        }
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.hop == sender) {
            waiting.frame[..6].copy_from_slice(&arp.sender_mac);
            waiting.found = true;
            self.found = true;
        }
        answer
    }

    /// Sends what waited for neighbours that have answered.
    #[inline]
    fn send_found(&mut self, link: impl Ethernet) {
        if core::mem::take(&mut self.found) {
            self.waiting.retain(|waiting| {
                if waiting.found {
                    // Without room it is lost, as any may be.
                    link.transmit(waiting.frame.len(), |place| place.copy_from_slice(&waiting.frame));
                }
                !waiting.found
            });
        }
    }

    /// Takes a message of DHCP.
    #[cold]
    fn configure(&mut self, message: &[u8]) {
        let change = self.client.as_mut().and_then(|client| client.hear(message, self.now));
        self.change(change);
        // It may have something to say at once.
        self.wake();
    }

    fn change(&mut self, change: Option<Change>) {
        let home = match change {
            None => return,
            Some(Change::Home(home)) => Some(home),
            Some(Change::Lost) => None,
        };
        if self.node.home != home {
            self.node.home = home;
            self.neighbours = Neighbours::new();
        }
    }

    /// See `UdpStack::poll_send`.
    #[inline]
    pub fn poll_send<R>(
        &mut self,
        number: u32,
        to: SocketAddr,
        length: usize,
        context: &Context<'_>,
        link: impl Ethernet,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Poll<Result<R, NetError>> {
        let Some(port) = self.port(number) else { return Poll::Ready(Err(NetError::NotOpen)) };
        let ours = port.number;
        if length > DATAGRAM {
            return Poll::Ready(Err(NetError::TooLong));
        }
        let SocketAddr::V4(to) = to else { return Poll::Ready(Err(NetError::Unreachable)) };
        match self.send(ours, to, length, link, fill) {
            Ok(Some(result)) => {
                self.wake();
                Poll::Ready(Ok(result))
            }
            Ok(None) => {
                link.flush();
                if let Some(port) = self.port(number) {
                    port.sender = Some(context.waker().clone());
                }
                self.wake();
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Sends a datagram; none if there is no room for it.
    #[inline]
    fn send<R>(
        &mut self,
        port: u16,
        to: SocketAddrV4,
        length: usize,
        link: impl Ethernet,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Result<Option<R>, NetError> {
        let mac = match self.node.hop(*to.ip()).ok_or(NetError::Unreachable)? {
            Hop::Everybody => EVERYBODY,
            Hop::Neighbour(hop) => match self.neighbours.find(hop.to_bits(), self.now) {
                Some(Known { mac, ask: false }) => mac,
                Some(Known { mac, ask: true }) => {
                    self.ask(hop, Some(mac), link);
                    mac
                }
                None => {
                    let mut frame = vec![0; HEADERS + length];
                    let result = fill(&mut frame[HEADERS..]);
                    self.node.finish(&mut frame, EVERYBODY, port, to);
                    self.keep(hop, frame, link);
                    return Ok(Some(result));
                }
            },
        };
        let node = &self.node;
        Ok(link.transmit(HEADERS + length, |frame| {
            let result = fill(&mut frame[HEADERS..]);
            node.finish(frame, mac, port, to);
            result
        }))
    }

    fn ask(&self, hop: Ipv4Addr, of: Option<[u8; 6]>, link: impl Ethernet) {
        let request = self.node.request(hop, of);
        link.transmit(ARP, |frame| frame.copy_from_slice(&request));
    }

    /// Keeps the last frame for a neighbour that has to be asked for.
    #[cold]
    fn keep(&mut self, hop: Ipv4Addr, frame: Vec<u8>, link: impl Ethernet) {
        let now = self.now;
        self.waiting.retain(|waiting| now.wrapping_sub(waiting.since) <= PATIENCE);
        let known = self.waiting.iter_mut().find(|waiting| waiting.hop == hop);
        if let Some(waiting) = known {
            waiting.frame = frame;
            if waiting.asked == now {
                return;
            }
            waiting.asked = now;
        } else {
            if self.waiting.len() == WAITING {
                self.waiting.pop_front();
            }
            self.waiting.push_back(Waiting { hop, frame, since: now, asked: now, found: false });
        }
        self.ask(hop, None, link);
    }

    /// A turn of the stack's own task: what nobody waits for. Whether there was anything.
    pub fn turn(&mut self, now: u32, link: impl Ethernet, dynamic: bool) -> bool {
        self.now = now;
        let mut busy = false;
        if self.ports.iter().flatten().any(|port| port.sender.is_some()) && link.can_transmit() {
            for port in self.ports.iter_mut().flatten() {
                if let Some(sender) = port.sender.take() {
                    sender.wake();
                }
            }
            busy = true;
        }
        if link.can_receive() {
            busy = true;
            let mut waits = false;
            for port in self.ports.iter_mut().flatten() {
                if let Some(receiver) = port.receiver.take() {
                    receiver.wake();
                    waits = true;
                }
            }
            if waits {
                self.given = GRACE;
            } else if self.given > 0 {
                self.given -= 1;
            } else {
                link.answer(FRAMES, |room, length| {
                    let sort = self.node.look(&room[..length]);
                    self.otherwise(sort, (room, length), dynamic)
                });
                self.send_found(link);
            }
        }
        link.flush();
        busy
    }

    /// Has DHCP say what it has to say; when it will again, in seconds.
    pub fn lease(&mut self, link: impl Ethernet) -> Option<u32> {
        let now = self.now;
        let client = self.client.as_mut()?;
        let mut room = [0; 600];
        let (change, length) = client.say(&mut room, now);
        let next = client.next();
        self.change(change);
        if let Some(length) = length {
            let to = SocketAddrV4::new(Ipv4Addr::BROADCAST, dhcp::SERVER);
            let node = &self.node;
            // Without room it is lost, and said again.
            link.transmit(HEADERS + length, |frame| {
                frame[HEADERS..].copy_from_slice(&room[..length]);
                node.finish(frame, EVERYBODY, dhcp::CLIENT, to);
            });
            link.flush();
        }
        Some(next)
    }

    /// Has that task be woken when there is something to do for it.
    pub fn wait(&mut self, task: &Waker) {
        self.task = Some(task.clone());
    }
}
