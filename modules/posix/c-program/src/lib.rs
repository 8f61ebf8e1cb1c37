//! A program in C as the app: its sources are compiled into the image, and its `main` is run.
//!
//! ```kdl
//! app "greet" { sources "greet.c" "names.c"; arguments "--loud" }
//! ```
//! What it calls of C's library comes from the modules that are composed with it: `c-strings`, `c-stdio`,
//! `posix-files` and so on. What none of them has the build names, with the modules that do.
#![no_std]

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use oscomp_abi::{CDefine, CHot, CInclude, CSource, Config, StartError};
use oscomp_c_abi::{c_char, c_int};
use oscomp_interfaces::{App, ProgramExit, Status};
use oscomp_macros::{Options, module};

/// A program in C.
#[module(provides(App), environment = "bare-metal")]
pub struct CProgram<
    /// What runs it, so that it can end anywhere.
    Exit: ProgramExit,
    Settings: Config<Options>,
> {
    exit: Exit,
    arguments: Arguments,
    settings: PhantomData<Settings>,
}

/// The program, and what it is started with.
#[derive(Options)]
pub struct Options {
    /// Its sources.
    pub sources: &'static [CSource],
    /// Folders of its headers.
    pub include: &'static [CInclude],
    /// Macros that are defined for all of its sources.
    pub define: &'static [CDefine],
    /// Functions that are compiled for speed also where the image is compiled for size.
    pub hot: &'static [CHot],
    /// The name that it sees as its own, `argv[0]`.
    #[option(default = "program")]
    pub name: &'static str,
    /// The arguments behind its name.
    pub arguments: &'static [&'static str],
}

/// How many arguments there can be, with the name.
const ARGUMENTS: usize = 64;
/// Bytes that they can have in all.
const BYTES: usize = 4096;

/// The arguments as C has them, which `main` may change (ISO C, section 5.1.2.2.1).
struct Arguments {
    count: usize,
    pointers: UnsafeCell<[*mut c_char; ARGUMENTS + 1]>,
    bytes: UnsafeCell<[u8; BYTES]>,
}

// SAFETY: only `run` reaches into it, which the glue calls once.
unsafe impl Sync for Arguments {}
// SAFETY: as above; the pointers are null until `run` sets them.
unsafe impl Send for Arguments {}

impl Arguments {
    /// Room for them, filled when the instance lies where it stays.
    const fn new(count: usize) -> Self {
        Self {
            count,
            pointers: UnsafeCell::new([core::ptr::null_mut(); ARGUMENTS + 1]),
            bytes: UnsafeCell::new([0; BYTES]),
        }
    }

    /// Lays the arguments out; where they are.
    fn lay_out(&self, texts: impl Iterator<Item = &'static str>) -> *mut *mut c_char {
        // SAFETY: called once, by `run`, before `main` has the pointers.
        let (pointers, bytes) = unsafe { (&mut *self.pointers.get(), &mut *self.bytes.get()) };
        let start: *mut u8 = bytes.as_mut_ptr();
        let mut at = 0;
        for (pointer, text) in pointers.iter_mut().zip(texts) {
            bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
            *pointer = start.wrapping_add(at).cast();
            at += text.len() + 1;
        }
        self.pointers.get().cast()
    }
}

/// The program, as what runs it calls it.
extern "C" fn enter(count: c_int, arguments: *mut *mut c_char) -> c_int {
    // SAFETY: `run` hands over arguments as ISO C has them: as many as the count says, and a null pointer behind them.
    unsafe { main(count, arguments) }
}

unsafe extern "C" {
    /// The program's own.
    fn main(count: c_int, arguments: *mut *mut c_char) -> c_int;
}

fn texts<Settings: Config<Options>>() -> impl Iterator<Item = &'static str> {
    let Options { name, arguments, .. } = Settings::OPTIONS;
    core::iter::once(name).chain(arguments.iter().copied())
}

impl<Exit: ProgramExit, Settings: Config<Options>> CProgram<Exit, Settings> {
    /// Sees whether the arguments have room.
    ///
    /// # Errors
    /// When they have not, or hold a NUL.
    pub fn start(exit: Exit) -> Result<Self, StartError> {
        let count = texts::<Settings>().count();
        let bytes: usize = texts::<Settings>().map(|text| text.len() + 1).sum();
        if count > ARGUMENTS || bytes > BYTES {
            return Err(StartError::new("the program has more arguments than there is room for"));
        }
        if texts::<Settings>().any(|text| text.contains('\0')) {
            return Err(StartError::new("an argument of the program holds a NUL"));
        }
        Ok(Self { exit, arguments: Arguments::new(count), settings: PhantomData })
    }
}

impl<Exit: ProgramExit, Settings: Config<Options>> App for &'static CProgram<Exit, Settings> {
    fn run(self) -> Status {
        let arguments = self.arguments.lay_out(texts::<Settings>());
        let count = c_int::try_from(self.arguments.count).unwrap_or(0);
        let status = self.exit.run(enter, count, arguments);
        // As for a process: the lowest eight bits.
        Status(status.to_le_bytes()[0])
    }
}
