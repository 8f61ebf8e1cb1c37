//! A small executable as a linker would write it, for tests.

use super::elf::{Class, PF_R, PF_W, PF_X, PT_LOAD, PT_NOTE, Program, Sections, file_header};

const SHT_PROGBITS: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;
const STT_NOTYPE: u8 = 0;
const STT_FUNC: u8 = 2;

/// Where the text is.
pub const TEXT: u64 = 0x10_0000;
/// Where the constants are: a note, the header of the names, a string.
pub const CONSTANTS: u64 = 0x10_1000;
/// Where the header of the names is.
pub const HEADER: u64 = CONSTANTS + 24;
/// Where the data are, of 0x3000 bytes in memory.
pub const DATA: u64 = 0x10_2000;

/// What is in the executable.
pub struct Sample {
    /// Whether it has a PVH note.
    pub note: bool,
    /// Whether it has room for the header of the table of names.
    pub header: bool,
    /// The text: three functions, of 16 bytes each but for the last.
    pub text: Vec<u8>,
}

impl Default for Sample {
    fn default() -> Self {
        Self { note: true, header: true, text: vec![0xc3; 48] }
    }
}

impl Sample {
    /// The executable.
    pub fn file(&self) -> Vec<u8> {
        let mut constants = Vec::new();
        for word in [4, 4, if self.note { 18 } else { 19 }] {
            constants.extend(u32::to_le_bytes(word));
        }
        constants.extend(b"Xen\0");
        constants.extend((TEXT as u32).to_le_bytes());
        constants.resize((HEADER - CONSTANTS) as usize + 16, 0);
        constants.extend(b"a constant");

        let mut strings = vec![0];
        let mut symbols = symbol(0, 0, 0, 0, 0);
        // An alias without a size, which has to lose against the function.
        for (name, kind, at, size) in [
            ("_RNvC3app6second", STT_FUNC, 32, 16),
            ("alias", STT_NOTYPE, 16, 0),
            ("_RNvC3app5first", STT_FUNC, 16, 16),
            ("entry", STT_NOTYPE, 0, 0),
        ] {
            symbols.extend(symbol(strings.len() as u32, kind, 1, TEXT + at, size));
            strings.extend(name.bytes().chain([0]));
        }
        let names = b"\0.text\0.oscomp.symbols\0.symtab\0.strtab\0.shstrtab\0";

        let mut file = vec![0; Class::Elf64.file_header() + 4 * Class::Elf64.program_header()];
        let mut put = |bytes: &[u8], align: usize| {
            file.resize(file.len().next_multiple_of(align), 0);
            file.extend(bytes);
            (file.len() - bytes.len()) as u64
        };
        let text = put(&self.text, 4096);
        let constants_at = put(&constants, 4096);
        let data = put(b"initialised\0\0\0\0\0", 4096);
        let symbols_at = put(&symbols, 8);
        let strings_at = put(&strings, 1);
        let names_at = put(names, 1);
        let sections = [
            section(0, 0, 0, 0, 0, 0, 0),
            section(1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, TEXT, text, self.text.len(), 0),
            section(
                7,
                SHT_PROGBITS,
                SHF_ALLOC,
                HEADER,
                constants_at + 24,
                if self.header { 16 } else { 0 },
                0,
            ),
            section(23, SHT_SYMTAB, 0, 0, symbols_at, symbols.len(), 4),
            section(31, SHT_STRTAB, 0, 0, strings_at, strings.len(), 0),
            section(39, SHT_STRTAB, 0, 0, names_at, names.len(), 0),
        ];
        let sections_at = put(&sections.concat(), 8);
        let headers = [
            program(PT_LOAD, PF_R | PF_X, text, TEXT, self.text.len() as u64, self.text.len() as u64),
            program(PT_LOAD, PF_R, constants_at, CONSTANTS, constants.len() as u64, constants.len() as u64),
            program(PT_LOAD, PF_R | PF_W, data, DATA, 16, 0x3000),
            program(PT_NOTE, PF_R, constants_at, CONSTANTS, 20, 20),
        ];
        let sections = Sections { offset: sections_at, count: sections.len() as u16, names: 5 };
        let start = [file_header(Class::Elf64, 62, TEXT, 4, sections), headers.concat()].concat();
        file[..start.len()].copy_from_slice(&start);
        file
    }
}

fn program(kind: u32, flags: u32, offset: u64, address: u64, size: u64, memory: u64) -> Vec<u8> {
    Program { kind, flags, offset, address, size, memory, align: 4096 }.header(Class::Elf64)
}

fn section(name: u32, kind: u32, flags: u64, address: u64, offset: u64, size: usize, link: u32) -> Vec<u8> {
    let entry = if kind == SHT_SYMTAB { 24 } else { 0 };
    let mut bytes = [name.to_le_bytes(), kind.to_le_bytes()].concat();
    for word in [flags, address, offset, size as u64] {
        bytes.extend(word.to_le_bytes());
    }
    // The first symbol that is not local, where it is a table of symbols.
    bytes.extend([link, 1].map(u32::to_le_bytes).concat());
    bytes.extend([1u64, entry].map(u64::to_le_bytes).concat());
    bytes
}

fn symbol(name: u32, kind: u8, section: u16, address: u64, size: u64) -> Vec<u8> {
    let mut bytes = name.to_le_bytes().to_vec();
    bytes.extend([kind, 0]);
    bytes.extend(section.to_le_bytes());
    bytes.extend([address, size].map(u64::to_le_bytes).concat());
    bytes
}
