//! Stacks on a wire: what arrives, what is answered, and that nothing does harm.

extern crate std;

use crate::checksum::Sum;
use crate::dhcp::Client;
use crate::node::{ARP, DATAGRAM, Home, Node, Sort};
use crate::stack::{FRAMES, Stack};
use crate::wire::{Arp, EVERYBODY, HEADERS};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use oscomp_abi::{Ipv4Cidr, MacAddress};
use oscomp_interfaces::{Ethernet, NetError, Offloads};
use proptest::prelude::{Just, any, prop, prop_oneof, proptest};
use proptest::strategy::Strategy;
use spin::Mutex;
use std::task::Wake;

/// One end of a wire.
#[derive(Clone, Copy)]
struct End {
    number: usize,
    wire: &'static Mutex<[VecDeque<Vec<u8>>; 2]>,
    /// How many frames it can have on its way.
    room: usize,
}

impl End {
    fn wire() -> [Self; 2] {
        let wire = Box::leak(Box::new(Mutex::new([VecDeque::new(), VecDeque::new()])));
        [0, 1].map(|number| Self { number, wire, room: usize::MAX })
    }

    /// Has a frame arrive here.
    fn inject(self, frame: Vec<u8>) {
        self.wire.lock()[self.number].push_back(frame);
    }

    /// What has arrived here.
    fn taken(self) -> Vec<Vec<u8>> {
        self.wire.lock()[self.number].drain(..).collect()
    }
}

impl Ethernet for End {
    fn mac(self) -> MacAddress {
        MacAddress([2, 0, 0, 0, 0, 1 + self.number as u8])
    }
    fn frame_limit(self) -> usize {
        1514
    }
    fn offloads(self) -> Offloads {
        Offloads::default()
    }
    fn can_receive(self) -> bool {
        !self.wire.lock()[self.number].is_empty()
    }
    fn receive<R>(self, handle: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        let mut frame = self.wire.lock()[self.number].pop_front()?;
        Some(handle(&mut frame))
    }
    fn answer(self, most: usize, mut answer: impl FnMut(&mut [u8], usize) -> Option<usize>) -> usize {
        let mut count = 0;
        while count < most && self.can_transmit() {
            let Some(frame) = self.wire.lock()[self.number].pop_front() else { break };
            let mut room = vec![0xa5; 1514];
            room[..frame.len()].copy_from_slice(&frame);
            // Who calls the device meanwhile finds it locked.
            let wire = self.wire.lock();
            let length = answer(&mut room, frame.len());
            drop(wire);
            if let Some(length) = length {
                room.truncate(length);
                self.wire.lock()[1 - self.number].push_back(room);
            }
            count += 1;
        }
        count
    }
    fn can_transmit(self) -> bool {
        self.wire.lock()[1 - self.number].len() < self.room
    }
    fn transmit<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        if !self.can_transmit() {
            return None;
        }
        let mut frame = vec![0xa5; length];
        let result = fill(&mut frame);
        self.wire.lock()[1 - self.number].push_back(frame);
        Some(result)
    }
    fn flush(self) {}
    fn poll_receive(self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

fn home(host: u8) -> Home {
    let address = Ipv4Cidr { address: Ipv4Addr::new(10, 0, 0, host), prefix: 24 };
    Home { address, gateway: Some(Ipv4Addr::new(10, 0, 0, 2)) }
}

fn stack(end: End) -> Stack {
    let node = Node { mac: end.mac().0, offloads: end.offloads(), home: Some(home(1 + end.number as u8)) };
    Stack::new(node, None, 4096, 100)
}

fn pair() -> ([End; 2], [Stack; 2]) {
    let ends = End::wire();
    (ends, ends.map(stack))
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Where the stack of that number is.
fn at(number: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1 + number], port))
}

fn send(stack: &mut Stack, end: End, port: u32, to: SocketAddr, bytes: &[u8]) -> Poll<Result<(), NetError>> {
    stack.poll_send(port, to, bytes.len(), &context(), end, |room| room.copy_from_slice(bytes))
}

