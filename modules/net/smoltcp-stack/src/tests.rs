//! Stacks on a wire: what arrives, what is refused, what is left behind.

extern crate std;

mod arrival;

use crate::stack::{Limits, Stack};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddr};
use core::task::{Context, Poll, Waker};
use oscomp_abi::{Ipv4Cidr, MacAddress};
use oscomp_interfaces::{Ethernet, NetError, Offloads};
use smoltcp::socket::tcp::CongestionControl;
use smoltcp::time::{Duration, Instant};
use spin::Mutex;

/// One end of a wire that never has too little room.
#[derive(Clone, Copy)]
struct End {
    number: u8,
    wire: &'static Mutex<[VecDeque<Vec<u8>>; 2]>,
}

impl End {
    fn wire() -> [Self; 2] {
        let wire = Box::leak(Box::new(Mutex::new([VecDeque::new(), VecDeque::new()])));
        [0, 1].map(|number| Self { number, wire })
    }

    /// Has a frame arrive here.
    fn inject(self, frame: Vec<u8>) {
        self.wire.lock()[usize::from(self.number)].push_back(frame);
    }
}

impl Ethernet for End {
    fn mac(self) -> MacAddress {
        MacAddress([2, 0, 0, 0, 0, self.number])
    }
    fn frame_limit(self) -> usize {
        1514
    }
    fn offloads(self) -> Offloads {
        Offloads::default()
    }
    fn can_receive(self) -> bool {
        !self.wire.lock()[usize::from(self.number)].is_empty()
    }
    fn receive<R>(self, handle: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        let mut frame = self.wire.lock()[usize::from(self.number)].pop_front()?;
        Some(handle(&mut frame))
    }
    fn answer(self, most: usize, mut answer: impl FnMut(&mut [u8], usize) -> Option<usize>) -> usize {
        let mut count = 0;
        while count < most
            && self
                .receive(|frame| {
                    let mut room = [0xa5; 1514];
                    room[..frame.len()].copy_from_slice(frame);
                    if let Some(length) = answer(&mut room, frame.len()) {
                        self.transmit(length, |bytes| bytes.copy_from_slice(&room[..length]));
                    }
                })
                .is_some()
        {
            count += 1;
        }
        count
    }
    fn can_transmit(self) -> bool {
        true
    }
    fn transmit<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        let mut frame = vec![0xa5; length];
        let result = fill(&mut frame);
        self.wire.lock()[usize::from(1 - self.number)].push_back(frame);
        Some(result)
    }
    fn flush(self) {}
    fn poll_receive(self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// Two stacks, and the time.
struct Net {
    ends: [End; 2],
    stacks: [Stack; 2],
    now: Instant,
    /// Frames that are lost, doubled or late, of a hundred each.
    trouble: u32,
    random: u32,
}

const SERVER: usize = 0;
const CLIENT: usize = 1;

impl Net {
    fn new(sockets: u16) -> Self {
        let ends = End::wire();
        let now = Instant::from_secs(1);
        let limits = Limits { sockets, receive: 4096, transmit: 4096, congestion: CongestionControl::Reno };
        let stacks = [0, 1].map(|number| {
            let address = Ipv4Cidr { address: Ipv4Addr::new(10, 0, 0, 1 + number), prefix: 24 };
            let random = [7, 11, 13, 17].map(|seed| seed * u64::from(number + 1));
            let end = ends[usize::from(number)];
            Stack::new(end, now, Some(address), None, limits, random)
        });
        Self { ends, stacks, now, trouble: 0, random: 1 }
    }

    fn chance(&mut self) -> bool {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.random >> 16) % 100 < self.trouble
    }

    /// Turns of both stacks, each a millisecond.
    fn run(&mut self, turns: usize) {
        for _ in 0..turns {
            self.now += Duration::from_millis(1);
            for number in [SERVER, CLIENT] {
                self.disturb(number);
                self.stacks[number].turn(self.now, self.ends[number]);
            }
        }
    }

    fn disturb(&mut self, number: usize) {
        let wire = self.ends[number].wire;
        let mut frames = core::mem::take(&mut wire.lock()[number]);
        let mut kept = VecDeque::new();
        while let Some(frame) = frames.pop_front() {
            if self.chance() {
                continue;
            }
            if self.chance() {
                kept.push_back(frame.clone());
            }
            if self.chance() {
                kept.push_front(frame);
            } else {
                kept.push_back(frame);
            }
        }
        wire.lock()[number] = kept;
    }

    /// Lets time pass with nothing but what timers cause, a hundred milliseconds a turn.
    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.now += Duration::from_millis(100);
            for number in [SERVER, CLIENT] {
                self.stacks[number].turn(self.now, self.ends[number]);
            }
        }
    }

    fn connect(&mut self, port: u16) -> u32 {
        self.stacks[CLIENT].connect(SocketAddr::from(([10, 0, 0, 1], port))).unwrap()
    }

    fn accept(&mut self, port: u32) -> Option<u32> {
        match self.stacks[SERVER].poll_accept(port, &context()) {
            Poll::Ready(accepted) => Some(accepted.unwrap().0),
            Poll::Pending => None,
        }
    }

    fn write(&mut self, side: usize, connection: u32, bytes: &[u8]) -> Poll<Result<usize, NetError>> {
        self.stacks[side].poll_write(connection, &context(), |room| {
            let count = room.len().min(bytes.len());
            room[..count].copy_from_slice(&bytes[..count]);
            (count, count)
        })
    }

    fn read(&mut self, side: usize, connection: u32) -> Poll<Result<Vec<u8>, NetError>> {
        self.stacks[side].poll_read(connection, &context(), |bytes| (bytes.len(), bytes.to_vec()))
    }
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn a_connection_from_its_beginning_to_its_end() {
    let mut net = Net::new(8);
    let port = net.stacks[SERVER].listen(80, 2).unwrap();
    assert_eq!(net.stacks[SERVER].listen(80, 2), Err(NetError::AddressInUse));
    let client = net.connect(80);
    assert_eq!(net.write(CLIENT, client, b"early"), Poll::Pending);
    net.run(10);
    let server = net.accept(port).unwrap();
    assert_eq!(net.write(CLIENT, client, b"hello"), Poll::Ready(Ok(5)));
    net.run(3);
    assert_eq!(net.read(SERVER, server), Poll::Ready(Ok(b"hello".to_vec())));
    assert_eq!(net.read(SERVER, server), Poll::Pending);
    assert_eq!(net.write(SERVER, server, b"goodbye"), Poll::Ready(Ok(7)));
    let flushed = net.stacks[SERVER].poll_flush(server, &context());
    assert_eq!(flushed, Poll::Pending);
    net.stacks[SERVER].release(server, net.now);
    net.run(20);
    assert_eq!(net.read(CLIENT, client), Poll::Ready(Ok(b"goodbye".to_vec())));
    assert_eq!(net.read(CLIENT, client), Poll::Ready(Ok(Vec::new())), "the end");
    assert_eq!(net.read(SERVER, server).map(|read| read.is_ok()), Poll::Pending.map(|()| true));
    net.stacks[CLIENT].release(client, net.now);
    net.run(20);
    net.pass(15);
    assert_eq!([net.stacks[SERVER].open_sockets(), net.stacks[CLIENT].open_sockets()], [0, 0]);
    assert_eq!(net.read(CLIENT, client), Poll::Ready(Err(NetError::NotOpen)), "its number is nobody's");
}

