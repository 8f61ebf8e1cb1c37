//! Where the bytes of an image come from.
//!
//! Everything is counted once and nothing is left out: each share has a row, and what has no name has
//! rows of its own, so that every table adds up to the image.

mod files;
pub mod html;
mod owner;
mod text;
mod tree;

pub use files::{Last, of_files, of_last_build};
pub use text::{lines, removed_lines};

use object::read::elf::ElfFile64;
use object::{
    Endianness, File, Object, ObjectSection, ObjectSegment, ObjectSymbol, SectionFlags, SymbolKind,
};
use oscomp_lang::plan::Plan;
use owner::{Owners, crate_of};
use serde::Serialize;
use std::collections::BTreeMap;

/// `SHF_ALLOC`: the section is in memory.
const ALLOCATED: u64 = 2;

/// The share of constants and padding that no symbol covers.
pub const UNNAMED: &str = "(no symbol)";
/// The share of the glue: `run`, with everything that was inlined into it.
pub const GLUE: &str = "(glue, with what is inlined)";
/// The share of libraries, for no instance in particular.
pub const SHARED: &str = "(libraries)";
/// The share of symbols that are not Rust's.
pub const FOREIGN: &str = "(not Rust)";
/// The share of the table of function names.
pub const NAMES: &str = "(table of function names)";

/// Bytes of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bytes {
    /// In the file, and loaded from it.
    pub loaded: u64,
    /// In memory only: zeroes.
    pub zeroed: u64,
}

impl std::ops::AddAssign for Bytes {
    fn add_assign(&mut self, other: Self) {
        self.loaded += other.loaded;
        self.zeroed += other.zeroed;
    }
}

/// Where the bytes of an image come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The system's name.
    pub system: String,
    /// The platform's name.
    pub platform: String,
    /// Bytes of the image's file.
    pub file: u64,
    /// Everything that is loaded, and the zeroes.
    pub total: Bytes,
    /// By section, in the order of their addresses.
    pub sections: Vec<Share>,
    /// By instance, largest first.
    pub instances: Vec<Share>,
    /// By crate, largest first.
    pub crates: Vec<Share>,
    /// By symbol, largest first.
    pub symbols: Vec<Symbol>,
}

/// A share of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Whose it is.
    pub name: String,
    /// How much it is.
    #[serde(flatten)]
    pub bytes: Bytes,
}

/// A function or a static.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Symbol {
    /// Its name, demangled.
    pub name: String,
    /// The crate that its path begins with.
    #[serde(rename = "crate")]
    pub of_crate: Option<String>,
    /// The instance that it belongs to.
    pub instance: Option<String>,
    /// Its section.
    pub section: String,
    /// How much it is.
    #[serde(flatten)]
    pub bytes: Bytes,
}

impl Symbol {
    /// The instance that it counts for, or what it is if it is of none; `glue` is the crate of the glue.
    fn owner(&self, glue: &str) -> &str {
        match (&self.instance, &self.of_crate) {
            (Some(instance), _) => instance,
            (None, Some(name)) if name == glue => GLUE,
            (None, Some(_)) => SHARED,
            (None, None) => FOREIGN,
        }
    }

    /// Its crate, or what it is if that says more.
    fn crate_or_kind(&self, glue: &str) -> &str {
        match &self.of_crate {
            Some(name) if name == glue => GLUE,
            Some(name) => name,
            None => FOREIGN,
        }
    }
}

/// The crate of the glue in an image.
fn glue_crate(system: &str, platform: &str) -> String {
    format!("image-{system}-{platform}").replace('-', "_")
}

struct Section {
    name: String,
    start: u64,
    end: u64,
}

/// What the headers of an image say is loaded.
struct Loaded {
    /// Ranges of addresses.
    ranges: Vec<(u64, u64)>,
    total: Bytes,
}

impl Loaded {
    fn read(image: &File<'_>) -> Self {
        let mut loaded = Self { ranges: Vec::new(), total: Bytes::default() };
        for segment in image.segments() {
            let (start, (_, file)) = (segment.address(), segment.file_range());
            loaded.ranges.push((start, start + file));
            loaded.total += Bytes { loaded: file, zeroed: segment.size().saturating_sub(file) };
        }
        loaded
    }

    /// How much of a range is loaded; the rest of it are zeroes.
    fn of(&self, start: u64, end: u64) -> Bytes {
        let overlap = |(from, to): &(u64, u64)| end.min(*to).saturating_sub(start.max(*from));
        let loaded = self.ranges.iter().map(overlap).sum();
        Bytes { loaded, zeroed: end - start - loaded }
    }
}

