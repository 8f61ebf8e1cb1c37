//! What the CPU cannot go on with: Intel SDM volume 3, chapter 6.
//!
//! An exception ends in a panic, on a stack of its own: the stack that it hit may be full, and code
//! in the prebuilt libraries may have data under its stack pointer.

use crate::boot::Layout;
use crate::ground::{EXCEPTIONS as STACK, Places};
use core::arch::asm;
use core::cell::UnsafeCell;
use core::fmt::{self, Display};
use core::ops::Range;
use oscomp_abi::{Decimal, Hex, Word};
use oscomp_machine::running::overflow;

/// Offset of the 64-bit code segment in the entry code's descriptor table.
const CODE: u64 = 8;
/// Offset of the task state segment there.
const TASK: u16 = 16;
/// The vectors that the CPU itself uses.
pub(crate) const VECTORS: usize = 32;
/// Bytes of one stub in the entry code: a near call.
const STUB: usize = 5;
/// The vectors at which the CPU pushes an error code: 8, 10 to 14, 17, 21, 29 and 30.
const WITH_ERROR: u32 = 0x6022_7d00;
const DOUBLE_FAULT: usize = 8;
const PAGE_FAULT: usize = 14;

/// What the CPU reads when it takes an exception.
struct Tables {
    /// The task state segment: nothing in it is used but the first of its exception stacks.
    task: [u32; 26],
    gates: [[u64; 2]; VECTORS],
    guards: [Range<usize>; 2],
}

struct TablesCell(UnsafeCell<Tables>);

// SAFETY: written once by `set_up`, before `run`; only read afterwards.
unsafe impl Sync for TablesCell {}

static TABLES: TablesCell =
    TablesCell(UnsafeCell::new(Tables { task: [0; 26], gates: [[0; 2]; VECTORS], guards: [0..0, 0..0] }));

/// Has every exception end in [`fault`].
///
/// # Safety
/// Called once, before `run`, with the ground in use; `layout` describes the running image.
pub unsafe fn set_up(places: &Places, layout: &Layout) {
    // SAFETY: called once, and nothing else runs.
    let tables = unsafe { &mut *TABLES.0.get() };
    tables.guards = [places.main_guard.clone(), places.exceptions_guard.clone()];

    let stack = places.exceptions_end as u64;
    tables.task[9] = stack as u32;
    tables.task[10] = (stack >> 32) as u32;
    // No I/O permission map: it would begin behind the segment.
    tables.task[25] = (size_of_val(&tables.task) as u32) << 16;

    for (vector, gate) in tables.gates.iter_mut().enumerate() {
        *gate = self::gate(u64::from(layout.stubs) + (vector * STUB) as u64);
    }

    let task = tables.task.as_ptr().addr() as u64;
    let limit = size_of_val(&tables.task) as u64 - 1;
    // Present, available 64-bit task state segment.
    let low = limit | (task & 0xff_ffff) << 16 | 0x89 << 40 | (task >> 24 & 0xff) << 56;
    let descriptors: *mut u64 = core::ptr::with_exposed_provenance_mut(layout.descriptors as usize);
    // SAFETY: the descriptors are the entry code's, which nobody else touches; the gates lead to its
    // stubs and stay where they are.
    unsafe {
        descriptors.add(2).write(low);
        descriptors.add(3).write(task >> 32);
        asm!("ltr {0:x}", in(reg) TASK, options(nostack, preserves_flags));
        load_table(&tables.gates);
    }
}

/// A gate to the code at `entry`: present, ring 0, interrupts masked, on the exceptions' stack.
pub(crate) const fn gate(entry: u64) -> [u64; 2] {
    [entry & 0xffff | CODE << 16 | 0x8e01 << 32 | (entry & 0xffff_0000) << 32, entry >> 32]
}

/// Has the CPU take exceptions and interrupts by `gates`, after filling in those of the exceptions.
///
/// # Safety
/// The other gates lead to code that handles interrupts, or are zero. [`set_up`] was called.
pub(crate) unsafe fn load(gates: &'static mut [[u64; 2]; 256]) {
    // SAFETY: written once, before `run`.
    gates[..VECTORS].copy_from_slice(unsafe { &(*TABLES.0.get()).gates });
    // SAFETY: by the contract.
    unsafe { load_table(gates) };
}

