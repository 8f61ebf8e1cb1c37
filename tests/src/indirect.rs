//! Indirect calls and jumps in a linked image for x86-64.

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol, SymbolKind};
use std::collections::BTreeMap;

// ELF's numbers for a part that is loaded, and for its protection.
const LOAD: u32 = 1;
const EXECUTABLE: u32 = 1;
const WRITABLE: u32 = 2;

/// A call or jump whose target is not in the instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indirect {
    /// Its address.
    pub address: u64,
    /// The function that it is in, demangled.
    pub function: String,
    /// What it goes through.
    pub through: Through,
}

/// What an indirect call or jump goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// A constant word of the image that holds the address of this function, as the linker left it.
    Constant(String),
    /// A table of addresses in the image's constants, by an index: a `match`.
    Table,
    /// A register, or memory whose address is not known: a function pointer or a vtable.
    Pointer,
}

/// A linked image, as far as its calls are concerned.
pub struct Image {
    /// Functions by address: length and demangled name.
    functions: BTreeMap<u64, (u64, String)>,
    /// Text, by address.
    text: Vec<(u64, Vec<u8>)>,
    /// What the machine cannot write to, by address.
    constants: Vec<(u64, Vec<u8>)>,
}

impl Image {
    /// Reads a linked file with its symbols.
    ///
    /// # Errors
    /// The file is not an ELF executable.
    pub fn read(file: &[u8]) -> Result<Self, object::Error> {
        let elf = ElfFile64::<Endianness>::parse(file)?;
        let mut image = Self { functions: BTreeMap::new(), text: Vec::new(), constants: Vec::new() };
        let endian = elf.endian();
        for header in elf.elf_program_headers() {
            let (kind, flags) = (header.p_type(endian).0, header.p_flags(endian).0);
            let Ok(data) = header.data(endian, file) else { continue };
            if kind == LOAD && flags & WRITABLE == 0 {
                let parts = if flags & EXECUTABLE == 0 { &mut image.constants } else { &mut image.text };
                parts.push((header.p_vaddr(endian), data.to_vec()));
            }
        }
        for symbol in elf.symbols() {
            if symbol.kind() == SymbolKind::Text && symbol.size() > 0 {
                let name = format!("{:#}", rustc_demangle::demangle(symbol.name()?));
                image.functions.insert(symbol.address(), (symbol.size(), name));
            }
        }
        Ok(image)
    }

    /// How many functions there are.
    #[must_use]
    pub fn functions(&self) -> usize {
        self.functions.len()
    }

    /// Bytes of the text that belong to no function: hand-written assembly, and padding.
    #[must_use]
    pub fn outside(&self) -> u64 {
        let text: usize = self.text.iter().map(|(_, bytes)| bytes.len()).sum();
        text as u64 - self.functions.values().map(|(size, _)| size).sum::<u64>()
    }

    /// Every indirect call and jump of every function, by address.
    #[must_use]
    pub fn indirect(&self) -> Vec<Indirect> {
        let mut found = Vec::new();
        for (start, (size, name)) in &self.functions {
            let Some(code) = bytes(&self.text, *start, *size) else { continue };
            for instruction in Decoder::with_ip(64, code, *start, DecoderOptions::NONE) {
                if is_indirect(&instruction) {
                    found.push(Indirect {
                        address: instruction.ip(),
                        function: name.clone(),
                        through: self.through(&instruction),
                    });
                }
            }
        }
        found
    }

    fn through(&self, instruction: &Instruction) -> Through {
        if instruction.op0_kind() != OpKind::Memory {
            return Through::Pointer;
        }
        let address = instruction.memory_displacement64();
        let Some(word) = bytes(&self.constants, address, 8) else { return Through::Pointer };
        match (instruction.memory_base(), instruction.memory_index()) {
            (Register::RIP | Register::None, Register::None) => {
                let target = u64::from_le_bytes(word.try_into().expect("8 bytes"));
                match self.functions.get(&target) {
                    Some((_, name)) => Through::Constant(name.clone()),
                    None => Through::Pointer,
                }
            }
            (Register::None, _) if instruction.mnemonic() == Mnemonic::Jmp => Through::Table,
            _ => Through::Pointer,
        }
    }
}

fn is_indirect(instruction: &Instruction) -> bool {
    matches!(instruction.flow_control(), FlowControl::IndirectBranch | FlowControl::IndirectCall)
}

fn bytes(parts: &[(u64, Vec<u8>)], address: u64, size: u64) -> Option<&[u8]> {
    parts.iter().find_map(|(start, bytes)| {
        let from = usize::try_from(address.checked_sub(*start)?).ok()?;
        bytes.get(from..from + usize::try_from(size).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(code: &[u8]) -> Image {
        let size = code.len() as u64;
        Image {
            functions: BTreeMap::from([(0x1000, (size, "f".to_owned())), (0x2000, (1, "memcpy".to_owned()))]),
            text: vec![(0x1000, code.to_vec())],
            constants: vec![(0x3000, 0x2000_u64.to_le_bytes().to_vec())],
        }
    }

    fn through(code: &[u8]) -> Vec<Through> {
        image(code).indirect().into_iter().map(|indirect| indirect.through).collect()
    }

    #[test]
    fn pointers_tables_and_constants_are_told_apart() {
        // call rax; call [rbx + 0x18]
        assert_eq!(through(&[0xff, 0xd0]), [Through::Pointer]);
        assert_eq!(through(&[0xff, 0x53, 0x18]), [Through::Pointer]);
        // jmp rcx, which may be a tail call
        assert_eq!(through(&[0xff, 0xe1]), [Through::Pointer]);
        // jmp [rax * 8 + 0x3000]
        assert_eq!(through(&[0xff, 0x24, 0xc5, 0x00, 0x30, 0, 0]), [Through::Table]);
        // call [rip + 0x1ffa], from 0x1006
        assert_eq!(through(&[0xff, 0x15, 0xfa, 0x1f, 0, 0]), [Through::Constant("memcpy".to_owned())]);
        // call 0x1000; ret; jmp 0x1000
        assert_eq!(through(&[0xe8, 0xfb, 0xff, 0xff, 0xff, 0xc3, 0xeb, 0xf8]), []);
    }
}
