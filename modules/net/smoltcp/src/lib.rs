//! TCP, UDP, ICMP echo, ARP, neighbour discovery, DHCP and DNS by the smoltcp crate, over an Ethernet device: IPv4 and
//! IPv6.
//!
//! Datagrams of IPv4 that come in fragments are put together, up to 16 KiB; none are sent.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use core::net::Ipv4Addr;
use oscomp_abi::{Bytes, Config, Ipv4Cidr, Ipv6Cidr, StartError};
use oscomp_interfaces::names::NamesBinding;
use oscomp_interfaces::tcp::TcpStackBinding;
use oscomp_interfaces::udp::UdpStackBinding;
use oscomp_interfaces::{Entropy, Ethernet, Executor, Heap, Names, TcpStack, Timers, UdpStack};
use oscomp_macros::{Choice, Options, module};
use oscomp_smoltcp_stack::{CongestionControl, Handle, Settings as Stack};

/// TCP and UDP over one Ethernet device, by IPv4 and IPv6.
#[module(provides(TcpStack, UdpStack, Names), ambient(Heap))]
pub struct Smoltcp<
    /// What the frames go through.
    Link: Ethernet,
    /// What runs the stack's task.
    Runner: Executor,
    /// What it goes by.
    Time: Timers,
    /// What makes sequence numbers and ports hard to guess.
    Random: Entropy,
    Settings: Config<Options>,
> {
    handle: Handle<Time>,
    parameters: PhantomData<(Link, Runner, Random, Settings)>,
}

/// Who it is on the network, and how much it takes.
#[derive(Options)]
pub struct Options {
    /// The address, with the length of the network's prefix; by DHCP when left out.
    pub address: Option<Ipv4Cidr>,
    /// Who passes on what is not for the own network; with DHCP by that.
    pub gateway: Option<Ipv4Addr>,
    /// An address of version 6, with the length of the network's prefix, besides that of the link and what routers give.
    pub ipv6_address: Option<Ipv6Cidr>,
    /// Who knows the addresses of names; with DHCP, when left out, as that says.
    pub name_server: Option<Ipv4Addr>,
    /// Sockets that can be open at once; one takes memory of the heap only while it is open.
    #[option(default = 256, range = 1..=65000)]
    pub sockets: u16,
    /// What a socket keeps until it is read.
    #[option(default = "8KiB", range = "2KiB"..="1MiB")]
    pub receive: Bytes,
    /// What a socket keeps until it is sent, and for TCP acknowledged.
    #[option(default = "16KiB", range = "2KiB"..="1MiB")]
    pub transmit: Bytes,
    /// How much TCP sends before it hears that it arrives.
    #[option(default = "reno")]
    pub congestion: Congestion,
    /// How often the stack looks for frames in vain, letting all other tasks have a turn in between, before it
    /// has the device interrupt.
    #[option(default = 4, range = 0..=1000000)]
    pub patience: u32,
}

/// How much TCP sends before it hears that it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Congestion {
    /// Little at first, more while nothing is lost (RFC 5681).
    Reno,
    /// As much as the peer has room for: for networks of one's own.
    None,
}

impl<Link, Runner, Time, Random, Settings> Smoltcp<Link, Runner, Time, Random, Settings>
where
    Link: Ethernet + 'static,
    Runner: Executor,
    Time: Timers + 'static,
    Random: Entropy,
    Settings: Config<Options>,
{
    /// Has the stack's task run.
    ///
    /// # Errors
    /// When the executor has no room for it.
    pub fn start(link: Link, runner: Runner, time: Time, random: Random) -> Result<Self, StartError> {
        let options = &Settings::OPTIONS;
        let stack = Stack {
            address: options.address,
            gateway: options.gateway,
            sockets: options.sockets,
            receive: options.receive.get(),
            transmit: options.transmit.get(),
            congestion: match options.congestion {
                Congestion::Reno => CongestionControl::Reno,
                Congestion::None => CongestionControl::None,
            },
            patience: options.patience,
        };
        let handle = Handle::start(&stack, link, runner, time, random)?;
        if let Some(address) = options.ipv6_address {
            handle.add_address(address);
        }
        handle.set_name_server(options.name_server);
        Ok(Self { handle, parameters: PhantomData })
    }
}

impl<Link: Ethernet, Runner: Executor, Time: Timers + 'static, Random: Entropy, Settings: Config<Options>>
    TcpStackBinding for &'static Smoltcp<Link, Runner, Time, Random, Settings>
{
    type Target = Handle<Time>;

    #[inline(always)]
    fn target(self) -> Handle<Time> {
        self.handle
    }
}

impl<Link: Ethernet, Runner: Executor, Time: Timers + 'static, Random: Entropy, Settings: Config<Options>>
    UdpStackBinding for &'static Smoltcp<Link, Runner, Time, Random, Settings>
{
    type Target = Handle<Time>;

    #[inline(always)]
    fn target(self) -> Handle<Time> {
        self.handle
    }
}

impl<Link: Ethernet, Runner: Executor, Time: Timers + 'static, Random: Entropy, Settings: Config<Options>>
    NamesBinding for &'static Smoltcp<Link, Runner, Time, Random, Settings>
{
    type Target = Handle<Time>;

    #[inline(always)]
    fn target(self) -> Handle<Time> {
        self.handle
    }
}
