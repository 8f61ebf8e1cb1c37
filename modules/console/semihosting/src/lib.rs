//! The console of a debugger, or of the emulator that the image runs in: Arm's semihosting (version 3.0), which
//! RISC-V has with a call of its own (RISC-V Semihosting 0.4).
#![cfg_attr(not(any(target_arch = "riscv64", target_arch = "aarch64")), allow(dead_code))]
#![no_std]

use core::marker::PhantomData;
use oscomp_abi::{Config, Device, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};

/// The debugger's console; QEMU's own standard error. Nothing is ever read: that would wait.
#[module(provides(Console), arch("aarch64", "riscv64"), environment = "bare-metal")]
pub struct Semihosting<Settings: Config<Options>> {
    file: usize,
    settings: PhantomData<Settings>,
}

/// That there is a debugger.
#[derive(Options)]
pub struct Options {
    /// What stands for the debugger.
    #[option(device = "semihosting")]
    pub device: Device,
}

/// The operations: `SYS_OPEN` and `SYS_WRITE`.
const OPEN: usize = 0x01;
const WRITE: usize = 0x05;
/// The name of the console, and how it is opened as a standard error.
const CONSOLE: &core::ffi::CStr = c":tt";
const STANDARD_ERROR: usize = 8;

impl<Settings: Config<Options>> Semihosting<Settings> {
    /// Opens the console.
    ///
    /// # Errors
    /// When the debugger has none.
    pub fn start() -> Result<Self, StartError> {
        let name = CONSOLE.as_ptr().expose_provenance();
        match call(OPEN, &[name, STANDARD_ERROR, CONSOLE.count_bytes()]) {
            usize::MAX => Err(StartError::new("the debugger has no console")),
            file => Ok(Self { file, settings: PhantomData }),
        }
    }
}

impl<Settings: Config<Options>> Console for &Semihosting<Settings> {
    fn write(self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // How many it did not take.
            let left = call(WRITE, &[self.file, bytes.as_ptr().expose_provenance(), bytes.len()]);
            if left >= bytes.len() {
                return;
            }
            bytes = &bytes[bytes.len() - left..];
        }
    }

    fn read(self, _buffer: &mut [u8]) -> usize {
        0
    }
}

/// Calls the debugger.
#[cfg(target_arch = "riscv64")]
fn call(operation: usize, arguments: &[usize; 3]) -> usize {
    let result;
    // SAFETY: both operations read what the arguments say and change no memory. Where nobody listens it is a
    // breakpoint, which the platform reports. The three instructions are as long and as close as asked for.
    unsafe {
        core::arch::asm!(
            ".option push", ".option norvc", ".balign 16",
            "slli x0, x0, 0x1f", "ebreak", "srai x0, x0, 7",
            ".option pop",
            inout("a0") operation => result, in("a1") arguments, options(nostack),
        );
    }
    result
}

/// Calls the debugger.
#[cfg(target_arch = "aarch64")]
fn call(operation: usize, arguments: &[usize; 3]) -> usize {
    let result;
    // SAFETY: both operations read what the arguments say and change no memory. Where nobody listens it is an
    // undefined instruction, which the platform reports.
    unsafe {
        core::arch::asm!("hlt #0xf000", inout("x0") operation => result, in("x1") arguments, options(nostack));
    }
    result
}

#[cfg(not(any(target_arch = "riscv64", target_arch = "aarch64")))]
fn call(_operation: usize, _arguments: &[usize; 3]) -> usize {
    unreachable!("check composes this for RISC-V and Arm only")
}
