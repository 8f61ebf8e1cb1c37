//! Network stacks, over frames.

use crate::link::{Link, MAC};
use crate::pieces;
use crate::servers::{Four, Settings, Site};
use core::net::Ipv4Addr;
use core::time::Duration;
use oscomp_abi::{Bytes, Config, Ipv4Cidr};
use oscomp_fake_net::Runner;
use oscomp_interfaces::{Executor, UdpSocket};

/// The header of Ethernet, and those of IPv4 and IPv6 without options.
const ETHERNET: usize = 14;
const IPV4: usize = 20;
const IPV6: usize = 40;

/// A request for a connection, with what is set right: all.
#[cfg(test)]
pub const REQUEST: [u8; 55] = [
    7, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0,
    0, 1, 4, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 16, 0, 0, 0, 0, 0,
];

/// What the first byte of a piece asks for: to be set right in the frame that is the rest of it.
mod right {
    /// Its receiver.
    pub const RECEIVER: u8 = 1;
    /// The sums of the packet in it.
    pub const SUMS: u8 = 2;
    /// The numbers of the segment in it: those that the stack expects.
    pub const NUMBERS: u8 = 4;
}

const ADDRESS: Ipv4Cidr = Ipv4Cidr { address: Ipv4Addr::new(10, 0, 0, 1), prefix: 24 };
const GATEWAY: Option<Ipv4Addr> = Some(Ipv4Addr::new(10, 0, 0, 2));

impl Config<oscomp_smoltcp::Options> for Settings {
    const OPTIONS: oscomp_smoltcp::Options = oscomp_smoltcp::Options {
        address: Some(ADDRESS),
        gateway: GATEWAY,
        ipv6_address: None,
        name_server: None,
        sockets: 8,
        receive: Bytes(2048),
        transmit: Bytes(2048),
        congestion: oscomp_smoltcp::Congestion::Reno,
        patience: 1,
    };
}

impl Config<oscomp_udp_only::Options> for Settings {
    const OPTIONS: oscomp_udp_only::Options = oscomp_udp_only::Options {
        address: Some(ADDRESS),
        gateway: GATEWAY,
        receive: Bytes(2048),
        patience: 1,
    };
}

/// A web server and an echo, behind the stack.
pub fn smoltcp(bytes: &[u8]) {
    let (link, runner) = (Link::new(), Runner::new(16));
    let stack = oscomp_smoltcp::Smoltcp::<_, _, _, _, Settings>::start(link, runner, runner, Four);
    let stack: &'static _ = Box::leak(Box::new(stack.expect("there is room")));
    let server =
        httpd::Httpd::<_, _, _, _, Settings>::start(stack, Site, runner, runner).expect("there is a site");
    let server: &'static _ = Box::leak(Box::new(server));
    let serve = async move { panic!("the server ended: {:?}", server.serve().await) };
    runner.spawn(serve).expect("there is room");
    let echo = async move {
        let socket = UdpSocket::new(stack, 7).expect("the port is free");
        loop {
            let received = socket.receive_with(|bytes, from| (bytes.to_vec(), from)).await;
            let (bytes, from) = received.expect("the stack goes on");
            // Nobody may be there.
            let _ = socket.send(&bytes, from).await;
        }
    };
    runner.spawn(echo).expect("there is room");
    run(link, runner, bytes);
}

/// An echo, behind the stack.
pub fn udp_only(bytes: &[u8]) {
    let (link, runner) = (Link::new(), Runner::new(16));
    let stack = oscomp_udp_only::UdpOnly::<_, _, _, Settings>::start(link, runner, runner);
    let stack: &'static _ = Box::leak(Box::new(stack.expect("there is room")));
    let echo = async move {
        let socket = UdpSocket::new(stack, 7).expect("the port is free");
        let error = socket.answer(|_, length, _| Some(length)).await;
        panic!("the stack ended: {error}");
    };
    runner.spawn(echo).expect("there is room");
    run(link, runner, bytes);
}

/// Has the frames arrive one after the other. What goes out is what others take: its sums are right.
fn run(link: Link, runner: Runner, bytes: &[u8]) {
    let mut numbers = [0; 2];
    runner.run();
    for piece in pieces(bytes).take(64) {
        let Some((ask, frame)) = piece.split_first() else { continue };
        let mut frame = frame[..frame.len().min(1514)].to_vec();
        if ask & right::RECEIVER != 0 && frame.len() >= ETHERNET {
            frame[..6].copy_from_slice(&MAC);
        }
        if ask & right::NUMBERS != 0
            && let Some((segment, _)) = segment(&frame)
            && let Some(place) = frame.get_mut(segment + 4..segment + 12)
        {
            place[..4].copy_from_slice(&u32::to_be_bytes(numbers[0]));
            place[4..].copy_from_slice(&u32::to_be_bytes(numbers[1]));
        }
        if ask & right::SUMS != 0 {
            set_sums(&mut frame);
        }
        link.inject(frame);
        runner.run();
        if ask & 0x80 != 0 {
            runner.pass(Duration::from_millis(300));
        }
        for sent in link.sent() {
            check(&sent);
            if let Some(expected) = expected(&sent) {
                numbers = expected;
            }
        }
    }
    runner.pass(Duration::from_secs(70));
    link.sent().iter().for_each(|sent| check(sent));
}