/// Counts an image. `linked` is the file with symbols; `image` the one that runs, made from it.
///
/// # Errors
/// What is wrong with one of the files.
pub fn count(plan: &Plan, linked: &[u8], image: &[u8]) -> Result<Sizes, object::Error> {
    let elf = ElfFile64::<Endianness>::parse(linked)?;
    let crate_name = glue_crate(&plan.system, &plan.platform.name);
    let owners = Owners::new(plan, &crate_name);
    let sections = sections(&elf)?;
    // Of 32 bits where its loader reads no other, whatever the code is.
    let (file, image) = (image.len() as u64, File::parse(image)?);
    let loaded = Loaded::read(&image);
    let total = loaded.total;
    let mut symbols = Vec::new();
    for section in &sections {
        for (name, start, end) in covered(section, &elf)? {
            let name = format!("{:#}", rustc_demangle::demangle(&name));
            symbols.push(Symbol {
                of_crate: crate_of(&name).map(str::to_owned),
                instance: owners.of(&name).map(str::to_owned),
                section: section.name.clone(),
                name,
                bytes: loaded.of(start, end),
            });
        }
    }
    symbols.sort_by(|one, other| {
        (other.bytes.loaded + other.bytes.zeroed, &one.name)
            .cmp(&(one.bytes.loaded + one.bytes.zeroed, &other.name))
    });
    let names = names_table(&elf, &image).unwrap_or(0).min(total.loaded);
    Ok(Sizes {
        system: plan.system.clone(),
        platform: plan.platform.name.clone(),
        file,
        total,
        sections: by_section(&sections, &loaded, names),
        instances: shares(&symbols, total, names, |symbol| symbol.owner(&crate_name).to_owned()),
        crates: shares(&symbols, total, names, |symbol| symbol.crate_or_kind(&crate_name).to_owned()),
        symbols,
    })
}

/// The sections that are in memory, by address.
fn sections(elf: &ElfFile64<'_, Endianness>) -> Result<Vec<Section>, object::Error> {
    let mut sections = Vec::new();
    for section in elf.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        if sh_flags.0 & ALLOCATED == 0 || section.size() == 0 {
            continue;
        }
        // Thread-local zeroes take no room where they are linked.
        if section.kind() == object::SectionKind::UninitializedTls {
            continue;
        }
        sections.push(Section {
            name: section.name()?.to_owned(),
            start: section.address(),
            end: section.address() + section.size(),
        });
    }
    sections.sort_by_key(|section| section.start);
    Ok(sections)
}

/// The symbols of a section with the bytes that each of them covers alone: where two overlap, the bytes
/// belong to the one that begins first, and of those the longest, then the first of the alphabet.
fn covered(
    section: &Section,
    elf: &ElfFile64<'_, Endianness>,
) -> Result<Vec<(String, u64, u64)>, object::Error> {
    let mut ranges = Vec::new();
    for symbol in elf.symbols() {
        let is_code_or_data = !matches!(symbol.kind(), SymbolKind::Section | SymbolKind::File);
        let (start, end) = (symbol.address(), symbol.address().saturating_add(symbol.size()));
        if is_code_or_data && symbol.size() > 0 && start >= section.start && end <= section.end {
            ranges.push((start, std::cmp::Reverse(end), symbol.name()?));
        }
    }
    ranges.sort();
    let mut covered = Vec::new();
    let mut reached = section.start;
    for (start, std::cmp::Reverse(end), name) in ranges {
        let start = start.max(reached);
        if end > start {
            covered.push((name.to_owned(), start, end));
            reached = end;
        }
    }
    Ok(covered)
}

/// Bytes of the table of function names, which is added after linking: the header in the image says it.
fn names_table(linked: &ElfFile64<'_, Endianness>, image: &File<'_>) -> Option<u64> {
    let header = linked.section_by_name(".oscomp.symbols").filter(|section| section.size() >= 16)?.address();
    let length = image.segments().find_map(|segment| segment.data_range(header + 8, 8).ok()?)?;
    Some(u64::from_le_bytes(length.try_into().ok()?))
}

fn by_section(sections: &[Section], loaded: &Loaded, names: u64) -> Vec<Share> {
    let mut shares: Vec<Share> = sections
        .iter()
        .map(|section| Share { name: section.name.clone(), bytes: loaded.of(section.start, section.end) })
        .collect();
    if names > 0 {
        shares.push(Share { name: NAMES.to_owned(), bytes: Bytes { loaded: names, zeroed: 0 } });
    }
    add_rest(&mut shares, loaded.total, "(between sections)");
    shares
}

