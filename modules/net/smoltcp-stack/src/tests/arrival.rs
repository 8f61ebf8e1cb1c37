//! What happens once a stack has an address.

use super::*;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpPacket, ArpRepr, DhcpMessageType, DhcpPacket, DhcpRepr, EthernetAddress, EthernetFrame,
    EthernetProtocol, EthernetRepr, IpAddress, IpProtocol, Ipv4Packet, Ipv4Repr, UdpPacket, UdpRepr,
};

const OURS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const ROUTER_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 1]);
const OUR_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 0]);

/// The server alone, with an address or without, and the end at which it sees the wire.
fn alone(address: Option<Ipv4Addr>) -> (Stack, [End; 2]) {
    let ends = End::wire();
    let limits = Limits { sockets: 8, receive: 4096, transmit: 4096, congestion: CongestionControl::Reno };
    let address = address.map(|address| Ipv4Cidr { address, prefix: 24 });
    let stack = Stack::new(ends[SERVER], Instant::from_secs(1), address, None, limits, [7, 11, 13, 17]);
    (stack, ends)
}

/// The frames that the stack sends in some turns.
fn turns(stack: &mut Stack, ends: [End; 2], from: u64) -> Vec<Vec<u8>> {
    for turn in 0..4 {
        stack.turn(Instant::from_millis((from + turn) as i64), ends[SERVER]);
    }
    ends[SERVER].wire.lock()[CLIENT].drain(..).collect()
}

/// The address that a frame announces.
fn announced(frame: &[u8]) -> Option<Ipv4Addr> {
    let frame = EthernetFrame::new_checked(frame).unwrap();
    if frame.ethertype() != EthernetProtocol::Arp || !frame.dst_addr().is_broadcast() {
        return None;
    }
    let ArpRepr::EthernetIpv4 { source_hardware_addr, source_protocol_addr, target_protocol_addr, .. } =
        ArpRepr::parse(&ArpPacket::new_checked(frame.payload()).unwrap()).unwrap()
    else {
        return None;
    };
    (source_hardware_addr == OUR_MAC && source_protocol_addr == target_protocol_addr)
        .then_some(source_protocol_addr)
}

/// The message of DHCP in a frame: its kind, and the number of the transaction.
fn asked(frame: &[u8]) -> Option<(DhcpMessageType, u32)> {
    let frame = EthernetFrame::new_checked(frame).unwrap();
    if frame.ethertype() != EthernetProtocol::Ipv4 {
        return None;
    }
    let packet = Ipv4Packet::new_checked(frame.payload()).unwrap();
    let datagram = UdpPacket::new_checked(packet.payload()).unwrap();
    let message = DhcpPacket::new_checked(datagram.payload()).unwrap();
    let repr = DhcpRepr::parse(&message).unwrap();
    Some((repr.message_type, repr.transaction_id))
}

/// The router's answer.
fn answer(kind: DhcpMessageType, transaction_id: u32) -> Vec<u8> {
    let dhcp = DhcpRepr {
        message_type: kind,
        transaction_id,
        secs: 0,
        client_hardware_address: OUR_MAC,
        client_ip: Ipv4Addr::UNSPECIFIED,
        your_ip: OURS,
        server_ip: ROUTER,
        router: Some(ROUTER),
        subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
        relay_agent_ip: Ipv4Addr::UNSPECIFIED,
        broadcast: false,
        requested_ip: None,
        client_identifier: None,
        server_identifier: Some(ROUTER),
        parameter_request_list: None,
        dns_servers: None,
        max_size: None,
        lease_duration: Some(3600),
        renew_duration: None,
        rebind_duration: None,
        additional_options: &[],
    };
    let udp = UdpRepr { src_port: 67, dst_port: 68 };
    let length = udp.header_len() + dhcp.buffer_len();
    let ip = Ipv4Repr {
        src_addr: ROUTER,
        dst_addr: Ipv4Addr::BROADCAST,
        next_header: IpProtocol::Udp,
        payload_len: length,
        hop_limit: 64,
    };
    let ethernet = EthernetRepr {
        src_addr: ROUTER_MAC,
        dst_addr: EthernetAddress::BROADCAST,
        ethertype: EthernetProtocol::Ipv4,
    };
    let mut bytes = vec![0; ethernet.buffer_len() + ip.buffer_len() + length];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    ethernet.emit(&mut frame);
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    let checksums = ChecksumCapabilities::default();
    ip.emit(&mut packet, &checksums);
    udp.emit(
        &mut UdpPacket::new_unchecked(packet.payload_mut()),
        &IpAddress::Ipv4(ROUTER),
        &IpAddress::Ipv4(Ipv4Addr::BROADCAST),
        dhcp.buffer_len(),
        |payload| dhcp.emit(&mut DhcpPacket::new_unchecked(payload)).unwrap(),
        &checksums,
    );
    bytes
}

#[test]
fn an_address_is_announced_once() {
    let (mut stack, ends) = alone(Some(OURS));
    let sent = turns(&mut stack, ends, 1000);
    assert_eq!(sent.iter().filter_map(|frame| announced(frame)).collect::<Vec<_>>(), [OURS]);
    assert!(turns(&mut stack, ends, 2000).iter().all(|frame| announced(frame).is_none()));
}

#[test]
fn a_connection_that_is_opened_before_dhcp_has_given_an_address_is_not_lost() {
    // What another stack sends to open a connection, once it knows our address on the link.
    let mut peers = Net::new(8);
    peers.stacks[SERVER].listen(80, 4).unwrap();
    peers.connect(80);
    let mut opening = None;
    for _ in 0..8 {
        peers.now += Duration::from_millis(1);
        for number in [CLIENT, SERVER] {
            peers.stacks[number].turn(peers.now, peers.ends[number]);
            let wire = peers.ends[SERVER].wire.lock();
            opening = opening.or_else(|| wire[SERVER].iter().find(|frame| frame[12..14] == [8, 0]).cloned());
        }
    }
    let opening = opening.expect("the client opens a connection");

    let (mut stack, ends) = alone(None);
    let port = stack.listen(80, 4).unwrap();
    let sent = turns(&mut stack, ends, 1000);
    let (kind, number) = sent.iter().find_map(|frame| asked(frame)).unwrap();
    assert_eq!(kind, DhcpMessageType::Discover);
    ends[SERVER].inject(opening);
    assert_eq!(turns(&mut stack, ends, 1010), [] as [Vec<u8>; 0], "no answer without an address");

    ends[SERVER].inject(answer(DhcpMessageType::Offer, number));
    let sent = turns(&mut stack, ends, 1020);
    assert_eq!(sent.iter().find_map(|frame| asked(frame)), Some((DhcpMessageType::Request, number)));
    ends[SERVER].inject(answer(DhcpMessageType::Ack, number));
    let sent = turns(&mut stack, ends, 1030);
    assert_eq!(sent.iter().find_map(|frame| announced(frame)), Some(OURS));
    // It answers, or asks on the link to whom: the connection has begun.
    assert!(sent.len() > 1, "{sent:?}");
    assert!(stack.poll_accept(port, &context()).is_pending(), "it is open once the peer has acknowledged");
}
