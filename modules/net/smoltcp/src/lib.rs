//! TCP, UDP, ICMP echo, ARP, neighbour discovery and DHCP by the smoltcp crate, over an Ethernet device.
//!
//! Datagrams in fragments are neither sent nor put together.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod flow;
mod link;
mod slots;
mod stack;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::net::{Ipv4Addr, SocketAddr};
use core::task::{Context, Poll};
use oscomp_abi::{Bytes, Config, Ipv4Cidr, StartError};
use oscomp_interfaces::{
    Entropy, Ethernet, Executor, Heap, NetError, TcpConnection, TcpPort, TcpStack, Timers, UdpPort, UdpStack,
};
use oscomp_macros::{Choice, Options, module};
use smoltcp::socket::tcp::CongestionControl;
use smoltcp::time::Instant;
use spin::{Mutex, MutexGuard};
use stack::{Limits, Stack};

/// TCP and UDP over one Ethernet device.
#[module(provides(TcpStack, UdpStack), ambient(Heap))]
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
    stack: &'static Mutex<Stack>,
    time: Time,
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

impl<
    Link: Ethernet + 'static,
    Runner: Executor,
    Time: Timers + 'static,
    Random: Entropy,
    Settings: Config<Options>,
> Smoltcp<Link, Runner, Time, Random, Settings>
{
    /// Has the stack's task run.
    ///
    /// # Errors
    /// When the executor has no room for it.
    pub fn start(link: Link, runner: Runner, time: Time, random: Random) -> Result<Self, StartError> {
        let limits = Limits {
            sockets: Settings::OPTIONS.sockets,
            receive: Settings::OPTIONS.receive.get(),
            transmit: Settings::OPTIONS.transmit.get(),
            congestion: match Settings::OPTIONS.congestion {
                Congestion::Reno => CongestionControl::Reno,
                Congestion::None => CongestionControl::None,
            },
        };
        let mut seed = [[0; 8]; 4];
        random.fill(seed.as_flattened_mut());
        let stack = Stack::new(
            link,
            instant(time),
            Settings::OPTIONS.address,
            Settings::OPTIONS.gateway,
            limits,
            seed.map(u64::from_le_bytes),
        );
        let stack: &'static Mutex<Stack> = Box::leak(Box::new(Mutex::new(stack)));
        runner
            .spawn(run(stack, link, time, Settings::OPTIONS.patience))
            .map_err(|_| StartError::new("the executor has no room for the stack's task"))?;
        Ok(Self { stack, time, parameters: PhantomData })
    }

    fn stack(&self) -> MutexGuard<'_, Stack> {
        locked(self.stack)
    }
}

fn locked(stack: &Mutex<Stack>) -> MutexGuard<'_, Stack> {
    stack.try_lock().expect("the stack is not called by what it calls")
}

fn instant(time: impl Timers) -> Instant {
    Instant::from_micros(time.time().as_micros() as i64)
}

/// The stack's task: turn after turn, until there is nothing to do.
async fn run(stack: &'static Mutex<Stack>, link: impl Ethernet, time: impl Timers, patience: u32) {
    let mut vain = 0;
    poll_fn(|context| {
        let now = instant(time);
        let mut stack = locked(stack);
        vain = if stack.turn(now, link) { 0 } else { vain + 1 };
        if vain <= patience {
            // The others have a turn; what they write is then sent at once.
            context.waker().wake_by_ref();
            return Poll::<()>::Pending;
        }
        stack.send_own(now, link);
        let next = stack.next(now, context.waker());
        drop(stack);
        let is_due = next.is_some_and(|at| {
            let at = core::time::Duration::from_micros(at.total_micros().max(0) as u64);
            time.poll_at(at, context).is_ready()
        });
        if link.poll_receive(context).is_ready() || is_due {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}

impl<Link: Ethernet, Runner: Executor, Time: Timers, Random: Entropy, Settings: Config<Options>> TcpStack
    for &'static Smoltcp<Link, Runner, Time, Random, Settings>
{
    fn listen(self, port: u16, backlog: usize) -> Result<TcpPort, NetError> {
        self.stack().listen(port, backlog).map(TcpPort)
    }

    fn poll_accept(
        self,
        port: TcpPort,
        context: &mut Context<'_>,
    ) -> Poll<Result<(TcpConnection, SocketAddr), NetError>> {
        let accepted = self.stack().poll_accept(port.0, context);
        accepted.map_ok(|(connection, peer)| (TcpConnection(connection), peer))
    }

    fn connect(self, to: SocketAddr) -> Result<TcpConnection, NetError> {
        self.stack().connect(to).map(TcpConnection)
    }

    fn poll_read<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        self.stack().poll_read(connection.0, context, take)
    }

    fn poll_write<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        self.stack().poll_write(connection.0, context, fill)
    }

    fn poll_flush(self, connection: TcpConnection, context: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        self.stack().poll_flush(connection.0, context)
    }

    fn close(self, connection: TcpConnection) {
        self.stack().close(connection.0);
    }

    fn abort(self, connection: TcpConnection) {
        self.stack().abort(connection.0);
    }

    fn release(self, connection: TcpConnection) {
        self.stack().release(connection.0, instant(self.time));
    }
}

impl<Link: Ethernet, Runner: Executor, Time: Timers, Random: Entropy, Settings: Config<Options>> UdpStack
    for &'static Smoltcp<Link, Runner, Time, Random, Settings>
{
    fn bind(self, port: u16) -> Result<UdpPort, NetError> {
        self.stack().bind(port).map(UdpPort)
    }

    fn poll_receive<R>(
        self,
        port: UdpPort,
        context: &mut Context<'_>,
        take: impl FnOnce(&[u8], SocketAddr) -> R,
    ) -> Poll<Result<R, NetError>> {
        self.stack().poll_receive(port.0, context, take)
    }

    fn poll_send<R>(
        self,
        port: UdpPort,
        to: SocketAddr,
        length: usize,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Poll<Result<R, NetError>> {
        self.stack().poll_send(port.0, to, length, context, fill)
    }

    fn release(self, port: UdpPort) {
        self.stack().unbind(port.0);
    }
}
