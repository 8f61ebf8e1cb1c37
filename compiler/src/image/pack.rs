//! Writing an image: headers and segments, one behind the other, and nothing else.

use super::elf::{Class, EM_386, PF_R, PF_W, PT_LOAD, PT_NOTE, Program, Sections, file_header};
use super::linked::{Linked, Segment};

/// Bytes of a page, which is what memory protection can tell apart.
const PAGE: u64 = 4096;

/// A written image.
pub struct Packed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Bytes of it that are loaded.
    pub loaded: u64,
    /// Bytes of memory that it takes.
    pub memory: u64,
}

/// Writes the image of a linked file, with the table of names if there is one: where its header is in
/// memory, and the table.
///
/// File offsets are not what the pages' addresses would ask for on a system that maps files: the
/// loaders of bare-metal images copy, and 4 KiB of padding for each segment would be most of a small
/// image.
pub fn pack(linked: &Linked<'_>, names: Option<(u64, Vec<u8>)>) -> Packed {
    let mut segments: Vec<(Segment<'_>, Vec<u8>)> = linked
        .segments
        .iter()
        .map(|segment| {
            // Zeroes at the end need not be in the file.
            let used = segment.data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let kept = if segment.flags & PF_W == 0 { segment.data.len() } else { used };
            (*segment, segment.data[..kept].to_vec())
        })
        .collect();
    if let Some((header, table)) = names {
        let address = linked.end().next_multiple_of(PAGE);
        let length = table.len() as u64;
        for (segment, data) in &mut segments {
            let at = header.wrapping_sub(segment.address) as usize;
            if let Some(room) = data.get_mut(at..at.saturating_add(16)) {
                room[..8].copy_from_slice(&address.to_le_bytes());
                room[8..].copy_from_slice(&length.to_le_bytes());
            }
        }
        segments.push((Segment { address, data: &[], memory: length, flags: PF_R }, table));
    }

    let count = segments.len() + linked.notes.len();
    let (class, machine) =
        if linked.is_multiboot() { (Class::Elf32, EM_386) } else { (Class::Elf64, linked.machine) };
    let mut bytes = file_header(class, machine, linked.entry, count as u16, Sections::default());
    let mut offset = (class.file_header() + count * class.program_header()) as u64;
    let mut places = Vec::new();
    for (segment, data) in &segments {
        offset = offset.next_multiple_of(8);
        places.push((offset, *segment));
        bytes.extend(program(PT_LOAD, offset, segment, data.len(), 1).header(class));
        offset += data.len() as u64;
    }
    for note in &linked.notes {
        // Within the segment that holds it.
        let inside = places
            .iter()
            .find(|(_, segment)| (segment.address..segment.address + segment.memory).contains(&note.address));
        let offset = inside.map_or(0, |(offset, segment)| offset + (note.address - segment.address));
        bytes.extend(program(PT_NOTE, offset, note, note.data.len(), 4).header(class));
    }
    for ((offset, _), (_, data)) in places.iter().zip(&segments) {
        bytes.resize(*offset as usize, 0);
        bytes.extend(data);
    }
    let start = segments.iter().map(|(segment, _)| segment.address).min().unwrap_or(0);
    let end = segments.iter().map(|(segment, _)| segment.address + segment.memory).max().unwrap_or(0);
    let loaded = segments.iter().map(|(_, data)| data.len() as u64).sum();
    Packed { bytes, loaded, memory: end - start }
}

fn program(kind: u32, offset: u64, segment: &Segment<'_>, size: usize, align: u64) -> Program {
    let Segment { address, memory, flags, .. } = *segment;
    Program { kind, flags, offset, address, size: size as u64, memory, align }
}

/// What a loader that does not read ELF copies to memory: the bytes of an image from its first address on,
/// at least up to `initialised`: what lies behind it the image clears by itself.
pub fn flat(linked: &Linked<'_>, initialised: u64) -> Vec<u8> {
    let start = linked.start();
    let mut bytes = Vec::new();
    let mut segments = linked.segments.clone();
    segments.sort_by_key(|segment| segment.address);
    for segment in segments.iter().filter(|segment| !segment.data.is_empty()) {
        bytes.resize((segment.address - start) as usize, 0);
        bytes.extend(segment.data);
    }
    bytes.resize(bytes.len().max((initialised - start) as usize), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample::{CONSTANTS, DATA, HEADER, Sample};

    /// Address, memory, flags and contents of each segment, without zeroes at the end.
    fn contents<'a>(linked: &Linked<'a>) -> Vec<(u64, u64, u32, &'a [u8])> {
        linked
            .segments
            .iter()
            .map(|segment| {
                let used = segment.data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                (segment.address, segment.memory, segment.flags, &segment.data[..used])
            })
            .collect()
    }

    #[test]
    fn memory_holds_the_same_as_before() {
        let file = Sample::default().file();
        let linked = Linked::read(&file).unwrap();
        let packed = pack(&linked, None);
        let again = Linked::read(&packed.bytes).unwrap();
        assert_eq!(contents(&again), contents(&linked));
        assert_eq!((again.entry, again.machine), (linked.entry, linked.machine));
        assert_eq!(again.notes[0].data, linked.notes[0].data);
        assert_eq!(packed.memory, linked.memory());
        assert!((packed.bytes.len() as u64) < packed.loaded + 64 + 4 * 56 + 3 * 8);
    }

    #[test]
    fn the_flat_form_has_every_byte_where_memory_has_it() {
        let file = Sample::default().file();
        let linked = Linked::read(&file).unwrap();
        let packed = pack(&linked, Some((HEADER, b"the table".to_vec())));
        let again = Linked::read(&packed.bytes).unwrap();
        let flat = flat(&again, linked.initialised());
        for segment in &again.segments {
            let at = (segment.address - again.start()) as usize;
            let here = &flat[at.min(flat.len())..];
            let kept = segment.data.len().min(here.len());
            assert_eq!(here[..kept], segment.data[..kept]);
            assert!(segment.data[kept..].iter().all(|byte| *byte == 0));
        }
        assert_eq!(flat.len() as u64, DATA + 0x3000 + 9 - again.start());
    }

    #[test]
    fn the_table_of_names_lies_behind_the_image_and_the_header_leads_to_it() {
        let file = Sample::default().file();
        let linked = Linked::read(&file).unwrap();
        let packed = pack(&linked, Some((HEADER, b"the table".to_vec())));
        let again = Linked::read(&packed.bytes).unwrap();
        let table = again.segments[3];
        assert_eq!((table.address, table.data, table.flags), (DATA + 0x3000, &b"the table"[..], PF_R));
        let at = (HEADER - CONSTANTS) as usize;
        let header = &again.segments[1].data[at..at + 16];
        assert_eq!(header[..8], (DATA + 0x3000).to_le_bytes());
        assert_eq!(header[8..], 9u64.to_le_bytes());
    }
}
