//! What a database has to have in it.

use crate::promise::generate::Dice;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

/// Rows beyond which more are removed than added.
const MANY: usize = 60;
/// The most bytes of a payload.
const LARGEST: usize = 20_000;

/// Makes the tables if they are not there.
pub const TABLES: &str = "BEGIN; \
    CREATE TABLE IF NOT EXISTS transactions(number INTEGER PRIMARY KEY, run INTEGER); \
    CREATE TABLE IF NOT EXISTS rows(number INTEGER PRIMARY KEY, run INTEGER, sum INTEGER, payload BLOB); \
    CREATE INDEX IF NOT EXISTS sums ON rows(sum, run); COMMIT";
/// Asks for the numbers of all transactions, which are 1, 2, 3 and so on.
pub const NUMBERS: &str = "SELECT count(*), coalesce(max(number), 0) FROM transactions";
/// Asks for all rows.
pub const ROWS: &str = "SELECT number, run, sum, payload FROM rows ORDER BY number";

/// One row.
#[derive(Clone, Debug)]
struct Row {
    run: usize,
    payload: Rc<[u8]>,
}

impl Row {
    /// A checksum of the payload: FNV-1a (draft-eastlake-fnv), in 32 bits.
    fn sum(&self) -> u32 {
        self.payload.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    }

    fn hexadecimal(&self) -> String {
        self.payload.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// What is in the database after some transactions.
#[derive(Clone, Debug, Default)]
pub struct Model {
    transactions: usize,
    next: u64,
    rows: BTreeMap<u64, Row>,
}

impl Model {
    /// How many transactions there were.
    #[must_use]
    pub const fn transactions(&self) -> usize {
        self.transactions
    }

    /// What the database answers to [`NUMBERS`] and [`ROWS`].
    #[must_use]
    pub fn answers(&self) -> (String, Vec<String>) {
        let rows = self
            .rows
            .iter()
            .map(|(number, row)| format!("{number}\t{}\t{}\t\\x{}", row.run, row.sum(), row.hexadecimal()));
        (format!("{0}\t{0}", self.transactions), rows.collect())
    }

    /// A random transaction of a run: its SQL, and what there is after it.
    #[must_use]
    pub fn change(&self, run: usize, dice: &mut Dice) -> (String, Self) {
        let mut after = self.clone();
        after.transactions += 1;
        let mut sql = format!("BEGIN; INSERT INTO transactions VALUES({}, {run})", after.transactions);
        for _ in 0..=dice.below(5) {
            sql.push_str("; ");
            sql.push_str(&after.statement(run, dice));
        }
        sql.push_str("; COMMIT");
        (sql, after)
    }

    /// Adds a row with so many bytes.
    #[must_use]
    pub fn addition(&self, run: usize, bytes: usize, dice: &mut Dice) -> (String, Self) {
        let mut after = self.clone();
        after.transactions += 1;
        let number = after.transactions;
        let sql = after.insert(run, payload(bytes, dice));
        (format!("BEGIN; INSERT INTO transactions VALUES({number}, {run}); {sql}; COMMIT"), after)
    }

    fn insert(&mut self, run: usize, payload: Rc<[u8]>) -> String {
        self.next += 1;
        let row = Row { run, payload };
        let (number, sum) = (self.next, row.sum());
        let sql = format!("INSERT INTO rows VALUES({number}, {run}, {sum}, x'{}')", row.hexadecimal());
        self.rows.insert(number, row);
        sql
    }

    fn statement(&mut self, run: usize, dice: &mut Dice) -> String {
        let any = dice.below(self.rows.len());
        let any = self.rows.keys().nth(any).copied();
        let removes = if self.rows.len() > MANY { 60 } else { 20 };
        match any {
            Some(number) if dice.chance(removes) => {
                self.rows.remove(&number);
                format!("DELETE FROM rows WHERE number = {number}")
            }
            Some(number) if dice.chance(40) => {
                let row = Row { run, payload: random_payload(dice) };
                let set = format!("run = {run}, sum = {}, payload = x'{}'", row.sum(), row.hexadecimal());
                self.rows.insert(number, row);
                format!("UPDATE rows SET {set} WHERE number = {number}")
            }
            Some(_) if dice.chance(10) => {
                let rest = dice.below(4) as u64;
                let hit = self.rows.iter_mut().filter(|(number, _)| **number % 4 == rest);
                hit.for_each(|(_, row)| row.run = run);
                format!("UPDATE rows SET run = {run} WHERE number % 4 = {rest}")
            }
            _ => self.insert(run, random_payload(dice)),
        }
    }
}

/// Most are small, as rows are; some need many pages.
fn random_payload(dice: &mut Dice) -> Rc<[u8]> {
    let most = if dice.chance(20) { LARGEST } else { 1500 };
    let bytes = dice.below(most + 1);
    payload(bytes, dice)
}

fn payload(bytes: usize, dice: &mut Dice) -> Rc<[u8]> {
    (0..bytes).map(|_| dice.below(256) as u8).collect()
}
