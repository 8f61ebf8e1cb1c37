//! Functions that keep data below the stack pointer, where an exception without a stack of its own
//! would overwrite them (System V ABI for AMD64, 3.2.2: the red zone).

use super::elf::EM_X86_64;
use super::linked::Linked;
use super::names::short;
use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

/// The names of all such functions, in the order of their addresses.
pub fn scan(linked: &Linked<'_>) -> Vec<String> {
    if linked.machine != EM_X86_64 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for function in linked.functions.iter().filter(|function| function.size > 0) {
        let body = linked.text().find_map(|segment| {
            let start = function.address.checked_sub(segment.address)? as usize;
            segment.data.get(start..start.checked_add(function.size as usize)?)
        });
        if body.is_some_and(|body| uses_red_zone(body, function.address)) {
            found.push(short(function.name));
        }
    }
    found
}

/// Whether a function accesses memory below its stack pointer.
///
/// Goes through the code from its first to its last instruction: what the prologue reserves below a
/// frame pointer counts for all of it.
fn uses_red_zone(code: &[u8], address: u64) -> bool {
    let mut decoder = Decoder::with_ip(64, code, address, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    // With a frame pointer: how far the stack pointer is below it, at the most.
    let mut reserved: Option<i64> = None;
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        let immediate = || instruction.immediate(1) as i64;
        match instruction.mnemonic() {
            Mnemonic::Mov
                if instruction.op0_register() == Register::RBP
                    && instruction.op1_register() == Register::RSP =>
            {
                reserved = Some(0);
            }
            Mnemonic::Push => reserved = reserved.map(|bytes| bytes + 8),
            Mnemonic::Sub if instruction.op0_register() == Register::RSP => {
                // By a register: an amount that is only known when it runs.
                let bytes =
                    if instruction.op1_kind() == OpKind::Register { i64::MAX / 2 } else { immediate() };
                reserved = reserved.map(|sum| sum.saturating_add(bytes));
            }
            // Realigns the stack pointer by an amount that depends on the caller.
            Mnemonic::And if instruction.op0_register() == Register::RSP => reserved = Some(i64::MAX / 2),
            Mnemonic::Lea | Mnemonic::Nop => continue,
            _ => {}
        }
        let memory =
            (0..instruction.op_count()).any(|operand| instruction.op_kind(operand) == OpKind::Memory);
        if !memory || instruction.code() == Code::INVALID || instruction.memory_index() != Register::None {
            continue;
        }
        let below = -(instruction.memory_displacement64() as i64);
        let allowed = match instruction.memory_base() {
            Register::RSP => 0,
            Register::RBP => match reserved {
                Some(bytes) => bytes,
                None => continue,
            },
            _ => continue,
        };
        if below > allowed {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample::Sample;

    #[test]
    fn data_below_the_stack_pointer_are_found() {
        // mov [rsp - 8], rax; ret
        assert!(uses_red_zone(&[0x48, 0x89, 0x44, 0x24, 0xf8, 0xc3], 0));
        // push rbp; mov rbp, rsp; mov [rbp - 8], rax; pop rbp; ret
        assert!(uses_red_zone(&[0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0x45, 0xf8, 0x5d, 0xc3], 0));
    }

    #[test]
    fn data_in_a_frame_are_not() {
        // sub rsp, 24; mov [rsp + 8], rax; add rsp, 24; ret
        let frame = [0x48, 0x83, 0xec, 24, 0x48, 0x89, 0x44, 0x24, 8, 0x48, 0x83, 0xc4, 24, 0xc3];
        assert!(!uses_red_zone(&frame, 0));
        // push rbp; mov rbp, rsp; push rbx; sub rsp, 8; mov [rbp - 16], rax; leave; ret
        let pointer = [0x55, 0x48, 0x89, 0xe5, 0x53, 0x48, 0x83, 0xec, 8, 0x48, 0x89, 0x45, 0xf0, 0xc9, 0xc3];
        assert!(!uses_red_zone(&pointer, 0));
        // lea rax, [rsp - 8]; mov [rbp - 8], rax without a frame pointer; ret
        let other = [0x48, 0x8d, 0x44, 0x24, 0xf8, 0x48, 0x89, 0x45, 0xf8, 0xc3];
        assert!(!uses_red_zone(&other, 0));
    }

    #[test]
    fn the_function_is_named() {
        let mut text = vec![0xc3; 48];
        text[32..38].copy_from_slice(&[0x48, 0x89, 0x44, 0x24, 0xf8, 0xc3]);
        let file = Sample { text, ..Sample::default() }.file();
        let linked = Linked::read(&file).unwrap();
        assert_eq!(scan(&linked), ["app::second"]);
    }
}