fn half(frame: &[u8], place: usize) -> Option<u16> {
    frame.get(place..place + 2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
}

fn word(frame: &[u8], place: usize) -> Option<u32> {
    Some(u32::from(half(frame, place)?) << 16 | u32::from(half(frame, place + 2)?))
}

/// Where the TCP segment of a frame begins, and where it ends.
fn segment(frame: &[u8]) -> Option<(usize, usize)> {
    let (place, end, protocol, _) = payload(frame)?;
    (protocol == 6).then_some((place, end))
}

/// Where the payload of a packet that is no fragment begins and ends, its protocol, and the sum of its pseudo-header.
fn payload(frame: &[u8]) -> Option<(usize, usize, u8, u64)> {
    let (place, end, protocol, addresses) = match half(frame, 12)? {
        0x0800 => {
            let place = ETHERNET + usize::from(frame.get(ETHERNET)? & 0xf) * 4;
            let is_whole = half(frame, ETHERNET + 6)? & 0x3fff == 0;
            let end = ETHERNET + usize::from(half(frame, ETHERNET + 2)?);
            if !is_whole || place < ETHERNET + IPV4 {
                return None;
            }
            (place, end, *frame.get(ETHERNET + 9)?, ETHERNET + 12..ETHERNET + IPV4)
        }
        0x86dd => {
            let place = ETHERNET + IPV6;
            let end = place + usize::from(half(frame, ETHERNET + 4)?);
            (place, end, *frame.get(ETHERNET + 6)?, ETHERNET + 8..place)
        }
        _ => return None,
    };
    let bytes = frame.get(place..end)?;
    Some((place, end, protocol, sum(&frame[addresses]) + u64::from(protocol) + bytes.len() as u64))
}

fn sum(bytes: &[u8]) -> u64 {
    let halves = bytes.chunks(2).map(|half| u64::from(half[0]) << 8 | u64::from(*half.get(1).unwrap_or(&0)));
    halves.sum()
}

/// The internet checksum (RFC 1071) of what sums up to that.
fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// Where the sum of a payload is, and what its pseudo-header adds.
fn place_of_sum(protocol: u8, pseudo: u64) -> Option<(usize, u64)> {
    match protocol {
        1 => Some((2, 0)),
        6 => Some((16, pseudo)),
        17 => Some((6, pseudo)),
        58 => Some((2, pseudo)),
        _ => None,
    }
}

/// Sets the sums of a packet.
fn set_sums(frame: &mut [u8]) {
    if half(frame, 12) == Some(0x0800)
        && let Some(length) = frame.get(ETHERNET).map(|first| usize::from(first & 0xf) * 4)
        && length >= IPV4
        && let Some(header) = frame.get_mut(ETHERNET..ETHERNET + length)
    {
        header[10..12].fill(0);
        let value = folded(sum(header));
        header[10..12].copy_from_slice(&value.to_be_bytes());
    }
    let Some((place, end, protocol, pseudo)) = payload(frame) else { return };
    let Some((offset, pseudo)) = place_of_sum(protocol, pseudo) else { return };
    let bytes = &mut frame[place..end];
    if let Some(place) = bytes.get_mut(offset..offset + 2) {
        place.fill(0);
        let value = folded(sum(bytes) + pseudo);
        bytes[offset..offset + 2].copy_from_slice(&value.to_be_bytes());
    }
}

/// What is sent is whole, and its sums are right.
fn check(frame: &[u8]) {
    assert!((ETHERNET..=1514).contains(&frame.len()), "{frame:02x?}");
    if half(frame, 12) == Some(0x0800) {
        assert_eq!(folded(sum(&frame[ETHERNET..ETHERNET + IPV4])), 0, "{frame:02x?}");
    }
    let Some((place, end, protocol, pseudo)) = payload(frame) else { return };
    let Some((offset, pseudo)) = place_of_sum(protocol, pseudo) else { return };
    let bytes = &frame[place..end];
    let is_summed = protocol != 17 || half(bytes, offset) != Some(0);
    assert!(!is_summed || folded(sum(bytes) + pseudo) == 0, "{frame:02x?}");
}

/// The numbers that a segment makes its sender expect in the next one.
fn expected(frame: &[u8]) -> Option<[u32; 2]> {
    let (place, end) = segment(frame)?;
    let flags = *frame.get(place + 13)?;
    let header = usize::from(frame.get(place + 12)? >> 4) * 4;
    let length = (end - place).checked_sub(header)? as u32 + u32::from(flags & 1) + u32::from(flags >> 1 & 1);
    Some([word(frame, place + 8)?, word(frame, place + 4)?.wrapping_add(length)])
}
