//! Clients and a person, with a database that a test makes up.

use crate::answer::{self, Reader};
use crate::service::Client;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use oscomp_interfaces::{Sql, SqlError, SqlEvent, SqlValue};
use oscomp_sessions::Session;

/// Answers every statement with one row, and refuses those that say so.
#[derive(Clone, Copy)]
struct OneRow;

impl Sql for OneRow {
    fn run(self, sql: &str, mut tell: impl FnMut(SqlEvent<'_>)) -> Result<(), SqlError> {
        if sql == "refuse" {
            tell(SqlEvent::Message("no\nsuch table"));
            return Err(SqlError(1));
        }
        if sql.is_empty() {
            return Ok(());
        }
        for name in ["sql", "n", "r", "b", "z"] {
            tell(SqlEvent::Column(name));
        }
        let values = [
            SqlValue::Text(sql.as_bytes()),
            SqlValue::Integer(-7),
            SqlValue::Real(1.0),
            SqlValue::Blob(&[0, 255]),
            SqlValue::Null,
        ];
        for value in values {
            tell(SqlEvent::Value(value));
        }
        tell(SqlEvent::Row);
        Ok(())
    }
}

fn answered(client: &mut Client<OneRow>, mut bytes: &[u8]) -> String {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let taken = client.receive(bytes);
        bytes = &bytes[taken..];
        while client.has_output() {
            let mut room = [0; 7];
            let count = client.send(&mut room);
            out.extend_from_slice(&room[..count]);
        }
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn lines_are_answered_in_order_however_they_arrive() {
    let expected = "a\\tb\t-7\t1.0\t\\x00ff\t\\N\nOK\nERROR 1 no\\nsuch table\nOK\n";
    let sent = b"a\tb\r\nrefuse\n\n";
    for size in 1..=sent.len() {
        let mut client = Client::new(OneRow, 100);
        let answers: String = sent.chunks(size).map(|part| answered(&mut client, part)).collect();
        assert_eq!(answers, expected, "{size} bytes at a time");
        assert!(!client.has_ended());
    }
}

#[test]
fn lines_that_are_too_long_or_no_text_are_refused() {
    let mut client = Client::new(OneRow, 5);
    assert_eq!(answered(&mut client, b"\xff\n"), "ERROR 0 the line is not UTF-8\n");
    assert!(!client.has_ended());
    assert_eq!(answered(&mut client, b"123456"), "ERROR 0 the line is too long\n");
    assert!(client.has_ended());
}

#[test]
fn a_person_sees_the_names_of_columns() {
    let mut out = Vec::new();
    answer::run(OneRow, "x", Reader::Person, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "sql\tn\tr\tb\tz\nx\t-7\t1.0\t\\x00ff\t\\N\nOK\n".to_string()
    );
}
