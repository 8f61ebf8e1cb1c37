//! What a platform reads of a flattened device tree: Devicetree Specification 0.4, chapter 5.
//!
//! Boot code reads it once, for two or three properties, before there is memory to put anything; so this goes
//! through the blob in place, front to back, and ends where it has found what it looks for. A library of
//! the platforms, not a module.
#![no_std]

use core::cell::Cell;
use core::ops::Range;
use oscomp_pool::Ram;

/// The first word of a blob.
pub const MAGIC: u32 = 0xd00d_feed;
/// Bytes of a blob's header.
pub const HEADER: usize = 40;

/// Tokens of the structure block, as they stand in memory.
const BEGIN_NODE: u32 = 1_u32.to_be();
const END_NODE: u32 = 2_u32.to_be();
const PROPERTY: u32 = 3_u32.to_be();
const NOP: u32 = 4_u32.to_be();

/// How many bytes the blob has whose header this is; none if it is no header.
#[must_use]
pub fn length(header: &[u8; HEADER]) -> Option<usize> {
    (word(header, 0)? == MAGIC).then_some(())?;
    Some(word(header, 4)? as usize)
}

/// A flattened device tree.
#[derive(Clone, Copy, Debug)]
pub struct DeviceTree<'a> {
    /// Words as they stand in memory: most are skipped, and not turned around for that.
    structure: &'a [u32],
    /// The same in bytes.
    bytes: &'a [u8],
    strings: &'a [u8],
    /// Addresses and sizes of memory that somebody has, up to a size of 0.
    reservations: &'a [u8],
}

impl<'a> DeviceTree<'a> {
    /// The tree in a blob, if it is one, aligned to its words.
    #[must_use]
    pub fn new(blob: &'a [u8]) -> Option<Self> {
        let header: &[u8; HEADER] = blob.first_chunk()?;
        let blob = blob.get(..length(header)?)?;
        let block = |offset: usize, size: usize| {
            let start = word(header, offset)? as usize;
            blob.get(start..start.checked_add(word(header, size)? as usize)?)
        };
        let (bytes, strings) = (block(8, 36)?, block(12, 32)?);
        let reservations = blob.get(word(header, 16)? as usize..)?;
        // SAFETY: any four bytes are a word.
        let (before, structure, _) = unsafe { bytes.align_to() };
        before.is_empty().then_some(Self { structure, bytes, strings, reservations })
    }

