//! SQLite: the amalgamation as its authors release it, compiled into the image. What it calls of C's library comes from
//! the modules that are composed with it.
//!
//! ```kdl
//! module "sqlite" { database "/data.db" }
//! module "c-base"
//! module "c-strings"
//! ```
#![no_std]

mod engine;

use core::ffi::CStr;
use core::marker::PhantomData;
use engine::Connection;
use oscomp_abi::{CDefine, CHot, CInclude, CSource, Config, StartError};
use oscomp_interfaces::{Sql, SqlError, SqlEvent};
use oscomp_macros::{Options, module};
use spin::Mutex;

/// SQLite, with one database open.
#[module(provides(Sql), stop, environment = "bare-metal")]
pub struct Sqlite<Settings: Config<Options>> {
    connection: Mutex<Option<Connection>>,
    settings: PhantomData<Settings>,
}

/// Which database, and how SQLite is compiled.
#[derive(Options)]
pub struct Options {
    /// The path of the database, which is made if it is not there; `:memory:` for one that nobody keeps.
    #[option(default = ":memory:")]
    pub database: &'static str,
    /// Statements that are run when it is open, such as `PRAGMA`s.
    #[option(default = "")]
    pub prepare: &'static str,
    /// Its source: the amalgamation, and what else is wanted with it.
    #[option(default = "crate:libsqlite3-sys@0.40.0/sqlite3/sqlite3.c")]
    pub sources: &'static [CSource],
    /// Folders of headers.
    pub include: &'static [CInclude],
    /// Its compile-time options: see SQLite's documentation. By default the folder is synced when a journal has been
    /// removed; else a file system that keeps to what was synced may undo a transaction that has succeeded.
    #[option(default = [
        "NDEBUG",
        "SQLITE_THREADSAFE=0",
        "SQLITE_OMIT_LOAD_EXTENSION",
        "SQLITE_DEFAULT_MEMSTATUS=0",
        "SQLITE_DEFAULT_SYNCHRONOUS=3",
        "SQLITE_TEMP_STORE=3",
        "SQLITE_MAX_MMAP_SIZE=0",
        "SQLITE_LIKE_DOESNT_MATCH_BLOBS",
        "SQLITE_OMIT_SHARED_CACHE",
        "SQLITE_OMIT_DEPRECATED",
        "SQLITE_DQS=0",
    ])]
    pub define: &'static [CDefine],
    /// Its functions that are compiled for speed also where the image is compiled for size. By default those in which
    /// most instructions are executed when rows are inserted one by one, and in its own speed test.
    #[option(default = [
        "allocateCursor", "applyAffinity", "balance", "btreeBeginTrans", "btreeParseCellPtr",
        "btreeParseCellPtrIndex", "clearSelect", "codeInteger", "exprListDeleteNN", "findElementWithHash",
        "freeP4", "freeSpace", "getAndInitPage", "getCellInfo", "getPageNormal", "growOpArray",
        "keywordCode", "likeFunc", "memjrnlFreeChunks", "memjrnlWrite", "moveToRoot", "pageFindSlot",
        "pageInsertArray", "pagerAddPageToRollbackJournal", "pager_end_transaction", "pager_write",
        "patternCompare", "pcache1Fetch", "pcacheManageDirtyList", "putVarint64", "releaseAllSavepoints",
        "releaseMemArray", "resolveExprStep", "resolveP2Values", "sqlite3BtreeCommitPhaseTwo",
        "sqlite3BtreeIndexMoveto", "sqlite3BtreeInsert", "sqlite3BtreeNext", "sqlite3BtreeTableMoveto",
        "sqlite3CompleteInsertion", "sqlite3DbMallocRawNN", "sqlite3DbNNFreeNN", "sqlite3Dequote",
        "sqlite3ExprCodeTarget", "sqlite3ExprDeleteNN", "sqlite3ExprInt32", "sqlite3FindTable",
        "sqlite3FinishCoding", "sqlite3GenerateConstraintChecks", "sqlite3GetInt32", "sqlite3GetToken",
        "sqlite3HaltConstraint", "sqlite3Insert", "sqlite3LockAndPrepare", "sqlite3Malloc",
        "sqlite3MemMalloc", "sqlite3OpenTableAndIndices", "sqlite3PagerCommitPhaseOne", "sqlite3Prepare",
        "sqlite3ResolveExprListNames", "sqlite3RunParser", "sqlite3SelectNew", "sqlite3SrcListAppend",
        "sqlite3SrcListDelete", "sqlite3StrAppend64", "sqlite3VdbeAddOp3", "sqlite3VdbeChangeP4",
        "sqlite3VdbeDelete", "sqlite3VdbeExec", "sqlite3VdbeFreeCursorNN", "sqlite3VdbeHalt",
        "sqlite3VdbeIdxRowid", "sqlite3VdbeMemGrow", "sqlite3VdbeMemStringify",
        "sqlite3VdbeRecordCompareWithSkip", "sqlite3WalkExprNN", "sqlite3_exec", "sqlite3_malloc",
        "sqlite3_step", "sqlite3_str_vappendf", "tokenExpr", "vdbeChangeP4Full", "vdbeFreeOpArray",
        "vdbeRecordCompareInt", "vdbeRecordCompareString", "vdbeSorterCompareInt", "vdbeSorterCompareText",
        "vdbeSorterMerge", "writeJournalHdr", "yy_reduce",
    ])]
    pub hot: &'static [CHot],
}

/// Bytes of a path, with its NUL.
const PATH: usize = 512;

impl<Settings: Config<Options>> Sqlite<Settings> {
    /// Opens the database.
    ///
    /// # Errors
    /// When it cannot be opened, or one of the first statements fails.
    pub fn start() -> Result<Self, StartError> {
        let database = Settings::OPTIONS.database.as_bytes();
        let mut path = [0; PATH];
        let Some(room) = path[..PATH - 1].get_mut(..database.len()) else {
            return Err(StartError::new("the path of the database is too long"));
        };
        room.copy_from_slice(database);
        let path = CStr::from_bytes_until_nul(&path).unwrap_or_default();
        let Some(mut connection) = Connection::open(path) else {
            return Err(StartError::new("the database cannot be opened"));
        };
        if connection.run(Settings::OPTIONS.prepare, |_| ()).is_err() {
            return Err(StartError::new("a statement that prepares the database fails"));
        }
        Ok(Self { connection: Mutex::new(Some(connection)), settings: PhantomData })
    }

    /// Closes the database.
    pub fn stop(&self) {
        drop(self.connection.lock().take());
    }
}

/// SQLite's number for the use of something that is closed, `SQLITE_MISUSE`.
const MISUSE: SqlError = SqlError(21);

impl<Settings: Config<Options>> Sql for &'static Sqlite<Settings> {
    fn run(self, sql: &str, tell: impl FnMut(SqlEvent<'_>)) -> Result<(), SqlError> {
        self.connection.lock().as_mut().ok_or(MISUSE)?.run(sql, tell)
    }
}
