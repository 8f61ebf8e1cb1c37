//! The bytes of an image as a tree: instances, in each the crates, in each the symbols.

use super::{Bytes, NAMES, Sizes, UNNAMED, glue_crate};
use serde::Serialize;
use std::collections::BTreeMap;

/// A part of an image with its parts, whose bytes add up to its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// How much it is.
    #[serde(flatten)]
    pub bytes: Bytes,
    /// What it is made of, largest first; empty for a symbol.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// The tree of an image.
pub fn tree(sizes: &Sizes) -> Part {
    let glue = glue_crate(&sizes.system, &sizes.platform);
    let mut owners: BTreeMap<&str, BTreeMap<&str, Vec<Part>>> = BTreeMap::new();
    for symbol in sizes.symbols.iter().filter(|symbol| symbol.bytes != Bytes::default()) {
        let crates = owners.entry(symbol.owner(&glue)).or_default();
        crates.entry(symbol.crate_or_kind(&glue)).or_default().push(Part {
            name: symbol.name.clone(),
            bytes: symbol.bytes,
            parts: Vec::new(),
        });
    }
    let mut parts: Vec<Part> = owners
        .into_iter()
        .map(|(owner, crates)| {
            let mut crates: Vec<Part> =
                crates.into_iter().map(|(name, symbols)| whole(name, symbols)).collect();
            // A level with one part of the same name says nothing.
            if let [only] = crates.as_mut_slice()
                && only.name == owner
            {
                crates = std::mem::take(&mut only.parts);
            }
            whole(owner, crates)
        })
        .collect();
    // What no symbol covers has a share of its own among the instances.
    let rest = sizes.instances.iter().filter(|share| share.name == NAMES || share.name == UNNAMED);
    parts.extend(rest.map(|share| Part { name: share.name.clone(), bytes: share.bytes, parts: Vec::new() }));
    whole(&sizes.system, parts)
}

fn whole(name: &str, mut parts: Vec<Part>) -> Part {
    let size = |part: &Part| part.bytes.loaded + part.bytes.zeroed;
    parts.sort_by(|one, other| size(other).cmp(&size(one)).then_with(|| one.name.cmp(&other.name)));
    let mut bytes = Bytes::default();
    for part in &parts {
        bytes += part.bytes;
    }
    Part { name: name.to_owned(), bytes, parts }
}

#[cfg(test)]
mod tests {
    use super::super::{FOREIGN, Share, Symbol};
    use super::*;

    #[test]
    fn parts_add_up() {
        let symbol = |name: &str, of_crate: Option<&str>, instance: Option<&str>, loaded| Symbol {
            name: name.into(),
            of_crate: of_crate.map(str::to_owned),
            instance: instance.map(str::to_owned),
            section: ".text".into(),
            bytes: Bytes { loaded, zeroed: 1 },
        };
        let sizes = Sizes {
            system: "s".into(),
            platform: "p".into(),
            file: 200,
            total: Bytes { loaded: 115, zeroed: 4 },
            sections: Vec::new(),
            instances: vec![Share { name: UNNAMED.into(), bytes: Bytes { loaded: 5, zeroed: 0 } }],
            crates: Vec::new(),
            symbols: vec![
                symbol("core::a", Some("core"), Some("nic"), 30),
                symbol("virtio::b", Some("virtio"), Some("nic"), 50),
                symbol("virtio::c", Some("virtio"), Some("nic"), 10),
                symbol("memcpy", None, None, 20),
            ],
        };
        let tree = tree(&sizes);
        assert_eq!(tree.bytes, sizes.total);
        let names = |part: &Part| part.parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&tree), ["nic", FOREIGN, UNNAMED]);
        assert_eq!(names(&tree.parts[0]), ["virtio", "core"]);
        assert_eq!(names(&tree.parts[0].parts[0]), ["virtio::b", "virtio::c"]);
        // Not Rust, in the crate of what is not Rust: one level.
        assert_eq!(names(&tree.parts[1]), ["memcpy"]);
    }
}