    /// Hands those properties of that name to `each` whose nodes `enter` wants, which is asked for every node
    /// with its depth (the root's is 0) and its name (zeroes follow it). False if the tree is damaged.
    fn properties(
        &self,
        name: &str,
        mut enter: impl FnMut(usize, &'a [u8]) -> bool,
        mut each: impl FnMut(&'a [u8]),
    ) -> bool {
        let words = self.structure;
        let (mut depth, mut at, mut wanted) = (0_usize, 0_usize, false);
        loop {
            let Some(token) = words.get(at) else { return false };
            at += 1;
            match *token {
                PROPERTY => {
                    let (Some(length), Some(offset)) = (words.get(at), words.get(at + 1)) else {
                        return false;
                    };
                    let (length, start) = (u32::from_be(*length) as usize, at + 2);
                    // Ends behind the tree if it is damaged.
                    at = start + length.div_ceil(4);
                    if wanted && self.is_named(u32::from_be(*offset) as usize, name) {
                        let Some(value) = self.bytes.get(4 * start..4 * start + length) else { return false };
                        each(value);
                    }
                }
                BEGIN_NODE => {
                    let start = at;
                    loop {
                        let Some(word) = words.get(at) else { return false };
                        at += 1;
                        // One of its bytes is zero.
                        if word.wrapping_sub(0x0101_0101) & !word & 0x8080_8080 != 0 {
                            break;
                        }
                    }
                    wanted = enter(depth, &self.bytes[4 * start..4 * at]);
                    depth += 1;
                }
                END_NODE if depth <= 1 => return depth == 1,
                // What follows are nodes: properties come before them.
                END_NODE => (wanted, depth) = (false, depth - 1),
                NOP => {}
                _ => return false,
            }
        }
    }

    /// Whether that is the name at that offset of the strings.
    fn is_named(&self, offset: usize, name: &str) -> bool {
        let rest = self.strings.get(offset..).and_then(|names| names.strip_prefix(name.as_bytes()));
        rest.is_some_and(|rest| rest.first() == Some(&0))
    }

    /// The memory, by `reg` of each node `memory@…`; and with `true` what of it somebody has, by the nodes in
    /// `/reserved-memory` and the block of reservations. With two cells for addresses and for sizes.
    pub fn memory(&self, mut each: impl FnMut(bool, Range<usize>)) {
        let (is_reserved, mut among_reserved) = (Cell::new(false), false);
        self.properties(
            "reg",
            |depth, name| {
                // Most begin with neither letter, which is all that is looked at then.
                let is = |first, name_of: &[u8]| name.first() == Some(&first) && name.starts_with(name_of);
                if depth == 1 {
                    among_reserved = is(b'r', b"reserved-memory\0");
                }
                is_reserved.set(depth == 2 && among_reserved);
                is_reserved.get() || depth == 1 && is(b'm', b"memory@")
            },
            |value| value.as_chunks().0.iter().for_each(|pair| each(is_reserved.get(), range(pair))),
        );
        let reservations = self.reservations.as_chunks().0.iter().map(range);
        reservations.take_while(|range| !range.is_empty()).for_each(|range| each(true, range));
    }

    /// The memory that `address` is in, without what somebody has of it. None if that is in no memory.
    #[must_use]
    pub fn ram(&self, address: usize) -> Option<Ram> {
        // In one go, whichever comes first: all that is no memory is left out in the end.
        let mut ram = Ram::new(0..usize::MAX);
        let mut all = 0..0;
        self.memory(|is_reserved, range| {
            if is_reserved {
                ram.free.leave_out(&range);
            } else if range.contains(&address) {
                all = range;
            }
        });
        ram.free.leave_out(&(0..all.start));
        ram.free.leave_out(&(all.end..usize::MAX));
        ram.all = all;
        (!ram.all.is_empty()).then_some(ram)
    }

    /// The value of a property of the node `/chosen`.
    #[must_use]
    pub fn chosen(&self, name: &str) -> Option<&'a [u8]> {
        let mut found = None;
        let is_chosen = |depth, node: &[u8]| depth == 1 && node.starts_with(b"chosen\0");
        self.properties(name, is_chosen, |value| found = Some(value));
        found
    }
}

/// The blob at an address; none if there is none.
///
/// # Safety
/// Readable memory, for ever, for as many bytes as a header has and as the header says, if there is one.
#[must_use]
pub unsafe fn blob_at(address: usize) -> Option<&'static [u8]> {
    if address == 0 || !address.is_multiple_of(8) {
        return None;
    }
    let header: *const [u8; HEADER] = core::ptr::with_exposed_provenance(address);
    // SAFETY: by the contract.
    let length = length(unsafe { &*header })?;
    // SAFETY: by the contract.
    Some(unsafe { core::slice::from_raw_parts(header.cast(), length) })
}

