//! TCP, UDP, ICMP echo, ARP and DHCP by the smoltcp crate, over an Ethernet device: what IPv4 takes, and no more.
//!
//! Datagrams in fragments are neither sent nor put together.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use core::net::Ipv4Addr;
use oscomp_abi::{Bytes, Config, Ipv4Cidr, StartError};
use oscomp_interfaces::tcp::TcpStackBinding;
use oscomp_interfaces::udp::UdpStackBinding;
use oscomp_interfaces::{Entropy, Ethernet, Executor, Heap, TcpStack, Timers, UdpStack};
use oscomp_macros::{Choice, Options, module};
use oscomp_smoltcp_stack::{CongestionControl, Handle, Settings as Stack};

/// TCP and UDP over one Ethernet device, by IPv4 alone: less code, and fewer steps for each frame, than with IPv6.
#[module(provides(TcpStack, UdpStack), ambient(Heap))]
pub struct SmoltcpIpv4<
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

impl<Link, Runner, Time, Random, Settings> SmoltcpIpv4<Link, Runner, Time, Random, Settings>
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
        Ok(Self { handle, parameters: PhantomData })
    }
}

impl<Link: Ethernet, Runner: Executor, Time: Timers + 'static, Random: Entropy, Settings: Config<Options>>
    TcpStackBinding for &'static SmoltcpIpv4<Link, Runner, Time, Random, Settings>
{
    type Target = Handle<Time>;

    #[inline(always)]
    fn target(self) -> Handle<Time> {
        self.handle
    }
}

impl<Link: Ethernet, Runner: Executor, Time: Timers + 'static, Random: Entropy, Settings: Config<Options>>
    UdpStackBinding for &'static SmoltcpIpv4<Link, Runner, Time, Random, Settings>
{
    type Target = Handle<Time>;

    #[inline(always)]
    fn target(self) -> Handle<Time> {
        self.handle
    }
}
