//! The console of a RISC-V machine's firmware (RISC-V SBI specification 2.0): the debug console of chapter 12
//! where there is one, else the legacy calls of chapter 5, a byte at a time.
//!
//! It asks nothing of the device, so it works wherever there is an SBI; each call is a trap to machine mode.
#![cfg_attr(not(target_arch = "riscv64"), allow(dead_code))]
#![no_std]

use core::marker::PhantomData;
use oscomp_abi::{Config, Device, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};

/// The firmware's console.
#[module(provides(Console), arch("riscv64"), environment = "bare-metal")]
pub struct SbiConsole<Settings: Config<Options>> {
    calls: Calls,
    settings: PhantomData<Settings>,
}

/// What the firmware uses.
#[derive(Options)]
pub struct Options {
    /// The UART that is the firmware's console, so that nothing else drives it.
    #[option(device = "uart-16550")]
    pub device: Device,
}

/// Which of the firmware's calls there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calls {
    /// The debug console: all bytes at once.
    Debug,
    /// The legacy console: one byte.
    Legacy,
}

/// The number of the debug console, and its functions.
const DEBUG: usize = 0x4442_434e;
const DEBUG_WRITE: usize = 0;
const DEBUG_READ: usize = 1;
/// The legacy console's.
const PUT: usize = 1;
const GET: usize = 2;
/// The extension that knows the others, and its function that says whether there is one.
const BASE: usize = 0x10;
const PROBE: usize = 3;

/// What calls the firmware: extension, function, three arguments; returns an error, 0 if there is none, and a
/// value.
type Call = fn(usize, usize, [usize; 3]) -> (isize, usize);

impl<Settings: Config<Options>> SbiConsole<Settings> {
    /// Asks for the debug console.
    ///
    /// # Errors
    /// None: the legacy console of a firmware without it swallows what it is given.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { calls: Calls::find(call), settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Console for &SbiConsole<Settings> {
    fn write(self, bytes: &[u8]) {
        self.calls.write(call, bytes);
    }

    fn read(self, buffer: &mut [u8]) -> usize {
        self.calls.read(call, buffer)
    }
}

impl Calls {
    fn find(call: Call) -> Self {
        match call(BASE, PROBE, [DEBUG, 0, 0]) {
            (0, 1..) => Self::Debug,
            _ => Self::Legacy,
        }
    }

    fn write(self, call: Call, mut bytes: &[u8]) {
        if self == Self::Legacy {
            bytes.iter().for_each(|byte| _ = call(PUT, 0, [usize::from(*byte), 0, 0]));
            return;
        }
        // It takes as many as it likes.
        while !bytes.is_empty() {
            let (error, count) =
                call(DEBUG, DEBUG_WRITE, [bytes.len(), bytes.as_ptr().expose_provenance(), 0]);
            if error != 0 {
                return;
            }
            bytes = &bytes[count.min(bytes.len())..];
        }
    }

    fn read(self, call: Call, buffer: &mut [u8]) -> usize {
        if self == Self::Debug {
            let place = [buffer.len(), buffer.as_mut_ptr().expose_provenance(), 0];
            return match call(DEBUG, DEBUG_READ, place) {
                (0, count) => count.min(buffer.len()),
                _ => 0,
            };
        }
        let mut count = 0;
        for byte in buffer {
            // What would be the error is the byte here.
            let Ok(arrived) = u8::try_from(call(GET, 0, [0; 3]).0) else { break };
            *byte = arrived;
            count += 1;
        }
        count
    }
}

/// Calls the firmware. Addresses are physical ones, which those of images are.
#[cfg(target_arch = "riscv64")]
fn call(extension: usize, function: usize, arguments: [usize; 3]) -> (isize, usize) {
    let (error, value);
    // SAFETY: the calls of this module read and write the bytes that they are given, no other memory, and
    // change `a0` and `a1` only.
    unsafe {
        core::arch::asm!("ecall", in("a7") extension, in("a6") function, inout("a0") arguments[0] => error,
            inout("a1") arguments[1] => value, in("a2") arguments[2], options(nostack));
    }
    (error, value)
}

#[cfg(not(target_arch = "riscv64"))]
fn call(_extension: usize, _function: usize, _arguments: [usize; 3]) -> (isize, usize) {
    unreachable!("check composes this for RISC-V only")
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::sync::Mutex;
    use std::vec::Vec;

    /// What was written to a firmware with the debug console, three bytes at a time, and to one without.
    static WRITTEN: [Mutex<Vec<u8>>; 2] = [const { Mutex::new(Vec::new()) }; 2];
    static ARRIVED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    fn new(extension: usize, function: usize, arguments: [usize; 3]) -> (isize, usize) {
        match (extension, function) {
            (BASE, PROBE) => (0, usize::from(arguments[0] == DEBUG)),
            (DEBUG, DEBUG_WRITE) => {
                let count = arguments[0].min(3);
                let bytes = core::ptr::with_exposed_provenance(arguments[1]);
                // SAFETY: the caller's bytes.
                let bytes = unsafe { core::slice::from_raw_parts(bytes, count) };
                WRITTEN[0].lock().unwrap().extend_from_slice(bytes);
                (0, count)
            }
            _ => (-2, 0),
        }
    }

    fn old(extension: usize, _function: usize, arguments: [usize; 3]) -> (isize, usize) {
        match extension {
            PUT => WRITTEN[1].lock().unwrap().push(arguments[0] as u8),
            GET => return (ARRIVED.lock().unwrap().pop().map_or(-1, isize::from), 0),
            _ => return (-2, 0),
        }
        (0, 0)
    }

    #[test]
    fn all_bytes_are_written_whatever_there_is() {
        assert_eq!((Calls::find(new), Calls::find(old)), (Calls::Debug, Calls::Legacy));
        Calls::Debug.write(new, b"hello\n");
        Calls::Legacy.write(old, b"hello\n");
        for written in &WRITTEN {
            assert_eq!(*written.lock().unwrap(), b"hello\n");
        }
    }

    #[test]
    fn a_console_that_refuses_is_not_asked_for_ever() {
        Calls::Debug.write(|_, _, _| (-1, 0), b"hello");
        assert_eq!(Calls::Debug.read(|_, _, _| (-1, 0), &mut [0; 4]), 0);
    }

    #[test]
    fn reading_stops_where_nothing_has_arrived() {
        ARRIVED.lock().unwrap().extend([0xff, b'a']);
        let mut buffer = [0; 4];
        assert_eq!(Calls::Legacy.read(old, &mut buffer), 2);
        assert_eq!(buffer[..2], [b'a', 0xff]);
        assert_eq!(Calls::Debug.read(|_, _, _| (0, 3), &mut buffer), 3);
    }
}
