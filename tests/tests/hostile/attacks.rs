//! What a network may do to a server. Each attack is bounded, and the same in each run.

use crate::service::{PATIENCE, Service};
use oscomp_tests::net::{Forged, GUEST, GUEST_MAC, HOST_MAC, Peer, Trouble, datagram, echo_request, segment};
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr,
    IpProtocol, Ipv4Packet, TcpControl, TcpPacket,
};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Something that is done to a server.
pub struct Attack {
    /// What it is called.
    pub name: &'static str,
    /// Does it; an error is what the server should not have done.
    pub run: fn(&Service, &mut Peer) -> Result<(), String>,
    /// Whether connections that were never opened are left behind, which wait for half a minute.
    pub lingers: bool,
}

const fn attack(name: &'static str, run: fn(&Service, &mut Peer) -> Result<(), String>) -> Attack {
    Attack { name, run, lingers: false }
}

const fn lingering(name: &'static str, run: fn(&Service, &mut Peer) -> Result<(), String>) -> Attack {
    Attack { name, run, lingers: true }
}

/// All of them.
pub const ALL: &[Attack] = &[
    attack("ping", ping),
    attack("malformed", malformed),
    attack("crowd", crowd),
    attack("slow", slow),
    attack("resets", resets),
    attack("silence", silence),
    attack("windows", windows),
    attack("pieces", pieces),
    attack("trouble", trouble),
    attack("checksums", checksums),
    attack("fragments", fragments),
    lingering("flood", flood),
    lingering("strays", strays),
    lingering("garbage", garbage),
];

/// Those that depend on the machine.
pub const FEW: &[Attack] = &[
    attack("ping", ping),
    attack("pieces", pieces),
    attack("trouble", trouble),
    lingering("flood", flood),
    lingering("garbage", garbage),
];

/// Sockets that each of the systems has.
const SOCKETS: usize = 64;
/// How often what is repeated without end is repeated.
const MORE: usize = 4096;
/// Between turns, while nothing is waited for.
const MOMENT: Duration = Duration::from_millis(1);

/// A client somewhere behind the gateway (RFC 2544's addresses), different for each number.
fn stranger(service: &Service, number: u32) -> Forged {
    let [.., high, low] = number.to_be_bytes();
    Forged {
        address: Ipv4Addr::new(198, 18, high, low),
        port: 1024 + (number % 60_000) as u16,
        to: service.port,
        start: number.wrapping_mul(2_654_435_761),
        acknowledged: None,
        window: 8192,
    }
}

/// The TCP segments that have come for a stranger: number, what it acknowledges, control and payload.
fn segments(peer: &mut Peer, forged: &Forged) -> Vec<(u32, u32, bool, Vec<u8>)> {
    let frames = peer.wire.take_forgers();
    let segments = frames.iter().filter_map(|frame| {
        let packet = Ipv4Packet::new_checked(frame.get(14..)?).ok()?;
        if packet.dst_addr() != forged.address || packet.next_header() != IpProtocol::Tcp {
            return None;
        }
        let segment = TcpPacket::new_checked(packet.payload()).ok()?;
        let right = segment.verify_checksum(&packet.src_addr().into(), &packet.dst_addr().into());
        (right && segment.dst_port() == forged.port).then(|| {
            let numbers = (segment.seq_number().0.cast_unsigned(), segment.ack_number().0.cast_unsigned());
            (numbers.0, numbers.1, segment.syn(), segment.payload().to_vec())
        })
    });
    segments.collect()
}

/// Echo requests of ICMP, small and as large as a frame.
fn ping(_: &Service, peer: &mut Peer) -> Result<(), String> {
    let from = Ipv4Addr::new(198, 18, 0, 1);
    for number in 0..20 {
        let data = vec![0x5a; if number % 2 == 0 { 56 } else { 1472 }];
        peer.wire.forge(&echo_request(from, number, &data));
        let is_reply = |frame: &Vec<u8>| {
            frame[23] == 1 && frame[34] == 0 && frame[40..42] == number.to_be_bytes() && frame[42..] == data
        };
        if !peer.until(PATIENCE, |peer| peer.wire.take_forgers().iter().any(is_reply)) {
            return Err(format!("echo request {number} of {} bytes has no reply", data.len()));
        }
    }
    Ok(())
}

