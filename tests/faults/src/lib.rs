//! An application that goes wrong in the way that an option says, to see how a platform ends.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::hint::black_box;
use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Console, Heap, Status};
use oscomp_macros::{Choice, Options, module};

/// Announces the fault on the console, then commits it.
#[module(provides(App), ambient(Heap))]
pub struct Faults<Output: Console, Settings: Config<Options>> {
    output: Output,
    settings: PhantomData<Settings>,
}

/// What to do wrong.
#[derive(Options)]
pub struct Options {
    /// The fault.
    pub fault: Fault,
}

/// A way to go wrong.
#[derive(Choice, Clone, Copy)]
pub enum Fault {
    /// Reads address 0.
    NullRead,
    /// Writes over its own instructions.
    TextWrite,
    /// Writes to a constant.
    ConstantWrite,
    /// Jumps to data.
    DataExecute,
    /// Recurses without end.
    StackOverflow,
    /// Runs an instruction that does not exist.
    IllegalInstruction,
    /// Divides by zero behind the compiler's back.
    DivideError,
    /// Asks the heap for more than there is.
    OutOfMemory,
    /// Panics.
    Panic,
    /// Refuses to start.
    Start,
    /// Ends with a status of its own.
    Status,
}

impl<Output: Console, Settings: Config<Options>> Faults<Output, Settings> {
    /// Keeps the output for later.
    ///
    /// # Errors
    /// If that is the fault.
    pub fn start(output: Output) -> Result<Self, StartError> {
        if matches!(Settings::OPTIONS.fault, Fault::Start) {
            return Err(StartError::shortage("not enough courage", 3, 2));
        }
        Ok(Self { output, settings: PhantomData })
    }
}

impl<Output: Console, Settings: Config<Options>> App for &Faults<Output, Settings> {
    fn run(self) -> Status {
        self.output.write(b"about to fail\n");
        match Settings::OPTIONS.fault {
            Fault::NullRead => null_read(),
            Fault::TextWrite => write_to(text_write as fn() as usize),
            Fault::ConstantWrite => write_to(CONSTANT.as_ptr() as usize),
            Fault::DataExecute => data_execute(),
            Fault::StackOverflow => {
                black_box(stack_overflow(0));
            }
            Fault::IllegalInstruction => illegal_instruction(),
            Fault::DivideError => divide_error(),
            Fault::OutOfMemory => out_of_memory(),
            Fault::Panic => panics(),
            Fault::Start => {}
            Fault::Status => return Status(7),
        }
        self.output.write(b"nothing happened\n");
        Status::FAILURE
    }
}

static CONSTANT: [u8; 16] = [1; 16];
static DATA: [u8; 16] = [0x90; 16];

#[inline(never)]
fn panics() {
    panic!("as the options say: {}", black_box(42));
}

#[inline(never)]
fn null_read() {
    let address: *const u8 = black_box(core::ptr::null());
    // SAFETY: none: the read is wrong on purpose, and the platform has to stop it.
    black_box(unsafe { address.read_volatile() });
}

#[inline(never)]
fn text_write() {
    black_box(());
}

#[inline(never)]
fn write_to(address: usize) {
    // SAFETY: none: the write is wrong on purpose, and the platform has to stop it.
    unsafe { (black_box(address) as *mut u8).write_volatile(0xcc) };
}

#[inline(never)]
fn data_execute() {
    let address = black_box(DATA.as_ptr());
    // SAFETY: none: the call is wrong on purpose, and the platform has to stop it.
    let function: extern "C" fn() = unsafe { core::mem::transmute(address) };
    function();
}

#[inline(never)]
#[expect(unconditional_recursion, reason = "it is the fault")]
fn stack_overflow(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    stack_overflow(depth + 1) + frame[(depth % 64) as usize]
}

#[inline(never)]
fn illegal_instruction() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: `ud2` faults and does nothing else; the platform has to report it.
    unsafe {
        core::arch::asm!("ud2");
    }
    #[cfg(target_arch = "riscv64")]
    // SAFETY: `unimp` faults and does nothing else; the platform has to report it.
    unsafe {
        core::arch::asm!("unimp");
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: `udf` faults and does nothing else; the platform has to report it.
    unsafe {
        core::arch::asm!("udf #0");
    }
}

#[inline(never)]
fn divide_error() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the division faults before it writes; the platform has to report it.
    unsafe {
        core::arch::asm!("xor edx, edx", "mov eax, 1", "xor ecx, ecx", "div ecx", out("eax") _, out("edx") _, out("ecx") _);
    }
}

#[inline(never)]
fn out_of_memory() {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    loop {
        blocks.push(black_box(Vec::with_capacity(4096)));
    }
}
