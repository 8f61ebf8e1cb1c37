//! What the hart cannot go on with, and what interrupts it: RISC-V privileged architecture, 12.1.
//!
//! Traps are taken on a stack of their own, since the one that they hit may be full. An exception ends in
//! a panic.

use core::cell::UnsafeCell;
use core::fmt::{self, Display};
use core::ops::Range;
use oscomp_abi::{Decimal, Hex, Word};
use oscomp_machine::running::overflow;
use oscomp_page_tables::{EXCEPTIONS, Places};

/// What the entry code leaves on the stack of traps, from the lowest address on.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct Trap {
    /// A frame for whoever walks the stack: the frame pointer at the time, and where the trap was taken.
    frame: [u64; 2],
    /// From `x1` on.
    registers: [u64; 31],
    cause: u64,
    pc: u64,
    value: u64,
    status: u64,
}

/// How much of the stack of traps is for the first trap; one within it has the rest.
pub const SHARE: usize = EXCEPTIONS / 2;

struct Stacks(UnsafeCell<[Range<usize>; 4]>);

// SAFETY: written once by `set_up`, before anything else runs; only read afterwards.
unsafe impl Sync for Stacks {}

/// The main stack, that of traps, and the guards under them.
static STACKS: Stacks = Stacks(UnsafeCell::new([const { 0..0 }; 4]));

/// Learns where the stacks are. Called once, before `run`.
#[cfg_attr(not(target_arch = "riscv64"), expect(dead_code, reason = "boots on its own architecture only"))]
pub fn set_up(places: &Places) {
    let [main, traps] = places.guards();
    // SAFETY: called once, and nothing else runs.
    unsafe { *STACKS.0.get() = [places.main.clone(), places.exceptions.clone(), main, traps] };
}

/// The stack that `address` is in: the main one or that of traps.
#[must_use]
pub fn stack_around(address: usize) -> Option<Range<usize>> {
    // SAFETY: written once, before `run`.
    let [main, traps, ..] = unsafe { &*STACKS.0.get() };
    // A frame of RISC-V lies below its pointer: the end belongs to the stack.
    [main, traps].into_iter().find(|stack| (stack.start..=stack.end).contains(&address)).cloned()
}

/// Reports an exception. For the entry code, which made `trap`.
#[cfg(target_arch = "riscv64")]
#[doc(hidden)]
pub extern "C" fn fault(trap: &Trap) -> ! {
    // SAFETY: written once, before `run`.
    let [.., main, traps] = unsafe { &*STACKS.0.get() };
    let address = trap.value as usize;
    let overflow = [main, traps].into_iter().any(|guard| guard.contains(&address));
    panic!("{}", Fault { trap, overflow })
}

/// Hands an interrupt on. For the entry code, which made `trap`.
#[cfg(target_arch = "riscv64")]
#[doc(hidden)]
pub extern "C" fn interrupt(trap: &Trap) {
    crate::interrupts::dispatch((trap.cause & !(1 << 63)) as usize);
}

/// An exception, for the report.
#[cfg_attr(not(any(target_arch = "riscv64", test)), expect(dead_code, reason = "of its own architecture"))]
struct Fault<'a> {
    trap: &'a Trap,
    overflow: bool,
}

/// The exceptions' names, in the words of the manual.
#[cfg_attr(not(any(target_arch = "riscv64", test)), expect(dead_code, reason = "of its own architecture"))]
const NAMES: [&str; 16] = [
    "instruction address misaligned",
    "instruction access fault",
    "illegal instruction",
    "breakpoint",
    "load address misaligned",
    "load access fault",
    "store address misaligned",
    "store access fault",
    "call from user mode",
    "call from supervisor mode",
    "",
    "",
    "instruction page fault",
    "load page fault",
    "",
    "store page fault",
];

#[cfg_attr(not(any(target_arch = "riscv64", test)), expect(dead_code, reason = "of its own architecture"))]
/// The names of the registers from `x1` on, as the calling convention has them.
const REGISTERS: [&str; 31] = [
    " ra", " sp", " gp", " tp", " t0", " t1", " t2", " s0", " s1", " a0", " a1", " a2", " a3", " a4", " a5",
    " a6", " a7", " s2", " s3", " s4", " s5", " s6", " s7", " s8", " s9", "s10", "s11", " t3", " t4", " t5",
    " t6",
];

impl Display for Fault<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trap = self.trap;
        overflow(out, self.overflow, Some(trap.value as usize))?;
        let name = NAMES.get(trap.cause as usize).copied().filter(|name| !name.is_empty());
        out.write_str(name.unwrap_or("exception"))?;
        out.write_str(" (exception ")?;
        Decimal(trap.cause).fmt(out)?;
        out.write_str(")")?;
        let what = match trap.cause {
            1 | 12 => " executing ",
            5 | 13 => " reading ",
            7 | 15 => " writing ",
            _ => "",
        };
        if !what.is_empty() {
            out.write_str(what)?;
            Hex(trap.value).fmt(out)?;
            if trap.value < 4096 {
                out.write_str(" (null pointer)")?;
            }
        }
        out.write_str(" at ")?;
        Hex(trap.pc).fmt(out)?;
        let first = [(" pc", trap.pc)].into_iter();
        let values = first.chain(REGISTERS.into_iter().zip(trap.registers));
        for (index, (name, value)) in values.enumerate() {
            out.write_str(if index % 3 == 0 { "\n  " } else { " " })?;
            out.write_str(name)?;
            out.write_str(" ")?;
            Word(value).fmt(out)?;
        }
        out.write_str(" sstatus ")?;
        Hex(trap.status).fmt(out)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::mem::{offset_of, size_of};
    use std::string::{String, ToString};

    fn report(cause: u64, value: u64, overflow: bool) -> String {
        let registers = core::array::from_fn(|index| index as u64 + 1);
        let trap = Trap { frame: [0; 2], registers, cause, pc: 0x8020_0124, value, status: 0x2100 };
        Fault { trap: &trap, overflow }.to_string()
    }

    #[test]
    fn the_entry_code_and_this_agree() {
        assert_eq!(offset_of!(Trap, registers), 16);
        assert_eq!(offset_of!(Trap, cause), 264);
        assert_eq!(offset_of!(Trap, status), 288);
        assert_eq!(size_of::<Trap>(), 304);
    }

    #[test]
    fn a_page_fault_says_what_was_tried_and_where() {
        let first = |text: String| text.lines().next().unwrap().to_string();
        assert_eq!(
            first(report(13, 8, false)),
            "load page fault (exception 13) reading 0x8 (null pointer) at 0x80200124"
        );
        assert_eq!(
            first(report(15, 0x8020_0000, false)),
            "store page fault (exception 15) writing 0x80200000 at 0x80200124"
        );
        assert!(first(report(15, 0x8030_0000, true)).starts_with("stack overflow: store page fault"));
        assert!(first(report(2, 0, false)).starts_with("illegal instruction (exception 2) at "));
        assert!(first(report(14, 0, false)).starts_with("exception (exception 14)"));
    }

    #[test]
    fn every_register_is_shown_under_its_name() {
        let text = report(2, 0, false);
        for (index, name) in REGISTERS.iter().enumerate() {
            let shown = std::format!("{name} {:016x}", index + 1);
            assert!(text.contains(&shown), "{shown}: {text}");
        }
        assert!(text.contains(" pc 0000000080200124"));
    }
}
