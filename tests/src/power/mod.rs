//! What must not be lost: a database whose machine is killed, again and again, amidst transactions.
//!
//! `tests/power` is the system. A machine is killed by its host, which loses nothing that the image has written; so
//! that shows whether what is written is in an order that can be interrupted. In the variation [`Kind::Faults`] the
//! image has a disk of which the power fails instead: some of what was written since the last flush is lost, in any
//! order, and one block is torn; in [`Kind::Cached`] there is a cache in front of that disk.
//!
//! After each start the database has to be sound, and has to have in it each transaction that was acknowledged, and of
//! one that was not all or nothing.

pub mod machine;
pub mod model;

use crate::command::repository;
use crate::promise::generate::Dice;
use crate::varied::VariedSystem;
use machine::{ANSWER, Client, Machine, Silence, Start};
use model::{Model, NUMBERS, ROWS, TABLES};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of the disk of a campaign.
const DISK: u64 = 16 << 20;
/// Bytes of one that becomes full.
const SMALL_DISK: u64 = 2 << 20;
/// Runs until there is a new disk.
const RUNS_OF_DISK: usize = 25;
/// The most answers before a machine is killed.
const ANSWERS: usize = 25;
/// The most milliseconds after the last of them.
const DELAY: usize = 120;
/// The most milliseconds after which a machine is killed that has hardly begun.
const BEGINNING: usize = 1500;
/// The most blocks of 512 bytes that are written before the power fails, in runs of three kinds.
const BLOCKS: [usize; 3] = [200, 3000, 12_000];

/// Ways in which SQLite makes a transaction one, and what they answer. Only without the exclusive lock is the journal
/// removed.
const JOURNALS: [(&str, &str); 4] = [
    ("PRAGMA journal_mode = WAL", "wal"),
    ("PRAGMA journal_mode = TRUNCATE", "truncate"),
    ("PRAGMA journal_mode = PERSIST", "persist"),
    (
        "PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT count(*) < 0 FROM transactions",
        "delete normal 0",
    ),
];

/// Why the image does not start when its disk has no power.
const POWERLESS: [&str; 3] = [
    "did not start: the disk fails",
    "did not start: the database cannot be opened",
    "did not start: a statement that prepares the database fails",
];

/// What the machine has to survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is killed.
    Plain,
    /// The power of its disk fails.
    Faults,
    /// The power of its disk fails, and there is a cache in front of that.
    Cached,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Faults => "faults",
            Self::Cached => "cached",
        }
    }

    fn changes(self) -> Vec<[String; 2]> {
        let disk = match self {
            Self::Plain => return Vec::new(),
            Self::Faults => r#"{ disk "failing" }"#,
            Self::Cached => {
                r#"{ disk "cache" }
    module "block-cache" as="cache" { behind "failing"; size "128KiB" }"#
            }
        };
        let files = r#"    module "cow-fs" as="files""#;
        let faults = r#"    module "faults" as="failing" {
        behind "disk"
        told-by-disk #true
        torn-writes #true
    }"#;
        vec![[files.to_owned(), format!("{files} {disk}\n{faults}")]]
    }
}

/// What went wrong.
#[derive(Debug)]
pub enum Trouble {
    /// What was acknowledged is not there.
    Lost(String),
    /// What is there is not what was written.
    Damaged(String),
    /// The machine ended before it served; what it wrote on its console.
    Ended(String),
    /// The database refuses.
    Refused(String),
    /// Nothing can be said: the machine or the test failed.
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what) => write!(out, "lost: {what}"),
            Self::Damaged(what) => write!(out, "damaged: {what}"),
            Self::Refused(what) => write!(out, "refused: {what}"),
            Self::Ended(console) => write!(out, "the machine ends before it serves\n{console}"),
            Self::Other(what) => out.write_str(what),
        }
    }
}

impl From<Silence> for Trouble {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::Late(asked) => Self::Other(format!("the database does not answer in time: {asked}")),
            Silence::Over(asked) => Self::Other(format!("the connection ends without an answer: {asked}")),
            Silence::Refusal(why) => Self::Refused(why),
        }
    }
}

/// Machines that are killed, one after the other, on the same disk.
pub struct Campaign {
    kind: Kind,
    seed: u64,
    start: Start,
    disk: PathBuf,
    /// What has to be there.
    model: Model,
    /// What may be there instead.
    pending: Option<Model>,
    acknowledged: usize,
    runs: usize,
}

