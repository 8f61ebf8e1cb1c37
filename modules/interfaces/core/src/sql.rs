//! Databases that are asked in SQL.

use oscomp_macros::interface;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SqlValue<'v> {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number in double precision.
    Real(f64),
    /// A text, in UTF-8 unless somebody stored something else as text.
    Text(&'v [u8]),
    /// Bytes.
    Blob(&'v [u8]),
}

/// What is told of while SQL runs, in this order for each statement that gives rows: the name of each column, then for each
/// row the value of each column and that the row ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SqlEvent<'e> {
    /// The name of the next column.
    Column(&'e str),
    /// The value of the next column.
    Value(SqlValue<'e>),
    /// The row ends.
    Row,
    /// What an error is about; the last event, if it comes.
    Message(&'e str),
}

/// A database.
#[interface]
pub trait Sql {
    /// Runs statements, one after the other, up to the first that fails. What they do to the database is done as a
    /// whole if they say so themselves (`BEGIN … COMMIT`), else statement by statement; a transaction that they leave
    /// open is rolled back, which is an error too.
    ///
    /// When it returns without an error, what was changed is there after the power fails, if the database is on a
    /// device that outlives it.
    ///
    /// `tell` does not call the database.
    ///
    /// # Errors
    /// Why a statement failed.
    fn run(self, sql: &str, tell: impl FnMut(SqlEvent<'_>)) -> Result<(), SqlError>;
}

/// Why a statement failed: the database's own number of it. What it is about the last event said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlError(pub i32);
