//! SQLite's own interface for C (<https://sqlite.org/c3ref/intro.html>), as far as it is needed.

use core::ffi::{CStr, c_char, c_double, c_int, c_uchar, c_void};
use core::ptr::{self, NonNull};
use core::slice;
use oscomp_interfaces::{SqlError, SqlEvent, SqlValue};

/// `struct sqlite3`, which only SQLite looks into.
#[repr(C)]
struct Database {
    _private: [u8; 0],
}

/// `struct sqlite3_stmt`, likewise.
#[repr(C)]
struct Statement {
    _private: [u8; 0],
}

unsafe extern "C" {
    fn sqlite3_open_v2(
        path: *const c_char,
        database: *mut *mut Database,
        flags: c_int,
        vfs: *const c_char,
    ) -> c_int;
    fn sqlite3_close_v2(database: *mut Database) -> c_int;
    fn sqlite3_errmsg(database: *mut Database) -> *const c_char;
    fn sqlite3_extended_errcode(database: *mut Database) -> c_int;
    fn sqlite3_get_autocommit(database: *mut Database) -> c_int;
    fn sqlite3_prepare_v2(
        database: *mut Database,
        sql: *const c_char,
        bytes: c_int,
        statement: *mut *mut Statement,
        rest: *mut *const c_char,
    ) -> c_int;
    fn sqlite3_step(statement: *mut Statement) -> c_int;
    fn sqlite3_finalize(statement: *mut Statement) -> c_int;
    fn sqlite3_column_count(statement: *mut Statement) -> c_int;
    fn sqlite3_column_name(statement: *mut Statement, column: c_int) -> *const c_char;
    fn sqlite3_column_type(statement: *mut Statement, column: c_int) -> c_int;
    fn sqlite3_column_int64(statement: *mut Statement, column: c_int) -> i64;
    fn sqlite3_column_double(statement: *mut Statement, column: c_int) -> c_double;
    fn sqlite3_column_text(statement: *mut Statement, column: c_int) -> *const c_uchar;
    fn sqlite3_column_blob(statement: *mut Statement, column: c_int) -> *const c_void;
    fn sqlite3_column_bytes(statement: *mut Statement, column: c_int) -> c_int;
}

/// `SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE`.
const READ_WRITE_CREATE: c_int = 6;
/// `SQLITE_OK`.
const OK: c_int = 0;
/// `SQLITE_ERROR`.
const ERROR: c_int = 1;
/// `SQLITE_TOOBIG`.
const TOO_BIG: c_int = 18;
/// `SQLITE_ROW`: there is a row.
const ROW: c_int = 100;
/// `SQLITE_DONE`: there is none any more.
const DONE: c_int = 101;

/// An open database.
pub struct Connection(NonNull<Database>);

// SAFETY: SQLite compiled without its own locks may be used from any thread, one at a time; `&mut` sees to that.
unsafe impl Send for Connection {}

impl Connection {
    /// Opens a database, and makes it if it is not there.
    pub fn open(path: &CStr) -> Option<Self> {
        let mut database = ptr::null_mut();
        // SAFETY: the path ends in a NUL, and SQLite sets the pointer, also when it fails.
        let result =
            unsafe { sqlite3_open_v2(path.as_ptr(), &raw mut database, READ_WRITE_CREATE, ptr::null()) };
        let connection = Self(NonNull::new(database)?);
        (result == OK).then_some(connection)
    }

