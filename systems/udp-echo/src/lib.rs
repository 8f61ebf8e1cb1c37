//! The echo protocol over UDP (RFC 862): each datagram goes back to whom it came from.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Executor, Heap, Log, NetError, Status, UdpSocket, UdpStack};
use oscomp_macros::{Options, module};

/// Sends back what it receives, until the machine is stopped.
#[module(provides(App), ambient(Heap, Log))]
pub struct UdpEcho<
    /// Where the datagrams come from and go to.
    Network: UdpStack,
    /// What waits for them.
    Runner: Executor,
    Settings: Config<Options>,
> {
    network: Network,
    runner: Runner,
    settings: PhantomData<Settings>,
}

/// Where it answers.
#[derive(Options)]
pub struct Options {
    /// The UDP port.
    #[option(default = 7, listens = "udp", range = 1..=65535)]
    pub port: u16,
}

impl<Network: UdpStack, Runner: Executor, Settings: Config<Options>> UdpEcho<Network, Runner, Settings> {
    /// Keeps what it is given.
    ///
    /// # Errors
    /// None.
    pub fn start(network: Network, runner: Runner) -> Result<Self, StartError> {
        Ok(Self { network, runner, settings: PhantomData })
    }
}

impl<Network: UdpStack, Runner: Executor, Settings: Config<Options>> App
    for &UdpEcho<Network, Runner, Settings>
{
    fn run(self) -> Status {
        let port = Settings::OPTIONS.port;
        let socket = match UdpSocket::new(self.network, port) {
            Ok(socket) => socket,
            Err(error) => {
                log::error!("UDP port {port}: {error}");
                return Status::FAILURE;
            }
        };
        log::info!("echoing on UDP port {port}");
        let error = self.runner.block_on(echo(&socket));
        log::error!("UDP port {port}: {error}");
        Status::FAILURE
    }
}

/// Sends each datagram back, until nothing can be received any more.
async fn echo(socket: &UdpSocket<impl UdpStack>) -> NetError {
    let mut datagram = Vec::new();
    loop {
        let received = socket.receive_with(|bytes, from| {
            datagram.clear();
            datagram.extend_from_slice(bytes);
            from
        });
        match received.await {
            // One that cannot be sent back is lost, as any datagram may be.
            Ok(from) => drop(socket.send(&datagram, from).await),
            Err(error @ NetError::NotOpen) => return error,
            // A host may report what became of an earlier datagram.
            Err(_) => {}
        }
    }
}
