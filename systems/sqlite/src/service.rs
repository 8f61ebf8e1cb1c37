//! One client's connection.

use crate::answer::{self, Reader};
use alloc::vec::Vec;
use oscomp_interfaces::Sql;
use oscomp_sessions::Session;

/// The server's end of a connection.
pub struct Client<D> {
    database: D,
    /// What one line may have, in bytes.
    limit: usize,
    /// A line that has not arrived whole.
    line: Vec<u8>,
    output: Vec<u8>,
    /// Bytes of the output that have been sent.
    sent: usize,
    ended: bool,
}

impl<D: Sql> Client<D> {
    /// A client that has said nothing.
    pub const fn new(database: D, limit: usize) -> Self {
        Self { database, limit, line: Vec::new(), output: Vec::new(), sent: 0, ended: false }
    }

    fn refuse(&mut self, why: &str) {
        self.output.extend_from_slice(b"ERROR 0 ");
        self.output.extend_from_slice(why.as_bytes());
        self.output.push(b'\n');
    }
}

impl<D: Sql + 'static> Session for Client<D> {
    fn receive(&mut self, bytes: &[u8]) -> usize {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if self.line.len() + part.len() > self.limit {
            self.refuse("the line is too long");
            self.ended = true;
            return bytes.len();
        }
        self.line.extend_from_slice(part);
        let Some(end) = end else { return bytes.len() };
        let line = core::mem::take(&mut self.line);
        match core::str::from_utf8(line.trim_ascii_end()) {
            Ok(sql) => answer::run(self.database, sql, Reader::Program, &mut self.output),
            Err(_) => self.refuse("the line is not UTF-8"),
        }
        end + 1
    }

    fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    fn send(&mut self, room: &mut [u8]) -> usize {
        let rest = &self.output[self.sent..];
        let count = rest.len().min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        self.sent += count;
        if self.sent == self.output.len() {
            self.output = Vec::new();
            self.sent = 0;
        }
        count
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}
