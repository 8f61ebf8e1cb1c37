//! The two headers that an image consists of, besides its contents: System V ABI, chapters 4 and 5, for
//! little-endian machines.

/// How wide the words of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 32 bits: all that loaders by the multiboot protocol read, whatever the code is.
    Elf32,
    /// 64 bits.
    Elf64,
}

impl Class {
    /// Bytes of a file header.
    pub const fn file_header(self) -> usize {
        match self {
            Self::Elf32 => 52,
            Self::Elf64 => 64,
        }
    }

    /// Bytes of a program header.
    pub const fn program_header(self) -> usize {
        match self {
            Self::Elf32 => 32,
            Self::Elf64 => 56,
        }
    }

    const fn section_header(self) -> u16 {
        match self {
            Self::Elf32 => 40,
            Self::Elf64 => 64,
        }
    }

    /// Adds a word. Addresses of images are below 4 GiB.
    fn word(self, bytes: &mut Vec<u8>, word: u64) {
        match self {
            Self::Elf32 => bytes.extend((word as u32).to_le_bytes()),
            Self::Elf64 => bytes.extend(word.to_le_bytes()),
        }
    }
}

/// `e_machine` of the 32-bit x86.
pub const EM_386: u16 = 3;
/// `e_machine` of x86-64.
pub const EM_X86_64: u16 = 62;
/// `p_type` of a part that is loaded.
pub const PT_LOAD: u32 = 1;
/// `p_type` of notes.
pub const PT_NOTE: u32 = 4;
/// `p_flags`: may be executed.
pub const PF_X: u32 = 1;
/// `p_flags`: may be written.
pub const PF_W: u32 = 2;
/// `p_flags`: may be read.
pub const PF_R: u32 = 4;

/// Where the section headers of a file are.
#[derive(Clone, Copy, Default)]
pub struct Sections {
    /// Offset in the file.
    pub offset: u64,
    /// How many.
    pub count: u16,
    /// Which of them holds the others' names.
    pub names: u16,
}

/// The header of an executable; its program headers follow at once.
pub fn file_header(class: Class, machine: u16, entry: u64, programs: u16, sections: Sections) -> Vec<u8> {
    // Little-endian, version 1, no operating system.
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes[4] = if class == Class::Elf32 { 1 } else { 2 };
    // An executable.
    bytes.extend(2u16.to_le_bytes());
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    for word in [entry, class.file_header() as u64, sections.offset] {
        class.word(&mut bytes, word);
    }
    // No flags.
    bytes.extend(0u32.to_le_bytes());
    let section_header = if sections.count == 0 { 0 } else { class.section_header() };
    let (file, program) = (class.file_header() as u16, class.program_header() as u16);
    let halves = [file, program, programs, section_header, sections.count, sections.names];
    for half in halves {
        bytes.extend(half.to_le_bytes());
    }
    bytes
}

/// What a program header says.
#[derive(Clone, Copy)]
pub struct Program {
    /// `PT_LOAD` or `PT_NOTE`.
    pub kind: u32,
    /// `PF_R`, `PF_W`, `PF_X`.
    pub flags: u32,
    /// Where its contents are in the file.
    pub offset: u64,
    /// Where they go in memory.
    pub address: u64,
    /// How many bytes they are.
    pub size: u64,
    /// How many bytes of memory it takes; what is beyond the contents is zeroes.
    pub memory: u64,
    /// What its offset and its address agree in.
    pub align: u64,
}

impl Program {
    /// The header.
    pub fn header(&self, class: Class) -> Vec<u8> {
        let Self { kind, flags, offset, address, size, memory, align } = *self;
        let mut bytes = Vec::with_capacity(class.program_header());
        bytes.extend(kind.to_le_bytes());
        if class == Class::Elf64 {
            bytes.extend(flags.to_le_bytes());
        }
        for word in [offset, address, address, size, memory] {
            class.word(&mut bytes, word);
        }
        if class == Class::Elf32 {
            bytes.extend(flags.to_le_bytes());
        }
        class.word(&mut bytes, align);
        bytes
    }
}
