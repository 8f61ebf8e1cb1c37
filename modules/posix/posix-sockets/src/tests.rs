//! Sockets over a network in memory; what the functions return `tests/c-sockets` compares with Linux.

use crate::environment::Tags;
use crate::flags::{IPPROTO_IPV6, IPV6_V6ONLY};
use crate::ports::{Ports, Transport};
use crate::settings::Value;
use crate::socket::Socket;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use oscomp_c_abi::addresses::Family;
use oscomp_c_abi::numbers::*;
use oscomp_fake_net::{Net, Runner};
use oscomp_interfaces::{NetError, Timers, UdpPort, UdpStack};
use oscomp_objects::{Interest, OpenObject, Readiness};
use oscomp_posix_waits::PosixWaits;
use proptest::prelude::*;
use std::boxed::Box;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::vec;
use std::vec::Vec;

type Datagrams = VecDeque<(Vec<u8>, SocketAddr)>;

/// Datagrams that have arrived at ports, and those that were sent.
#[derive(Default)]
struct Mail {
    ports: Mutex<HashMap<u16, Datagrams>>,
    sent: Mutex<Vec<(u16, Vec<u8>, SocketAddr)>>,
}

impl UdpStack for &'static Mail {
    fn bind(self, port: u16) -> Result<UdpPort, NetError> {
        match self.ports.lock().unwrap().entry(port) {
            std::collections::hash_map::Entry::Occupied(_) => Err(NetError::AddressInUse),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(VecDeque::new());
                Ok(UdpPort(port.into()))
            }
        }
    }

    fn poll_receive<R>(
        self,
        port: UdpPort,
        _: &mut Context<'_>,
        take: impl FnOnce(&[u8], SocketAddr) -> R,
    ) -> Poll<Result<R, NetError>> {
        match self.ports.lock().unwrap().get_mut(&(port.0 as u16)).unwrap().pop_front() {
            Some((bytes, from)) => Poll::Ready(Ok(take(&bytes, from))),
            None => Poll::Pending,
        }
    }

    fn poll_send<R>(
        self,
        port: UdpPort,
        to: SocketAddr,
        length: usize,
        _: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Poll<Result<R, NetError>> {
        if length > 1472 {
            return Poll::Ready(Err(NetError::TooLong));
        }
        let mut bytes = vec![0; length];
        let result = fill(&mut bytes);
        self.sent.lock().unwrap().push((port.0 as u16, bytes, to));
        Poll::Ready(Ok(result))
    }

    fn release(self, port: UdpPort) {
        self.ports.lock().unwrap().remove(&(port.0 as u16)).unwrap();
    }
}

impl Mail {
    fn deliver(&self, port: u16, bytes: &[u8], from: SocketAddr) {
        self.ports.lock().unwrap().get_mut(&port).unwrap().push_back((bytes.into(), from));
    }
}

type Parts = Tags<Net, &'static Mail, &'static PosixWaits<Runner, Runner>, Runner>;

struct World {
    net: Net,
    mail: &'static Mail,
    runner: Runner,
    tags: Parts,
    ports: Arc<Ports>,
}

impl World {
    fn new(read: usize, write: usize, window: usize) -> Self {
        let (net, mail) = (Net::new(read, write, window), Box::leak(Box::<Mail>::default()));
        let runner = Runner::new(4);
        let waiting: &'static PosixWaits<Runner, Runner> =
            Box::leak(Box::new(PosixWaits::start(runner, runner).unwrap()));
        let tags = Tags { streams: net, datagrams: &*mail, waiting, time: runner };
        Self { net, mail, runner, tags, ports: Arc::new(Ports::new()) }
    }

    fn socket(&self, family: Family, transport: Transport) -> Socket<Parts> {
        Socket::new(self.tags, family, transport, self.ports.clone())
    }

    fn listening(&self, port: u16) -> Socket<Parts> {
        let socket = self.socket(Family::V4, Transport::Stream);
        socket.bind(any(port)).unwrap();
        socket.listen(4).unwrap();
        socket
    }
}

fn any(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))
}

fn ready(socket: &Socket<Parts>) -> Readiness {
    let interest = Interest { read: true, write: true };
    socket.poll_ready(interest, &mut Context::from_waker(Waker::noop()))
}