fn receive(stack: &mut Stack, end: End, port: u32) -> Option<(Vec<u8>, SocketAddr)> {
    match stack.poll_receive(port, &context(), end, false, |bytes, from| (bytes.to_vec(), from)) {
        Poll::Ready(received) => Some(received.unwrap()),
        Poll::Pending => None,
    }
}

#[test]
fn a_datagram_finds_its_way_and_back() {
    let (ends, [mut one, mut two]) = pair();
    let (from, to) = (one.bind(5000).unwrap(), two.bind(7).unwrap());
    assert_eq!(send(&mut one, ends[0], from, at(1, 7), b"lost"), Poll::Ready(Ok(())));
    assert_eq!(send(&mut one, ends[0], from, at(1, 7), b"ahoy"), Poll::Ready(Ok(())));
    // Who has 10.0.0.2? Then the last datagram comes.
    assert_eq!(receive(&mut two, ends[1], to), None);
    assert!(one.turn(100, ends[0], false));
    assert_eq!(receive(&mut two, ends[1], to), Some((b"ahoy".to_vec(), at(0, 5000))));
    // Who asked is known.
    assert_eq!(send(&mut two, ends[1], to, at(0, 5000), b"hoy!!"), Poll::Ready(Ok(())));
    assert_eq!(receive(&mut one, ends[0], from), Some((b"hoy!!".to_vec(), at(1, 7))));
    assert_eq!(receive(&mut one, ends[0], from), None);
    assert!(ends[1].taken().is_empty());
}

#[test]
fn what_is_far_goes_to_the_gateway_and_what_is_nowhere_is_refused() {
    let (ends, [mut one, _]) = pair();
    let from = one.bind(5000).unwrap();
    let far = SocketAddr::from(([192, 0, 2, 9], 53));
    assert_eq!(send(&mut one, ends[0], from, far, b"?"), Poll::Ready(Ok(())));
    let asked = ends[1].taken();
    assert_eq!((asked.len(), &asked[0][38..42]), (1, &[10, 0, 0, 2][..]));
    for nowhere in [[127, 0, 0, 1], [224, 0, 0, 1], [0, 0, 0, 0], [10, 0, 0, 1]] {
        let to = SocketAddr::from((nowhere, 1));
        assert_eq!(send(&mut one, ends[0], from, to, b"?"), Poll::Ready(Err(NetError::Unreachable)));
    }
    let to = SocketAddr::from((core::net::Ipv6Addr::LOCALHOST, 1));
    assert_eq!(send(&mut one, ends[0], from, to, b"?"), Poll::Ready(Err(NetError::Unreachable)));
    let long = [0; DATAGRAM + 1];
    assert_eq!(send(&mut one, ends[0], from, far, &long), Poll::Ready(Err(NetError::TooLong)));
    for everybody in [[255, 255, 255, 255], [10, 0, 0, 255]] {
        let to = SocketAddr::from((everybody, 1));
        assert_eq!(send(&mut one, ends[0], from, to, b"!"), Poll::Ready(Ok(())));
        assert_eq!(ends[1].taken()[0][..6], EVERYBODY);
    }
}

