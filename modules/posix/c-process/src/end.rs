use crate::{CProcess, Options, signals};
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt::Write;
use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::ENOSYS;
use oscomp_c_frame as frame;
use oscomp_interfaces::program::Main;
use oscomp_interfaces::{Console, Errno, PowerOff, ProgramExit, SystemPowerOff, Text};
use oscomp_macros::exports;
use spin::Mutex;

/// A function that is called at the end.
type Exit = extern "C" fn();

/// Functions that are called at the end, the last one first.
pub struct Exits(Mutex<Vec<Exit>>);

impl Exits {
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Adds one. False if there is no room.
    fn add(&self, exit: Exit) -> bool {
        let mut exits = self.0.lock();
        let has_room = exits.try_reserve(1).is_ok();
        if has_room {
            exits.push(exit);
        }
        has_room
    }

    /// Calls them, each once, those too that they add. One that ends the program once more has the others called.
    fn run(&self) {
        loop {
            let last = self.0.lock().pop();
            match last {
                Some(exit) => exit(),
                None => return,
            }
        }
    }
}

/// What [`ProgramExit::run`] runs.
struct Program<'p, Process> {
    process: &'p Process,
    main: Main,
    count: c_int,
    arguments: *mut *mut c_char,
}

impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> ProgramExit
    for &CProcess<Numbers, Reports, Settings>
{
    fn run(self, main: Main, count: i32, arguments: *mut *mut c_char) -> i32 {
        let mut program = Program { process: self, main, count, arguments };
        self.thread.store(core::ptr::from_ref(self.numbers.cell()).cast_mut(), Ordering::Relaxed);
        // SAFETY: the program is a local that outlives the call, and of the type that `body` takes.
        unsafe {
            frame::enter(
                CProcess::<Numbers, Reports, Settings>::body,
                (&raw mut program).cast(),
                self.frame.as_ptr(),
            )
        }
    }

    fn exit(self, status: i32) -> ! {
        CProcess::exit(self, status)
    }
}

impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// Runs the program to its end.
    ///
    /// # Safety
    /// `program` is a [`Program`] of this process that stays until the program has ended.
    unsafe extern "C" fn body(program: *mut c_void) -> ! {
        // SAFETY: by the contract.
        let program = unsafe { &*program.cast_const().cast::<Program<'_, Self>>() };
        program.process.exit((program.main)(program.count, program.arguments))
    }

    /// Returns from [`ProgramExit::run`], so that the image stops as it does when its app returns. Elsewhere the
    /// machine ends at once: where no program runs, and on a thread that is not the program's, whose stack is not the
    /// one to go back to.
    fn leave(&self, status: c_int) -> ! {
        let status = status & 0xff;
        let is_here = core::ptr::from_ref(self.numbers.cell()) == self.thread.load(Ordering::Relaxed);
        if is_here {
            let frame = self.frame.swap(null_mut(), Ordering::Relaxed);
            if !frame.is_null() {
                // SAFETY: `run` has not returned while there is a frame, and this is its thread. What lies between are
                // functions of the program's and those that it calls here, which have nothing to drop.
                unsafe { frame::leave(frame, status) };
            }
        }
        SystemPowerOff.power_off(status as u8)
    }

    /// Ends the machine at once, as by a signal: the status is that of a shell.
    pub(crate) fn end_by(&self, signal: c_int) -> ! {
        SystemPowerOff.power_off((128 + signal) as u8)
    }
}

#[exports]
impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// Ends the program with a status, of which the lowest 8 bits count, after the functions of `atexit` (ISO C,
    /// 7.24.4.4). The image stops as when `main` returns, which writes out what streams hold. On a thread that is not
    /// that of `main` the machine ends without.
    pub fn exit(&self, status: c_int) -> ! {
        self.exits.run();
        self.leave(status)
    }

    /// As `exit`, without the functions of `atexit` (ISO C, 7.24.4.5).
    #[allow(non_snake_case, reason = "it is C's name")]
    pub fn _Exit(&self, status: c_int) -> ! {
        self.leave(status)
    }

    /// As `_Exit` (POSIX.1-2024).
    pub fn _exit(&self, status: c_int) -> ! {
        self.leave(status)
    }

    /// As `exit`, with the functions of `at_quick_exit` (ISO C, 7.24.4.7).
    pub fn quick_exit(&self, status: c_int) -> ! {
        self.quick_exits.run();
        self.leave(status)
    }

    /// Has `exit` call a function, the last one first (ISO C, 7.24.4.2). 0; another number if there is no memory for
    /// that.
    pub fn atexit(&self, function: extern "C" fn()) -> c_int {
        c_int::from(!self.exits.add(function))
    }

    /// Has `quick_exit` call a function, the last one first (ISO C, 7.24.4.3). 0; another number if there is no memory
    /// for that.
    pub fn at_quick_exit(&self, function: extern "C" fn()) -> c_int {
        c_int::from(!self.quick_exits.add(function))
    }

    /// Ends the machine at once, with the status 134, after the handler of `SIGABRT` if there is one and it returns
    /// (ISO C, 7.24.4.1).
    pub fn abort(&self) -> ! {
        self.unblock(signals::SIGABRT);
        self.deliver(signals::SIGABRT);
        self.end_by(signals::SIGABRT)
    }

    /// Reports an assertion that does not hold, and aborts: what `assert` calls (ISO C, 7.2.1.1).
    ///
    /// # Safety
    /// The pointers are strings; that of the function may be null.
    pub unsafe fn __assert_fail(
        &self,
        condition: *const c_char,
        file: *const c_char,
        line: c_int,
        function: *const c_char,
    ) -> ! {
        let text = |string: *const c_char| {
            // SAFETY: by the contract.
            let string = if string.is_null() { c"?" } else { unsafe { CStr::from_ptr(string) } };
            string.to_bytes()
        };
        let mut out = Text(self.reports);
        self.reports.write(text(file));
        // A console has no errors.
        let _ = write!(out, ":{line}: ");
        self.reports.write(text(function));
        self.reports.write(b": Assertion `");
        self.reports.write(text(condition));
        self.reports.write(b"' failed.\n");
        self.abort()
    }

    /// Runs a command (ISO C, 7.24.4.8): there is none to do so, which 0 says where null asks; -1, with `ENOSYS`.
    pub fn system(&self, command: *const c_char) -> c_int {
        if command.is_null() {
            return 0;
        }
        self.failed(ENOSYS)
    }
}