/// An address and a size.
fn range(pair: &[u8; 16]) -> Range<usize> {
    let start = u64::from_be_bytes(*pair.first_chunk().unwrap_or(&[0; 8])) as usize;
    let size = u64::from_be_bytes(*pair.last_chunk().unwrap_or(&[0; 8])) as usize;
    start..start.saturating_add(size)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    /// Writes a blob.
    #[derive(Default)]
    struct Writer {
        structure: Vec<u8>,
        strings: Vec<u8>,
    }

    impl Writer {
        fn word(&mut self, word: u32) {
            self.structure.extend(word.to_be_bytes());
        }

        fn pad(&mut self) {
            self.structure.resize(self.structure.len().next_multiple_of(4), 0);
        }

        fn begin(mut self, name: &str) -> Self {
            self.word(1);
            self.structure.extend(name.bytes().chain([0]));
            self.pad();
            self
        }

        fn property(mut self, name: &str, value: &[u8]) -> Self {
            for word in [3, value.len() as u32, self.strings.len() as u32] {
                self.word(word);
            }
            self.strings.extend(name.bytes().chain([0]));
            self.structure.extend(value);
            self.pad();
            self
        }

        fn end(mut self) -> Self {
            self.word(2);
            self
        }

        fn blob(mut self) -> Vec<u8> {
            self.word(9);
            let (structure, strings) = (self.structure.len() as u32, self.strings.len() as u32);
            let reservations = cells(&[0x8010_0000, 0x2000, 0, 0]);
            let behind = 40 + reservations.len() as u32;
            let (texts, total) = (behind + structure, behind + structure + strings);
            let words = [MAGIC, total, behind, texts, 40, 17, 16, 0, strings, structure];
            let header = words.iter().flat_map(|word| word.to_be_bytes());
            header.chain(reservations).chain(self.structure).chain(self.strings).collect()
        }
    }

    fn cells(values: &[u64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_be_bytes()).collect()
    }

    fn sample() -> Vec<u8> {
        Writer::default()
            .begin("")
            .property("model", b"a machine\0")
            .begin("chosen")
            .property("rng-seed", &[7; 32])
            .end()
            .begin("memory@80000000")
            .property("device_type", b"memory\0")
            .property("reg", &cells(&[0x8000_0000, 0x400_0000, 0x1_0000_0000, 0x1000]))
            .end()
            .begin("reserved-memory")
            .property("#size-cells", &[0, 0, 0, 2])
            .begin("firmware@80000000")
            .property("reg", &cells(&[0x8000_0000, 0x8_0000]))
            .end()
            .end()
            .begin("soc")
            .begin("memory@0")
            .property("reg", &cells(&[1, 2]))
            .end()
            .end()
            .end()
            .blob()
    }

    #[test]
    fn memory_and_what_was_chosen_are_found() {
        let blob = sample();
        assert_eq!(length(blob.first_chunk().unwrap()), Some(blob.len()));
        let tree = DeviceTree::new(&blob).unwrap();
        let (mut memory, mut reserved) = (Vec::new(), Vec::new());
        tree.memory(|is_reserved, range| if is_reserved { &mut reserved } else { &mut memory }.push(range));
        assert_eq!(memory, [0x8000_0000..0x8400_0000, 0x1_0000_0000..0x1_0000_1000]);
        assert_eq!(reserved, [0x8000_0000..0x8008_0000, 0x8010_0000..0x8010_2000]);
        let ram = tree.ram(0x8020_0000).unwrap();
        assert_eq!(ram.all, 0x8000_0000..0x8400_0000);
        let mut free: Vec<_> = ram.free.into_ranges().filter(|range| !range.is_empty()).collect();
        free.sort_by_key(|range| range.start);
        assert_eq!(free, [0x8008_0000..0x8010_0000, 0x8010_2000..0x8400_0000]);
        assert!(tree.ram(0x9000_0000).is_none());
        assert_eq!(tree.chosen("rng-seed"), Some(&[7; 32][..]));
        assert_eq!(tree.chosen("bootargs"), None);
    }

    #[test]
    fn only_the_nodes_that_are_wanted_are_looked_at() {
        let blob = sample();
        let tree = DeviceTree::new(&blob).unwrap();
        let (mut nodes, mut values) = (Vec::new(), Vec::new());
        assert!(tree.properties(
            "reg",
            |depth, name| {
                nodes.push((depth, name.iter().position(|byte| *byte == 0).unwrap()));
                depth == 2
            },
            |value| values.push(value.len()),
        ));
        let lengths = [(0, 0), (1, 6), (1, 15), (1, 15), (2, 17), (1, 3), (2, 8)];
        assert_eq!(nodes, lengths);
        assert_eq!(values, [16, 16]);
    }

    #[test]
    fn what_is_damaged_ends_and_does_no_harm() {
        let blob = sample();
        assert!(DeviceTree::new(&blob[..blob.len() - 1]).is_none());
        assert!(DeviceTree::new(&[]).is_none());
        // Every byte, set to what is likely to lead astray.
        for at in 0..blob.len() {
            for byte in [0, 1, 3, 0x7f, 0xff] {
                let mut damaged = blob.clone();
                damaged[at] = byte;
                if let Some(tree) = DeviceTree::new(&damaged) {
                    tree.memory(|_, _| {});
                    let _ = tree.chosen("rng-seed");
                }
            }
        }
    }
}