#[test]
fn ports_are_ones_own() {
    let (ends, [mut one, mut two]) = pair();
    let from = one.bind(5000).unwrap();
    let [a, b] = [1, 2].map(|port| two.bind(port).unwrap());
    assert_eq!(two.bind(1), Err(NetError::AddressInUse));
    assert_eq!(two.bind(0), Err(NetError::AddressInUse));
    for round in 0..3 {
        for port in [1, 2, 3] {
            assert_eq!(send(&mut one, ends[0], from, at(1, port), &[port as u8]), Poll::Ready(Ok(())));
            if round == 0 {
                receive(&mut two, ends[1], a);
                one.turn(100, ends[0], false);
            }
        }
    }
    // Who asks first has the others' kept for them.
    let taken = |two: &mut Stack, port| core::iter::from_fn(|| receive(two, ends[1], port)).count();
    assert_eq!([taken(&mut two, a), taken(&mut two, b)], [2, 3]);
    two.unbind(a);
    assert_eq!(
        two.poll_receive(a, &context(), ends[1], false, |_, _| ()),
        Poll::Ready(Err(NetError::NotOpen))
    );
    assert_eq!(two.bind(1), Ok(a));
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn who_waits_is_woken_and_takes_from_the_device() {
    let (ends, [mut one, mut two]) = pair();
    let (from, to) = (one.bind(1).unwrap(), two.bind(2).unwrap());
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let task = Arc::new(Count(AtomicUsize::new(0)));
    two.wait(&Waker::from(task.clone()));
    let nothing = two.poll_receive(to, &Context::from_waker(&waker), ends[1], false, |_, _| ());
    assert!(nothing.is_pending() && task.0.load(Ordering::Relaxed) == 1, "the stack's task goes to wait");
    send(&mut one, ends[0], from, at(1, 2), b"x").is_ready().then_some(()).unwrap();
    assert!(two.turn(100, ends[1], false) && count.0.load(Ordering::Relaxed) == 1);
    assert!(ends[1].can_receive(), "it is left to who waited");
    assert!(two.turn(100, ends[1], false) && ends[1].can_receive(), "for a while");
    assert!(two.turn(100, ends[1], false), "which did not come");
    assert!(!ends[1].can_receive() && count.0.load(Ordering::Relaxed) == 1);
    one.turn(100, ends[0], false);
    assert!(receive(&mut two, ends[1], to).is_some());
    // No room: who sends waits.
    let narrow = End { room: 0, ..ends[0] };
    let sent = one.poll_send(from, at(1, 2), 1, &Context::from_waker(&waker), narrow, |_| ());
    assert!(sent.is_pending());
    assert!(!one.turn(100, narrow, false) && count.0.load(Ordering::Relaxed) == 1);
    assert!(one.turn(100, ends[0], false) && count.0.load(Ordering::Relaxed) == 2);
}

#[test]
fn others_have_their_turn() {
    let (ends, [mut one, mut two]) = pair();
    let (from, to) = (one.bind(1).unwrap(), two.bind(2).unwrap());
    assert!(send(&mut one, ends[0], from, at(1, 2), b"first").is_ready());
    receive(&mut two, ends[1], to);
    one.turn(100, ends[0], false);
    for _ in 0..3 * FRAMES {
        assert!(send(&mut one, ends[0], from, at(1, 2), b"more").is_ready());
    }
    let before = core::iter::from_fn(|| receive(&mut two, ends[1], to)).count();
    assert!((FRAMES - 2..=FRAMES).contains(&before), "{before}");
    let waiting = ends[1].wire.lock()[1].len();
    assert!(two.poll_answer(to, &context(), ends[1], false, |_, _, _| None).is_pending());
    assert_eq!(ends[1].wire.lock()[1].len(), waiting - FRAMES);
}

/// A datagram from 10.0.0.2 to the stack at 10.0.0.1, in a frame.
fn frame(to: [u8; 4], port: u16, bytes: &[u8]) -> Vec<u8> {
    let sender = Node { mac: [2, 0, 0, 0, 0, 2], offloads: Offloads::default(), home: Some(home(2)) };
    let mut frame = vec![0; HEADERS + bytes.len()];
    frame[HEADERS..].copy_from_slice(bytes);
    sender.finish(&mut frame, [2, 0, 0, 0, 0, 1], 9, SocketAddrV4::new(Ipv4Addr::from(to), port));
    frame
}

/// Sums the header up again.
fn repair(frame: &mut [u8]) {
    let header = usize::from(frame[14] & 0x0f) * 4;
    frame[24..26].fill(0);
    let checksum = Sum::ZERO.add(&frame[14..14 + header]).checksum();
    frame[24..26].copy_from_slice(&checksum);
}

#[test]
fn answers_are_made_of_what_they_answer() {
    let ([end, other], [mut one, _]) = pair();
    let port = one.bind(7).unwrap();
    end.inject(frame([10, 0, 0, 1], 7, b"12345"));
    // With options in its header.
    let mut with_options = frame([10, 0, 0, 1], 7, b"ABCDE");
    with_options.splice(34..34, [1; 8]);
    (with_options[14], with_options[17]) = (0x47, with_options[17] + 8);
    repair(&mut with_options);
    end.inject(with_options);
    end.inject(frame([10, 0, 0, 1], 7, b"silent"));
    end.inject(frame([10, 0, 0, 255], 7, b""));
    let answered = one.poll_answer(port, &context(), end, false, |room, length, from| {
        assert_eq!((room.len(), from), (DATAGRAM, at(1, 9)));
        if &room[..length] == b"silent" {
            return None;
        }
        room[..length].reverse();
        room[length] = b'!';
        Some(length + 1)
    });
    assert_eq!(answered, Poll::Pending);
    let answers = other.taken();
    assert_eq!(answers.len(), 3);
    let receiver = Node { mac: other.mac().0, offloads: Offloads::default(), home: Some(home(2)) };
    for (answer, expected) in answers.iter().zip([&b"54321!"[..], b"EDCBA!", b"!"]) {
        let Sort::Datagram(datagram) = receiver.look(answer) else { panic!("{answer:?}") };
        assert_eq!((SocketAddr::from(datagram.from), datagram.port), (at(0, 7), 9));
        assert_eq!(&answer[datagram.start..datagram.end], expected);
        assert_eq!(answer.len(), datagram.end);
    }
    // What came while nobody served the port.
    end.inject(frame([10, 0, 0, 1], 7, b"ping"));
    while end.can_receive() {
        one.turn(100, end, false);
    }
    assert!(other.taken().is_empty());
    let echo = |_: &mut [u8], length, _| Some(length);
    assert_eq!(one.poll_answer(port, &context(), End { room: 0, ..end }, false, echo), Poll::Pending);
    assert_eq!(one.poll_answer(port, &context(), end, false, echo), Poll::Pending);
    let asked = other.taken();
    assert_eq!(asked[0].len(), ARP, "of whom it came is not known any more");
    one.unbind(port);
    assert_eq!(one.poll_answer(port, &context(), end, false, echo), Poll::Ready(NetError::NotOpen));
}

#[test]
fn echoes_are_answered_and_only_those_to_us() {
    let ([end, other], [mut one, _]) = pair();
    let mut ping = frame([10, 0, 0, 1], 7, b"0123456");
    ping[23] = 1;
    ping[34..42].copy_from_slice(&[8, 0, 0, 0, 1, 2, 3, 4]);
    let checksum = Sum::ZERO.add(&ping[34..]).checksum();
    ping[36..38].copy_from_slice(&checksum);
    repair(&mut ping);
    let mut padded = ping.clone();
    padded.extend([0; 11]);
    end.inject(padded);
    let mut to_all = ping.clone();
    to_all[..6].copy_from_slice(&EVERYBODY);
    end.inject(to_all);
    one.turn(100, end, false);
    let answers = other.taken();
    assert_eq!(answers.len(), 1);
    let pong = &answers[0];
    assert_eq!(pong.len(), ping.len());
    assert_eq!((pong[34], &pong[38..]), (0, &ping[38..]));
    assert_eq!((&pong[26..30], &pong[30..34]), (&ping[30..34], &ping[26..30]));
    assert!(Sum::ZERO.add(&pong[14..34]).is_right() && Sum::ZERO.add(&pong[34..]).is_right());
}

#[test]
fn what_is_not_whole_or_not_for_us_is_dropped() {
    let node = Node { mac: [2, 0, 0, 0, 0, 1], offloads: Offloads::default(), home: Some(home(1)) };
    let whole = frame([10, 0, 0, 1], 7, b"bytes");
    assert!(matches!(node.look(&whole), Sort::Datagram(_)));
    for length in 0..whole.len() {
        assert_eq!(node.look(&whole[..length]), Sort::Nothing, "{length} bytes");
    }
    for bit in 0..whole.len() * 8 {
        // Of the sender's hardware address nothing is known.
        if (48..96).contains(&bit) {
            continue;
        }
        let mut frame = whole.clone();
        frame[bit / 8] ^= 1 << (bit % 8);
        let sort = node.look(&frame);
        // A frame to everybody may be a packet to one of them, but not to us.
        assert!(matches!(sort, Sort::Nothing), "bit {bit}: {sort:?}");
    }
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, Change); 8] = [
        ("a fragment", |frame| frame[20] = 0x20),
        ("not the first fragment", |frame| frame[21] = 1),
        ("to others", |frame| frame[33] = 3),
        ("from everybody", |frame| frame[26..30].copy_from_slice(&[10, 0, 0, 255])),
        ("from ourselves", |frame| frame[29] = 1),
        ("from many", |frame| frame[26] = 224),
        ("from a machine itself", |frame| frame[26] = 127),
        ("from nobody", |frame| frame[26..30].fill(0)),
    ];
    for (name, change) in changes {
        let mut frame = whole.clone();
        change(&mut frame);
        // Without a checksum of its own.
        frame[40..42].fill(0);
        repair(&mut frame);
        assert_eq!(node.look(&frame), Sort::Nothing, "{name}");
    }
    let mut without = whole.clone();
    without[40..42].fill(0);
    assert!(matches!(node.look(&without), Sort::Datagram(_)), "a checksum may be left out");
    let trusting = Node { offloads: Offloads { received: true, transmitted: true }, ..node };
    let mut wrong = whole;
    wrong[45] ^= 1;
    assert!(matches!(trusting.look(&wrong), Sort::Datagram(_)), "the device has looked");
}

