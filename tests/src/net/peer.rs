//! A test as the peer of an image: a stack of its own, with as many connections as it likes.

use super::{HOST, HOST_MAC, Wire};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};
use std::time::{self, Duration};

/// A connection to the image.
pub struct Stream {
    handle: SocketHandle,
    outgoing: Vec<u8>,
    sent: usize,
    /// What the image has sent.
    pub incoming: Vec<u8>,
    /// Whether what arrives is read.
    pub reads: bool,
    shut: bool,
}

/// The test's stack, its wire, and the connections.
pub struct Peer {
    /// What it goes through.
    pub wire: Wire,
    interface: Interface,
    sockets: SocketSet<'static>,
    streams: Vec<Option<Stream>>,
    began: time::Instant,
    next_port: u16,
}

impl Peer {
    /// A stack at one end of a wire.
    #[must_use]
    pub fn new(mut wire: Wire) -> Self {
        let mut config = Config::new(EthernetAddress(HOST_MAC).into());
        config.random_seed = u64::from(wire.random(u32::MAX));
        let mut interface = Interface::new(config, &mut wire, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(IpAddress::Ipv4(HOST), 24)).expect("there is room for one");
        });
        Self {
            wire,
            interface,
            sockets: SocketSet::new(Vec::new()),
            streams: Vec::new(),
            began: time::Instant::now(),
            next_port: 49_152,
        }
    }

    /// Begins a connection to a port of the image, with room for so many bytes until they are read; its number.
    pub fn connect(&mut self, port: u16, room: usize) -> usize {
        let mut socket = Socket::new(SocketBuffer::new(vec![0; room]), SocketBuffer::new(vec![0; 16 << 10]));
        socket.set_nagle_enabled(false);
        self.next_port = if self.next_port == u16::MAX { 49_152 } else { self.next_port + 1 };
        let to = (IpAddress::Ipv4(super::GUEST), port);
        socket.connect(self.interface.context(), to, self.next_port).expect("the address is one");
        let handle = self.sockets.add(socket);
        let stream =
            Stream { handle, outgoing: Vec::new(), sent: 0, incoming: Vec::new(), reads: true, shut: false };
        let free = self.streams.iter().position(Option::is_none);
        let number = free.unwrap_or(self.streams.len());
        if number == self.streams.len() {
            self.streams.push(None);
        }
        self.streams[number] = Some(stream);
        number
    }

    /// The connection of that number.
    ///
    /// # Panics
    /// When it was forgotten.
    pub fn stream(&mut self, number: usize) -> &mut Stream {
        self.streams[number].as_mut().expect("it is open")
    }

    /// Sends bytes, as soon as there is room.
    pub fn send(&mut self, number: usize, bytes: &[u8]) {
        self.stream(number).outgoing.extend_from_slice(bytes);
    }

    /// Says that nothing more is sent, once all is.
    pub fn shut(&mut self, number: usize) {
        self.stream(number).shut = true;
    }

    /// Whether the image has ended its half, or the connection.
    pub fn has_ended(&mut self, number: usize) -> bool {
        let handle = self.stream(number).handle;
        let socket = self.sockets.get::<Socket<'_>>(handle);
        !socket.may_recv() && !matches!(socket.state(), State::SynSent | State::SynReceived)
    }

    /// Whether the connection has been opened and both halves of it still are.
    pub fn is_open(&mut self, number: usize) -> bool {
        let handle = self.stream(number).handle;
        self.sockets.get::<Socket<'_>>(handle).state() == State::Established
    }

    /// Ends a connection with a reset.
    pub fn reset(&mut self, number: usize) {
        let handle = self.stream(number).handle;
        self.sockets.get_mut::<Socket<'_>>(handle).abort();
        self.turn(Duration::ZERO);
        self.forget(number);
    }

    /// Forgets a connection without a word.
    pub fn forget(&mut self, number: usize) {
        if let Some(stream) = self.streams[number].take() {
            self.sockets.remove(stream.handle);
        }
    }

    /// Does what there is to do, and waits for frames so long at the most.
    pub fn turn(&mut self, time: Duration) {
        self.wire.wait(time.max(Duration::from_micros(100)));
        let now = Instant::from_micros(self.began.elapsed().as_micros().try_into().unwrap_or(i64::MAX));
        self.interface.poll(now, &mut self.wire, &mut self.sockets);
        for stream in self.streams.iter_mut().flatten() {
            let socket = self.sockets.get_mut::<Socket<'_>>(stream.handle);
            if stream.sent < stream.outgoing.len()
                && let Ok(sent) = socket.send_slice(&stream.outgoing[stream.sent..])
            {
                stream.sent += sent;
            }
            while stream.reads && socket.can_recv() {
                let all = |bytes: &mut [u8]| (bytes.len(), stream.incoming.extend_from_slice(bytes));
                if socket.recv(all).is_err() {
                    break;
                }
            }
            if stream.shut && stream.sent == stream.outgoing.len() && socket.may_send() {
                socket.close();
            }
        }
        self.interface.poll(now, &mut self.wire, &mut self.sockets);
    }

    /// Goes on until something holds; false if it does not within that time.
    pub fn until(&mut self, time: Duration, mut holds: impl FnMut(&mut Self) -> bool) -> bool {
        let deadline = time::Instant::now() + time;
        loop {
            if holds(self) {
                return true;
            }
            if time::Instant::now() > deadline {
                return false;
            }
            self.turn(Duration::from_millis(1));
        }
    }
}
