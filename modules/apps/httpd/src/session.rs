//! One connection's requests and answers.

use crate::answer::{self, Piece, Summary};
use crate::head::{self, Head};
use crate::site::Site;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt::{self, Display, Write};
use core::mem::take;
use core::net::SocketAddr;
use oscomp_sessions::Session;

/// What a request can be at the most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of its head.
    pub head: usize,
    /// Bytes of its body, which nobody reads.
    pub body: u64,
}

/// Pieces that may wait to be sent before another request is answered.
const WAITING: usize = 32;

/// The server's end of a connection.
pub struct Http {
    site: &'static Site,
    limits: Limits,
    /// Who asks, if that is logged.
    logged: Option<SocketAddr>,
    /// A head that has not arrived whole.
    partial: Vec<u8>,
    /// Bytes of a body that are to come and not to be read.
    skip: u64,
    output: VecDeque<Piece>,
    /// Bytes of the first piece that have been sent.
    sent: usize,
    ended: bool,
}

/// What came of trying to answer.
enum Answered {
    /// A request of so many bytes has been.
    Yes(usize),
    /// It is not whole.
    NotYet,
}

impl Http {
    /// A connection on which nothing has been said.
    pub fn new(site: &'static Site, limits: Limits, logged: Option<SocketAddr>) -> Self {
        Self {
            site,
            limits,
            logged,
            partial: Vec::new(),
            skip: 0,
            output: VecDeque::new(),
            sent: 0,
            ended: false,
        }
    }

    /// Answers the request that `bytes` begin with.
    fn answer(&mut self, bytes: &[u8]) -> Answered {
        let head = match head::read(bytes) {
            Ok(Some(head)) if head.length > self.limits.head => {
                return self.refuse(too_long(bytes, self.limits.head));
            }
            Ok(Some(head)) => head,
            Ok(None) if bytes.len() > self.limits.head => {
                return self.refuse(too_long(bytes, self.limits.head));
            }
            Ok(None) => return Answered::NotYet,
            Err(status) => return self.refuse(status),
        };
        if head.body.is_some_and(|body| body > self.limits.body) {
            return self.refuse(413);
        }
        self.ended = !head.keep;
        self.skip = head.body.unwrap_or(0);
        let output = &mut self.output;
        let summary = answer::answer(self.site, &head, |piece| output.push_back(piece));
        if let Some(peer) = self.logged {
            log(peer, Some(&head), summary);
        }
        Answered::Yes(head.length)
    }

    fn refuse(&mut self, status: u16) -> Answered {
        let output = &mut self.output;
        let summary = answer::refuse(status, |piece| output.push_back(piece));
        if let Some(peer) = self.logged {
            log(peer, None, summary);
        }
        self.ended = true;
        Answered::Yes(0)
    }

    /// Adds to a head that was not whole, and answers it if it is now; how many bytes of these it needed.
    fn go_on(&mut self, bytes: &[u8]) -> usize {
        let mut partial = take(&mut self.partial);
        let before = partial.len();
        // One more than there can be shows that it is too long.
        let room = (self.limits.head + 1).saturating_sub(before);
        let added = &bytes[..bytes.len().min(room)];
        partial.extend_from_slice(added);
        let from = before.saturating_sub(3);
        // Read again only if it may be whole: not for each of many small pieces.
        if added.len() == room || has_end(&partial[from..]) {
            match self.answer(&partial) {
                Answered::Yes(length) => return length.saturating_sub(before),
                Answered::NotYet => {}
            }
        }
        self.partial = partial;
        added.len()
    }
}

impl Session for Http {
    fn receive(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() && !self.ended && self.output.len() < WAITING {
            let taken = if self.skip > 0 {
                let taken = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
                self.skip -= taken as u64;
                taken
            } else if !self.partial.is_empty() {
                self.go_on(rest)
            } else {
                // RFC 9112, section 2.2: empty lines before a request are none.
                let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                match self.answer(&rest[empty..]) {
                    Answered::Yes(length) => empty + length,
                    Answered::NotYet => {
                        self.partial.extend_from_slice(&rest[empty..]);
                        rest.len()
                    }
                }
            };
            rest = &rest[taken..];
        }
        if self.ended { bytes.len() } else { bytes.len() - rest.len() }
    }

    fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    fn send(&mut self, room: &mut [u8]) -> usize {
        let mut count = 0;
        while let Some(piece) = self.output.front() {
            let rest = &piece.bytes()[self.sent..];
            let room = &mut room[count..];
            let fits = rest.len().min(room.len());
            room[..fits].copy_from_slice(&rest[..fits]);
            count += fits;
            if fits < rest.len() {
                self.sent += fits;
                break;
            }
            self.sent = 0;
            self.output.pop_front();
        }
        count
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}

/// Whether there is an empty line at the end of a line.
fn has_end(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\n\n") || bytes.windows(3).any(|three| three == b"\n\r\n")
}

/// Which part of a head is too long.
fn too_long(bytes: &[u8], limit: usize) -> u16 {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    if line > limit { 414 } else { 431 }
}

/// One line, in the "common log format" but for the time, which nobody knows.
#[cold]
fn log(peer: SocketAddr, head: Option<&Head<'_>>, Summary { status, bytes }: Summary) {
    let version = head.map_or(1, |head| u8::from(!head.is_old));
    match head {
        Some(Head { method, target, .. }) => {
            log::info!("{} \"{method} {} HTTP/1.{version}\" {status} {bytes}", peer.ip(), Quoted(target));
        }
        None => log::info!("{} \"\" {status} {bytes}", peer.ip()),
    }
}

/// Text that cannot end the quotes around it, nor the line.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '"' | '\\' => write!(out, "\\{character}"),
            character if character.is_control() => write!(out, "\\x{:02x}", character as u32),
            character => out.write_char(character),
        })
    }
}