/// Requests that are none, each on a connection that has to be ended with the right answer.
fn malformed(service: &Service, peer: &mut Peer) -> Result<(), String> {
    for (text, more, beginning) in service.malformed {
        let number = peer.connect(service.port, 4096);
        peer.send(number, text.as_bytes());
        peer.send(number, more.repeat(MORE).as_bytes());
        let ended = peer.until(PATIENCE, |peer| peer.has_ended(number));
        let said = String::from_utf8_lossy(&peer.stream(number).incoming).into_owned();
        peer.reset(number);
        if !ended || !said.starts_with(beginning) {
            return Err(format!("{text:?} and {more:?} again and again: {said:?}, ended: {ended}"));
        }
        // The same, cut off in the middle.
        let number = peer.connect(service.port, 4096);
        peer.send(number, &text.as_bytes()[..text.len() / 2]);
        peer.shut(number);
        if !peer.until(PATIENCE, |peer| peer.has_ended(number)) {
            return Err(format!("half of {text:?} and an end: the connection stays"));
        }
        peer.forget(number);
    }
    Ok(())
}

/// More connections than there are sockets, all asking: each is answered or ended, and none is half answered.
pub fn crowd(service: &Service, peer: &mut Peer) -> Result<(), String> {
    let mut waiting: Vec<usize> = (0..SOCKETS + 50)
        .map(|_| {
            let number = peer.connect(service.port, 4096);
            peer.send(number, service.ask.as_bytes());
            number
        })
        .collect();
    let (mut answered, mut wrong) = (0, None);
    let done = peer.until(PATIENCE, |peer| {
        waiting.retain(|&number| {
            let said = &peer.stream(number).incoming;
            if said.len() >= service.answer.len() {
                if said != service.answer.as_bytes() {
                    wrong = Some(String::from_utf8_lossy(said).into_owned());
                }
                answered += 1;
                peer.shut(number);
                peer.reset(number);
                return false;
            }
            if peer.has_ended(number) {
                if !peer.stream(number).incoming.is_empty() {
                    wrong = Some("an answer that breaks off".to_owned());
                }
                peer.forget(number);
                return false;
            }
            true
        });
        waiting.is_empty()
    });
    if let Some(wrong) = wrong {
        return Err(format!("in a crowd the answer is {wrong:?}"));
    }
    if !done {
        return Err(format!("{} of a crowd wait for ever", waiting.len()));
    }
    if answered < SOCKETS / 2 { Err(format!("only {answered} of a crowd are answered")) } else { Ok(()) }
}

/// Clients that send a byte now and then and never a whole request: they are ended, and keep nobody waiting.
fn slow(service: &Service, peer: &mut Peer) -> Result<(), String> {
    let mut slow: Vec<usize> = (0..30).map(|_| peer.connect(service.port, 4096)).collect();
    for byte in service.ask.bytes().cycle().take(300) {
        for number in &slow {
            // Never the last line's end.
            let byte = if byte == b'\n' { b'\r' } else { byte };
            peer.send(*number, &[byte]);
        }
        service.answers(peer)?;
        peer.until(Duration::from_millis(100), |_| false);
        let ended: Vec<usize> = slow.iter().copied().filter(|number| peer.has_ended(*number)).collect();
        slow.retain(|number| !ended.contains(number));
        ended.into_iter().for_each(|number| peer.reset(number));
        if slow.is_empty() {
            return Ok(());
        }
    }
    Err(format!("{} slow clients are still served", slow.len()))
}

/// Connections that are reset while they are opened, while they ask, and while they are answered.
fn resets(service: &Service, peer: &mut Peer) -> Result<(), String> {
    for round in 0..300 {
        let number = peer.connect(service.port, 4096);
        let length = peer.wire.random(service.ask.len() as u32 + 1) as usize;
        peer.send(number, &service.ask.as_bytes()[..length]);
        for _ in 0..peer.wire.random(6) {
            peer.turn(MOMENT);
        }
        if round % 7 == 0 {
            peer.forget(number);
        } else {
            peer.reset(number);
        }
    }
    Ok(())
}

