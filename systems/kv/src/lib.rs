//! A server that keeps values under keys, for clients of Redis: RESP2 and RESP3.
//!
//! What a command does is decided without waiting and without I/O, in the buffer that it arrived in.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod command;
mod glob;
mod reply;
mod request;
mod session;
mod store;
#[cfg(test)]
mod tests;

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU64, AtomicUsize};
use core::time::Duration;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{App, Entropy, Executor, Heap, Log, NetError, Status, TcpStack, Timers, sleep};
use oscomp_macros::{Options, module};
use oscomp_sessions::{Limits, serve};
use session::{Kv as Connection, Shared};
use spin::Mutex;
use store::Store;

/// Keys whose time has come are removed so often, besides when somebody asks for them.
const SWEEP: Duration = Duration::from_millis(100);
/// How long it may take to see that there are such keys again.
const REST: Duration = Duration::from_secs(1);
/// How many of them at once, so that nobody waits long.
const SWEPT: usize = 200;

/// Serves keys and values until the machine is stopped.
#[module(provides(App), ambient(Heap, Log))]
pub struct Kv<
    /// Where the clients come from.
    Listener: TcpStack,
    /// What runs the connections.
    Runner: Executor,
    /// What says when a key's time has come.
    Time: Timers,
    /// What makes the hashes of keys unforeseeable.
    Dice: Entropy,
    /// What tells how much is in use.
    Allocator: Heap,
    Settings: Config<Options>,
> {
    listener: Listener,
    runner: Runner,
    time: Time,
    allocator: Allocator,
    shared: Shared,
    settings: PhantomData<(Dice, Settings)>,
}

/// What it gives to its clients.
#[derive(Options)]
pub struct Options {
    /// The TCP port.
    #[option(default = 6379, listens = "tcp", range = 1..=65535)]
    pub port: u16,
    /// Connections at one time; more wait.
    #[option(default = 1000, range = 1..=4000)]
    pub connections: u16,
    /// What keys and values may take, about; commands that need more are refused. Without it the machine's
    /// memory ends the system.
    pub memory: Option<Bytes>,
    /// What one command may have, its arguments included.
    #[option(default = "1MiB", range = "1KiB"..="512MiB")]
    pub command_bytes: Bytes,
    /// How long a client may be silent, or take no answer. Without it, for ever.
    pub idle_timeout: Option<Duration>,
}

impl<Listener, Runner, Time, Dice, Allocator, Settings> Kv<Listener, Runner, Time, Dice, Allocator, Settings>
where
    Listener: TcpStack,
    Runner: Executor,
    Time: Timers,
    Dice: Entropy,
    Allocator: Heap,
    Settings: Config<Options>,
{
    /// Begins without a key.
    ///
    /// # Errors
    /// None.
    pub fn start(
        listener: Listener,
        runner: Runner,
        time: Time,
        dice: Dice,
        allocator: Allocator,
    ) -> Result<Self, StartError> {
        let seed = [(); 2].map(|()| {
            let mut bytes = [0; 8];
            dice.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        });
        let options = &Settings::OPTIONS;
        let shared = Shared {
            store: Mutex::new(Store::new(seed)),
            clients: AtomicUsize::new(0),
            numbers: AtomicU64::new(0),
            memory: options.memory.map_or(0, Bytes::get),
            command: options.command_bytes.get(),
            port: options.port,
        };
        Ok(Self { listener, runner, time, allocator, shared, settings: PhantomData })
    }

    /// Serves as long as the stack lets it.
    ///
    /// # Errors
    /// What ended it.
    pub async fn serve(&'static self) -> Result<(), NetError>
    where
        Listener: 'static,
        Time: 'static,
        Allocator: 'static,
    {
        let options = &Settings::OPTIONS;
        let limits = Limits { connections: usize::from(options.connections), patience: options.idle_timeout };
        serve(self.listener, self.runner, self.time, options.port, limits, |_| {
            Connection::new(&self.shared, self.time, self.allocator)
        })
        .await
    }

    /// Removes keys whose time has come, for ever.
    async fn sweep(&'static self) {
        loop {
            let now = u64::try_from(self.time.time().as_millis()).unwrap_or(u64::MAX - 1);
            let next = self.shared.store.lock().sweep(now, SWEPT);
            sleep(self.time, if next.is_some() { SWEEP } else { REST }).await;
        }
    }
}

impl<Listener, Runner, Time, Dice, Allocator, Settings> App
    for &'static Kv<Listener, Runner, Time, Dice, Allocator, Settings>
where
    Listener: TcpStack,
    Runner: Executor,
    Time: Timers,
    Dice: Entropy,
    Allocator: Heap,
    Settings: Config<Options>,
{
    fn run(self) -> Status {
        let port = Settings::OPTIONS.port;
        if self.runner.spawn(self.sweep()).is_err() {
            log::warn!("no task to remove keys whose time has come: they stay until somebody asks for them");
        }
        log::info!("serving keys on TCP port {port}");
        if let Err(error) = self.runner.block_on(self.serve()) {
            log::error!("TCP port {port}: {error}");
        }
        Status::FAILURE
    }
}
