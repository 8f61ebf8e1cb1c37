//! What a platform reads of a flattened device tree: Devicetree Specification 0.4, chapter 5.
//!
//! Boot code reads it once, for two or three properties, before there is memory to put anything; so this goes
//! through the blob in place, front to back, and ends where it has found what it looks for. A library of
//! the platforms, not a module.
#![no_std]
#![forbid(unsafe_code)]

use core::ops::Range;

/// The first word of a blob.
pub const MAGIC: u32 = 0xd00d_feed;
/// Bytes of a blob's header.
pub const HEADER: usize = 40;

/// Tokens of the structure block.
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROPERTY: u32 = 3;
const NOP: u32 = 4;

/// How many bytes the blob has whose header this is; none if it is no header.
#[must_use]
pub fn length(header: &[u8; HEADER]) -> Option<usize> {
    (word(header, 0)? == MAGIC).then_some(())?;
    Some(word(header, 4)? as usize)
}

/// A flattened device tree.
#[derive(Clone, Copy, Debug)]
pub struct DeviceTree<'a> {
    structure: &'a [u8],
    strings: &'a [u8],
}

/// A property, with the node that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// How far the node is from the root, which is at 0.
    pub depth: usize,
    /// The name of the node, with its unit address; the root's is empty.
    pub node: &'a [u8],
    /// The names of all properties, of which this one's begins at `name`.
    names: &'a [u8],
    name: usize,
    /// Its value.
    pub value: &'a [u8],
}

impl Property<'_> {
    /// Whether this is its name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        // Most are not looked at: names are compared, not searched for their ends.
        let rest = self.names.get(self.name..).and_then(|names| names.strip_prefix(name.as_bytes()));
        rest.is_some_and(|rest| rest.first() == Some(&0))
    }
}

impl<'a> DeviceTree<'a> {
    /// The tree in a blob, if it is one.
    #[must_use]
    pub fn new(blob: &'a [u8]) -> Option<Self> {
        let header: &[u8; HEADER] = blob.first_chunk()?;
        let blob = blob.get(..length(header)?)?;
        let block = |offset: usize, size: usize| {
            let start = word(header, offset)? as usize;
            blob.get(start..start.checked_add(word(header, size)? as usize)?)
        };
        Some(Self { structure: block(8, 36)?, strings: block(12, 32)? })
    }

    /// Hands every property to `each`, until that says no. False if it did, or if the tree is damaged.
    pub fn properties(&self, mut each: impl FnMut(Property<'a>) -> bool) -> bool {
        let mut node: &[u8] = &[];
        // The root is at depth 1 here, while nothing is at 0.
        let (mut depth, mut at) = (0_usize, 0);
        loop {
            let Some(token) = word(self.structure, at) else { return false };
            at += 4;
            match token {
                BEGIN_NODE => {
                    let Some(name) = text(self.structure, at) else { return false };
                    (node, depth, at) = (name, depth + 1, aligned(at + name.len() + 1));
                }
                END_NODE if depth <= 1 => return depth == 1,
                // What follows are nodes: properties come before them.
                END_NODE => (node, depth) = (&[], depth - 1),
                PROPERTY => {
                    let (Some(length), Some(name)) = (word(self.structure, at), word(self.structure, at + 4))
                    else {
                        return false;
                    };
                    let start = at + 8;
                    let end = start + length as usize;
                    let Some(value) = self.structure.get(start..end) else { return false };
                    let (depth, names, name) = (depth.saturating_sub(1), self.strings, name as usize);
                    let property = Property { depth, node, names, name, value };
                    if !each(property) {
                        return false;
                    }
                    at = aligned(end);
                }
                NOP => {}
                _ => return false,
            }
        }
    }

    /// The memory: `reg` of each node `memory@…`, with two cells for addresses and for sizes.
    pub fn memory(&self, mut each: impl FnMut(Range<usize>)) {
        let mut found = false;
        self.properties(|property| {
            let is_memory = property.depth == 1 && property.node.starts_with(b"memory@");
            if is_memory && property.is("reg") {
                for pair in property.value.as_chunks::<16>().0 {
                    let start = u64::from_be_bytes(*pair.first_chunk().unwrap_or(&[0; 8])) as usize;
                    let size = u64::from_be_bytes(*pair.last_chunk().unwrap_or(&[0; 8])) as usize;
                    each(start..start.saturating_add(size));
                }
                found = true;
            }
            // The nodes of memory stand together.
            !found || is_memory
        });
    }

    /// The value of a property of the node `/chosen`.
    #[must_use]
    pub fn chosen(&self, name: &str) -> Option<&'a [u8]> {
        let mut found = None;
        self.properties(|property| {
            if property.depth == 1 && property.node == b"chosen" && property.is(name) {
                found = Some(property.value);
            }
            found.is_none()
        });
        found
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The bytes from `at` on, up to a zero.
fn text(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?;
    rest.get(..rest.iter().position(|byte| *byte == 0)?)
}

const fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(4)
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
            self.structure.resize(aligned(self.structure.len()), 0);
        }

        fn begin(mut self, name: &str) -> Self {
            self.word(BEGIN_NODE);
            self.structure.extend(name.bytes().chain([0]));
            self.pad();
            self
        }

        fn property(mut self, name: &str, value: &[u8]) -> Self {
            for word in [PROPERTY, value.len() as u32, self.strings.len() as u32] {
                self.word(word);
            }
            self.strings.extend(name.bytes().chain([0]));
            self.structure.extend(value);
            self.pad();
            self
        }

        fn end(mut self) -> Self {
            self.word(END_NODE);
            self
        }

        fn blob(mut self) -> Vec<u8> {
            self.word(9);
            let (structure, strings) = (self.structure.len() as u32, self.strings.len() as u32);
            let words =
                [MAGIC, 40 + structure + strings, 40, 40 + structure, 0, 17, 16, 0, strings, structure];
            let header = words.iter().flat_map(|word| word.to_be_bytes());
            header.chain(self.structure).chain(self.strings).collect()
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
        let mut memory = Vec::new();
        tree.memory(|range| memory.push(range));
        assert_eq!(memory, [0x8000_0000..0x8400_0000, 0x1_0000_0000..0x1_0000_1000]);
        assert_eq!(tree.chosen("rng-seed"), Some(&[7; 32][..]));
        assert_eq!(tree.chosen("bootargs"), None);
    }

    #[test]
    fn every_property_comes_with_its_node() {
        let blob = sample();
        let mut all = Vec::new();
        assert!(DeviceTree::new(&blob).unwrap().properties(|property| {
            let names = ["model", "rng-seed", "device_type", "reg", "re"];
            let name = names.into_iter().find(|name| property.is(name));
            all.push((property.depth, property.node, name));
            true
        }));
        let expected: [(usize, &[u8], Option<&str>); 5] = [
            (0, b"", Some("model")),
            (1, b"chosen", Some("rng-seed")),
            (1, b"memory@80000000", Some("device_type")),
            (1, b"memory@80000000", Some("reg")),
            (2, b"memory@0", Some("reg")),
        ];
        assert_eq!(all, expected);
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
                    tree.memory(|_| {});
                    let _ = tree.chosen("rng-seed");
                }
            }
        }
    }
}