/// Connections that say nothing: some end their half at once, some never.
fn silence(service: &Service, peer: &mut Peer) -> Result<(), String> {
    let silent: Vec<usize> = (0..SOCKETS / 2).map(|_| peer.connect(service.port, 4096)).collect();
    silent.iter().step_by(2).for_each(|number| peer.shut(*number));
    service.answers(peer)?;
    let ended = peer.until(PATIENCE, |peer| silent.iter().all(|number| peer.has_ended(*number)));
    silent.into_iter().for_each(|number| peer.reset(number));
    if ended { Ok(()) } else { Err("silent connections stay".to_owned()) }
}

/// Windows of a few bytes, and of none for a while.
fn windows(service: &Service, peer: &mut Peer) -> Result<(), String> {
    let deaf: Vec<usize> = (0..20)
        .map(|_| {
            let number = peer.connect(service.port, 8);
            peer.stream(number).reads = false;
            peer.send(number, service.ask.as_bytes());
            number
        })
        .collect();
    for room in [1, 3, 64] {
        let number = peer.connect(service.port, room);
        peer.send(number, service.ask.as_bytes());
        let whole = |peer: &mut Peer| peer.stream(number).incoming.len() >= service.answer.len();
        let answered = peer.until(PATIENCE, whole);
        let right = peer.stream(number).incoming == service.answer.as_bytes();
        peer.reset(number);
        if !answered || !right {
            return Err(format!("with a window of {room} bytes the answer does not come"));
        }
    }
    service.answers(peer)?;
    for &number in &deaf {
        peer.stream(number).reads = true;
        let done = |peer: &mut Peer| {
            peer.stream(number).incoming.len() >= service.answer.len() || peer.has_ended(number)
        };
        if !peer.until(PATIENCE, done) {
            return Err("who has not read for a while is neither answered nor ended".to_owned());
        }
        peer.reset(number);
    }
    Ok(())
}

/// A request in pieces that overlap, from the last to the first, with others in between whose checksum is wrong.
fn pieces(service: &Service, peer: &mut Peer) -> Result<(), String> {
    for size in [1, 2, 5, 17] {
        let mut forged = stranger(service, 40_000 + size as u32);
        peer.wire.forge(&segment(&forged, 0, TcpControl::Syn, &[]));
        let mut opened = None;
        let answered = peer.until(PATIENCE, |peer| {
            let all = segments(peer, &forged);
            opened = all.into_iter().find(|(.., syn, _)| *syn).map(|(number, ..)| number.wrapping_add(1));
            opened.is_some()
        });
        let Some(first) = opened.filter(|_| answered) else {
            return Err("a stranger's SYN is not answered".to_owned());
        };
        forged.acknowledged = Some(first);
        let ask = service.ask.as_bytes();
        let send_all = |peer: &mut Peer, forged: &Forged| {
            peer.wire.forge(&segment(forged, 0, TcpControl::None, &[]));
            for start in (0..ask.len()).step_by(size).rev() {
                let piece = &ask[start..ask.len().min(start + size + 1)];
                let mut wrong = segment(forged, start as u32, TcpControl::None, &vec![b'?'; piece.len()]);
                // The checksum of TCP.
                wrong[14 + 20 + 16] ^= 0x55;
                peer.wire.forge(&wrong);
                peer.wire.forge(&segment(forged, start as u32, TcpControl::None, piece));
                peer.turn(Duration::ZERO);
            }
        };
        send_all(peer, &forged);
        let mut said = BTreeMap::new();
        let whole = peer.until(PATIENCE, |peer| {
            for (number, _, _, payload) in segments(peer, &forged) {
                said.insert(number.wrapping_sub(first), payload);
            }
            let mut answer = Vec::new();
            for (offset, payload) in &said {
                let known = answer.len().saturating_sub(*offset as usize);
                if *offset as usize <= answer.len() {
                    answer.extend(payload.iter().skip(known));
                }
            }
            if answer.len() < service.answer.len() {
                // A gap is nothing that the image can know of but by this.
                if peer.wire.random(50) == 0 {
                    send_all(peer, &forged);
                }
                return false;
            }
            said = BTreeMap::from([(0, answer)]);
            true
        });
        let end = Forged { acknowledged: None, ..forged };
        peer.wire.forge(&segment(&end, ask.len() as u32, TcpControl::Rst, &[]));
        let right = said.get(&0).is_some_and(|answer| answer == service.answer.as_bytes());
        if !whole || !right {
            return Err(format!("in pieces of {size}: {:?}", said.get(&0)));
        }
    }
    Ok(())
}

