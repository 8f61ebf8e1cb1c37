//! What is answered to each request.

use crate::numbers::{error, kind};
use crate::tree::{Node, ROOT, Tree};
use crate::wire::{Fields, Reply};
use std::collections::BTreeMap;

/// By what a server knows the file that a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knows {
    /// By the file itself, as the protocol means it.
    Files,
    /// By the path at which it was found, also if it is open; but it reads and writes the file itself. So does QEMU until
    /// version 7.2.
    Paths,
    /// By the path at which it was found, unless it is open; lengths are set by the path all the same. So does QEMU
    /// before version 10.
    OpenFiles,
}

/// What a server is like.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// By what it knows files.
    pub knows: Knows,
    /// Bytes of the longest message that it takes.
    pub message: u32,
    /// Bytes that it reads or writes at a time at the most.
    pub piece: usize,
    /// Whether it says of entries of directories what they are.
    pub types: bool,
    /// What it speaks.
    pub version: &'static str,
}

impl Manner {
    /// As good as can be.
    pub const GOOD: Self =
        Self { knows: Knows::Files, message: 64 << 10, piece: 64 << 10, types: true, version: "9P2000.L" };
}

/// What a client has a number for.
struct Fid {
    node: u64,
    path: Vec<Vec<u8>>,
    is_open: bool,
    is_written: bool,
}

/// A server.
pub struct Server {
    /// What it shares.
    pub tree: Tree,
    manner: Manner,
    fids: BTreeMap<u32, Fid>,
    /// The paths of what was synced, in that order.
    pub synced: Vec<String>,
}

type Answer = Result<Reply, u32>;

impl Server {
    /// A server of these files.
    #[must_use]
    pub fn new(manner: Manner, tree: Tree) -> Self {
        Self { tree, manner, fids: BTreeMap::new(), synced: Vec::new() }
    }

