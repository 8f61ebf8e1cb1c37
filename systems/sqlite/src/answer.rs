//! What comes of SQL, as text.

use alloc::vec::Vec;
use core::fmt::Write;
use oscomp_interfaces::{Sql, SqlEvent, SqlValue};

/// The names of columns are of no use to programs, which know what they ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A program.
    Program,
    /// A person.
    Person,
}

/// Runs SQL, and writes what comes of it behind `out`: a line for each row, and a last one that says how it ended.
pub fn run(database: impl Sql, sql: &str, reader: Reader, out: &mut Vec<u8>) {
    let mut message = Vec::new();
    let mut first = true;
    let mut heads = false;
    let result = database.run(sql, |event| match event {
        SqlEvent::Column(name) if reader == Reader::Person => {
            separate(&mut first, out);
            escape(name.as_bytes(), out);
            heads = true;
        }
        SqlEvent::Column(_) => {}
        SqlEvent::Value(value) => {
            if core::mem::take(&mut heads) {
                end(&mut first, out);
            }
            separate(&mut first, out);
            show(value, out);
        }
        SqlEvent::Row => end(&mut first, out),
        SqlEvent::Message(text) => escape(text.as_bytes(), &mut message),
    });
    if heads {
        end(&mut first, out);
    }
    match result {
        Ok(()) => out.extend_from_slice(b"OK\n"),
        Err(error) => {
            let _ = write!(Text(out), "ERROR {} ", error.0);
            out.extend_from_slice(&message);
            out.push(b'\n');
        }
    }
}

fn separate(first: &mut bool, out: &mut Vec<u8>) {
    if !core::mem::take(first) {
        out.push(b'\t');
    }
}

fn end(first: &mut bool, out: &mut Vec<u8>) {
    out.push(b'\n');
    *first = true;
}

fn show(value: SqlValue<'_>, out: &mut Vec<u8>) {
    match value {
        SqlValue::Null => out.extend_from_slice(b"\\N"),
        SqlValue::Integer(number) => {
            let _ = write!(Text(out), "{number}");
        }
        SqlValue::Real(number) => {
            let _ = write!(Text(out), "{number:?}");
        }
        SqlValue::Text(text) => escape(text, out),
        SqlValue::Blob(bytes) => {
            out.extend_from_slice(b"\\x");
            for byte in bytes {
                let _ = write!(Text(out), "{byte:02x}");
            }
        }
    }
}

fn escape(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            other => out.push(*other),
        }
    }
}

/// Bytes as [`Write`].
struct Text<'o>(&'o mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
