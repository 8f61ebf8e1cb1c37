//! The person at the console.

use crate::answer::{self, Reader};
use alloc::vec::Vec;
use core::time::Duration;
use oscomp_interfaces::{Console, Sql, Status, Timers, sleep};

/// How often it is looked whether a key was pressed.
const LOOK: Duration = Duration::from_millis(20);
const PROMPT: &[u8] = b"sql> ";

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wish<'l> {
    Nothing,
    Quit,
    Help,
    Sql(&'l str),
}

fn wish(line: &[u8]) -> Option<Wish<'_>> {
    Some(match core::str::from_utf8(line).ok()?.trim() {
        "" => Wish::Nothing,
        ".quit" | ".exit" => Wish::Quit,
        ".help" => Wish::Help,
        sql => Wish::Sql(sql),
    })
}

/// Reads lines and answers them, until one of them ends the system.
pub async fn serve(terminal: impl Console, timers: impl Timers, database: impl Sql, limit: usize) -> Status {
    let mut line = Vec::new();
    let mut keys = [0; 64];
    terminal.write(PROMPT);
    loop {
        let count = terminal.read(&mut keys);
        if count == 0 {
            sleep(timers, LOOK).await;
            continue;
        }
        for key in &keys[..count] {
            match key {
                b'\r' | b'\n' => {
                    terminal.write(b"\n");
                    if answer(terminal, database, &line).is_none() {
                        return Status::SUCCESS;
                    }
                    line.clear();
                    terminal.write(PROMPT);
                }
                // Backspace and delete.
                8 | 127 if line.pop().is_some() => terminal.write(b"\x08 \x08"),
                key if (*key >= b' ' && *key != 127 || *key == b'\t') && line.len() < limit => {
                    line.push(*key);
                    terminal.write(&[*key]);
                }
                _ => {}
            }
        }
    }
}

/// Answers a line; nothing if it ends the system.
fn answer(terminal: impl Console, database: impl Sql, line: &[u8]) -> Option<()> {
    match wish(line) {
        None => terminal.write(b"the line is not UTF-8\n"),
        Some(Wish::Nothing) => {}
        Some(Wish::Quit) => return None,
        Some(Wish::Help) => terminal.write(b"a line is SQL; .quit ends the system\n"),
        Some(Wish::Sql(sql)) => {
            let mut out = Vec::new();
            answer::run(database, sql, Reader::Person, &mut out);
            terminal.write(&out);
        }
    }
    Some(())
}