#[test]
fn an_address_comes_by_dhcp_and_goes() {
    let [end, other] = End::wire();
    let node = Node { mac: end.mac().0, offloads: end.offloads(), home: None };
    let mut one = Stack::new(node, Some(Client::new(node.mac, 5, 100)), 4096, 100);
    assert_eq!(one.bind(68), Err(NetError::AddressInUse));
    let port = one.bind(7).unwrap();
    assert_eq!(send(&mut one, end, port, at(1, 9), b"x"), Poll::Ready(Err(NetError::Unreachable)));
    assert_eq!(one.lease(end), Some(101));
    let question = other.taken().remove(0);
    assert_eq!((&question[..6], &question[26..34]), (&EVERYBODY[..], &[0, 0, 0, 0, 255, 255, 255, 255][..]));
    let (message, padding) = question[HEADERS..].split_at(236);
    assert_eq!(padding[..4], [99, 130, 83, 99]);
    for (kind, options) in [(2, &[51, 4, 0, 0, 0, 100][..]), (5, &[51, 4, 0, 0, 0, 100])] {
        // A server at 10.0.0.2, which is ours in a moment too.
        let mut answer = message.to_vec();
        answer[0] = 2;
        answer[16..20].copy_from_slice(&[10, 0, 0, 1]);
        answer.extend([99, 130, 83, 99, 53, 1, kind, 54, 4, 10, 0, 0, 2, 1, 4, 255, 255, 255, 0]);
        answer.extend(options);
        answer.push(255);
        let sender = Node { mac: other.mac().0, offloads: Offloads::default(), home: Some(home(2)) };
        let mut frame = vec![0; HEADERS + answer.len()];
        frame[HEADERS..].copy_from_slice(&answer);
        let to = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), 68);
        sender.finish(&mut frame, end.mac().0, 67, to);
        // Nobody but DHCP hears before there is an address.
        end.inject(self::frame([10, 0, 0, 1], 7, b"early"));
        end.inject(frame);
        one.turn(100, end, true);
        one.lease(end);
        other.taken();
    }
    assert_eq!(one.home(), Some(Home { gateway: None, ..home(1) }));
    let received = one.poll_receive(port, &context(), end, true, |bytes, _| bytes.to_vec());
    assert!(received.is_pending());
    one.turn(200, end, true);
    one.lease(end);
    assert_eq!(one.home(), None);
}