/// # Safety
/// The gates lead to code for exceptions and interrupts, and stay where they are.
unsafe fn load_table(gates: &[[u64; 2]]) {
    #[repr(C, packed)]
    struct Pointer {
        limit: u16,
        base: u64,
    }
    let table = Pointer { limit: (size_of_val(gates) - 1) as u16, base: gates.as_ptr().addr() as u64 };
    // SAFETY: by the contract.
    unsafe { asm!("lidt [{}]", in(reg) &table, options(readonly, nostack, preserves_flags)) };
}

/// Leaves the upper half of the exceptions' stack to what runs on it now.
pub(crate) fn lower_stack() {
    move_stack(0_u32.wrapping_sub(STACK as u32 / 2));
}

/// Undoes [`lower_stack`].
pub(crate) fn raise_stack() {
    move_stack(STACK as u32 / 2);
}

/// The stack ends below 1 GiB and is aligned to its size, so that only this half of its address changes.
fn move_stack(distance: u32) {
    // SAFETY: the CPU alone reads it, when it takes an exception, and nothing writes it concurrently:
    // interrupts are masked.
    unsafe {
        let end = (&raw mut (*TABLES.0.get()).task[9]);
        end.write_volatile(end.read_volatile().wrapping_add(distance));
    }
}

/// The stack that `address` is in: the main one or the exceptions'.
#[must_use]
pub fn stack_around(address: usize) -> Option<Range<usize>> {
    // SAFETY: written once, before `run`.
    let tables = unsafe { &*TABLES.0.get() };
    let [main, exceptions] = &tables.guards;
    let end = ((tables.task[10] as usize) << 32) | tables.task[9] as usize;
    [main.end..exceptions.start, exceptions.end..end].into_iter().find(|stack| stack.contains(&address))
}

/// What the entry code's common stub leaves on the exception stack, from the lowest address on.
#[repr(C)]
pub struct Trap {
    /// A frame for whoever walks the stack: the base pointer at the time of the exception.
    base_pointer: u64,
    /// And where a call would have returned to; filled in here.
    return_address: u64,
    /// From `r15` down to `rax`, without `rsp`.
    registers: [u64; 15],
    /// The return address of the stub's call, which tells the vector.
    stub: u64,
    /// The CPU's: an error code at some vectors, then rip, cs, rflags, rsp, ss.
    frame: [u64; 6],
}

/// Reports an exception.
///
/// # Safety
/// Called by the entry code's common stub, which made `trap`; `layout` describes the running image.
pub unsafe fn fault(trap: *mut Trap, layout: &Layout) -> ! {
    // SAFETY: by the contract; nobody else has it.
    let trap = unsafe { &mut *trap };
    let vector = (trap.stub as usize - layout.stubs as usize) / STUB - 1;
    let error = (WITH_ERROR >> vector & 1 != 0).then_some(trap.frame[0]);
    let frame = &trap.frame[usize::from(error.is_some())..];
    trap.return_address = frame[0];
    let address: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, cr2", out(reg) address, options(nomem, nostack, preserves_flags)) };
    // SAFETY: set up before any exception could be taken.
    let guards = unsafe { &(*TABLES.0.get()).guards };
    let overflow = is_access(vector) && guards.iter().any(|guard| guard.contains(&address));
    let fault = Fault {
        vector,
        error,
        address,
        overflow,
        rip: frame[0],
        flags: frame[2],
        rsp: frame[3],
        registers: trap.registers,
    };
    panic!("{fault}")
}

/// Whether the address that the CPU keeps is that of what was accessed, and not of an earlier exception.
const fn is_access(vector: usize) -> bool {
    matches!(vector, PAGE_FAULT | DOUBLE_FAULT)
}

/// An exception, for the report.
struct Fault {
    vector: usize,
    error: Option<u64>,
    address: usize,
    overflow: bool,
    rip: u64,
    flags: u64,
    rsp: u64,
    registers: [u64; 15],
}

/// The vectors' names, in the words of the manual.
const NAMES: [&str; 22] = [
    "divide error",
    "debug exception",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "no FPU",
    "double fault",
    "coprocessor overrun",
    "invalid TSS",
    "segment not present",
    "stack-segment fault",
    "general protection",
    "page fault",
    "",
    "x87 FPU error",
    "alignment check",
    "machine check",
    "SIMD error",
    "virtualization exception",
    "control protection",
];

