//! Clients of images: what a test sends over the network, and what has to come back.

use serde::Deserialize;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

/// How long one exchange may take before it is tried again: the image may not have begun to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// One client of an image.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Which protocol it speaks.
    pub protocol: Protocol,
    /// The port on which the image listens.
    pub port: u16,
    /// What it sends.
    #[serde(default)]
    pub send: String,
    /// What has to come back, to the byte; nothing is waited for without it.
    pub expect: Option<String>,
    /// How often both are repeated, one behind the other; for UDP each is a datagram.
    #[serde(default = "one")]
    pub times: usize,
    /// How many clients do this at the same time.
    #[serde(default = "one")]
    pub clients: usize,
}

/// A protocol that has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// RFC 9293.
    Tcp,
    /// RFC 768.
    Udp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

fn one() -> usize {
    1
}

impl Client {
    /// Does it, before the deadline.
    ///
    /// # Errors
    /// What went wrong the last time that it was tried.
    pub fn run(&self, address: SocketAddr, deadline: Instant) -> Result<(), String> {
        thread::scope(|scope| {
            let clients: Vec<_> =
                (0..self.clients).map(|_| scope.spawn(|| self.persist(address, deadline))).collect();
            clients
                .into_iter()
                .try_for_each(|client| client.join().map_err(|_| "a client has panicked".to_owned())?)
        })
    }

    fn persist(&self, address: SocketAddr, deadline: Instant) -> Result<(), String> {
        loop {
            let tried = match self.protocol {
                Protocol::Tcp => self.connect(address),
                Protocol::Udp => self.exchange(address),
            };
            match tried {
                Ok(answer) if self.expect.as_ref().is_none_or(|_| answer == self.wanted()) => return Ok(()),
                // A wrong answer does not become right.
                Ok(answer) if !answer.is_empty() && !self.wanted().starts_with(&answer) => {
                    let end = answer.len().min(200);
                    return Err(format!("{self:?}: answered {:?}", String::from_utf8_lossy(&answer[..end])));
                }
                tried if Instant::now() > deadline => {
                    return Err(format!("{self:?}: {:?}", tried.map(|answer| answer.len())));
                }
                _ => thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn wanted(&self) -> Vec<u8> {
        self.expect.as_deref().unwrap_or_default().repeat(self.times).into_bytes()
    }

    /// One connection: what came back until all had come that is expected, or the peer's end of the stream.
    fn connect(&self, address: SocketAddr) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut writer = stream.try_clone()?;
        thread::scope(|scope| {
            // While it reads: neither side has room for everything.
            let sender = scope.spawn(move || {
                writer.write_all(self.send.repeat(self.times).as_bytes())?;
                writer.shutdown(Shutdown::Write)
            });
            let mut answer = Vec::new();
            // What had come before an error says more than the error.
            let read = stream.read_to_end(&mut answer);
            let sent = sender.join().unwrap_or(Ok(()));
            if answer.is_empty() {
                read?;
                sent?;
            }
            Ok(answer)
        })
    }

    /// Datagrams, one after the other, each answered.
    fn exchange(&self, address: SocketAddr) -> io::Result<Vec<u8>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(500)))?;
        let mut answer = Vec::new();
        for _ in 0..self.times {
            socket.send_to(self.send.as_bytes(), address)?;
            if self.expect.is_some() {
                let mut buffer = [0; 2048];
                let length = socket.recv(&mut buffer)?;
                answer.extend_from_slice(&buffer[..length]);
            }
        }
        Ok(answer)
    }
}
