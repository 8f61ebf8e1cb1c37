//! A program that can end anywhere.

use core::ffi::c_char;
use oscomp_macros::interface;

/// C's `main`: the number of arguments, and the arguments with a null pointer behind them.
pub type Main = extern "C" fn(count: i32, arguments: *mut *mut c_char) -> i32;

/// What runs a C program, so that it ends by `exit` as by returning.
#[interface]
pub trait ProgramExit {
    /// Calls `main`; the status that it returns, or that the program ends with elsewhere. The functions that the
    /// program wanted called at its end have been called then.
    ///
    /// A program ends on the thread that runs it, and what its functions have on the stack is given up without being
    /// dropped. Called once at a time.
    fn run(self, main: Main, count: i32, arguments: *mut *mut c_char) -> i32;

    /// Ends the program with a status, as its `exit` does (ISO C, 7.24.4.4): what [`run`](Self::run) returns then, if
    /// this is its thread. Where no program runs, and elsewhere, the machine ends.
    fn exit(self, status: i32) -> !;
}
