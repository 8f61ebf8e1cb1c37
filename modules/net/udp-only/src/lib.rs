//! UDP over IPv4, with what it takes to be reached: ARP, echoes of ICMP, and an address by DHCP. No TCP.
//!
//! Datagrams are handed out where the device has received them and written where it sends them from; answers can be
//! made in the buffer of what they answer. Datagrams in fragments are neither sent nor put together, and nothing is
//! sent to the image itself.
//!
//! Who is behind an address is believed from ARP alone, for two minutes.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod checksum;
mod dhcp;
mod neighbours;
mod node;
mod queue;
mod stack;
#[cfg(test)]
mod tests;
mod wire;

use alloc::boxed::Box;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::net::{Ipv4Addr, SocketAddr};
use core::task::{Context, Poll};
use core::time::Duration;
use dhcp::Client;
use node::{Home, Node};
use oscomp_abi::{Bytes, Config, Ipv4Cidr, StartError};
use oscomp_interfaces::{Ethernet, Executor, Heap, NetError, Timers, UdpAnswers, UdpPort, UdpStack};
use oscomp_macros::{Options, module};
use spin::{Mutex, MutexGuard};
use stack::Stack;

/// UDP over one Ethernet device, and nothing that it does not need.
#[module(provides(UdpStack, UdpAnswers), ambient(Heap))]
pub struct UdpOnly<
    /// What the frames go through.
    Link: Ethernet,
    /// What runs the stack's task.
    Runner: Executor,
    /// What it goes by.
    Time: Timers,
    Settings: Config<Options>,
> {
    stack: &'static Mutex<Stack>,
    link: Link,
    parameters: PhantomData<(Runner, Time, Settings)>,
}

/// Who it is on the network.
#[derive(Options)]
pub struct Options {
    /// The address, with the length of the network's prefix; by DHCP when left out.
    pub address: Option<Ipv4Cidr>,
    /// Who passes on what is not for the own network; with DHCP by that.
    pub gateway: Option<Ipv4Addr>,
    /// What a port keeps of what comes while nobody waits for it.
    #[option(default = "8KiB", range = "2KiB"..="1MiB")]
    pub receive: Bytes,
    /// How often the stack looks for frames in vain, letting all other tasks have a turn in between, before it
    /// has the device interrupt.
    #[option(default = 4, range = 0..=1000000)]
    pub patience: u32,
}

impl<Link: Ethernet + 'static, Runner: Executor, Time: Timers + 'static, Settings: Config<Options>>
    UdpOnly<Link, Runner, Time, Settings>
{
    /// Whether the address is asked for.
    const DYNAMIC: bool = Settings::OPTIONS.address.is_none();

    /// Has the stack's task run.
    ///
    /// # Errors
    /// When the executor has no room for it.
    pub fn start(link: Link, runner: Runner, time: Time) -> Result<Self, StartError> {
        let options = &Settings::OPTIONS;
        let mac = link.mac().0;
        let home = options.address.map(|address| Home { address, gateway: options.gateway });
        let now = seconds(time);
        let client = Self::DYNAMIC.then(|| {
            // Told apart from what other machines ask, and from what this one asked before it was started anew.
            let number = u32::from_le_bytes([mac[2], mac[3], mac[4], mac[5]]);
            Client::new(mac, number ^ time.time().as_nanos() as u32, now)
        });
        let node = Node { mac, offloads: link.offloads(), home };
        let stack = Stack::new(node, client, options.receive.get(), now);
        let stack: &'static Mutex<Stack> = Box::leak(Box::new(Mutex::new(stack)));
        runner
            .spawn(run(stack, link, time, options.patience, Self::DYNAMIC))
            .map_err(|_| StartError::new("the executor has no room for the stack's task"))?;
        Ok(Self { stack, link, parameters: PhantomData })
    }

    fn stack(&self) -> MutexGuard<'_, Stack> {
        locked(self.stack)
    }
}

fn locked(stack: &Mutex<Stack>) -> MutexGuard<'_, Stack> {
    stack.try_lock().expect("the stack is not called by what it calls")
}

fn seconds(time: impl Timers) -> u32 {
    time.time().as_secs() as u32
}

/// The stack's task: turn after turn, until there is nothing to do.
async fn run(
    stack: &'static Mutex<Stack>,
    link: impl Ethernet,
    time: impl Timers,
    patience: u32,
    dynamic: bool,
) {
    let mut vain = 0;
    poll_fn(|context| {
        let mut stack = locked(stack);
        vain = if stack.turn(seconds(time), link, dynamic) { 0 } else { vain + 1 };
        if vain <= patience {
            // The others have a turn; what they write is then sent at once.
            context.waker().wake_by_ref();
            return Poll::<()>::Pending;
        }
        let next = if dynamic { stack.lease(link) } else { None };
        stack.wait(context.waker());
        drop(stack);
        let is_due =
            next.is_some_and(|next| time.poll_at(Duration::from_secs(next.into()), context).is_ready());
        if link.poll_receive(context).is_ready() || is_due {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}

impl<Link: Ethernet + 'static, Runner: Executor, Time: Timers + 'static, Settings: Config<Options>> UdpStack
    for &UdpOnly<Link, Runner, Time, Settings>
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
        let dynamic = UdpOnly::<Link, Runner, Time, Settings>::DYNAMIC;
        self.stack().poll_receive(port.0, context, self.link, dynamic, take)
    }

    fn poll_send<R>(
        self,
        port: UdpPort,
        to: SocketAddr,
        length: usize,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Poll<Result<R, NetError>> {
        self.stack().poll_send(port.0, to, length, context, self.link, fill)
    }

    fn release(self, port: UdpPort) {
        self.stack().unbind(port.0);
    }
}

impl<Link: Ethernet + 'static, Runner: Executor, Time: Timers + 'static, Settings: Config<Options>> UdpAnswers
    for &UdpOnly<Link, Runner, Time, Settings>
{
    fn poll_answer(
        self,
        port: UdpPort,
        context: &mut Context<'_>,
        answer: impl FnMut(&mut [u8], usize, SocketAddr) -> Option<usize>,
    ) -> Poll<NetError> {
        let dynamic = UdpOnly::<Link, Runner, Time, Settings>::DYNAMIC;
        self.stack().poll_answer(port.0, context, self.link, dynamic, answer)
    }
}