fn shares(symbols: &[Symbol], total: Bytes, names: u64, name: impl Fn(&Symbol) -> String) -> Vec<Share> {
    let mut sums: BTreeMap<String, Bytes> = BTreeMap::new();
    for symbol in symbols {
        *sums.entry(name(symbol)).or_default() += symbol.bytes;
    }
    let mut shares: Vec<Share> = sums.into_iter().map(|(name, bytes)| Share { name, bytes }).collect();
    shares.sort_by(|one, other| {
        (other.bytes.loaded, other.bytes.zeroed, &one.name).cmp(&(
            one.bytes.loaded,
            one.bytes.zeroed,
            &other.name,
        ))
    });
    if names > 0 {
        shares.push(Share { name: NAMES.to_owned(), bytes: Bytes { loaded: names, zeroed: 0 } });
    }
    add_rest(&mut shares, total, UNNAMED);
    shares
}

/// Adds a row for what the others do not account for.
fn add_rest(shares: &mut Vec<Share>, total: Bytes, name: &str) {
    let mut sum = Bytes::default();
    for share in shares.iter() {
        sum += share.bytes;
    }
    let bytes = Bytes {
        loaded: total.loaded.saturating_sub(sum.loaded),
        zeroed: total.zeroed.saturating_sub(sum.zeroed),
    };
    if bytes != Bytes::default() {
        shares.push(Share { name: name.to_owned(), bytes });
    }
}

/// What whole-program optimisation and dropping what nothing refers to took away, by crate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// The crate.
    pub name: String,
    /// Loaded bytes without either.
    pub before: u64,
    /// Loaded bytes of the image.
    pub after: u64,
}

/// Compares an image with the same one, linked whole and without optimisation across crates.
pub fn removed(before: &Sizes, after: &Sizes) -> Vec<Removed> {
    let mut crates: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for share in &before.crates {
        crates.entry(&share.name).or_default().0 = share.bytes.loaded;
    }
    for share in &after.crates {
        crates.entry(&share.name).or_default().1 = share.bytes.loaded;
    }
    let mut removed: Vec<Removed> = crates
        .into_iter()
        .map(|(name, (before, after))| Removed { name: name.to_owned(), before, after })
        .filter(|removed| removed.before + removed.after > 0)
        .collect();
    removed.sort_by(|one, other| (other.before, &one.name).cmp(&(one.before, &other.name)));
    removed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{self, sample::Sample};
    use crate::sample;
    use oscomp_lang::signature::Environment;

    #[test]
    fn images_for_loaders_of_32_bits_are_counted_too() {
        let text = |start: [u32; 3]| {
            let mut text = start.map(u32::to_le_bytes).concat();
            text.resize(48, 0xc3);
            Sample { text, ..Sample::default() }.file()
        };
        let magic = 0x1bad_b002_u32;
        for linked in [text([0; 3]), text([magic, 0, magic.wrapping_neg()])] {
            let image = image::finish(&linked, Environment::BareMetal).unwrap();
            let sizes = count(&sample::hello(), &linked, &image.bytes).unwrap();
            assert_eq!((sizes.file, sizes.total.loaded), (image.bytes.len() as u64, image.loaded));
            assert_eq!(sizes.sections.iter().map(|share| share.bytes.loaded).sum::<u64>(), image.loaded);
            let names = sizes.sections.iter().find(|share| share.name == NAMES).unwrap();
            assert!(names.bytes.loaded > 0);
        }
    }

    fn share(name: &str, loaded: u64) -> Share {
        Share { name: name.into(), bytes: Bytes { loaded, zeroed: 0 } }
    }

    #[test]
    fn the_rest_makes_tables_add_up() {
        let mut shares = vec![share("a", 10), share("b", 20)];
        add_rest(&mut shares, Bytes { loaded: 35, zeroed: 8 }, UNNAMED);
        assert_eq!(shares[2], Share { name: UNNAMED.into(), bytes: Bytes { loaded: 5, zeroed: 8 } });
        let count = shares.len();
        add_rest(&mut shares, Bytes { loaded: 35, zeroed: 8 }, UNNAMED);
        assert_eq!(shares.len(), count);
    }

    #[test]
    fn what_was_removed_is_told_by_crate() {
        let sizes = |crates: Vec<Share>| Sizes {
            system: "s".into(),
            platform: "p".into(),
            file: 0,
            total: Bytes::default(),
            sections: Vec::new(),
            instances: Vec::new(),
            crates,
            symbols: Vec::new(),
        };
        let removed =
            removed(&sizes(vec![share("core", 100), share("alloc", 7)]), &sizes(vec![share("core", 30)]));
        assert_eq!(
            removed,
            [
                Removed { name: "core".into(), before: 100, after: 30 },
                Removed { name: "alloc".into(), before: 7, after: 0 },
            ]
        );
    }
}