    /// How many numbers a client has.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.fids.len()
    }

    /// The reply to a request.
    ///
    /// # Panics
    /// When that is none.
    pub fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let mut fields = Fields(request);
        assert_eq!(fields.u32() as usize, request.len(), "a request has the length that it says");
        let (kind, tag) = (fields.u8(), fields.u16());
        let answer = if request.len() > self.manner.message as usize {
            Err(error::TOO_LONG_A_MESSAGE)
        } else {
            self.reply(kind, &mut fields).inspect(|_| fields.end())
        };
        let used: Vec<u64> = self.fids.values().map(|fid| fid.node).collect();
        self.tree.free(|number| used.contains(&number));
        match answer {
            Ok(reply) => reply.finish(kind + 1, tag),
            Err(number) => Reply::default().u32(number).finish(kind::LERROR + 1, tag),
        }
    }

    fn reply(&mut self, kind: u8, fields: &mut Fields<'_>) -> Answer {
        match kind {
            kind::VERSION => {
                let (message, _) = (fields.u32(), fields.text());
                self.fids.clear();
                Ok(Reply::default().u32(message.min(self.manner.message)).text(self.manner.version))
            }
            kind::ATTACH => {
                let fid = fields.u32();
                let (_, _, _, _) = (fields.u32(), fields.text(), fields.text(), fields.u32());
                self.set(fid, ROOT, Vec::new())?;
                Ok(self.qid(Reply::default(), ROOT))
            }
            kind::WALK => self.walk(fields),
            kind::CLUNK => {
                self.fids.remove(&fields.u32()).ok_or(error::BAD_NUMBER)?;
                Ok(Reply::default())
            }
            kind::LOPEN => {
                let (fid, flags) = (fields.u32(), fields.u32());
                self.open(fid, flags)
            }
            kind::LCREATE => self.create(fields),
            kind::READ => {
                let (fid, at, count) = (fields.u32(), fields.u64(), fields.u32());
                let bytes = self.tree.file(self.opened(fid)?.node)?;
                let rest = bytes.get(usize::try_from(at).map_err(|_| error::INVALID)?..).unwrap_or_default();
                let count = (count as usize).min(rest.len()).min(self.manner.piece);
                assert!(count + 11 <= self.manner.message as usize);
                Ok(Reply::default().u32(count as u32).bytes(&rest[..count]))
            }
            kind::WRITE => {
                let (fid, at, count) = (fields.u32(), fields.u64(), fields.u32());
                let bytes = fields.bytes(count as usize);
                let bytes = &bytes[..bytes.len().min(self.manner.piece)];
                let fid = self.opened(fid)?;
                let node = if fid.is_written { fid.node } else { return Err(error::BAD_NUMBER) };
                Ok(Reply::default().u32(self.tree.write(node, at, bytes)? as u32))
            }
            kind::GETATTR => {
                let (fid, _) = (fields.u32(), fields.u64());
                self.attributes(fid)
            }
            kind::SETATTR => {
                let (fid, valid) = (fields.u32(), fields.u32());
                fields.bytes(12);
                let length = fields.u64();
                fields.bytes(32);
                assert_eq!(valid, 8, "only lengths are set");
                let node = self.node(fid, false)?;
                self.tree.resize(node, length).map(|()| Reply::default())
            }
            kind::READDIR => {
                let (fid, at, count) = (fields.u32(), fields.u64(), fields.u32());
                self.entries(fid, at, count)
            }
            kind::READLINK => match self.tree.node(self.node(fields.u32(), false)?) {
                Some(Node::Link(target)) => Ok(Reply::default().text(target)),
                _ => Err(error::INVALID),
            },
            kind::FSYNC => {
                let (fid, _) = (fields.u32(), fields.u32());
                let path = self.opened(fid)?.path.join(&b'/');
                self.synced.push(String::from_utf8_lossy(&path).into_owned());
                Ok(Reply::default())
            }
            kind::MKDIR => {
                let (fid, name) = (fields.u32(), fields.text());
                let (_, _) = (fields.u32(), fields.u32());
                let directory = self.node(fid, false)?;
                let made = self.tree.add(directory, name.as_bytes(), Node::Directory(BTreeMap::new()))?;
                Ok(self.qid(Reply::default(), made))
            }
            kind::UNLINKAT => {
                let (fid, name, flags) = (fields.u32(), fields.text(), fields.u32());
                let directory = self.node(fid, false)?;
                self.tree.remove(directory, name.as_bytes(), flags & 0x200 != 0).map(|()| Reply::default())
            }
            kind::RENAMEAT => self.rename(fields),
            kind::STATFS => {
                assert_eq!(fields.u32(), 0);
                let (total, free) = (self.tree.capacity, self.tree.capacity.saturating_sub(self.tree.used()));
                let reply = Reply::default().u32(0x0102_1997).u32(1).u64(total).u64(free).u64(free);
                Ok(reply.u64(1000).u64(900).u64(7).u32(255))
            }
            _ => Err(error::UNSUPPORTED),
        }
    }

    fn set(&mut self, fid: u32, node: u64, path: Vec<Vec<u8>>) -> Result<(), u32> {
        if self.fids.contains_key(&fid) {
            return Err(error::BAD_NUMBER);
        }
        self.fids.insert(fid, Fid { node, path, is_open: false, is_written: false });
        Ok(())
    }

    fn fid(&self, fid: u32) -> Result<&Fid, u32> {
        self.fids.get(&fid).ok_or(error::BAD_NUMBER)
    }

    fn opened(&self, fid: u32) -> Result<&Fid, u32> {
        self.fid(fid).and_then(|fid| if fid.is_open { Ok(fid) } else { Err(error::BAD_NUMBER) })
    }

    /// What a number is, to this server; `is_asked` if that is only asked for.
    fn node(&self, fid: u32, is_asked: bool) -> Result<u64, u32> {
        let fid = self.fid(fid)?;
        match self.manner.knows {
            Knows::OpenFiles if fid.is_open && is_asked => Ok(fid.node),
            Knows::Files => Ok(fid.node),
            _ => fid.path.iter().try_fold(ROOT, |node, name| self.tree.child(node, name)),
        }
    }

    fn qid(&self, reply: Reply, node: u64) -> Reply {
        let kind = match self.tree.node(node) {
            Some(Node::Directory(_)) => 0x80,
            Some(Node::Link(_)) => 0x02,
            _ => 0,
        };
        reply.u8(kind).u32(0).u64(node)
    }

    fn walk(&mut self, fields: &mut Fields<'_>) -> Answer {
        let (from, to, count) = (fields.u32(), fields.u32(), fields.u16());
        let names: Vec<String> = (0..count).map(|_| fields.text()).collect();
        assert!(count <= 16, "so many names at the most");
        let mut node = self.node(from, false)?;
        assert!(!self.fid(from)?.is_open, "who walks is not open");
        let mut path = self.fid(from)?.path.clone();
        let (mut reply, mut done) = (Reply::default(), 0);
        for name in &names {
            match self.tree.child(node, name.as_bytes()) {
                Ok(next) => node = next,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
            path.push(name.as_bytes().to_vec());
            reply = self.qid(reply, node);
            done += 1;
        }
        if done == count {
            if from == to {
                self.fids.remove(&to);
            }
            self.set(to, node, path)?;
        }
        Ok(Reply::default().u16(done).bytes(&reply.0))
    }

    fn open(&mut self, fid: u32, flags: u32) -> Answer {
        let node = self.node(fid, false)?;
        match self.tree.node(node) {
            Some(Node::Directory(_)) if flags & 3 != 0 => return Err(error::DIRECTORY),
            Some(Node::File(_)) if flags & 0o200_000 != 0 => return Err(error::NO_DIRECTORY),
            Some(Node::Directory(_) | Node::File(_)) => {}
            Some(Node::Link(_)) => return Err(error::TOO_MANY_LINKS),
            Some(Node::Other) => panic!("a pipe is opened, which may wait for ever"),
            None => return Err(error::NOT_FOUND),
        }
        if flags & 0o1000 != 0 {
            self.tree.resize(node, 0)?;
        }
        let fid = self.fids.get_mut(&fid).ok_or(error::BAD_NUMBER)?;
        assert!(!fid.is_open, "it is opened once");
        (fid.node, fid.is_open, fid.is_written) = (node, true, flags & 3 != 0);
        Ok(self.qid(Reply::default(), node).u32(0))
    }

    fn create(&mut self, fields: &mut Fields<'_>) -> Answer {
        let (fid, name, flags) = (fields.u32(), fields.text(), fields.u32());
        let (_, _) = (fields.u32(), fields.u32());
        assert!(!self.fid(fid)?.is_open);
        let directory = self.node(fid, false)?;
        let node = match self.tree.add(directory, name.as_bytes(), Node::File(Vec::new())) {
            Err(error::EXISTS) if flags & 0o200 == 0 => self.tree.child(directory, name.as_bytes())?,
            made => made?,
        };
        let this = self.fids.get_mut(&fid).ok_or(error::BAD_NUMBER)?;
        this.node = node;
        this.path.push(name.into_bytes());
        self.open(fid, flags & !0o300)
    }

    fn attributes(&self, fid: u32) -> Answer {
        let number = self.node(fid, true)?;
        let (mode, length) = match self.tree.node(number).ok_or(error::NOT_FOUND)? {
            Node::File(bytes) => (0o100_644, bytes.len() as u64),
            Node::Directory(names) => (0o040_755, names.len() as u64),
            Node::Link(target) => (0o120_777, target.len() as u64),
            Node::Other => (0o010_644, 0),
        };
        let reply = self.qid(Reply::default().u64(0x7ff), number).u32(mode).u32(0).u32(0).u64(1).u64(0);
        let reply = reply.u64(length).u64(512).u64(length / 512);
        // When it was read and changed, in seconds and billionths.
        let reply = reply.u64(1).u64(2).u64(1_767_225_600).u64(5);
        Ok((0..6).fold(reply, |reply, _| reply.u64(0)))
    }

    fn entries(&self, fid: u32, at: u64, count: u32) -> Answer {
        let node = self.opened(fid)?.node;
        let names = self.tree.names(node)?;
        let above = [(b".".to_vec(), node), (b"..".to_vec(), ROOT)];
        let names = names.iter().map(|(name, node)| (name.clone(), *node));
        let mut reply = Reply::default();
        for (number, (name, node)) in above.into_iter().chain(names).enumerate().skip(at as usize) {
            let kind = match self.tree.node(node) {
                _ if !self.manner.types => 0,
                Some(Node::Directory(_)) => 4,
                Some(Node::File(_)) => 8,
                Some(Node::Link(_)) => 10,
                _ => 1,
            };
            let entry = self.qid(Reply::default(), node).u64(number as u64 + 1).u8(kind);
            let entry = entry.u16(name.len() as u16).bytes(&name);
            if reply.0.len() + entry.0.len() > (count as usize).min(self.manner.piece.max(300)) {
                break;
            }
            reply = reply.bytes(&entry.0);
        }
        Ok(Reply::default().u32(reply.0.len() as u32).bytes(&reply.0))
    }

    fn rename(&mut self, fields: &mut Fields<'_>) -> Answer {
        let mut side = || (fields.u32(), fields.text().into_bytes());
        let (from, to) = (side(), side());
        let nodes = [self.node(from.0, false)?, self.node(to.0, false)?];
        self.tree.rename((nodes[0], &from.1), (nodes[1], &to.1))?;
        // Whoever found it by its old path finds it by the new one.
        let path = |(fid, name): (u32, Vec<u8>)| -> Result<Vec<Vec<u8>>, u32> {
            let mut path = self.fid(fid)?.path.clone();
            path.push(name);
            Ok(path)
        };
        let (old, new) = (path(from)?, path(to)?);
        for fid in self.fids.values_mut().filter(|fid| fid.path.starts_with(&old)) {
            let rest = fid.path.split_off(old.len());
            fid.path.clone_from(&new);
            fid.path.extend(rest);
        }
        Ok(Reply::default())
    }
}
