//! Counts instructions in QEMU's log of what it executes.
//!
//! With one instruction per translated block, unchained, `-d exec` writes a line for each instruction
//! before it executes; each turn of a repeated string instruction is one. It takes no plugin, and the
//! count is repeatable to the instruction.

use super::code::{Code, Kind};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many instructions apart two polls may be, to be turns of one loop.
const TURN: u64 = 64;
/// How many turns make a loop one that waits: fewer are a few registers that are read one after the other.
const TURNS: u64 = 16;

/// What has been counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Instructions, each turn of a repeated one counted.
    pub instructions: u64,
    /// Of those, turns of repeated string instructions.
    pub repeated: u64,
    /// Of those, instructions in loops that only wait: for a timer, a device or the time-stamp counter.
    pub waiting: u64,
    /// Where those loops are, by the address of the instruction that polls.
    pub loops: BTreeMap<u64, u64>,
}

impl Count {
    /// Instructions that do something: without those that wait.
    pub const fn working(&self) -> u64 {
        self.instructions - self.waiting
    }
}

/// Where a trace has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Before the image's first instruction, or on its way.
    Running,
    /// The next instruction is the one that was waited for.
    Reached,
    /// As many instructions as were allowed.
    Limit,
}

/// Reads a trace line by line.
pub struct Counter<'a> {
    code: &'a Code,
    goal: Option<u64>,
    limit: u64,
    started: bool,
    /// An instruction that is about to execute.
    pending: Option<u64>,
    count: Count,
    poll: Option<Poll>,
}

/// A loop that might be waiting.
struct Poll {
    address: u64,
    /// The count when it was last there.
    at: u64,
    /// Instructions in its turns so far.
    length: u64,
    turns: u64,
}

impl<'a> Counter<'a> {
    /// Counts until `goal` is about to execute, or `limit` instructions have; `from_entry`: not before the
    /// image's first instruction.
    pub const fn new(code: &'a Code, from_entry: bool, goal: Option<u64>, limit: u64) -> Self {
        let count = Count { instructions: 0, repeated: 0, waiting: 0, loops: BTreeMap::new() };
        Self { code, goal, limit, started: !from_entry, pending: None, count, poll: None }
    }

    /// Takes the next line of the log.
    pub fn line(&mut self, line: &[u8]) -> Progress {
        match parse(line) {
            Line::Executes(address) => {
                self.execute();
                if !self.started && address == self.code.entry() {
                    self.started = true;
                }
                if !self.started {
                    return Progress::Running;
                }
                if Some(address) == self.goal {
                    return Progress::Reached;
                }
                if self.count.instructions >= self.limit {
                    return Progress::Limit;
                }
                self.pending = Some(address);
            }
            // The block was announced, but something else came first; it is announced again.
            Line::Stopped => self.pending = None,
            Line::Other => {}
        }
        Progress::Running
    }

    /// What has been counted.
    pub fn finish(mut self) -> Count {
        self.execute();
        self.end_poll();
        self.count
    }

    fn execute(&mut self) {
        let Some(address) = self.pending.take() else { return };
        self.count.instructions += 1;
        match self.code.kind(address) {
            Kind::Repeated => self.count.repeated += 1,
            Kind::Poll => self.poll(address),
            Kind::Other => {}
        }
    }

    fn poll(&mut self, address: u64) {
        let now = self.count.instructions;
        if let Some(poll) = &mut self.poll {
            let distance = now - poll.at;
            if distance <= TURN {
                // A second register that is read in the same turn.
                if poll.address != address {
                    return;
                }
                poll.at = now;
                poll.length += distance;
                poll.turns += 1;
                return;
            }
        }
        self.end_poll();
        self.poll = Some(Poll { address, at: now, length: 0, turns: 0 });
    }

    fn end_poll(&mut self) {
        if let Some(poll) = self.poll.take().filter(|poll| poll.turns >= TURNS) {
            self.count.waiting += poll.length;
            *self.count.loops.entry(poll.address).or_default() += poll.length;
        }
    }
}

enum Line {
    Executes(u64),
    Stopped,
    Other,
}

/// `Trace 0: 0x7f2c80000100 [00000000/0000000000100000/00c0b0b0/ff000201] name`, the address being the
/// second number in the brackets. What a device wrote to the same stream may stand before it.
fn parse(line: &[u8]) -> Line {
    let find = |text: &[u8]| line.windows(text.len()).position(|window| window == text);
    if find(b"Stopped execution").is_some() {
        return Line::Stopped;
    }
    let Some(start) = find(b"Trace ") else { return Line::Other };
    let mut parts =
        line[start..].split(|byte| *byte == b'[').nth(1).unwrap_or_default().split(|byte| *byte == b'/');
    let address = parts.nth(1).and_then(|digits| std::str::from_utf8(digits).ok());
    match address.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        Some(address) => Line::Executes(address),
        None => Line::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// nop, `rep movsb`, `in al, dx`, nop, at 0x1000.
    fn code() -> Code {
        Code::new(0x1000, vec![(0x1000, vec![0x90, 0xf3, 0xa4, 0xec, 0x90])])
    }

    fn run(addresses: &[u64], goal: Option<u64>, limit: u64) -> (Count, Progress) {
        let code = code();
        let mut counter = Counter::new(&code, true, goal, limit);
        let mut progress = Progress::Running;
        for address in addresses {
            let line = format!("Trace 0: 0x7f0000000100 [00000000/{address:016x}/0040c0b3/ff000201] ");
            progress = counter.line(line.as_bytes());
            if progress != Progress::Running {
                break;
            }
        }
        (counter.finish(), progress)
    }

    #[test]
    fn counting_begins_at_the_entry_and_ends_at_the_goal() {
        let (count, progress) = run(&[0x1004, 0x1000, 0x1001, 0x1001, 0x1001, 0x1004], Some(0x1004), 100);
        assert_eq!(progress, Progress::Reached);
        assert_eq!((count.instructions, count.repeated, count.waiting), (4, 3, 0));
    }

    #[test]
    fn a_limit_ends_it() {
        let (count, progress) = run(&[0x1000; 50], None, 10);
        assert_eq!(progress, Progress::Limit);
        assert_eq!(count.instructions, 10);
    }

    #[test]
    fn what_was_stopped_before_it_executed_does_not_count() {
        let code = code();
        let mut counter = Counter::new(&code, true, None, 100);
        counter.line(b"Trace 0: 0x7f0 [00000000/0000000000001000/00/00] ");
        counter.line(b"Stopped execution of TB chain before 0x7f0 [0000000000001000] ");
        counter.line(b"xTrace 0: 0x7f0 [00000000/0000000000001000/00/00] ");
        counter.line(b"qemu: something else");
        assert_eq!(counter.finish().instructions, 1);
    }

    #[test]
    fn loops_that_poll_are_counted_apart() {
        let mut addresses = vec![0x1000];
        for _ in 0..20 {
            addresses.extend([0x1003, 0x1004]);
        }
        let (count, _) = run(&addresses, None, 1000);
        assert_eq!(count.instructions, 41);
        assert_eq!(count.waiting, 38);
        assert_eq!(count.loops, BTreeMap::from([(0x1003, 38)]));
        // A few reads are no loop.
        let (count, _) = run(&[0x1000, 0x1003, 0x1004, 0x1003], None, 1000);
        assert_eq!(count.waiting, 0);
    }
}