#[test]
fn a_port_where_nobody_listens_refuses() {
    let mut net = Net::new(8);
    let client = net.connect(81);
    net.run(10);
    assert_eq!(net.read(CLIENT, client), Poll::Ready(Err(NetError::Refused)));
    assert_eq!(net.write(CLIENT, client, b"x"), Poll::Ready(Err(NetError::Refused)));
    net.stacks[CLIENT].release(client, net.now);
    net.run(2);
    assert_eq!(net.stacks[CLIENT].open_sockets(), 0);
}

#[test]
fn a_port_that_is_given_back_resets_who_waits_and_refuses() {
    let mut net = Net::new(8);
    let first = net.stacks[SERVER].listen(80, 2).unwrap();
    let waiting = net.connect(80);
    net.run(10);
    net.ends[SERVER].inject(stray(1000));
    net.run(1);
    let now = net.now;
    net.stacks[SERVER].unlisten(first, now);
    net.run(10);
    assert_eq!(net.read(CLIENT, waiting), Poll::Ready(Err(NetError::Reset)));
    let refused = net.connect(80);
    net.run(10);
    assert_eq!(net.read(CLIENT, refused), Poll::Ready(Err(NetError::Refused)));
    assert_eq!(net.stacks[SERVER].open_sockets(), 0);
    assert_eq!(net.stacks[SERVER].poll_accept(first, &context()), Poll::Ready(Err(NetError::NotOpen)));
    let second = net.stacks[SERVER].listen(80, 2).unwrap();
    let client = net.connect(80);
    net.run(10);
    let server = net.accept(second).unwrap();
    let local = SocketAddr::from(([10, 0, 0, 1], 80));
    assert_eq!(net.stacks[SERVER].local(server), Ok(local));
    assert_ne!(net.stacks[CLIENT].local(client).unwrap().port(), 80);
    assert_eq!(net.stacks[SERVER].local(waiting), Err(NetError::NotOpen));
}

