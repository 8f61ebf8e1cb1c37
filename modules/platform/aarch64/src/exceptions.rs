//! What the CPU cannot go on with, and what interrupts it: Arm Architecture Reference Manual, D1.3.
//!
//! Exceptions are taken on a stack of their own, since the one that they hit may be full. One that is no
//! interrupt ends in a panic.

use core::cell::UnsafeCell;
use core::fmt::{self, Display};
use core::ops::Range;
use oscomp_abi::{Decimal, Hex, Word};
use oscomp_machine::running::overflow;
use oscomp_page_tables::Places;

/// What the entry code leaves on the stack of exceptions, from the lowest address on.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct Trap {
    /// A frame for whoever walks the stack: the frame pointer at the time, and where the exception was taken.
    frame: [u64; 2],
    /// From `x0` on.
    registers: [u64; 31],
    /// The stack pointer.
    stack: u64,
    /// Where it was taken.
    pc: u64,
    /// SPSR_EL1.
    state: u64,
    /// ESR_EL1.
    syndrome: u64,
    /// FAR_EL1.
    address: u64,
    /// Another frame, for a call to where nothing can be executed: the caller is in `x30` only.
    caller: [u64; 2],
}

impl Trap {
    /// What was accessed, if that is why; otherwise the address is that of an earlier exception.
    #[cfg_attr(
        not(any(target_arch = "aarch64", test)),
        expect(dead_code, reason = "of its own architecture")
    )]
    fn accessed(&self) -> Option<usize> {
        matches!(class(self.syndrome), 0x20 | 0x21 | 0x24 | 0x25).then_some(self.address as usize)
    }
}

struct Stacks(UnsafeCell<[Range<usize>; 4]>);

// SAFETY: written once by `set_up`, before anything else runs; only read afterwards.
unsafe impl Sync for Stacks {}

/// The main stack, that of exceptions, and the guards under them.
static STACKS: Stacks = Stacks(UnsafeCell::new([const { 0..0 }; 4]));

/// Learns where the stacks are. Called once, before `run`.
#[cfg_attr(not(target_arch = "aarch64"), expect(dead_code, reason = "boots on its own architecture only"))]
pub fn set_up(places: &Places) {
    let [main, exceptions] = places.guards();
    // SAFETY: called once, and nothing else runs.
    unsafe { *STACKS.0.get() = [places.main.clone(), places.exceptions.clone(), main, exceptions] };
}

/// The stack that `address` is in: the main one or that of exceptions.
#[must_use]
pub fn stack_around(address: usize) -> Option<Range<usize>> {
    // SAFETY: written once, before `run`.
    let [main, exceptions, ..] = unsafe { &*STACKS.0.get() };
    [main, exceptions].into_iter().find(|stack| stack.contains(&address)).cloned()
}

/// Reports an exception. For the entry code, which made `trap`.
#[cfg(target_arch = "aarch64")]
#[doc(hidden)]
pub extern "C" fn fault(trap: &mut Trap) -> ! {
    crate::power::resume();
    if matches!(class(trap.syndrome), 0x20 | 0x21) {
        trap.caller = [trap.frame[0], trap.registers[30]];
        trap.frame[0] = trap.caller.as_ptr().expose_provenance() as u64;
    }
    // SAFETY: written once, before `run`.
    let [.., main, exceptions] = unsafe { &*STACKS.0.get() };
    let is_in = |guard: &Range<usize>| trap.accessed().is_some_and(|address| guard.contains(&address));
    let overflow = [main, exceptions].into_iter().any(is_in);
    panic!("{}", Fault { trap, overflow })
}

/// Hands an interrupt on. For the entry code.
#[cfg(target_arch = "aarch64")]
#[doc(hidden)]
pub extern "C" fn interrupt(trap: &mut Trap) {
    crate::interrupts::dispatch(&mut trap.pc, &mut trap.state);
}

/// An exception, for the report.
#[cfg_attr(not(any(target_arch = "aarch64", test)), expect(dead_code, reason = "of its own architecture"))]
struct Fault<'a> {
    trap: &'a Trap,
    overflow: bool,
}

/// The class of the exception.
const fn class(syndrome: u64) -> u64 {
    syndrome >> 26 & 0x3f
}

