//! An address by DHCP (RFC 2131): asked for, kept, and given up when its time is over.

use crate::node::Home;
use core::net::Ipv4Addr;
use oscomp_abi::Ipv4Cidr;
use smoltcp::wire::{DhcpMessageType, DhcpPacket, DhcpRepr, EthernetAddress, Ipv4Cidr as Network};

/// The ports of clients and of servers.
pub const CLIENT: u16 = 68;
pub const SERVER: u16 = 67;

/// How often an offer is asked for before it is given up.
const TRIES: u32 = 4;
/// The longest pause between two questions, in seconds.
const PAUSE: u32 = 16;
/// The least time between two questions while there is an address, in seconds.
const REST: u32 = 60;

/// The client.
#[derive(Debug)]
pub struct Client {
    mac: [u8; 6],
    transaction: u32,
    state: State,
    /// When it says something, in seconds.
    next: u32,
    tries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It looks for a server.
    Selecting,
    /// It takes the address that a server has offered.
    Requesting { address: Ipv4Addr, server: Ipv4Addr },
    /// It has an address until then, for ever if it is `None`.
    Bound { address: Ipv4Addr, until: Option<u32> },
}

/// What becomes of our address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is that one.
    Home(Home),
    /// There is none any more.
    Lost,
}

impl Client {
    /// A client that asks at once.
    pub fn new(mac: [u8; 6], transaction: u32, now: u32) -> Self {
        Self { mac, transaction, state: State::Selecting, next: now, tries: 0 }
    }

    /// When it has something to say or to give up, in seconds.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// What it says at that time: a message in `room`, of how many bytes.
    pub fn say(&mut self, room: &mut [u8], now: u32) -> (Option<Change>, Option<usize>) {
        if now < self.next {
            return (None, None);
        }
        let change = match self.state {
            State::Requesting { .. } if self.tries == TRIES => {
                self.begin();
                None
            }
            State::Bound { until: Some(until), .. } if now >= until => {
                self.begin();
                Some(Change::Lost)
            }
            _ => None,
        };
        self.next = match self.state {
            State::Bound { until: Some(until), .. } => (now + ((until - now) / 2).max(REST)).min(until),
            _ => now + (1 << self.tries.min(30)).min(PAUSE),
        };
        self.tries += 1;
        (change, self.write(room))
    }

    fn begin(&mut self) {
        self.state = State::Selecting;
        self.tries = 0;
        self.transaction = self.transaction.wrapping_add(1);
    }

    fn write(&self, room: &mut [u8]) -> Option<usize> {
        let mac = EthernetAddress(self.mac);
        let none = Ipv4Addr::UNSPECIFIED;
        let mut message = DhcpRepr {
            message_type: DhcpMessageType::Discover,
            transaction_id: self.transaction,
            secs: 0,
            client_hardware_address: mac,
            client_ip: none,
            your_ip: none,
            server_ip: none,
            router: None,
            subnet_mask: None,
            relay_agent_ip: none,
            broadcast: false,
            requested_ip: None,
            client_identifier: Some(mac),
            server_identifier: None,
            // The prefix, who passes packets on, how long, and by whom.
            parameter_request_list: Some(&[1, 3, 51, 54]),
            dns_servers: None,
            max_size: Some(1500),
            lease_duration: None,
            renew_duration: None,
            rebind_duration: None,
            additional_options: &[],
        };
        match self.state {
            State::Selecting => {}
            State::Requesting { address, server } => {
                message.message_type = DhcpMessageType::Request;
                message.requested_ip = Some(address);
                message.server_identifier = Some(server);
            }
            State::Bound { address, .. } => {
                message.message_type = DhcpMessageType::Request;
                message.client_ip = address;
            }
        }
        let length = message.buffer_len();
        let mut packet = DhcpPacket::new_unchecked(room.get_mut(..length)?);
        message.emit(&mut packet).ok()?;
        Some(length)
    }

    /// Takes a message of a server.
    pub fn hear(&mut self, bytes: &[u8], now: u32) -> Option<Change> {
        let packet = DhcpPacket::new_checked(bytes).ok()?;
        let message = DhcpRepr::parse(&packet).ok()?;
        let is_ours = message.transaction_id == self.transaction
            && message.client_hardware_address == EthernetAddress(self.mac);
        if !is_ours {
            return None;
        }
        match (self.state, message.message_type) {
            (State::Selecting, DhcpMessageType::Offer) => {
                let (address, server) = (message.your_ip, message.server_identifier?);
                is_usable(address).then_some(())?;
                self.state = State::Requesting { address, server };
                (self.tries, self.next) = (0, now);
                None
            }
            (State::Requesting { .. } | State::Bound { .. }, DhcpMessageType::Ack) => {
                let address = message.your_ip;
                is_usable(address).then_some(())?;
                let mask = message.subnet_mask.unwrap_or(Ipv4Addr::new(255, 255, 255, 0));
                let network = Network::from_netmask(address, mask).ok()?;
                let lease = message.lease_duration.filter(|lease| *lease != u32::MAX);
                let until = lease.map(|lease| now.saturating_add(lease.max(1)));
                // Half of the time, or what the server wants.
                let renew = lease.map(|lease| message.renew_duration.unwrap_or(lease / 2).min(lease).max(1));
                self.next = renew.map_or(u32::MAX, |renew| now.saturating_add(renew));
                self.state = State::Bound { address, until };
                self.tries = 0;
                let address = Ipv4Cidr { address, prefix: network.prefix_len() };
                Some(Change::Home(Home { address, gateway: message.router }))
            }
            (State::Requesting { .. } | State::Bound { .. }, DhcpMessageType::Nak) => {
                self.begin();
                self.next = now + 1;
                Some(Change::Lost)
            }
            _ => None,
        }
    }
}

