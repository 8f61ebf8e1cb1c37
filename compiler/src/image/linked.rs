use super::ImageError;
use super::elf::{PF_X, PT_LOAD, PT_NOTE};
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Endianness, Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

/// The magic number of a multiboot header.
const MULTIBOOT: u32 = 0x1bad_b002;
/// XEN_ELFNOTE_PHYS32_ENTRY (Xen, public/elfnote.h).
const PHYS32_ENTRY: u32 = 18;

/// What matters in a linked file.
pub struct Linked<'a> {
    /// The first instruction.
    pub entry: u64,
    /// ELF's number for the architecture.
    pub machine: u16,
    /// What is loaded, in the file's order.
    pub segments: Vec<Segment<'a>>,
    /// The notes, which lie within the segments.
    pub notes: Vec<Segment<'a>>,
    /// The functions, by address; one for each address.
    pub functions: Vec<Function<'a>>,
    /// Where the header of the table of names is, if the image wants one.
    pub names_header: Option<u64>,
}

/// A part of memory that the file describes.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    /// Where it is in memory.
    pub address: u64,
    /// What it begins with; the rest is zeroes.
    pub data: &'a [u8],
    /// How much memory it takes, in bytes.
    pub memory: u64,
    /// `PF_R`, `PF_W`, `PF_X`.
    pub flags: u32,
}

/// A function, or a label in assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Its first instruction.
    pub address: u64,
    /// Its length in bytes; 0 for a label.
    pub size: u64,
    /// Its name as the linker knows it.
    pub name: &'a str,
}

impl<'a> Linked<'a> {
    /// Reads a file.
    pub fn read(file: &'a [u8]) -> Result<Self, ImageError> {
        let elf = ElfFile64::<Endianness>::parse(file)?;
        let endian = elf.endian();
        let mut segments = Vec::new();
        let mut notes = Vec::new();
        for header in elf.elf_program_headers() {
            let kind = header.p_type(endian).0;
            if kind != PT_LOAD && kind != PT_NOTE {
                continue;
            }
            let data = header
                .data(endian, file)
                .map_err(|()| ImageError::Malformed("a segment is not in the file".into()))?;
            let segment = Segment {
                address: header.p_paddr(endian),
                data,
                memory: header.p_memsz(endian),
                flags: header.p_flags(endian).0,
            };
            if kind == PT_LOAD { &mut segments } else { &mut notes }.push(segment);
        }
        let names_header = elf
            .section_by_name(".oscomp.symbols")
            .filter(|section| section.size() >= 16)
            .map(|section| section.address());
        Ok(Self {
            entry: elf.entry(),
            machine: elf.elf_header().e_machine.get(endian).0,
            segments,
            notes,
            functions: functions(&elf)?,
            names_header,
        })
    }

    /// Bytes of the file that are loaded.
    pub fn loaded(&self) -> u64 {
        self.segments.iter().map(|segment| segment.data.len() as u64).sum()
    }

    /// The first address behind the bytes of the file.
    pub fn initialised(&self) -> u64 {
        let end = |segment: &Segment<'_>| segment.address + segment.data.len() as u64;
        self.segments.iter().map(end).max().unwrap_or(0)
    }

    /// Bytes from the first that is loaded to the last, in memory.
    pub fn memory(&self) -> u64 {
        self.end() - self.start()
    }

    /// The first address of anything.
    pub fn start(&self) -> u64 {
        self.segments.iter().map(|segment| segment.address).min().unwrap_or(0)
    }

    /// The first address behind everything.
    pub fn end(&self) -> u64 {
        self.segments.iter().map(|segment| segment.address + segment.memory).max().unwrap_or(0)
    }

    /// The bytes of the segments that hold code.
    pub fn text(&self) -> impl Iterator<Item = &Segment<'a>> {
        self.segments.iter().filter(|segment| segment.flags & PF_X != 0)
    }

    /// Whether a loader by the multiboot protocol would find its header, which is where the image begins
    /// (Multiboot Specification 0.6.96, 3.1).
    pub fn is_multiboot(&self) -> bool {
        let Some(text) = self.text().min_by_key(|segment| segment.address) else { return false };
        let word = |at: usize| Some(u32::from_le_bytes(*text.data.get(at..)?.first_chunk()?));
        let (Some(magic), Some(flags), Some(checksum)) = (word(0), word(4), word(8)) else { return false };
        magic == MULTIBOOT && magic.wrapping_add(flags).wrapping_add(checksum) == 0
    }

    /// Whether a PVH loader would find the entry.
    pub fn has_entry_note(&self) -> bool {
        self.notes.iter().any(|note| {
            // Sizes of name and description, kind, name padded to 4 bytes.
            let word = |at: usize| Some(u32::from_le_bytes(note.data.get(at..at + 4)?.try_into().ok()?));
            word(0) == Some(4) && word(8) == Some(PHYS32_ENTRY) && note.data.get(12..16) == Some(b"Xen\0")
        })
    }
}

fn functions<'a>(elf: &ElfFile64<'a, Endianness>) -> Result<Vec<Function<'a>>, ImageError> {
    let mut functions = Vec::new();
    for symbol in elf.symbols() {
        let section = symbol.section_index().and_then(|index| elf.section_by_index(index).ok());
        let code = section.is_some_and(|section| section.kind() == SectionKind::Text);
        if !code || matches!(symbol.kind(), SymbolKind::Section | SymbolKind::File) {
            continue;
        }
        let name = symbol.name()?;
        // Assemblers leave labels of their own on some architectures.
        if !name.is_empty() && !name.starts_with(".L") && !name.starts_with('$') {
            functions.push(Function { address: symbol.address(), size: symbol.size(), name });
        }
    }
    // Of several names for one address, the one with a size, then the first of the alphabet.
    functions.sort_by_key(|function| (function.address, std::cmp::Reverse(function.size), function.name));
    functions.dedup_by_key(|function| function.address);
    Ok(functions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample::{DATA, Sample, TEXT};

    #[test]
    fn segments_functions_and_header_are_found() {
        let file = Sample::default().file();
        let linked = Linked::read(&file).unwrap();
        assert_eq!(linked.entry, TEXT);
        assert_eq!(linked.segments.len(), 3);
        assert_eq!(linked.memory(), DATA + 0x3000 - TEXT);
        let names: Vec<_> =
            linked.functions.iter().map(|function| (function.address - TEXT, function.name)).collect();
        assert_eq!(names, [(0, "entry"), (16, "_RNvC3app5first"), (32, "_RNvC3app6second")]);
        assert!(linked.names_header.is_some());
    }

    #[test]
    fn an_empty_section_for_names_is_no_header() {
        let file = Sample { header: false, ..Sample::default() }.file();
        assert_eq!(Linked::read(&file).unwrap().names_header, None);
    }
}