/// The classes of exceptions in the syndrome, in the words of the manual.
#[cfg_attr(not(any(target_arch = "aarch64", test)), expect(dead_code, reason = "of its own architecture"))]
const fn class_name(class: u64) -> &'static str {
    match class {
        0x00 => "undefined instruction",
        0x07 => "floating-point access",
        0x0e => "illegal execution state",
        0x15 => "supervisor call",
        0x18 => "system register access",
        0x20 | 0x21 => "instruction abort",
        0x22 => "pc alignment fault",
        0x24 | 0x25 => "data abort",
        0x26 => "sp alignment fault",
        0x2c => "floating-point exception",
        0x2f => "system error",
        0x3c => "breakpoint",
        _ => "exception",
    }
}

impl Display for Fault<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trap = self.trap;
        let class = class(trap.syndrome);
        overflow(out, self.overflow, trap.accessed())?;
        out.write_str(class_name(class))?;
        out.write_str(" (exception class ")?;
        Decimal(class).fmt(out)?;
        out.write_str(")")?;
        let what = match class {
            0x20 | 0x21 => " executing ",
            0x24 | 0x25 if trap.syndrome & 1 << 6 != 0 => " writing ",
            0x24 | 0x25 => " reading ",
            _ => "",
        };
        if !what.is_empty() {
            out.write_str(what)?;
            Hex(trap.address).fmt(out)?;
            // The fault status code, without the level of the table.
            out.write_str(match trap.syndrome >> 2 & 0xf {
                _ if trap.address < 4096 => " (null pointer)",
                1 => " (not mapped)",
                3 => " (protected)",
                _ => "",
            })?;
        }
        out.write_str(" at ")?;
        Hex(trap.pc).fmt(out)?;
        out.write_str(", syndrome ")?;
        Hex(trap.syndrome).fmt(out)?;
        let special = [("   pc", trap.pc), ("   sp", trap.stack), ("state", trap.state)];
        for (index, (name, value)) in special.into_iter().enumerate() {
            out.write_str(if index == 0 { "\n  " } else { " " })?;
            out.write_str(name)?;
            out.write_str(" ")?;
            Word(value).fmt(out)?;
        }
        for (index, value) in trap.registers.into_iter().enumerate() {
            out.write_str(if index % 3 == 0 { "\n  " } else { " " })?;
            out.write_str(if index < 10 { "   x" } else { "  x" })?;
            Decimal(index as u64).fmt(out)?;
            out.write_str(" ")?;
            Word(value).fmt(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::mem::{offset_of, size_of};
    use std::string::{String, ToString};

    fn report(syndrome: u64, address: u64, overflow: bool) -> String {
        let registers = core::array::from_fn(|index| index as u64);
        let (stack, pc, state) = (0x4021_0000, 0x4020_0124, 0x3c4);
        let trap = Trap { frame: [0; 2], registers, stack, pc, state, syndrome, address, caller: [0; 2] };
        Fault { trap: &trap, overflow }.to_string()
    }

    #[test]
    fn the_entry_code_and_this_agree() {
        assert_eq!(offset_of!(Trap, registers), 16);
        assert_eq!(offset_of!(Trap, stack), 264);
        assert_eq!(offset_of!(Trap, pc), 272);
        assert_eq!(offset_of!(Trap, syndrome), 288);
        assert_eq!(offset_of!(Trap, caller), 304);
        assert_eq!(size_of::<Trap>(), 320);
    }

    #[test]
    fn an_abort_says_what_was_tried_and_where() {
        let first = |text: String| text.lines().next().unwrap().to_string();
        assert_eq!(
            first(report(0x9600_0004, 8, false)),
            "data abort (exception class 37) reading 0x8 (null pointer) at 0x40200124, syndrome 0x96000004"
        );
        assert_eq!(
            first(report(0x9600_004f, 0x4020_0000, false)),
            "data abort (exception class 37) writing 0x40200000 (protected) at 0x40200124, syndrome 0x9600004f"
        );
        assert!(
            first(report(0x8600_000f, 0x4020_5000, false))
                .starts_with("instruction abort (exception class 33) executing")
        );
        assert!(first(report(0x9600_0047, 0x4020_5000, true)).starts_with("stack overflow: data abort"));
        assert!(
            first(report(0x0200_0000, 0, false)).starts_with("undefined instruction (exception class 0) at")
        );
    }

    #[test]
    fn every_register_is_shown_under_its_name() {
        let text = report(0x0200_0000, 0, false);
        for index in 0..31 {
            let shown = std::format!(" x{index} {index:016x}");
            assert!(text.contains(&shown), "{shown}: {text}");
        }
        assert!(text.contains(" pc 0000000040200124    sp 0000000040210000"), "{text}");
    }
}