proptest! {
    #[test]
    fn bytes_arrive_in_whatever_pieces(
        pieces in (1..50_usize, 1..50_usize, 1..100_usize),
        sent in prop::collection::vec(piece(), 1..20),
        rooms in prop::collection::vec(1..80_usize, 1..20),
    ) {
        let (read, write, window) = pieces;
        let world = World::new(read, write, window);
        let server = world.listening(80);
        let client = world.net.client(80).unwrap();
        let (socket, _) = server.accept(false).unwrap();
        sent.iter().for_each(|bytes| client.send(bytes));
        client.shut();
        let all: Vec<u8> = sent.concat();
        let (mut got, mut rooms) = (Vec::new(), rooms.into_iter().cycle());
        loop {
            let mut room = vec![0; rooms.next().unwrap()];
            let peeked = socket.receive_stream(&mut room, false, true, false).unwrap();
            prop_assert_eq!(&room[..peeked], &all[got.len()..got.len() + peeked]);
            let wanted = room.len();
            let count = socket.read(&mut room, true).unwrap();
            // Fewer than asked for are there only before the end.
            prop_assert!(count == wanted || got.len() + count == all.len());
            if count == 0 {
                break;
            }
            got.extend_from_slice(&room[..count]);
        }
        prop_assert_eq!(&got, &all);
        let (mut written, mut back) = (0, Vec::new());
        while written < all.len() {
            match socket.write(&all[written..], false) {
                Ok(count) => written += count,
                Err(number) => prop_assert_eq!(number, EAGAIN),
            }
            back.extend(client.receive());
        }
        back.extend(client.receive());
        prop_assert_eq!(back, all);
    }
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::num::u8::ANY, 0..40)
}

#[test]
fn who_listens_accepts_what_a_look_has_found() {
    let world = World::new(9, 9, 9);
    let server = world.listening(80);
    assert_eq!(server.accept(false).map(drop), Err(EAGAIN));
    assert_eq!(ready(&server), Readiness::default());
    let clients = [world.net.client(80).unwrap(), world.net.client(80).unwrap()];
    assert!(ready(&server).read && ready(&server).read);
    let (socket, peer) = server.accept(true).unwrap();
    assert_eq!((socket.peer(), peer.ip()), (Ok(peer), Ipv4Addr::LOCALHOST.into()));
    assert!(ready(&server).read);
    server.close();
    assert!(clients[1].is_reset() && !clients[0].is_reset());
    assert!(world.net.client(80).is_none(), "nobody listens any more");
    assert_eq!(server.accept(false).map(drop), Err(EINVAL));
    socket.close();
    assert!(clients[0].is_released());
    world.listening(80);
}

#[test]
fn a_port_is_shared_by_the_versions_alone() {
    let world = World::new(9, 9, 9);
    let v6 = || {
        let socket = world.socket(Family::V6, Transport::Stream);
        socket.state.lock().settings.set(IPPROTO_IPV6, IPV6_V6ONLY, Value::Integer(1)).unwrap();
        socket
    };
    let at = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 80));
    let (one, two, three) = (world.listening(80), v6(), v6());
    two.bind(at).unwrap();
    two.listen(4).unwrap();
    assert_eq!(three.bind(at), Err(EADDRINUSE));
    let both = world.socket(Family::V6, Transport::Stream);
    assert_eq!(both.bind(at), Err(EADDRINUSE));
    // Whoever looks first, it is of version 4.
    let client = world.net.client(80).unwrap();
    assert!(!ready(&two).read);
    assert!(ready(&one).read);
    one.accept(false).unwrap();
    one.close();
    let refused = world.net.client(80).unwrap();
    assert!(!ready(&two).read);
    assert!(refused.is_reset() && !client.is_reset(), "nobody accepts version 4 any more");
    two.close();
    both.bind(at).unwrap();
    both.listen(4).unwrap();
    world.net.client(80).unwrap();
    assert!(ready(&both).read);
}

#[test]
fn who_does_not_care_is_given_a_port() {
    let world = World::new(9, 9, 9);
    let sockets: Vec<_> = (0..3).map(|_| world.socket(Family::V4, Transport::Stream)).collect();
    let ports: Vec<u16> = sockets
        .iter()
        .map(|socket| {
            socket.bind(any(0)).unwrap();
            socket.local().port()
        })
        .collect();
    assert!(ports.iter().all(|port| *port >= 49_152) && ports[0] != ports[1] && ports[1] != ports[2]);
    assert_eq!(sockets[0].bind(any(81)), Err(EINVAL));
    assert_eq!(world.socket(Family::V4, Transport::Stream).bind(any(ports[0])), Err(EADDRINUSE));
    sockets[0].close();
    assert_eq!(world.socket(Family::V4, Transport::Stream).bind(any(ports[0])), Ok(()));
}

