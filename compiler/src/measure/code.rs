//! What the instructions of an image are, as far as counting them depends on it.

use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Architecture, Endianness, Object, ObjectSymbol};

const LOAD: u32 = 1;
const EXECUTABLE: u32 = 1;

/// The code of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    entry: u64,
    /// Parts by address.
    parts: Vec<(u64, Vec<u8>)>,
    /// The first address behind code and data.
    end: u64,
    architecture: Architecture,
}

/// What an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string instruction of x86 with a prefix that repeats it.
    Repeated,
    /// Reads a port or a counter of time, pauses or halts.
    Poll,
    /// Anything else.
    Other,
}

impl Code {
    /// Code of x86 by address, with its first instruction.
    #[cfg(test)]
    pub const fn new(entry: u64, parts: Vec<(u64, Vec<u8>)>) -> Self {
        Self { entry, parts, end: 0, architecture: Architecture::X86_64 }
    }

    /// The code of a linked file.
    ///
    /// # Errors
    /// The file is not an ELF executable.
    pub fn read(file: &[u8]) -> Result<Self, object::Error> {
        let elf = ElfFile64::<Endianness>::parse(file)?;
        let endian = elf.endian();
        let (mut parts, mut end) = (Vec::new(), 0);
        for header in elf.elf_program_headers() {
            if header.p_type(endian).0 == LOAD {
                end = end.max(header.p_paddr(endian) + header.p_memsz(endian));
            }
            if header.p_type(endian).0 == LOAD
                && header.p_flags(endian).0 & EXECUTABLE != 0
                && let Ok(data) = header.data(endian, file)
            {
                parts.push((header.p_vaddr(endian), data.to_vec()));
            }
        }
        Ok(Self { entry: elf.entry(), parts, end, architecture: elf.architecture() })
    }

    /// The first instruction.
    pub const fn entry(&self) -> u64 {
        self.entry
    }

    /// The first address behind the image's code and data.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The addresses from the first byte of code to the last.
    pub fn range(&self) -> (u64, u64) {
        let start = self.parts.iter().map(|(start, _)| *start).min().unwrap_or(0);
        let last = self.parts.iter().map(|(start, bytes)| start + bytes.len() as u64).max();
        (start, last.map_or(start, |end| end.saturating_sub(1)))
    }

    /// What the instruction at an address is.
    pub fn kind(&self, address: u64) -> Kind {
        let bytes = self.parts.iter().find_map(|(start, bytes)| {
            let offset = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get(offset..)
        });
        bytes.map_or(Kind::Other, |bytes| match self.architecture {
            Architecture::Riscv64 => riscv(bytes),
            Architecture::Aarch64 => aarch64(bytes),
            _ => x86(bytes),
        })
    }
}