/// Frames that are nearly right, in which something is changed.
fn frames() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let arp = |operation| {
        let mut frame = vec![0; ARP];
        frame[..6].copy_from_slice(&EVERYBODY);
        frame[12..14].copy_from_slice(&[8, 6]);
        let arp = Arp::new(operation, ([2, 0, 0, 0, 0, 2], [10, 0, 0, 2]), ([0; 6], [10, 0, 0, 1]));
        frame[14..].copy_from_slice(zerocopy::IntoBytes::as_bytes(&arp));
        frame
    };
    let mut ping = frame([10, 0, 0, 1], 7, b"0123456");
    ping[23] = 1;
    ping[34] = 8;
    let one = (
        prop_oneof![
            Just(arp(1)),
            Just(arp(2)),
            Just(ping),
            prop::collection::vec(any::<u8>(), 0..1473).prop_map(|bytes| frame([10, 0, 0, 1], 7, &bytes)),
            prop::collection::vec(any::<u8>(), 0..100).prop_map(|bytes| frame([255; 4], 68, &bytes)),
            prop::collection::vec(any::<u8>(), 0..1514),
        ],
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        any::<bool>(),
        0_usize..60,
    );
    let one = one.prop_map(|(mut frame, changes, repaired, cut)| {
        for (index, value) in changes {
            if !frame.is_empty() {
                *index.get_mut(&mut frame) = value;
            }
        }
        if repaired
            && frame.len() > 14
            && frame.len() >= 14 + usize::from(frame[14] & 15) * 4
            && frame.len() > 26
        {
            repair(&mut frame);
        }
        frame.truncate(frame.len().saturating_sub(cut.saturating_sub(40)));
        frame
    });
    prop::collection::vec(one, 1..40)
}