#[test]
fn a_connection_to_another_address_is_refused() {
    let world = World::new(9, 9, 9);
    let server = world.socket(Family::V4, Transport::Stream);
    server.bind(SocketAddr::from(([10, 0, 0, 9], 80))).unwrap();
    server.listen(4).unwrap();
    let client = world.net.client(80).unwrap();
    assert_eq!(server.accept(false).map(drop), Err(EAGAIN));
    assert!(client.is_reset() && client.is_released());
}

#[test]
fn a_failure_is_told_once() {
    let world = World::new(9, 9, 9);
    let server = world.listening(80);
    let client = world.net.client(80).unwrap();
    let (socket, _) = server.accept(false).unwrap();
    client.reset();
    let Readiness { read, write, hung_up, failed, .. } = ready(&socket);
    assert!(read && write && hung_up && failed);
    assert_eq!(socket.write(b"x", true), Err(ECONNRESET));
    assert_eq!(socket.write(b"x", true), Err(EPIPE));
    assert_eq!(socket.read(&mut [0], true), Ok(0));
    assert!(!ready(&socket).failed);
    assert_eq!(socket.take_error(), 0);
    let client = world.net.client(80).unwrap();
    let (socket, _) = server.accept(false).unwrap();
    assert_eq!(socket.take_error(), 0);
    client.reset();
    assert_eq!((socket.take_error(), socket.take_error()), (ECONNRESET, 0));
    assert_eq!(socket.read(&mut [0], true), Ok(0));
}

#[test]
fn a_wait_ends_when_the_patience_does() {
    let world = World::new(9, 9, 9);
    let server = world.listening(80);
    let client = world.net.client(80).unwrap();
    let (socket, _) = server.accept(false).unwrap();
    socket.state.lock().settings.receive = Some(Duration::from_millis(300));
    socket.state.lock().settings.send = Some(Duration::from_millis(40));
    assert_eq!(socket.read(&mut [0], true), Err(EAGAIN));
    assert_eq!(world.runner.time(), Duration::from_millis(300));
    // What was sent until then counts.
    assert_eq!(socket.write(&[7; 20], true), Ok(9));
    assert_eq!(socket.write(&[7; 20], true), Err(EAGAIN));
    assert_eq!(world.runner.time(), Duration::from_millis(380));
    assert_eq!(client.receive(), [7; 9]);
    client.send("abc");
    assert_eq!(socket.receive_stream(&mut [0; 9], true, false, true), Ok(3), "all of it did not come");
}

#[test]
fn datagrams_come_from_whom_they_are_wanted() {
    let world = World::new(9, 9, 9);
    let [one, two] = [1, 2].map(|host| SocketAddr::from(([10, 0, 0, host], 7)));
    let socket = world.socket(Family::V4, Transport::Datagram);
    socket.bind(any(53)).unwrap();
    assert_eq!(world.socket(Family::V4, Transport::Datagram).bind(any(53)), Err(EADDRINUSE));
    assert_eq!(socket.write(b"x", true), Err(EDESTADDRREQ));
    world.mail.deliver(53, b"first", one);
    world.mail.deliver(53, b"of version 6", SocketAddr::from((Ipv6Addr::LOCALHOST, 7)));
    world.mail.deliver(53, b"second", two);
    assert!(ready(&socket).read && ready(&socket).write);
    assert_eq!(socket.available(), Ok(5));
    let take = |bytes: &[u8], from: SocketAddr| (bytes.to_vec(), from);
    assert_eq!(socket.receive_datagram(true, true, take), Ok((b"first".to_vec(), one)));
    assert_eq!(socket.receive_datagram(true, false, take), Ok((b"first".to_vec(), one)));
    assert_eq!(socket.receive_datagram(true, false, take), Ok((b"second".to_vec(), two)));
    assert_eq!(socket.receive_datagram(false, false, take), Err(EAGAIN));
    socket.connect_datagrams(Some(two)).unwrap();
    world.mail.deliver(53, b"no", one);
    assert!(!ready(&socket).read);
    world.mail.deliver(53, b"yes", two);
    assert_eq!(socket.read(&mut [0; 2], false), Ok(2));
    assert_eq!(socket.write(&[0; 1473], true), Err(EMSGSIZE));
    assert_eq!(socket.write(b"answer", true), Ok(6));
    assert_eq!(*world.mail.sent.lock().unwrap(), [(53, b"answer".to_vec(), two)]);
    socket.close();
    assert!(world.mail.ports.lock().unwrap().is_empty());
    // One that only sends has a port too.
    let sender = world.socket(Family::V4, Transport::Datagram);
    assert_eq!(sender.send_datagram(b"x", Some(one), true), Ok(1));
    assert!(sender.local().port() >= 49_152);
}
