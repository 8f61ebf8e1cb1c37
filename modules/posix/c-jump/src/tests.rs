//! Jumps between functions written out, since Rust knows of no function that returns twice.

use crate::{CJump, JumpBuffer};
use core::arch::naked_asm;
use core::ffi::c_int;
use core::hint::black_box;

/// What `attempt` is to do, and what became of the registers that are kept.
#[repr(C)]
struct Attempt {
    set: Set,
    buffer: JumpBuffer,
    then: extern "C" fn(&Attempt),
    registers: [u64; 6],
    moved: u64,
    depth: u32,
    number: c_int,
}

type Set = unsafe extern "C" fn(*mut JumpBuffer) -> c_int;

const KEPT: [u64; 6] = [0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666];

/// Fills the registers, calls `set`, and if that returns 0 spoils them and calls `then`. When `set` returns once more it
/// writes down the registers and by how much the stack moved, and returns the number; 0 if `then` returned.
#[unsafe(naked)]
unsafe extern "C" fn attempt(attempt: &mut Attempt) -> c_int {
    naked_asm!(
        "push rbx", "push rbp", "push r12", "push r13", "push r14", "push r15",
        "push rdi",
        "mov rbx, 0x1111", "mov rbp, 0x2222", "mov r12, 0x3333", "mov r13, 0x4444", "mov r14, 0x5555", "mov r15, 0x6666",
        "mov [rdi + {moved}], rsp",
        "mov rax, rdi",
        "lea rdi, [rdi + {buffer}]",
        "call [rax + {set}]",
        "mov rdi, [rsp]",
        "test eax, eax",
        "jne 2f",
        "xor ebx, ebx", "xor ebp, ebp", "xor r12d, r12d", "xor r13d, r13d", "xor r14d, r14d", "xor r15d, r15d",
        "call [rdi + {then}]",
        "xor eax, eax",
        "jmp 3f",
        "2:",
        "mov [rdi + {registers}], rbx", "mov [rdi + {registers} + 8], rbp", "mov [rdi + {registers} + 16], r12",
        "mov [rdi + {registers} + 24], r13", "mov [rdi + {registers} + 32], r14", "mov [rdi + {registers} + 40], r15",
        "sub [rdi + {moved}], rsp",
        "3:",
        "pop rdi",
        "pop r15", "pop r14", "pop r13", "pop r12", "pop rbp", "pop rbx",
        "ret",
        set = const core::mem::offset_of!(Attempt, set),
        buffer = const core::mem::offset_of!(Attempt, buffer),
        then = const core::mem::offset_of!(Attempt, then),
        registers = const core::mem::offset_of!(Attempt, registers),
        moved = const core::mem::offset_of!(Attempt, moved),
    )
}

/// Jumps from so deep in the stack.
extern "C" fn jump(attempt: &Attempt) {
    fn deeper(attempt: &Attempt, depth: u32) {
        let room = black_box([depth; 100]);
        if depth > 0 {
            deeper(attempt, depth - 1);
        } else {
            // SAFETY: the buffer is that of the function that waits below, and nothing between has to be dropped.
            unsafe {
                match attempt.number % 2 {
                    0 => CJump::longjmp(&raw const attempt.buffer, attempt.number),
                    _ => CJump::_longjmp(&raw const attempt.buffer, attempt.number),
                }
            }
        }
        black_box(room);
    }
    deeper(attempt, attempt.depth);
}

extern "C" fn stay(_: &Attempt) {}

fn try_one(set: Set, depth: u32, number: c_int) {
    let mut one = Attempt { set, buffer: [0; 32], then: jump, registers: [0; 6], moved: 0, depth, number };
    // SAFETY: it gives all registers back.
    let result = unsafe { attempt(&mut one) };
    assert_eq!(result, if number == 0 { 1 } else { number });
    assert_eq!((one.registers, one.moved), (KEPT, 0));
}

#[test]
fn a_jump_brings_back_all_that_is_kept() {
    for depth in [0, 1, 50] {
        for number in [0, 1, 2, 3, -1, c_int::MAX, c_int::MIN] {
            try_one(CJump::setjmp, depth, number);
            try_one(CJump::_setjmp, depth, number);
        }
    }
}

#[test]
fn without_a_jump_it_returns_zero() {
    let mut one = Attempt {
        set: CJump::setjmp,
        buffer: [0; 32],
        then: stay,
        registers: [0; 6],
        moved: 0,
        depth: 0,
        number: 0,
    };
    // SAFETY: it gives all registers back.
    assert_eq!(unsafe { attempt(&mut one) }, 0);
}
