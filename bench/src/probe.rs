//! The first answer of a server.

use crate::machine::Machine;
use crate::problem::Problem;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is asked.
const PACE: Duration = Duration::from_millis(4);
/// How long an attempt is kept: the answer to it may be under way.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is asked, and how the answer begins.
#[derive(Clone, Copy, Debug)]
pub enum Question {
    /// A page.
    Http,
    /// `PING`.
    Redis,
    /// A datagram that comes back.
    Echo,
    /// A key that is not there, by datagram.
    Key,
}

impl Question {
    fn request(self) -> &'static [u8] {
        match self {
            Self::Http => b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n",
            Self::Redis => b"PING\r\n",
            Self::Echo => b"echo",
            Self::Key => b"G\x04\0\0none",
        }
    }

    fn answer(self) -> &'static [u8] {
        match self {
            Self::Http => b"HTTP/1.1 200 OK\r\n",
            Self::Redis => b"+PONG",
            Self::Echo => b"echo",
            Self::Key => b"-G",
        }
    }
}

/// Asks until an answer comes, and says after how long; none when the machine ended or `limit` is over.
pub fn first_answer(
    question: Question,
    address: Ipv4Addr,
    port: u16,
    machine: &mut Machine,
    limit: Duration,
) -> Result<Option<Duration>, Problem> {
    let begin = Instant::now();
    let to = SocketAddrV4::new(address, port);
    let mut asker: Box<dyn FnMut() -> std::io::Result<bool>> = match question {
        Question::Http | Question::Redis => connections(question, to),
        Question::Echo | Question::Key => datagrams(question, to).map_err(|error| socket(&error))?,
    };
    while begin.elapsed() < limit && !machine.has_ended() {
        if asker().map_err(|error| socket(&error))? {
            return Ok(Some(begin.elapsed()));
        }
        thread::sleep(PACE);
    }
    Ok(None)
}

fn socket(error: &std::io::Error) -> Problem {
    Problem(format!("no socket to ask with: {error}"))
}

/// Each time a further datagram.
fn datagrams(
    question: Question,
    to: SocketAddrV4,
) -> std::io::Result<Box<dyn FnMut() -> std::io::Result<bool>>> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(to)?;
    socket.set_nonblocking(true)?;
    Ok(Box::new(move || {
        let mut answer = [0; 64];
        // Refused: nobody listens yet.
        let _ = socket.send(question.request());
        Ok(socket.recv(&mut answer).is_ok_and(|length| answer[..length].starts_with(question.answer())))
    }))
}

/// Each time a further connection, since one whose first segment was lost waits for a second.
fn connections(question: Question, to: SocketAddrV4) -> Box<dyn FnMut() -> std::io::Result<bool>> {
    let mut attempts: Vec<(Socket, Instant, bool)> = Vec::new();
    Box::new(move || {
        let attempt = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        attempt.set_nonblocking(true)?;
        // In progress, as a rule; what else it may be shows when it is written to.
        let _ = attempt.connect(&SockAddr::from(to));
        attempts.push((attempt, Instant::now(), false));
        let mut answered = false;
        attempts.retain_mut(|(attempt, begin, asked)| {
            if !*asked {
                match attempt.write(question.request()) {
                    Ok(length) => *asked = length == question.request().len(),
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    }
                    Err(_) => return false,
                }
            }
            let mut answer = [0; 64];
            if *asked {
                match attempt.read(&mut answer) {
                    Ok(length) => answered |= answer[..length].starts_with(question.answer()),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => return false,
                }
            }
            begin.elapsed() < PATIENCE
        });
        Ok(answered)
    })
}
