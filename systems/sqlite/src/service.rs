//! One client's connection.

use crate::answer::{self, Reader};
use alloc::vec::Vec;
use oscomp_interfaces::Sql;
use oscomp_sessions::{Output, Session};

/// The server's end of a connection.
pub struct Client<D> {
    database: D,
    /// What one line may have, in bytes.
    limit: usize,
    /// A line that has not arrived whole.
    line: Vec<u8>,
    output: Output,
    ended: bool,
}

impl<D: Sql> Client<D> {
    /// A client that has said nothing.
    pub fn new(database: D, limit: usize) -> Self {
        Self { database, limit, line: Vec::new(), output: Output::default(), ended: false }
    }

    fn refuse(&mut self, why: &str) {
        let out = &mut self.output.bytes;
        out.extend_from_slice(b"ERROR 0 ");
        out.extend_from_slice(why.as_bytes());
        out.push(b'\n');
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
            Ok(sql) => answer::run(self.database, sql, Reader::Program, &mut self.output.bytes),
            Err(_) => self.refuse("the line is not UTF-8"),
        }
        end + 1
    }

    fn has_output(&self) -> bool {
        !self.output.bytes.is_empty()
    }

    fn send(&mut self, room: &mut [u8]) -> usize {
        // A client that asks for much once need not do so again.
        self.output.send(room, 0)
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}
