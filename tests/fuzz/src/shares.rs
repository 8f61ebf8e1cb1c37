//! Files of a server whose replies are changed on their way.

use crate::disks::{content, inside, write};
use core::sync::atomic::{AtomicUsize, Ordering};
use oscomp_abi::Config;
use oscomp_fake_9p::{Knows, Manner, Node, Server, Tree, Wire};
use oscomp_interfaces::{FileSystem, OpenHow};
use oscomp_ninep::{Ninep, Options};

#[derive(Clone, Copy)]
struct Settings;

impl Config<Options> for Settings {
    const OPTIONS: Options = Options { open: 4 };
}

/// More requests than what is done here can need.
const ENOUGH: usize = 1_000_000;

/// What becomes of one reply.
struct Change<'b> {
    /// Its number.
    reply: usize,
    how: u8,
    place: usize,
    bytes: &'b [u8],
}

/// Changes, each of them the number of a reply, how it is changed, a place in two bytes, a length in one, and bytes.
fn changes(mut bytes: &[u8]) -> Vec<Change<'_>> {
    let mut changes = Vec::new();
    while let Some((&[reply, how, a, b, length], rest)) = bytes.split_first_chunk() {
        let (change, rest) = rest.split_at(usize::from(length).min(rest.len()));
        let place = usize::from(u16::from_le_bytes([a, b]));
        changes.push(Change { reply: reply.into(), how, place, bytes: change });
        bytes = rest;
    }
    changes
}

impl Change<'_> {
    fn make(&self, reply: &mut Vec<u8>) {
        let place = self.place.min(reply.len());
        match self.how % 4 {
            // Some bytes are others.
            0 => reply.iter_mut().skip(place).zip(self.bytes).for_each(|(to, from)| *to = *from),
            // From a place on all is another.
            1 => {
                reply.truncate(place);
                reply.extend(self.bytes);
            }
            // So it is, and what it says of its length is true.
            2 => {
                reply.truncate(place.max(7));
                reply.extend(self.bytes);
                let length = (reply.len() as u32).to_le_bytes();
                reply.splice(..length.len().min(reply.len()), length);
            }
            // Likewise, and it has data of that length.
            _ => {
                reply.truncate(7);
                reply.extend((self.bytes.len() as u32).to_le_bytes());
                reply.extend(self.bytes);
                let length = (reply.len() as u32).to_le_bytes();
                reply.splice(..length.len().min(reply.len()), length);
            }
        }
    }
}

/// Whatever a server replies: nothing panics, and all comes to an end. The first byte says what kind of server it is.
pub fn ninep(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let knows = [Knows::Files, Knows::Paths, Knows::OpenFiles][usize::from(*kind) % 3];
    let manner = Manner { knows, types: *kind < 128, message: 4096, ..Manner::GOOD };
    let mut tree = Tree::new(1 << 20);
    for (path, content) in content() {
        tree.put(path, Node::File(content));
    }
    for (link, target) in [("link", "d/e/deep"), ("d/up", "../large")] {
        tree.put(link, Node::Link(target.into()));
    }
    let bytes = bytes.to_vec();
    let count = AtomicUsize::new(0);
    let wire = Wire::changing(Server::new(manner, tree), move |_, reply| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        assert!(number < ENOUGH, "it comes to no end");
        changes(&bytes).iter().filter(|change| change.reply == number).for_each(|change| change.make(reply));
    });
    if let Ok(system) = Ninep::<_, Settings>::start(&wire) {
        let paths = look(&system);
        write(&system, &paths);
        look(&system);
    }
}

/// Goes through what is there, as far as the server says so, and reads the beginning of all.
fn look(system: impl FileSystem) -> Vec<String> {
    let mut paths = vec![String::new()];
    for index in 0..20 {
        let Some(path) = paths.get(index).cloned() else { break };
        let _ = system.entries(&path, |name, _| {
            paths.push(inside(&path, name));
            paths.len() < 20
        });
    }
    for path in &paths {
        let _ = system.metadata(path);
        let Ok(file) = system.open(path, OpenHow::READ) else { continue };
        let _ = system.stat(file);
        let mut bytes = [0xee; 5000];
        if let Ok(count) = system.read(file, 100, &mut bytes[..4000]) {
            assert!(count <= 4000);
        }
        assert!(bytes[4000..].iter().all(|byte| *byte == 0xee), "more was read than there is room for");
        system.close(file);
    }
    let _ = system.space().map(|space| assert!(space.free <= space.total, "{space:?}"));
    paths
}