#[test]
fn a_reset_is_told_to_both_sides() {
    let mut net = Net::new(8);
    let port = net.stacks[SERVER].listen(80, 2).unwrap();
    let client = net.connect(80);
    net.run(10);
    let server = net.accept(port).unwrap();
    net.stacks[CLIENT].abort(client);
    net.run(3);
    assert_eq!(net.read(SERVER, server), Poll::Ready(Err(NetError::Reset)));
    assert_eq!(net.write(SERVER, server, b"x"), Poll::Ready(Err(NetError::Reset)));
    net.stacks[SERVER].release(server, net.now);
    net.stacks[CLIENT].release(client, net.now);
    net.run(3);
    assert_eq!([net.stacks[SERVER].open_sockets(), net.stacks[CLIENT].open_sockets()], [0, 0]);
}

#[test]
fn a_backlog_is_a_limit_and_accepting_makes_room() {
    let mut net = Net::new(16);
    let port = net.stacks[SERVER].listen(80, 2).unwrap();
    let clients: Vec<u32> = (0..2).map(|_| net.connect(80)).collect();
    net.run(10);
    let third = net.connect(80);
    net.run(10);
    assert_eq!(net.read(CLIENT, third), Poll::Ready(Err(NetError::Refused)));
    assert!(net.accept(port).is_some());
    let fourth = net.connect(80);
    net.run(10);
    assert_eq!(net.read(CLIENT, fourth), Poll::Pending);
    assert_eq!(net.write(CLIENT, clients[1], b"x"), Poll::Ready(Ok(1)));
}

#[test]
fn everything_arrives_although_frames_are_lost_doubled_and_late() {
    let mut net = Net::new(8);
    net.trouble = 5;
    let port = net.stacks[SERVER].listen(80, 2).unwrap();
    let client = net.connect(80);
    let sent: Vec<u8> = (0..100_000_u32).map(|index| (index * 31 / 7) as u8).collect();
    let (mut written, mut echoed, mut back) = (0, VecDeque::new(), Vec::new());
    let mut server = None;
    for _ in 0..400_000 {
        net.run(1);
        server = server.or_else(|| net.accept(port));
        let Some(server) = server else { continue };
        if let Poll::Ready(count) = net.write(CLIENT, client, &sent[written..]) {
            written += count.unwrap();
        }
        if echoed.len() < 8192
            && let Poll::Ready(bytes) = net.read(SERVER, server)
        {
            echoed.extend(bytes.unwrap());
        }
        if let Poll::Ready(count) = net.write(SERVER, server, echoed.make_contiguous()) {
            echoed.drain(..count.unwrap());
        }
        if let Poll::Ready(bytes) = net.read(CLIENT, client) {
            back.extend(bytes.unwrap());
        }
        if back.len() == sent.len() {
            break;
        }
    }
    assert_eq!(back.len(), sent.len());
    assert!(back == sent, "what came back is what was sent");
}