proptest! {
    #[test]
    fn frames_of_any_sort_do_no_harm(frames in frames(), dynamic: bool) {
        let (ends, [mut one, _]) = pair();
        let node = Node { mac: ends[0].mac().0, offloads: Offloads::default(), home: None };
        if dynamic {
            one = Stack::new(node, Some(Client::new(node.mac, 5, 100)), 4096, 100);
        }
        let port = one.bind(7).unwrap();
        for (number, frame) in frames.into_iter().enumerate() {
            ends[0].inject(frame);
            match number % 3 {
                0 => drop(one.poll_receive(port, &context(), ends[0], dynamic, |_, _| ())),
                1 => drop(one.poll_answer(port, &context(), ends[0], dynamic, |_, length, _| Some(length))),
                _ => drop(one.turn(100, ends[0], dynamic)),
            }
            one.lease(ends[0]);
        }
        // What goes out is what a peer takes: ARP, or packets with right sums.
        for sent in ends[1].taken() {
            assert!(sent.len() >= ARP && sent.len() <= 1514);
            assert_eq!(sent[6..12], node.mac);
            if sent[12..14] == [8, 0] {
                let header = usize::from(sent[14] & 15) * 4;
                assert!(Sum::ZERO.add(&sent[14..14 + header]).is_right());
            }
        }
    }

    #[test]
    fn what_is_sent_is_received(bytes in prop::collection::vec(any::<u8>(), 0..=DATAGRAM), port in 1..=u16::MAX) {
        let receiver = Node { mac: [2, 0, 0, 0, 0, 1], offloads: Offloads::default(), home: Some(home(1)) };
        let frame = frame([10, 0, 0, 1], port, &bytes);
        let Sort::Datagram(datagram) = receiver.look(&frame) else { panic!("{frame:?}") };
        assert_eq!((datagram.port, &frame[datagram.start..datagram.end]), (port, &bytes[..]));
    }
}