/// The names of the registers, all equally long: three special ones, then as in [`Trap`] from the end.
const REGISTERS: [&str; 18] = [
    "  rip", "  rsp", "flags", "  rax", "  rbx", "  rcx", "  rdx", "  rsi", "  rdi", "  rbp", "   r8",
    "   r9", "  r10", "  r11", "  r12", "  r13", "  r14", "  r15",
];

impl Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        overflow(out, self.overflow, is_access(self.vector).then_some(self.address))?;
        let name = NAMES.get(self.vector).copied().filter(|name| !name.is_empty()).unwrap_or("exception");
        out.write_str(name)?;
        out.write_str(" (CPU exception ")?;
        Decimal(self.vector as u64).fmt(out)?;
        out.write_str(")")?;
        if self.vector == PAGE_FAULT {
            let error = self.error.unwrap_or(0);
            out.write_str(match error {
                _ if error & 0x10 != 0 => " executing ",
                _ if error & 2 != 0 => " writing ",
                _ => " reading ",
            })?;
            Hex(self.address as u64).fmt(out)?;
            out.write_str(match self.address {
                0..4096 => " (null pointer)",
                _ if error & 1 != 0 => " (protected)",
                _ => " (not mapped)",
            })?;
        }
        out.write_str(" at ")?;
        Hex(self.rip).fmt(out)?;
        if let Some(error) = self.error {
            out.write_str(", error code ")?;
            Hex(error).fmt(out)?;
        }
        let special = [self.rip, self.rsp, self.flags];
        let values = special.into_iter().chain(self.registers.into_iter().rev());
        for (index, (name, value)) in REGISTERS.iter().zip(values).enumerate() {
            out.write_str(if index % 3 == 0 { "\n  " } else { " " })?;
            out.write_str(name)?;
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
    use std::string::{String, ToString};

    fn fault(vector: usize, error: Option<u64>, address: usize) -> Fault {
        let registers = core::array::from_fn(|index| index as u64);
        Fault { vector, error, address, overflow: false, rip: 0x10_0123, flags: 2, rsp: 0x20_0000, registers }
    }

    fn first_line(fault: &Fault) -> String {
        fault.to_string().lines().next().unwrap().to_string()
    }

    #[test]
    fn a_page_fault_says_what_was_tried_and_where() {
        assert_eq!(
            first_line(&fault(14, Some(0), 8)),
            "page fault (CPU exception 14) reading 0x8 (null pointer) at 0x100123, error code 0x0"
        );
        assert_eq!(
            first_line(&fault(14, Some(3), 0x10_0000)),
            "page fault (CPU exception 14) writing 0x100000 (protected) at 0x100123, error code 0x3"
        );
        assert_eq!(
            first_line(&fault(14, Some(0x10), 0x4000_0000)),
            "page fault (CPU exception 14) executing 0x40000000 (not mapped) at 0x100123, error code 0x10"
        );
    }

    #[test]
    fn a_stack_overflow_is_named() {
        let fault = Fault { overflow: true, ..fault(8, Some(0), 0x12_0ff8) };
        assert_eq!(
            first_line(&fault),
            "stack overflow: double fault (CPU exception 8) at 0x100123, error code 0x0"
        );
    }

    #[test]
    fn every_register_is_shown_under_its_name() {
        let text = fault(6, None, 0).to_string();
        assert!(text.starts_with("invalid opcode (CPU exception 6) at 0x100123\n"), "{text}");
        assert_eq!(text.lines().count(), 7, "{text}");
        for (index, name) in REGISTERS[3..].iter().rev().enumerate() {
            let expected = std::format!("{name} {index:016x}");
            assert!(text.contains(&expected), "{expected}: {text}");
        }
        assert!(text.contains("  rsp 0000000000200000"), "{text}");
    }

    #[test]
    fn a_vector_without_a_name_is_reported_too() {
        for vector in [15, 31] {
            assert!(fault(vector, None, 0).to_string().starts_with("exception (CPU exception "));
        }
    }

    #[test]
    fn the_cpu_pushes_error_codes_where_the_manual_says() {
        let vectors: std::vec::Vec<u32> = (0..32).filter(|vector| WITH_ERROR >> vector & 1 != 0).collect();
        assert_eq!(vectors, [8, 10, 11, 12, 13, 14, 17, 21, 29, 30]);
    }
}