/// A segment that asks for a connection, from an address that does not answer.
fn stray(port: u16) -> Vec<u8> {
    let mut frame = crate::flow::tests::segment(2, [port, 80]);
    frame[..6].copy_from_slice(&[2, 0, 0, 0, 0, 0]);
    frame[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
    frame[26..30].copy_from_slice(&[10, 0, 0, 200]);
    frame[30..34].copy_from_slice(&[10, 0, 0, 1]);
    let checksum = |bytes: &[u8], begin: u32| {
        let sum =
            bytes.chunks(2).fold(begin, |sum, pair| sum + u32::from(u16::from_be_bytes([pair[0], pair[1]])));
        !(((sum & 0xffff) + (sum >> 16)) as u16)
    };
    let header = checksum(&frame[14..34], 0);
    frame[24..26].copy_from_slice(&header.to_be_bytes());
    let pseudo =
        frame[26..34].chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum::<u32>();
    let body = checksum(&frame[34..54], pseudo + 6 + 20);
    frame[50..52].copy_from_slice(&body.to_be_bytes());
    frame
}

#[test]
fn a_flood_of_openings_does_not_keep_others_out() {
    let mut net = Net::new(8);
    let port = net.stacks[SERVER].listen(80, 4).unwrap();
    for round in 0..50 {
        for stranger in 0..20 {
            net.ends[SERVER].inject(stray(1000 + round * 20 + stranger));
        }
        net.run(1);
        assert!(net.stacks[SERVER].open_sockets() <= 8);
    }
    let moments = net.stacks[SERVER].moments();
    assert!(moments <= 64, "{moments} moments of 8 sockets");
    let client = net.connect(80);
    net.run(10);
    let server = net.accept(port).expect("a real client gets through");
    assert_eq!(net.write(CLIENT, client, b"here"), Poll::Ready(Ok(4)));
    net.run(3);
    assert_eq!(net.read(SERVER, server), Poll::Ready(Ok(b"here".to_vec())));
    net.pass(60);
    assert_eq!(net.stacks[SERVER].open_sockets(), 1, "those that never finished are gone");
}

#[test]
fn connections_that_ended_make_way_for_new_ones() {
    let mut net = Net::new(4);
    let port = net.stacks[SERVER].listen(80, 4).unwrap();
    for _ in 0..40 {
        let client = net.connect(80);
        net.run(12);
        let server = net.accept(port).expect("there is room");
        // Who closes first waits for late segments.
        net.stacks[SERVER].release(server, net.now);
        net.run(12);
        net.stacks[CLIENT].release(client, net.now);
        net.run(12);
    }
    net.pass(15);
    assert_eq!([net.stacks[SERVER].open_sockets(), net.stacks[CLIENT].open_sockets()], [0, 0]);
}

#[test]
fn a_peer_that_never_closes_does_not_keep_a_connection_that_was_given_back() {
    let mut net = Net::new(4);
    let port = net.stacks[SERVER].listen(80, 4).unwrap();
    let client = net.connect(80);
    net.run(12);
    let server = net.accept(port).unwrap();
    net.stacks[SERVER].release(server, net.now);
    for _ in 0..50 {
        // It goes on to send, which is discarded.
        assert_eq!(net.write(CLIENT, client, &[7; 100]), Poll::Ready(Ok(100)));
        net.pass(1);
    }
    assert_eq!(net.stacks[SERVER].open_sockets(), 1);
    net.pass(15);
    assert_eq!(net.stacks[SERVER].open_sockets(), 0);
    assert_eq!(net.write(CLIENT, client, b"x"), Poll::Ready(Err(NetError::Reset)));
}

#[test]
fn an_idle_connection_stays_and_a_dead_peer_is_noticed() {
    let mut net = Net::new(4);
    let port = net.stacks[SERVER].listen(80, 4).unwrap();
    let client = net.connect(80);
    net.run(12);
    let server = net.accept(port).unwrap();
    net.pass(300);
    assert_eq!(net.write(CLIENT, client, b"still"), Poll::Ready(Ok(5)));
    net.run(12);
    assert_eq!(net.read(SERVER, server), Poll::Ready(Ok(b"still".to_vec())));
    // From now on nothing reaches the client.
    assert_eq!(net.write(SERVER, server, b"anybody?"), Poll::Ready(Ok(8)));
    for _ in 0..400 {
        net.now += Duration::from_millis(100);
        net.stacks[SERVER].turn(net.now, net.ends[SERVER]);
        net.ends[CLIENT].wire.lock()[CLIENT].clear();
    }
    assert_eq!(net.write(SERVER, server, b"x"), Poll::Ready(Err(NetError::Reset)));
}

#[test]
fn datagrams() {
    let mut net = Net::new(4);
    let [server, client] = [SERVER, CLIENT].map(|side| net.stacks[side].bind(7).unwrap());
    assert_eq!(net.stacks[SERVER].bind(7), Err(NetError::AddressInUse));
    let to = SocketAddr::from(([10, 0, 0, 1], 7));
    let sent = net.stacks[CLIENT].poll_send(client, to, 3, &context(), |room| room.copy_from_slice(b"abc"));
    assert_eq!(sent, Poll::Ready(Ok(())));
    net.run(1500);
    let received = net.stacks[SERVER].poll_receive(server, &context(), |bytes, from| (bytes.to_vec(), from));
    let from = SocketAddr::from(([10, 0, 0, 2], 7));
    assert_eq!(received, Poll::Ready(Ok((b"abc".to_vec(), from))));
    let sent = net.stacks[CLIENT].poll_send(client, to, 1473, &context(), |_| ());
    assert_eq!(sent, Poll::Ready(Err(NetError::TooLong)));
    net.stacks[SERVER].unbind(server);
    assert!(net.stacks[SERVER].bind(7).is_ok());
}

#[test]
fn frames_of_any_sort_do_no_harm() {
    let mut net = Net::new(4);
    net.stacks[SERVER].listen(80, 4).unwrap();
    let mut random = 1_u32;
    for round in 0..20_000 {
        let mut frame = stray(1000 + round % 7);
        for _ in 0..1 + round % 3 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let byte = (random >> 8) as usize % frame.len();
            frame[byte] = (random >> 24) as u8;
        }
        frame.truncate(frame.len() - (random >> 16) as usize % 20);
        net.ends[SERVER].inject(frame);
        if round % 16 == 0 {
            net.run(1);
        }
    }
    net.run(10);
    net.pass(120);
    assert_eq!(net.stacks[SERVER].open_sockets(), 0);
}

