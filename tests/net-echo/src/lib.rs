//! Sends back what it is sent, by TCP and by UDP, until somebody sends `halt` by UDP.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{
    App, Console, Executor, Heap, NetError, Status, TcpListener, TcpStack, TcpStream, Text, UdpSocket,
    UdpStack,
};
use oscomp_macros::{Options, module};

/// Echoes.
#[module(provides(App), ambient(Heap))]
pub struct NetEcho<
    /// Where it says what happened.
    Output: Console,
    /// What runs a task for each connection.
    Runner: Executor,
    /// What connections come by.
    Connections: TcpStack,
    /// What datagrams come by.
    Datagrams: UdpStack,
    Settings: Config<Options>,
> {
    output: Output,
    runner: Runner,
    connections: Connections,
    datagrams: Datagrams,
    settings: core::marker::PhantomData<Settings>,
}

/// Where it listens.
#[derive(Options)]
pub struct Options {
    /// The port of TCP.
    #[option(default = 7007, range = 1..=65535, listens = "tcp")]
    pub tcp: u16,
    /// The port of UDP.
    #[option(default = 7007, range = 1..=65535, listens = "udp")]
    pub udp: u16,
    /// Connections that may wait.
    #[option(default = 16, range = 1..=1024)]
    pub backlog: u16,
}

impl<Output, Runner, Connections, Datagrams, Settings>
    NetEcho<Output, Runner, Connections, Datagrams, Settings>
where
    Output: Console,
    Runner: Executor,
    Connections: TcpStack,
    Datagrams: UdpStack,
    Settings: Config<Options>,
{
    /// Keeps what it is given.
    ///
    /// # Errors
    /// None.
    pub fn start(
        output: Output,
        runner: Runner,
        connections: Connections,
        datagrams: Datagrams,
    ) -> Result<Self, StartError> {
        Ok(Self { output, runner, connections, datagrams, settings: core::marker::PhantomData })
    }

    async fn accept(&'static self) -> Result<(), NetError> {
        let options = Settings::OPTIONS;
        let listener = TcpListener::new(self.connections, options.tcp, options.backlog.into())?;
        loop {
            let (stream, _) = listener.accept().await?;
            // A peer that resets its connection is no trouble; one for which there is no task is dropped.
            let _ = self.runner.spawn(async move {
                let _ = echo(stream).await;
            });
        }
    }

    async fn datagrams(&self) -> Result<(), NetError> {
        let socket = UdpSocket::new(self.datagrams, Settings::OPTIONS.udp)?;
        let mut buffer = [0; 1500];
        loop {
            let (length, from) = socket
                .receive_with(|bytes, from| {
                    buffer[..bytes.len()].copy_from_slice(bytes);
                    (bytes.len(), from)
                })
                .await?;
            if &buffer[..length] == b"halt" {
                return Ok(());
            }
            socket.send(&buffer[..length], from).await?;
        }
    }
}

async fn echo<T: TcpStack>(stream: TcpStream<T>) -> Result<(), NetError> {
    let mut buffer = [0; 2048];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}

impl<Output, Runner, Connections, Datagrams, Settings> App
    for &'static NetEcho<Output, Runner, Connections, Datagrams, Settings>
where
    Output: Console,
    Runner: Executor,
    Connections: TcpStack,
    Datagrams: UdpStack,
    Settings: Config<Options>,
{
    fn run(self) -> Status {
        use core::fmt::Write;
        let accepts = self.runner.spawn(async {
            if let Err(error) = self.accept().await {
                let _ = writeln!(Text(self.output), "no connections: {error}");
            }
        });
        let ended = self.runner.block_on(self.datagrams());
        let _ = writeln!(Text(self.output), "halted");
        Status(u8::from(accepts.is_err() || ended.is_err()))
    }
}
