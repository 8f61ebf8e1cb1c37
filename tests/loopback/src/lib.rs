//! A server and its client in one system, which reach each other by TCP and by UDP.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec;
use core::net::{Ipv4Addr, SocketAddr};
use oscomp_abi::StartError;
use oscomp_interfaces::{
    App, Console, Executor, Heap, NetError, Status, TcpListener, TcpStack, TcpStream, Text, UdpSocket,
    UdpStack,
};
use oscomp_macros::module;

const PORT: u16 = 7;
/// More than the buffers of both sides hold.
const BYTES: usize = 200_000;

/// Talks to itself.
#[module(provides(App), ambient(Heap))]
pub struct Loopback<
    /// Where it says what came back.
    Output: Console,
    /// What runs the two sides.
    Runner: Executor,
    /// The network that both are on.
    Network: TcpStack + UdpStack,
> {
    output: Output,
    runner: Runner,
    network: Network,
}

impl<Output: Console, Runner: Executor, Network: TcpStack + UdpStack> Loopback<Output, Runner, Network> {
    /// Keeps what it is given.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, runner: Runner, network: Network) -> Result<Self, StartError> {
        Ok(Self { output, runner, network })
    }

    async fn serve(
        &self,
        listener: TcpListener<Network>,
        socket: UdpSocket<Network>,
    ) -> Result<(), NetError> {
        let mut datagram = vec![0; 1472];
        let (length, from) = socket
            .receive_with(|bytes, from| {
                datagram[..bytes.len()].copy_from_slice(bytes);
                (bytes.len(), from)
            })
            .await?;
        socket.send(&datagram[..length], from).await?;
        let (stream, _) = listener.accept().await?;
        let mut buffer = vec![0; 4096];
        loop {
            let length = stream.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            stream.write_all(&buffer[..length]).await?;
        }
    }

    /// The bytes that came back as they were sent, by datagram and by stream.
    async fn ask(&'static self, client: UdpSocket<Network>) -> Result<(usize, usize), NetError> {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        client.send(b"a datagram", server).await?;
        let datagram =
            client.receive_with(|bytes, _| if bytes == b"a datagram" { bytes.len() } else { 0 }).await?;

        let stream: &'static TcpStream<Network> =
            alloc::boxed::Box::leak(alloc::boxed::Box::new(TcpStream::connect(self.network, server).await?));
        let sent = self.runner.spawn(async {
            let bytes = vec![b'x'; BYTES];
            let _ = stream.write_all(&bytes).await;
            stream.close();
        });
        let (mut buffer, mut count) = (vec![0; 4096], 0);
        while sent.is_ok() {
            let length = stream.read(&mut buffer).await?;
            if length == 0 {
                break;
            }
            count += buffer[..length].iter().filter(|byte| **byte == b'x').count();
        }
        Ok((datagram, count))
    }
}

impl<Output: Console, Runner: Executor, Network: TcpStack + UdpStack> App
    for &'static Loopback<Output, Runner, Network>
{
    fn run(self) -> Status {
        use core::fmt::Write;
        let sockets = (|| {
            let listener = TcpListener::new(self.network, PORT, 1)?;
            Ok((listener, UdpSocket::new(self.network, PORT)?, UdpSocket::new(self.network, 40_000)?))
        })();
        let asked = sockets.and_then(|(listener, server, client)| {
            let served = self.runner.spawn(async {
                if let Err(error) = self.serve(listener, server).await {
                    let _ = writeln!(Text(self.output), "the server: {error}");
                }
            });
            served.map_err(|_| NetError::NoSockets)?;
            self.runner.block_on(self.ask(client))
        });
        let _ = match asked {
            Ok((datagram, stream)) => writeln!(Text(self.output), "{datagram} and {stream} bytes came back"),
            Err(error) => writeln!(Text(self.output), "the client: {error}"),
        };
        Status(u8::from(asked != Ok((10, BYTES))))
    }
}