#[cfg(feature = "ipv6")]
#[test]
fn a_datagram_by_an_address_of_version_6_that_was_set() {
    use core::net::Ipv6Addr;
    let mut net = Net::new(4);
    for side in [SERVER, CLIENT] {
        let address = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1 + side as u16);
        net.stacks[side].add_address(oscomp_abi::Ipv6Cidr { address, prefix: 64 });
    }
    let [server, client] = [SERVER, CLIENT].map(|side| net.stacks[side].bind(7).unwrap());
    let to = SocketAddr::from(([0xfd00, 0, 0, 0, 0, 0, 0, 1], 7));
    let sent = net.stacks[CLIENT].poll_send(client, to, 3, &context(), |room| room.copy_from_slice(b"abc"));
    assert_eq!(sent, Poll::Ready(Ok(())));
    net.run(1500);
    let received = net.stacks[SERVER].poll_receive(server, &context(), |bytes, from| (bytes.to_vec(), from));
    let from = SocketAddr::from(([0xfd00, 0, 0, 0, 0, 0, 0, 2], 7));
    assert_eq!(received, Poll::Ready(Ok((b"abc".to_vec(), from))));
}

#[cfg(feature = "fragments")]
#[test]
fn a_datagram_in_fragments() {
    let mut net = Net::new(4);
    let server = net.stacks[SERVER].bind(7).unwrap();
    let sent: Vec<u8> = (0..3000_u32).map(|index| (index / 3) as u8).collect();
    let mut pieces = crate::fragments::tests::cut(&sent, 1480, 77);
    assert_eq!(pieces.len(), 3);
    pieces.rotate_left(1);
    for piece in pieces {
        assert!(net.stacks[SERVER].poll_receive(server, &context(), |_, _| ()).is_pending());
        net.ends[SERVER].inject(piece);
        net.run(1);
    }
    let received = net.stacks[SERVER].poll_receive(server, &context(), |bytes, from| (bytes.to_vec(), from));
    assert_eq!(received, Poll::Ready(Ok((sent, SocketAddr::from(([10, 0, 0, 2], 5))))));
}