    /// Runs statements: see [`Sql::run`](oscomp_interfaces::Sql::run).
    pub fn run(&mut self, sql: &str, mut tell: impl FnMut(SqlEvent<'_>)) -> Result<(), SqlError> {
        let mut rest = sql.as_bytes();
        while !rest.is_empty() {
            let before = rest.len();
            let prepared = self.prepare(&mut rest);
            let ran = prepared.and_then(|statement| match statement {
                Some(mut statement) => statement.run(&mut tell),
                None => Ok(()),
            });
            if let Err(code) = ran {
                return Err(self.failed(code, &mut tell));
            }
            if rest.len() == before {
                break;
            }
        }
        // SAFETY: the database is open.
        if unsafe { sqlite3_get_autocommit(self.0.as_ptr()) } == 0 {
            self.roll_back();
            tell(SqlEvent::Message("the transaction was not ended, and is rolled back"));
            return Err(SqlError(ERROR));
        }
        Ok(())
    }

    /// Compiles the first statement, and takes it off the text; none if there is only white space and comments.
    fn prepare(&mut self, sql: &mut &[u8]) -> Result<Option<Running>, c_int> {
        let bytes = c_int::try_from(sql.len()).map_err(|_| TOO_BIG)?;
        let (mut statement, mut rest) = (ptr::null_mut(), ptr::null());
        let start = sql.as_ptr().cast();
        // SAFETY: the database is open; SQLite reads so many bytes at the most, and sets both pointers.
        let result =
            unsafe { sqlite3_prepare_v2(self.0.as_ptr(), start, bytes, &raw mut statement, &raw mut rest) };
        let statement = NonNull::new(statement).map(Running);
        if result != OK {
            return Err(result);
        }
        let taken = rest.addr().saturating_sub(start.addr()).min(sql.len());
        *sql = &sql[taken..];
        Ok(statement)
    }

    /// Tells why something failed, and ends what it left open.
    fn failed(&mut self, code: c_int, tell: &mut impl FnMut(SqlEvent<'_>)) -> SqlError {
        let database = self.0.as_ptr();
        // SAFETY: the database is open, and the message stays until the next call.
        let (extended, message) =
            unsafe { (sqlite3_extended_errcode(database), CStr::from_ptr(sqlite3_errmsg(database))) };
        tell(SqlEvent::Message(message.to_str().unwrap_or("the database failed")));
        // SAFETY: as above.
        if unsafe { sqlite3_get_autocommit(database) } == 0 {
            self.roll_back();
        }
        SqlError(if extended == OK { code } else { extended })
    }

    fn roll_back(&mut self) {
        // Where that fails too the transaction has ended already.
        if let Ok(Some(mut statement)) = self.prepare(&mut b"ROLLBACK".as_slice()) {
            let _ = statement.run(&mut |_| ());
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, and used no more; what fails here SQLite has given back all the same.
        unsafe { sqlite3_close_v2(self.0.as_ptr()) };
    }
}

/// A statement that runs.
struct Running(NonNull<Statement>);

impl Running {
    fn run(&mut self, tell: &mut impl FnMut(SqlEvent<'_>)) -> Result<(), c_int> {
        let statement = self.0.as_ptr();
        // SAFETY: the statement is compiled and not finalized. Columns are below their count; a name stays until the
        // statement ends, and may be missing only for want of memory.
        unsafe {
            let columns = sqlite3_column_count(statement);
            for column in 0..columns {
                let name = sqlite3_column_name(statement, column);
                let name = if name.is_null() { "" } else { CStr::from_ptr(name).to_str().unwrap_or("") };
                tell(SqlEvent::Column(name));
            }
            loop {
                match sqlite3_step(statement) {
                    ROW => {
                        for column in 0..columns {
                            tell(SqlEvent::Value(self.value(column)));
                        }
                        tell(SqlEvent::Row);
                    }
                    DONE => return Ok(()),
                    code => return Err(code),
                }
            }
        }
    }

    /// The value of a column in the row that there is.
    ///
    /// # Safety
    /// `sqlite3_step` has given a row, which has the column.
    unsafe fn value(&self, column: c_int) -> SqlValue<'_> {
        let statement = self.0.as_ptr();
        // SAFETY: by the contract. Texts and blobs stay until the next step, which needs `&mut self`; SQLite says how
        // many bytes they have after it was asked for them.
        unsafe {
            let bytes = |start: *const u8| {
                let length = usize::try_from(sqlite3_column_bytes(statement, column)).unwrap_or(0);
                if start.is_null() { &[][..] } else { slice::from_raw_parts(start, length) }
            };
            match sqlite3_column_type(statement, column) {
                1 => SqlValue::Integer(sqlite3_column_int64(statement, column)),
                2 => SqlValue::Real(sqlite3_column_double(statement, column)),
                3 => SqlValue::Text(bytes(sqlite3_column_text(statement, column))),
                4 => SqlValue::Blob(bytes(sqlite3_column_blob(statement, column).cast())),
                _ => SqlValue::Null,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: compiled by `prepare`, and used no more. The result is that of the last step, which is known.
        unsafe { sqlite3_finalize(self.0.as_ptr()) };
    }
}