fn is_usable(address: Ipv4Addr) -> bool {
    !address.is_unspecified() && !address.is_multicast() && !address.is_broadcast() && !address.is_loopback()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::{any, prop, proptest};
    use std::vec;
    use std::vec::Vec;

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];

    fn said(client: &mut Client, now: u32) -> Option<(DhcpMessageType, Ipv4Addr, Option<Ipv4Addr>)> {
        let mut room = [0; 600];
        let (_, length) = client.say(&mut room, now);
        let packet = DhcpPacket::new_checked(&room[..length?]).unwrap();
        let message = DhcpRepr::parse(&packet).unwrap();
        Some((message.message_type, message.client_ip, message.requested_ip))
    }

    fn answer(client: &Client, message_type: DhcpMessageType, lease: Option<u32>) -> Vec<u8> {
        let message = DhcpRepr {
            message_type,
            transaction_id: client.transaction,
            secs: 0,
            client_hardware_address: EthernetAddress(MAC),
            client_ip: Ipv4Addr::UNSPECIFIED,
            your_ip: Ipv4Addr::new(10, 0, 2, 15),
            server_ip: Ipv4Addr::new(10, 0, 2, 2),
            router: Some(Ipv4Addr::new(10, 0, 2, 2)),
            subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
            relay_agent_ip: Ipv4Addr::UNSPECIFIED,
            broadcast: false,
            requested_ip: None,
            client_identifier: None,
            server_identifier: Some(Ipv4Addr::new(10, 0, 2, 2)),
            parameter_request_list: None,
            dns_servers: None,
            max_size: None,
            lease_duration: lease,
            renew_duration: None,
            rebind_duration: None,
            additional_options: &[],
        };
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..])).unwrap();
        bytes
    }

    #[test]
    fn an_address_is_asked_for_kept_and_given_up() {
        use DhcpMessageType::{Ack, Discover, Offer, Request};
        let ours = Ipv4Addr::new(10, 0, 2, 15);
        let none = Ipv4Addr::UNSPECIFIED;
        let mut client = Client::new(MAC, 7, 10);
        assert_eq!(said(&mut client, 9), None);
        assert_eq!(said(&mut client, 10), Some((Discover, none, None)));
        assert_eq!(said(&mut client, 10), None, "it waits");
        assert_eq!(said(&mut client, 11), Some((Discover, none, None)));
        assert_eq!(client.hear(&answer(&client, Ack, None), 11), None, "that was not asked");
        assert_eq!(client.hear(&answer(&client, Offer, None), 11), None);
        assert_eq!(said(&mut client, 11), Some((Request, none, Some(ours))));
        let home = Home {
            address: Ipv4Cidr { address: ours, prefix: 24 },
            gateway: Some(Ipv4Addr::new(10, 0, 2, 2)),
        };
        assert_eq!(client.hear(&answer(&client, Ack, Some(1000)), 12), Some(Change::Home(home)));
        assert_eq!(client.next(), 512);
        assert_eq!(said(&mut client, 512), Some((Request, ours, None)));
        assert_eq!(client.next(), 762);
        assert_eq!(client.hear(&answer(&client, Ack, Some(1000)), 513), Some(Change::Home(home)));
        let lost = loop {
            let now = client.next();
            if let (Some(change), message) = client.say(&mut [0; 600], now) {
                assert!(message.is_some(), "it looks for another one at once");
                break (change, now);
            }
        };
        assert_eq!(lost, (Change::Lost, 1513));
        assert_eq!(client.hear(&answer(&client, Ack, None), 1513), None);
    }

    #[test]
    fn an_offer_that_nobody_keeps_is_given_up_and_a_refusal_heard() {
        use DhcpMessageType::{Ack, Discover, Nak, Offer, Request};
        let mut client = Client::new(MAC, 7, 0);
        assert!(said(&mut client, 0).is_some());
        client.hear(&answer(&client, Offer, None), 0);
        let mut kinds = Vec::new();
        for _ in 0..5 {
            let now = client.next();
            kinds.extend(said(&mut client, now).map(|said| said.0));
        }
        assert_eq!(kinds, [Request, Request, Request, Request, Discover]);
        client.hear(&answer(&client, Offer, None), 40);
        assert!(client.hear(&answer(&client, Ack, None), 40).is_some());
        assert_eq!(client.next(), u32::MAX, "for ever");
        assert_eq!(client.hear(&answer(&client, Nak, None), 50), Some(Change::Lost));
        assert_eq!(client.next(), 51);
    }

    proptest! {
        #[test]
        fn messages_of_any_sort_do_no_harm(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            cut in 0_usize..300,
            which in 0..3_u8,
        ) {
            use DhcpMessageType::{Ack, Nak, Offer};
            let mut client = Client::new(MAC, 7, 0);
            for kind in [Offer, [Ack, Nak, Offer][usize::from(which)]] {
                client.say(&mut [0; 600], client.next());
                let mut bytes = answer(&client, kind, Some(100));
                for (index, value) in &changes {
                    *index.get_mut(&mut bytes) = *value;
                }
                bytes.truncate(bytes.len().saturating_sub(cut.saturating_sub(100)));
                client.hear(&bytes, 1);
            }
            client.say(&mut [0; 600], 200);
        }
    }
}