/// A network that loses, doubles and delays frames: each byte that comes is right, and all come. A client whose
/// connection ends, because it seems to be a slow one, goes on with the next.
fn trouble(service: &Service, peer: &mut Peer) -> Result<(), String> {
    const TIMES: usize = 4;
    peer.wire.set_trouble(Trouble { lost: 5, doubled: 5, late: 5 });
    let begin = |peer: &mut Peer| {
        let number = peer.connect(service.port, 4096);
        peer.send(number, service.ask.as_bytes());
        number
    };
    let mut clients: Vec<(usize, usize)> = (0..40).map(|_| (begin(peer), 0)).collect();
    let mut wrong = None;
    let done = peer.until(PATIENCE, |peer| {
        for (number, answered) in &mut clients {
            let said = std::mem::take(&mut peer.stream(*number).incoming);
            if said == service.answer.as_bytes() {
                *answered += 1;
                if *answered < TIMES {
                    // One request after the other, so that there is something to lose each time.
                    peer.send(*number, service.ask.as_bytes());
                }
                continue;
            }
            if !service.answer.as_bytes().starts_with(&said) {
                wrong = Some(String::from_utf8_lossy(&said).into_owned());
            }
            peer.stream(*number).incoming = said;
            if *answered < TIMES && peer.has_ended(*number) {
                peer.reset(*number);
                *number = begin(peer);
            }
        }
        wrong.is_some() || clients.iter().all(|(_, answered)| *answered == TIMES)
    });
    peer.wire.set_trouble(Trouble::default());
    clients.iter().for_each(|(number, _)| peer.reset(*number));
    match wrong {
        Some(said) => Err(format!("one is answered by {said:?}")),
        None if !done => Err(format!("not all are answered: {clients:?}")),
        None => Ok(()),
    }
}

/// Connections that are begun and never opened, far more than there are sockets, while honest clients come.
fn flood(service: &Service, peer: &mut Peer) -> Result<(), String> {
    for number in 0..4000 {
        peer.wire.forge(&segment(&stranger(service, number), 0, TcpControl::Syn, &[]));
        if number % 16 == 15 {
            peer.turn(Duration::ZERO);
        }
        if number % 1000 == 999 {
            service.answers(peer)?;
        }
    }
    peer.wire.take_forgers();
    Ok(())
}

/// Segments of connections that there are not.
fn strays(service: &Service, peer: &mut Peer) -> Result<(), String> {
    let controls = [TcpControl::None, TcpControl::Psh, TcpControl::Fin, TcpControl::Rst, TcpControl::Syn];
    for number in 0..2000 {
        let mut forged = stranger(service, number);
        forged.acknowledged = (number % 3 != 0).then_some(number);
        forged.to = if number % 4 == 0 { 9 } else { service.port };
        let control = controls[number as usize % controls.len()];
        peer.wire.forge(&segment(&forged, number, control, b"stray"));
        peer.wire.forge(&datagram(forged.address, forged.to, b"stray"));
        if number % 16 == 15 {
            peer.turn(Duration::ZERO);
        }
    }
    peer.wire.take_forgers();
    Ok(())
}

