//! The two headers that an image consists of, besides its contents: System V ABI, chapters 4 and 5, for
//! 64-bit little-endian machines.

/// Bytes of a file header.
pub const FILE_HEADER: usize = 64;
/// Bytes of a program header.
pub const PROGRAM_HEADER: usize = 56;

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
pub fn file_header(machine: u16, entry: u64, programs: u16, sections: Sections) -> Vec<u8> {
    // Class 64, little-endian, version 1, no operating system.
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // An executable.
    bytes.extend(2u16.to_le_bytes());
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    for word in [entry, FILE_HEADER as u64, sections.offset] {
        bytes.extend(word.to_le_bytes());
    }
    // No flags.
    bytes.extend(0u32.to_le_bytes());
    let section_header = if sections.count == 0 { 0 } else { 64 };
    let halves =
        [FILE_HEADER as u16, PROGRAM_HEADER as u16, programs, section_header, sections.count, sections.names];
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
    pub fn header(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PROGRAM_HEADER);
        bytes.extend(self.kind.to_le_bytes());
        bytes.extend(self.flags.to_le_bytes());
        for word in [self.offset, self.address, self.address, self.size, self.memory, self.align] {
            bytes.extend(word.to_le_bytes());
        }
        bytes
    }
}