impl Campaign {
    /// Builds the image; files are in a folder of the campaign's own.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn new(kind: Kind, platform: &str, seed: u64, folder: &Path) -> Result<Self, Trouble> {
        let disk = folder.join("disk.img");
        let broken = |error: io::Error| Trouble::Other(format!("{}: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(broken)?;
        blank(&disk, DISK)?;
        let system =
            VariedSystem::write(&repository().join("tests/power"), kind.name(), &kind.changes(), platform)
                .map_err(Trouble::Other)?;
        let start = Start::build(system.path(), platform, &disk)?;
        let model = Model::default();
        Ok(Self { kind, seed, start, disk, model, pending: None, acknowledged: 0, runs: 0 })
    }

    /// Transactions that were acknowledged.
    #[must_use]
    pub const fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// Machines that were killed.
    #[must_use]
    pub const fn runs(&self) -> usize {
        self.runs
    }

    /// Starts and kills one machine; what happened.
    ///
    /// # Errors
    /// When something is lost or damaged, or the test fails.
    pub fn run(&mut self) -> Result<String, Trouble> {
        if self.runs > 0 && self.runs.is_multiple_of(RUNS_OF_DISK) {
            self.verify()?;
            blank(&self.disk, DISK)?;
            (self.model, self.pending) = (Model::default(), None);
        }
        self.runs += 1;
        // Each run has a sequence of its own.
        let seed = self.seed << 32 | self.runs as u64;
        let mut dice = Dice::new(seed);
        let before = self.acknowledged;
        let how = match self.kind {
            Kind::Plain => self.killed(&mut dice)?,
            Kind::Faults | Kind::Cached => self.without_power(&mut dice)?,
        };
        let acknowledged = self.acknowledged - before;
        Ok(format!("run {} of seed {}: {acknowledged} acknowledged, {how}", self.runs, self.seed))
    }

    /// Whether everything is there, after the last run.
    ///
    /// # Errors
    /// When something is lost or damaged, or the test fails.
    pub fn verify(&mut self) -> Result<(), Trouble> {
        if self.kind != Kind::Plain {
            self.power_fails_after(0, 0)?;
        }
        let mut machine = Machine::start(&self.start)?;
        let mut client = machine.client(&self.start)?;
        self.compare(&mut client)
    }

    /// A machine that is killed.
    fn killed(&mut self, dice: &mut Dice) -> Result<String, Trouble> {
        let mut machine = Machine::start(&self.start)?;
        if dice.chance(10) {
            let delay = dice.below(BEGINNING + 1);
            thread::sleep(milliseconds(delay));
            machine.kill();
            return Ok(format!("killed {delay} ms after its start"));
        }
        let mut client = machine.client(&self.start)?;
        self.compare(&mut client)?;
        let journal = choose_journal(&mut client, dice)?;
        let (answers, delay) = (dice.below(ANSWERS + 1), milliseconds(dice.below(DELAY + 1)));
        for _ in 0..answers {
            let (sql, after) = self.model.change(self.runs, dice);
            self.pending = Some(after);
            client.ask(&sql)?;
            self.acknowledge();
        }
        let end = Instant::now() + delay;
        while Instant::now() < end {
            let (sql, after) = self.model.change(self.runs, dice);
            self.pending = Some(after);
            client.send(&sql)?;
            match client.receive(end) {
                Ok(_) => self.acknowledge(),
                Err(Silence::Late(_) | Silence::Over(_)) => break,
                Err(refused) => return Err(refused.into()),
            }
        }
        machine.kill();
        // It may have been on its way.
        if self.pending.is_some() && client.receive(Instant::now() + ANSWER).is_ok() {
            self.acknowledge();
        }
        Ok(format!("{journal}, killed {} ms later", delay.as_millis()))
    }

    /// A machine whose disk has no power from some moment on.
    fn without_power(&mut self, dice: &mut Dice) -> Result<String, Trouble> {
        let seed = dice.below(1 << 32) as u32;
        let kind = dice.below(BLOCKS.len());
        let blocks = 1 + dice.below(BLOCKS[kind]) as u32;
        self.power_fails_after(seed, blocks)?;
        let mut machine = Machine::start(&self.start)?;
        let how = format!("the power fails after {blocks} blocks (seed {seed})");
        let mut client = match machine.client(&self.start) {
            Err(Trouble::Ended(console)) if POWERLESS.iter().any(|reason| console.contains(reason)) => {
                return Ok(format!("{how}, before it serves"));
            }
            client => client?,
        };
        let begun = self.compare(&mut client).and_then(|()| choose_journal(&mut client, dice));
        let journal = match begun {
            Err(Trouble::Refused(why)) if may_be_of_disk(&why) => {
                self.look_again(&mut machine, &why)?;
                return Ok(format!("{how}, before there is a transaction: {why}"));
            }
            journal => journal?,
        };
        for _ in 0..4 * ANSWERS {
            let (sql, after) = self.model.change(self.runs, dice);
            self.pending = Some(after);
            match client.ask(&sql) {
                Ok(_) => self.acknowledge(),
                Err(Silence::Refusal(why)) if may_be_of_disk(&why) => {
                    let (sql, _) = self.model.change(self.runs, dice);
                    if client.ask(&sql).is_ok() {
                        return Err(Trouble::Lost("acknowledged after the power failed".to_owned()));
                    }
                    self.look_again(&mut machine, &why)?;
                    return Ok(format!("{journal}, {how}: {why}"));
                }
                Err(silence) => return Err(silence.into()),
            }
        }
        machine.kill();
        Ok(format!("{journal}, killed before {how}"))
    }

    /// A read that fails may be told as damage, too. If it is that, all is there with the power back.
    fn look_again(&mut self, machine: &mut Machine, why: &str) -> Result<(), Trouble> {
        if is_of_disk(why) {
            return Ok(());
        }
        machine.kill();
        self.verify()
    }

    fn acknowledge(&mut self) {
        if let Some(after) = self.pending.take() {
            self.model = after;
            self.acknowledged += 1;
        }
    }

    /// Tells the image's disk what happens: see the module `faults`.
    fn power_fails_after(&self, seed: u32, blocks: u32) -> Result<(), Trouble> {
        let write = || {
            let mut disk = File::options().write(true).open(&self.disk)?;
            disk.seek(SeekFrom::End(-512))?;
            disk.write_all(&[seed.to_le_bytes(), blocks.to_le_bytes()].concat())
        };
        write().map_err(|error| Trouble::Other(format!("{}: {error}", self.disk.display())))
    }

    /// Whether all is there that has to be.
    fn compare(&mut self, client: &mut Client) -> Result<(), Trouble> {
        let integrity = client.ask("PRAGMA integrity_check")?;
        if integrity != ["ok"] {
            return Err(Trouble::Damaged(integrity.join("; ")));
        }
        client.ask(TABLES)?;
        let found = (client.ask(NUMBERS)?.join("\n"), client.ask(ROWS)?);
        let known = self.model.answers();
        let pending = self.pending.take();
        if found == known {
            return Ok(());
        }
        if let Some(pending) = pending
            && found == pending.answers()
        {
            self.model = pending;
            return Ok(());
        }
        let told = |(numbers, rows): &(String, Vec<String>)| {
            format!("transactions {}, {} rows", numbers.replace('\t', ", the last "), rows.len())
        };
        let problem = format!("{}; there have to be: {}", told(&found), told(&known));
        let transactions = found.0.split('\t').next().and_then(|count| count.parse().ok()).unwrap_or(0);
        let is_lost = transactions < self.model.transactions();
        Err(if is_lost { Trouble::Lost(problem) } else { Trouble::Damaged(problem) })
    }

    /// Fills a small disk until the database refuses; how many transactions it had acknowledged, all of which are
    /// there after the machine was killed.
    ///
    /// # Errors
    /// When something is lost or damaged, or the test fails.
    pub fn fill(&mut self) -> Result<usize, Trouble> {
        blank(&self.disk, SMALL_DISK)?;
        (self.model, self.pending) = (Model::default(), None);
        let mut dice = Dice::new(self.seed);
        let before = self.acknowledged;
        let mut machine = Machine::start(&self.start)?;
        let mut client = machine.client(&self.start)?;
        self.compare(&mut client)?;
        let most = SMALL_DISK as usize / 8000;
        for _ in 0..=most {
            let (sql, after) = self.model.addition(0, 8000, &mut dice);
            match client.ask(&sql) {
                Ok(_) => {
                    self.pending = Some(after);
                    self.acknowledge();
                }
                Err(Silence::Refusal(why)) if number_of(&why) == Some(FULL) => {
                    // It is as it was, for the database that runs and for the one that is started anew.
                    self.compare(&mut client)?;
                    machine.kill();
                    self.verify()?;
                    return Ok(self.acknowledged - before);
                }
                Err(silence) => return Err(silence.into()),
            }
        }
        Err(Trouble::Other("more was acknowledged than the disk holds".to_owned()))
    }
}

/// SQLite's number for a database that is damaged, `SQLITE_CORRUPT`. It is also what becomes of a read of its that fails
/// with `EIO`: `unixRead` makes that `SQLITE_IOERR_CORRUPTFS`, which leaves the library as this one.
const CORRUPT: u32 = 11;
/// SQLite's number for a disk without room, `SQLITE_FULL`.
const FULL: u32 = 13;

/// The number of an error.
fn number_of(refusal: &str) -> Option<u32> {
    refusal.split(' ').nth(1)?.parse().ok()
}

/// Whether an error is one of the disk: `SQLITE_IOERR` or `SQLITE_CANTOPEN`, of any kind.
fn is_of_disk(refusal: &str) -> bool {
    number_of(refusal).is_some_and(|number| matches!(number & 0xff, 10 | 14))
}

/// Whether an error is what a disk without power may lead to.
fn may_be_of_disk(refusal: &str) -> bool {
    is_of_disk(refusal) || number_of(refusal) == Some(CORRUPT)
}

fn choose_journal(client: &mut Client, dice: &mut Dice) -> Result<&'static str, Trouble> {
    let (sql, expected) = JOURNALS[dice.below(JOURNALS.len())];
    let answer = client.ask(sql)?.join(" ");
    if answer == expected { Ok(expected) } else { Err(Trouble::Other(format!("{sql}: {answer}"))) }
}

/// An empty disk.
fn blank(disk: &Path, bytes: u64) -> Result<(), Trouble> {
    File::create(disk)
        .and_then(|file| file.set_len(bytes))
        .map_err(|error| Trouble::Other(format!("{}: {error}", disk.display())))
}

fn milliseconds(count: usize) -> Duration {
    Duration::from_millis(count as u64)
}