#[cfg(feature = "dns")]
mod names {
    use super::*;
    use core::net::IpAddr;

    /// Answers what the client asks for with that code and those addresses; what it asked.
    fn answer(net: &mut Net, port: u32, code: u8, addresses: &[[u8; 4]]) -> Vec<u8> {
        for _ in 0..3000 {
            net.run(1);
            let Poll::Ready(asked) =
                net.stacks[SERVER].poll_receive(port, &context(), |bytes, from| (bytes.to_vec(), from))
            else {
                continue;
            };
            let (question, from) = asked.unwrap();
            let mut answer = question.clone();
            (answer[2], answer[3]) = (0x81, 0x80 | code);
            answer[7] = addresses.len() as u8;
            for address in addresses {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
                answer.extend(address);
            }
            let sent = net.stacks[SERVER].poll_send(port, from, answer.len(), &context(), |room| {
                room.copy_from_slice(&answer);
            });
            assert_eq!(sent, Poll::Ready(Ok(())));
            net.run(10);
            return question;
        }
        panic!("nothing is asked");
    }

    fn told(net: &mut Net, query: u32) -> Poll<Result<Vec<IpAddr>, NetError>> {
        net.stacks[CLIENT].poll_told(query, &context(), <[IpAddr]>::to_vec)
    }

    #[test]
    fn a_name_is_asked_for_and_told() {
        let mut net = Net::new(4);
        assert_eq!(net.stacks[CLIENT].ask("host.example"), Err(NetError::Unreachable), "nobody to ask");
        net.stacks[CLIENT].set_name_server(Some(Ipv4Addr::new(10, 0, 0, 1)));
        let port = net.stacks[SERVER].bind(53).unwrap();
        for wrong in ["", "a..b", &"x".repeat(64)] {
            assert_eq!(net.stacks[CLIENT].ask(wrong), Err(NetError::NoSuchName));
        }
        assert_eq!(net.stacks[CLIENT].open_sockets(), 0);

        let query = net.stacks[CLIENT].ask("host.example").unwrap();
        assert_eq!(told(&mut net, query), Poll::Pending);
        let question = answer(&mut net, port, 0, &[[192, 0, 2, 7], [192, 0, 2, 8]]);
        assert!(question.windows(14).any(|bytes| bytes == b"\x04host\x07example\x00"));
        let addresses = [[192, 0, 2, 7], [192, 0, 2, 8]].map(IpAddr::from);
        assert_eq!(told(&mut net, query), Poll::Ready(Ok(addresses.to_vec())));
        assert_eq!(told(&mut net, query), Poll::Ready(Err(NetError::NotOpen)), "once");
        net.stacks[CLIENT].release_query(query);
        assert_eq!(net.stacks[CLIENT].open_sockets(), 0);
    }

    #[test]
    fn names_that_nobody_has_and_servers_that_are_silent() {
        let mut net = Net::new(4);
        net.stacks[CLIENT].set_name_server(Some(Ipv4Addr::new(10, 0, 0, 1)));
        let port = net.stacks[SERVER].bind(53).unwrap();
        let [one, two] = ["one.example", "two.example"].map(|name| net.stacks[CLIENT].ask(name).unwrap());
        net.stacks[CLIENT].release_query(two);
        // No such name.
        answer(&mut net, port, 3, &[]);
        assert_eq!(told(&mut net, one), Poll::Ready(Err(NetError::NoSuchName)));
        net.stacks[CLIENT].release_query(one);
        let silent = net.stacks[CLIENT].ask("three.example").unwrap();
        net.pass(60);
        assert_eq!(told(&mut net, silent), Poll::Ready(Err(NetError::NoSuchName)));
        net.stacks[CLIENT].release_query(silent);
        let many: Vec<u32> = core::iter::from_fn(|| net.stacks[CLIENT].ask("x").ok()).take(100).collect();
        assert_eq!(many.len(), 32);
        assert_eq!(net.stacks[CLIENT].ask("x"), Err(NetError::NoSockets));
        many.into_iter().for_each(|query| net.stacks[CLIENT].release_query(query));
        assert_eq!(net.stacks[CLIENT].open_sockets(), 0);
    }
}