/// Packets whose checksums are wrong: as if they had not come.
fn checksums(service: &Service, peer: &mut Peer) -> Result<(), String> {
    service.answers(peer)?;
    peer.wire.take_forgers();
    for (number, at) in [(1, 14 + 10), (2, 14 + 20 + 16)] {
        let mut frame = segment(&stranger(service, number), 0, TcpControl::Syn, &[]);
        frame[at] ^= 0x11;
        peer.wire.forge(&frame);
    }
    let mut echo = echo_request(Ipv4Addr::new(198, 18, 0, 3), 1, b"?");
    echo[14 + 20 + 2] ^= 0x11;
    peer.wire.forge(&echo);
    // What came before an answer that comes has been looked at.
    service.answers(peer)?;
    match peer.wire.take_forgers().len() {
        0 => Ok(()),
        count => Err(format!("{count} packets with wrong checksums are answered")),
    }
}

/// Fragments that overlap, that never become whole, and that are too long together.
fn fragments(service: &Service, peer: &mut Peer) -> Result<(), String> {
    for number in 0..1000 {
        let mut frame = datagram(stranger(service, number).address, service.port, &[0x77; 600]);
        let mut packet = Ipv4Packet::new_unchecked(&mut frame[14..]);
        packet.set_dont_frag(false);
        packet.set_more_frags(number % 3 != 0);
        // In units of 8 bytes: some end beyond the longest packet that there can be.
        packet.set_frag_offset([0, 64, 8, 8184 * 8, 65_528, 600][number as usize % 6]);
        packet.set_ident((number / 3) as u16);
        packet.fill_checksum();
        peer.wire.forge(&frame);
        if number % 16 == 15 {
            peer.turn(Duration::ZERO);
        }
    }
    service.answers(peer)
}

/// Frames of all kinds with something changed in them, cut off, or of nothing but noise.
fn garbage(service: &Service, peer: &mut Peer) -> Result<(), String> {
    let mut request = vec![0; 14 + 28];
    EthernetRepr {
        src_addr: EthernetAddress(HOST_MAC),
        dst_addr: EthernetAddress(GUEST_MAC),
        ethertype: EthernetProtocol::Arp,
    }
    .emit(&mut EthernetFrame::new_unchecked(&mut request));
    ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: EthernetAddress([2, 0, 0, 0, 0, 9]),
        source_protocol_addr: Ipv4Addr::new(10, 0, 2, 99),
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: GUEST,
    }
    .emit(&mut ArpPacket::new_unchecked(&mut request[14..]));
    for number in 0..12_000 {
        let forged = stranger(service, number);
        let mut frame = match number % 6 {
            0 => request.clone(),
            1 => segment(&forged, 0, TcpControl::Syn, &[]),
            2 => segment(&forged, 0, TcpControl::Psh, service.ask.as_bytes()),
            3 => datagram(forged.address, service.port, service.ask.as_bytes()),
            4 => echo_request(forged.address, 1, b"garbage"),
            _ => {
                let mut noise = vec![0; 60 + peer.wire.random(1454) as usize];
                noise.iter_mut().for_each(|byte| *byte = peer.wire.random(256) as u8);
                noise[..6].copy_from_slice(&GUEST_MAC);
                let ethertypes = [0x0800, 0x0806, 0x86dd, 0x8100, 0x0001, 0xffff_u16];
                let ethertype = ethertypes[peer.wire.random(6) as usize];
                noise[12..14].copy_from_slice(&ethertype.to_be_bytes());
                noise
            }
        };
        for _ in 0..peer.wire.random(5) {
            let at = 12 + peer.wire.random(frame.len() as u32 - 12) as usize;
            frame[at] = peer.wire.random(256) as u8;
        }
        if peer.wire.random(4) == 0 {
            frame.truncate(14 + peer.wire.random(frame.len() as u32 - 13) as usize);
        }
        // Who says that the gateway is elsewhere is believed, which is not what is looked for here.
        if frame.get(12..14) == Some(&[8, 6]) && frame.get(28..32) == Some(&[10, 0, 2, 2]) {
            continue;
        }
        peer.wire.forge(&frame);
        if number % 16 == 15 {
            peer.turn(Duration::ZERO);
        }
    }
    peer.wire.take_forgers();
    Ok(())
}
