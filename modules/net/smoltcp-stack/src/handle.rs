//! A stack that runs, and what it provides.

use crate::stack::{Limits, Stack};
use alloc::boxed::Box;
use core::future::poll_fn;
#[cfg(feature = "dns")]
use core::net::IpAddr;
use core::net::{Ipv4Addr, SocketAddr};
use core::task::{Context, Poll};
use oscomp_abi::{Ipv4Cidr, StartError};
use oscomp_interfaces::{
    Entropy, Ethernet, Executor, NetError, TcpConnection, TcpPort, TcpStack, Timers, UdpPort, UdpStack,
};
#[cfg(feature = "dns")]
use oscomp_interfaces::{NameQuery, Names};
use smoltcp::socket::tcp::CongestionControl;
use smoltcp::time::Instant;
use spin::{Mutex, MutexGuard};

/// Who a stack is on the network, and how much it takes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The address, with the length of the network's prefix; by DHCP if there is none.
    pub address: Option<Ipv4Cidr>,
    /// Who passes on what is not for the own network.
    pub gateway: Option<Ipv4Addr>,
    /// Sockets at the most.
    pub sockets: u16,
    /// Bytes that a socket keeps until they are read.
    pub receive: usize,
    /// Bytes that a socket keeps until they are sent, and for TCP acknowledged.
    pub transmit: usize,
    /// How TCP finds out how much the network takes.
    pub congestion: CongestionControl,
    /// How often the stack looks for frames in vain before it has the device interrupt.
    pub patience: u32,
}

/// A stack that runs.
#[derive(Clone, Copy)]
pub struct Handle<Time> {
    stack: &'static Mutex<Stack>,
    time: Time,
}

impl<Time: Timers + 'static> Handle<Time> {
    /// Has a stack's task run.
    ///
    /// # Errors
    /// When the executor has no room for it.
    pub fn start(
        settings: &Settings,
        link: impl Ethernet + 'static,
        runner: impl Executor,
        time: Time,
        random: impl Entropy,
    ) -> Result<Self, StartError> {
        let limits = Limits {
            sockets: settings.sockets,
            receive: settings.receive,
            transmit: settings.transmit,
            congestion: settings.congestion,
        };
        let mut seed = [[0; 8]; 4];
        random.fill(seed.as_flattened_mut());
        let stack = Stack::new(
            link,
            instant(time),
            settings.address,
            settings.gateway,
            limits,
            seed.map(u64::from_le_bytes),
        );
        let stack: &'static Mutex<Stack> = Box::leak(Box::new(Mutex::new(stack)));
        runner
            .spawn(run(stack, link, time, settings.patience))
            .map_err(|_| StartError::new("the executor has no room for the stack's task"))?;
        Ok(Self { stack, time })
    }

    /// Gives it one more address, of version 6.
    #[cfg(feature = "ipv6")]
    pub fn add_address(&self, address: oscomp_abi::Ipv6Cidr) {
        self.stack().add_address(address);
    }

    /// Says who is asked for names, if it is not for DHCP to say.
    #[cfg(feature = "dns")]
    pub fn set_name_server(&self, server: Option<Ipv4Addr>) {
        self.stack().set_name_server(server);
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

impl<Time: Timers + 'static> TcpStack for Handle<Time> {
    fn listen(self, port: u16, backlog: usize) -> Result<TcpPort, NetError> {
        self.stack().listen(port, backlog).map(TcpPort)
    }

    fn unlisten(self, port: TcpPort) {
        self.stack().unlisten(port.0, instant(self.time));
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

    fn local(self, connection: TcpConnection) -> Result<SocketAddr, NetError> {
        self.stack().local(connection.0)
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

impl<Time: Timers + 'static> UdpStack for Handle<Time> {
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

#[cfg(feature = "dns")]
impl<Time: Timers + 'static> Names for Handle<Time> {
    fn ask(self, name: &str) -> Result<NameQuery, NetError> {
        self.stack().ask(name).map(NameQuery)
    }

    fn poll_told<R>(
        self,
        query: NameQuery,
        context: &mut Context<'_>,
        take: impl FnOnce(&[IpAddr]) -> R,
    ) -> Poll<Result<R, NetError>> {
        self.stack().poll_told(query.0, context, take)
    }

    fn release(self, query: NameQuery) {
        self.stack().release_query(query.0);
    }
}