fn word(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// RISC-V: `pause`, `wfi`, and `csrrs` of `cycle`, `time` or `instret` with `x0`, into any register.
fn riscv(bytes: &[u8]) -> Kind {
    let word = word(bytes);
    let poll = matches!(word, 0x0100_000f | 0x1050_0073)
        || matches!(word & 0xffff_f07f, 0xc000_2073 | 0xc010_2073 | 0xc020_2073);
    if poll { Kind::Poll } else { Kind::Other }
}

/// AArch64: `yield`, `wfe`, `wfi`, and `mrs` of `cntpct_el0`, `cntvct_el0` or `pmccntr_el0`, into any register.
fn aarch64(bytes: &[u8]) -> Kind {
    let word = word(bytes);
    let poll = matches!(word, 0xd503_203f | 0xd503_205f | 0xd503_207f)
        || matches!(word & !31, 0xd53b_e020 | 0xd53b_e040 | 0xd53b_9d00);
    if poll { Kind::Poll } else { Kind::Other }
}

fn x86(bytes: &[u8]) -> Kind {
    let mut repeats = false;
    for (index, byte) in bytes.iter().take(15).enumerate() {
        match byte {
            // Operand size, address size, segments and, in 64-bit code, REX.
            0x66 | 0x67 | 0x26 | 0x2e | 0x36 | 0x3e | 0x64 | 0x65 | 0x40..=0x4f => {}
            0xf2 | 0xf3 => repeats = true,
            // pause
            0x90 if repeats => return Kind::Poll,
            // ins, outs, movs, cmps, stos, lods, scas
            0x6c..=0x6f | 0xa4..=0xa7 | 0xaa..=0xaf if repeats => return Kind::Repeated,
            // in, hlt
            0xe4 | 0xe5 | 0xec | 0xed | 0xf4 => return Kind::Poll,
            // rdtsc; rdtscp is 0f 01 f9
            0x0f => {
                let is_counter = matches!(bytes.get(index + 1..), Some([0x31, ..] | [0x01, 0xf9, ..]));
                return if is_counter { Kind::Poll } else { Kind::Other };
            }
            _ => return Kind::Other,
        }
    }
    Kind::Other
}

/// The address of the function that begins the application, by the name that the glue gives it.
///
/// # Errors
/// The file is not an ELF executable.
pub fn app(file: &[u8]) -> Result<Option<u64>, object::Error> {
    let elf = ElfFile64::<Endianness>::parse(file)?;
    Ok(elf.symbols().find_map(|symbol| {
        let name = format!("{:#}", rustc_demangle::demangle(symbol.name().ok()?));
        (name.ends_with("::oscomp_app")).then_some(symbol.address())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_told_apart() {
        for repeated in [&[0xf3, 0xa4][..], &[0xf3, 0x48, 0xa5], &[0xf3, 0x66, 0xab], &[0xf2, 0xae]] {
            assert_eq!(x86(repeated), Kind::Repeated, "{repeated:x?}");
        }
        for poll in [&[0xec][..], &[0x66, 0xed], &[0x0f, 0x31], &[0x0f, 0x01, 0xf9], &[0xf3, 0x90], &[0xf4]] {
            assert_eq!(x86(poll), Kind::Poll, "{poll:x?}");
        }
        for other in [&[0xa4][..], &[0x90], &[0xf3, 0x0f, 0x10, 0x00], &[0x0f, 0xa2], &[]] {
            assert_eq!(x86(other), Kind::Other, "{other:x?}");
        }
    }

    #[test]
    fn each_architecture_has_its_own() {
        // rdtime a0; wfi; pause
        for word in [0xc010_2573_u32, 0x1050_0073, 0x0100_000f] {
            assert_eq!(riscv(&word.to_le_bytes()), Kind::Poll, "{word:x}");
        }
        // mrs x3, cntvct_el0; wfi; yield
        for word in [0xd53b_e043_u32, 0xd503_207f, 0xd503_203f] {
            assert_eq!(aarch64(&word.to_le_bytes()), Kind::Poll, "{word:x}");
        }
        // csrr a0, sstatus; fence rw, rw; mrs x0, currentel; what would be `in al, dx` elsewhere
        for word in [0x1000_2573_u32, 0x0330_000f, 0xd538_4240, 0x0000_00ec] {
            assert_eq!(
                (riscv(&word.to_le_bytes()), aarch64(&word.to_le_bytes())),
                (Kind::Other, Kind::Other)
            );
        }
        assert_eq!((riscv(&[0x73]), aarch64(&[])), (Kind::Other, Kind::Other));
    }

    #[test]
    fn addresses_are_looked_up_in_their_part() {
        let code = Code::new(0x10, vec![(0x10, vec![0x90]), (0x20, vec![0xec])]);
        assert_eq!(code.range(), (0x10, 0x20));
        assert_eq!(code.kind(0x20), Kind::Poll);
        assert_eq!(code.kind(0x18), Kind::Other);
        assert_eq!(code.kind(0), Kind::Other);
    }
}
