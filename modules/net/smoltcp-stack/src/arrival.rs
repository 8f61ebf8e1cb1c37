//! The moment from which there is an address of version 4.

use crate::flow::Owner;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use oscomp_interfaces::Ethernet;
use smoltcp::wire::{ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol};

/// Bytes of an Ethernet frame with an ARP packet.
const ARP_FRAME: usize = 14 + 28;

/// Frames that came for an address before we had it.
///
/// Whoever gives addresses by DHCP knows ours before we do. QEMU's user network, for one, sends the first segment of a
/// connection that waits at a forwarded port as soon as it has seen our request; if that is lost the next comes seconds later.
#[derive(Default)]
pub struct Early(Vec<Box<[u8]>>);

impl Early {
    /// Frames that are kept.
    const MOST: usize = 8;

    /// Keeps a frame to us that begins something, if there is room. Whether it did.
    pub fn keep(&mut self, frame: &[u8], owner: Owner, device: impl Ethernet) -> bool {
        let begins = matches!(owner, Owner::Tcp { begins: true, .. } | Owner::Udp { .. });
        let keeps = begins && self.0.len() < Self::MOST && frame.starts_with(&device.mac().0);
        if keeps {
            self.0.push(frame.into());
        }
        keeps
    }

    /// The frames, in order.
    pub fn frames(self) -> impl Iterator<Item = Box<[u8]>> {
        self.0.into_iter()
    }
}

/// Tells everybody on the link whose the address is (RFC 5227, section 2.3): who asked before the device could receive
/// need not ask again.
pub fn announce(address: Ipv4Addr, device: impl Ethernet) {
    let mac = EthernetAddress(device.mac().0);
    let announcement = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: mac,
        source_protocol_addr: address,
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: address,
    };
    device.transmit(ARP_FRAME, |bytes| {
        let mut frame = EthernetFrame::new_unchecked(bytes);
        frame.set_dst_addr(EthernetAddress::BROADCAST);
        frame.set_src_addr(mac);
        frame.set_ethertype(EthernetProtocol::Arp);
        announcement.emit(&mut ArpPacket::new_unchecked(frame.payload_mut()));
    });
}
