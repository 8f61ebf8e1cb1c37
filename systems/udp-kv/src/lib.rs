//! A server that keeps values under keys: one request a datagram, answered in the buffer that it came in.
//!
//! After the start nothing is allocated, and a request costs the same however many keys there are.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod request;
mod store;

use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{App, Entropy, Executor, Heap, Log, Status, UdpAnswers, UdpSocket, UdpStack};
use oscomp_macros::{Options, module};
use store::Store;

/// Serves keys and values until the machine is stopped.
#[module(provides(App), ambient(Heap, Log))]
pub struct UdpKv<
    /// Where the requests come from.
    Network: UdpStack + UdpAnswers,
    /// What waits for them.
    Runner: Executor,
    /// What makes the hashes of keys unforeseeable.
    Dice: Entropy,
    Settings: Config<Options>,
> {
    network: Network,
    runner: Runner,
    dice: Dice,
    settings: PhantomData<Settings>,
}

/// Where it answers, and how much it keeps.
#[derive(Options)]
pub struct Options {
    /// The UDP port.
    #[option(default = 7070, listens = "udp", range = 1..=65535)]
    pub port: u16,
    /// Keys at the most; the memory for them is taken from the heap at the start.
    #[option(default = 8192, range = 1..=16777216)]
    pub keys: u32,
    /// What a key and its value may take together.
    #[option(default = "256B", range = "16B"..="1468B")]
    pub entry: Bytes,
}

impl<Network: UdpStack + UdpAnswers, Runner: Executor, Dice: Entropy, Settings: Config<Options>>
    UdpKv<Network, Runner, Dice, Settings>
{
    /// Keeps what it is given.
    ///
    /// # Errors
    /// None.
    pub fn start(network: Network, runner: Runner, dice: Dice) -> Result<Self, StartError> {
        Ok(Self { network, runner, dice, settings: PhantomData })
    }
}

impl<Network: UdpStack + UdpAnswers, Runner: Executor, Dice: Entropy, Settings: Config<Options>> App
    for &UdpKv<Network, Runner, Dice, Settings>
{
    fn run(self) -> Status {
        let Options { port, keys, entry } = Settings::OPTIONS;
        let mut seed = [0; 8];
        self.dice.fill(&mut seed);
        let Some(mut store) = Store::new(keys, entry.get(), u64::from_le_bytes(seed)) else {
            log::error!("the heap has no room for {keys} keys and values of {} bytes", entry.get());
            return Status::FAILURE;
        };
        let socket = match UdpSocket::new(self.network, port) {
            Ok(socket) => socket,
            Err(error) => {
                log::error!("UDP port {port}: {error}");
                return Status::FAILURE;
            }
        };
        log::info!("serving {keys} keys on UDP port {port}");
        let answers = socket.answer(|room, length, _| request::answer(&mut store, room, length));
        let error = self.runner.block_on(answers);
        log::error!("UDP port {port}: {error}");
        Status::FAILURE
    }
}
