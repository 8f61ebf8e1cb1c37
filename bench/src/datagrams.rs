//! Load by datagrams: a window of them is always under way.

use crate::load::Sample;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// Bytes of the datagrams that are sent back.
const ECHO: usize = 64;
/// Requests without an answer at one time.
pub const WINDOW: usize = 128;
/// How many share a system call.
const BATCH: usize = 32;
/// What has not been answered after that long is lost.
const LOST: Duration = Duration::from_millis(100);
/// How many different keys there are.
const KEYS: u32 = 1000;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datagram {
    /// Send it back.
    Echo,
    /// The value of a key.
    Get,
    /// This value for a key.
    Set,
}

impl Datagram {
    /// The request of that number.
    fn request(self, number: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Echo => {
                bytes.extend(number.to_le_bytes());
                bytes.resize(ECHO, 0xa5);
            }
            Self::Get | Self::Set => {
                let key = format!("key:{:08}", number % KEYS);
                bytes.push(if self == Self::Get { b'G' } else { b'S' });
                bytes.push(key.len() as u8);
                bytes.extend((number as u16).to_le_bytes());
                bytes.extend(key.bytes());
                if self == Self::Set {
                    bytes.extend(value(number % KEYS));
                }
            }
        }
        bytes
    }

    /// Whether that answers a request.
    fn is_answer(self, bytes: &[u8]) -> bool {
        match self {
            Self::Echo => bytes.len() == ECHO && bytes[4..].iter().all(|byte| *byte == 0xa5),
            Self::Get => bytes.starts_with(b"+G") && bytes.len() == 4 + value(0).len(),
            Self::Set => bytes.starts_with(b"+S"),
        }
    }
}

fn value(number: u32) -> Vec<u8> {
    format!("value of key {number:08}").into_bytes()
}

/// Asks for so long. Wrong answers are an error; lost requests are not answered, and that is all.
pub fn run(what: Datagram, address: Ipv4Addr, port: u16, time: Duration) -> io::Result<Sample> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect((address, port))?;
    socket.set_read_timeout(Some(LOST))?;
    if what == Datagram::Get {
        fill(&socket)?;
    }
    exchange(what, &socket, time)
}

/// Gives every key a value.
fn fill(socket: &UdpSocket) -> io::Result<()> {
    let mut answer = [0; 64];
    for number in 0..KEYS {
        let request = Datagram::Set.request(number);
        let is_set = (0..20).any(|_| {
            let sent = socket.send(&request).is_ok();
            sent && socket.recv(&mut answer).is_ok_and(|length| Datagram::Set.is_answer(&answer[..length]))
        });
        if !is_set {
            return Err(io::Error::other(format!("no value could be set for key {number}")));
        }
    }
    Ok(())
}

fn exchange(what: Datagram, socket: &UdpSocket, time: Duration) -> io::Result<Sample> {
    let mut send = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
    let mut receive = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
    // Made before the clock runs, and sent over and over.
    let requests: Vec<Vec<u8>> = (0..KEYS).map(|number| what.request(number)).collect();
    let mut requests = requests.iter().cycle();
    let mut answers = vec![[0_u8; 256]; BATCH];
    let (mut under_way, mut answered, mut lost) = (0_usize, 0_u64, 0);
    let begin = Instant::now();
    while begin.elapsed() < time {
        let mut room = WINDOW - under_way;
        while room > 0 {
            let batch = room.min(BATCH);
            let slices: Vec<[IoSlice<'_>; 1]> =
                requests.by_ref().take(batch).map(|request| [IoSlice::new(request)]).collect();
            // One for each, though all go where the socket is connected to.
            let nowhere = vec![None; batch];
            match sendmmsg(socket.as_raw_fd(), &mut send, &slices, &nowhere, [], MsgFlags::empty()) {
                Ok(sent) => under_way += sent.count(),
                Err(Errno::ENOBUFS | Errno::EAGAIN) => break,
                Err(error) => return Err(error.into()),
            }
            room = room.saturating_sub(batch);
        }
        let lengths = match receive_some(socket, &mut receive, &mut answers) {
            Ok(lengths) => lengths,
            Err(Errno::EAGAIN) => {
                lost += under_way;
                under_way = 0;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        for (length, answer) in lengths.iter().zip(&answers) {
            if !what.is_answer(&answer[..*length]) {
                return Err(io::Error::other(format!("a wrong answer: {:02x?}", &answer[..*length])));
            }
        }
        answered += lengths.len() as u64;
        under_way = under_way.saturating_sub(lengths.len());
    }
    if lost > 0 {
        eprintln!("{what:?}: {lost} datagrams were lost, {answered} answered");
    }
    Ok(Sample { requests: answered as f64, seconds: begin.elapsed().as_secs_f64() })
}

/// Waits for one answer and takes those that are there then; the length of each.
fn receive_some(
    socket: &UdpSocket,
    headers: &mut MultiHeaders<SockaddrIn>,
    answers: &mut [[u8; 256]],
) -> nix::Result<Vec<usize>> {
    let mut slices: Vec<[IoSliceMut<'_>; 1]> =
        answers.iter_mut().map(|answer| [IoSliceMut::new(answer)]).collect();
    let received = recvmmsg(socket.as_raw_fd(), headers, &mut slices, MsgFlags::MSG_WAITFORONE, None)?;
    Ok(received.map(|message| message.bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn requests_have_the_form_of_the_protocol() {
        assert_eq!(Datagram::Get.request(1002), b"G\x0c\xea\x03key:00000002");
        assert_eq!(Datagram::Set.request(2), b"S\x0c\x02\x00key:00000002value of key 00000002");
        let bytes = Datagram::Echo.request(7);
        assert_eq!(bytes.len(), 64);
        assert!(Datagram::Echo.is_answer(&bytes) && !Datagram::Get.is_answer(&bytes));
    }

    #[test]
    fn answers_are_counted() {
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let echo = thread::spawn(move || {
            let mut bytes = [0; 256];
            // One byte ends it.
            while let Ok((length, from)) = server.recv_from(&mut bytes) {
                if length == 1 {
                    break;
                }
                server.send_to(&bytes[..length], from).unwrap();
            }
        });
        let time = Duration::from_millis(300);
        let sample = run(Datagram::Echo, Ipv4Addr::LOCALHOST, port, time).unwrap();
        assert!(sample.requests >= 1.0 && sample.seconds > 0.0);
        let end = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        end.send_to(&[0], (Ipv4Addr::LOCALHOST, port)).unwrap();
        echo.join().unwrap();
    }
}
