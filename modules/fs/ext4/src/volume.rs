//! A file system on a disk: inodes, what is in them, and paths.

use crate::blocks::Blocks;
use crate::bytes::{joined, u32_at};
use crate::directory::{self, Entry};
use crate::inode::{Inode, Kind, MAP};
use crate::map::{self, Run};
use crate::superblock::Superblock;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use oscomp_interfaces::{BlockDevice, FileKind, FsError, PATH_LIMIT, Space, verify_path};

/// The inode of the root.
const ROOT: u32 = 2;
/// Links that a path may lead through.
const LINKS: usize = 40;

pub struct Volume<Disk> {
    superblock: Superblock,
    blocks: Blocks<Disk>,
}

/// What a path leads to, and the directories on the way there, from the root on.
struct Place {
    way: Vec<u32>,
    inode: Inode,
}

impl<Disk: BlockDevice> Volume<Disk> {
    /// Keeps so many bytes of blocks.
    pub fn new(disk: Disk, superblock: Superblock, keep: usize) -> Self {
        Self { superblock, blocks: Blocks::new(disk, superblock.block, keep) }
    }

    pub fn space(&self) -> Space {
        let block = self.superblock.block as u64;
        Space { total: self.superblock.blocks * block, free: self.superblock.free_blocks * block }
    }

    fn inode(&mut self, number: u32) -> Result<Inode, FsError> {
        let superblock = self.superblock;
        if number == 0 || number > superblock.inodes {
            return Err(FsError::Corrupt);
        }
        let (group, index) =
            ((number - 1) / superblock.inodes_per_group, (number - 1) % superblock.inodes_per_group);
        let at = u64::from(group) * superblock.descriptor as u64;
        let (block, at) = self.split(superblock.descriptors, at)?;
        let descriptor = &self.blocks.block(block)?[at..][..superblock.descriptor];
        // Behind the end of a short descriptor are zeroes.
        let table = joined(u32_at(descriptor, 0x28), u32_at(descriptor, 0x8));
        let (block, at) = self.split(table, u64::from(index) * superblock.inode as u64)?;
        let bytes = &self.blocks.block(block)?[at..][..superblock.inode];
        Inode::parse(&superblock, number, bytes)
    }

    /// The block so many bytes behind the beginning of another, and the place in it.
    fn split(&self, first: u64, bytes: u64) -> Result<(u64, usize), FsError> {
        let size = self.superblock.block as u64;
        let block = first.checked_add(bytes / size).filter(|block| *block < self.superblock.blocks);
        Ok((block.ok_or(FsError::Corrupt)?, (bytes % size) as usize))
    }

    pub fn read(&mut self, inode: &Inode, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let left = usize::try_from(inode.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let count = left.min(into.len());
        let into = &mut into[..count];
        if inode.is_inline() {
            let held = inode.map.iter().chain(&inode.rest).copied().chain(core::iter::repeat(0));
            // What is held is less than a block: no inode is longer.
            let skipped = usize::try_from(at).unwrap_or(usize::MAX);
            into.iter_mut().zip(held.skip(skipped)).for_each(|(to, from)| *to = from);
            return Ok(count);
        }
        let size = self.blocks.size();
        let mut done = 0;
        while done < count {
            let place = at + done as u64;
            let within = (place % size as u64) as usize;
            let Run { first, count: blocks } =
                map::find(&mut self.blocks, &self.superblock, inode, place / size as u64)?;
            let run = usize::try_from(blocks).ok().and_then(|blocks| blocks.checked_mul(size));
            let rest = &mut into[done..];
            let piece = rest.len().min(run.unwrap_or(usize::MAX) - within);
            done += match first {
                None => {
                    rest[..piece].fill(0);
                    piece
                }
                Some(first) if within == 0 && piece >= size => {
                    let whole = piece - piece % size;
                    self.blocks.run(first, &mut rest[..whole])?;
                    whole
                }
                Some(first) => {
                    let piece = piece.min(size - within);
                    rest[..piece].copy_from_slice(&self.blocks.block(first)?[within..][..piece]);
                    piece
                }
            };
        }
        Ok(count)
    }

    /// Looks at the entries of a directory until one is what was looked for.
    fn scan<R>(
        &mut self,
        directory: &Inode,
        mut look: impl FnMut(&mut Self, Entry<'_>) -> ControlFlow<R>,
    ) -> Result<Option<R>, FsError> {
        if directory.is_encrypted() {
            return Err(FsError::Unsupported);
        }
        let has_kind = self.superblock.type_in_entry;
        let size = self.superblock.block as u64;
        let parts = if directory.is_inline() { 2 } else { directory.length / size };
        if !directory.is_inline() && parts > self.superblock.blocks {
            return Err(FsError::Corrupt);
        }
        let mut block = vec![0; self.superblock.block];
        for part in 0..parts {
            let bytes = match (directory.is_inline(), part) {
                // Its first four bytes are the inode of what it is in.
                (true, 0) => &directory.map[4..MAP],
                (true, _) => &directory.rest,
                (false, _) => {
                    self.directory_block(directory, part, &mut block)?;
                    &block
                }
            };
            for entry in directory::entries(bytes, has_kind) {
                if let ControlFlow::Break(found) = look(self, entry?) {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    fn directory_block(&mut self, directory: &Inode, number: u64, into: &mut [u8]) -> Result<(), FsError> {
        let run = map::find(&mut self.blocks, &self.superblock, directory, number)?;
        into.copy_from_slice(self.blocks.block(run.first.ok_or(FsError::Corrupt)?)?);
        directory::verify(directory, into)
    }

    /// Follows a path from a directory on. Links are what they lead to.
    fn walk(&mut self, mut way: Vec<u32>, path: &[u8]) -> Result<Place, FsError> {
        let mut rest = path.to_vec();
        let mut links = 0;
        let mut inode = self.inode(way.pop().unwrap_or(ROOT))?;
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
            let part: Vec<u8> = rest.drain(..(end + 1).min(rest.len())).take(end).collect();
            if inode.kind != Kind::Directory {
                return Err(FsError::NotDirectory);
            }
            match &*part {
                b"" | b"." => continue,
                b".." => {
                    // That of the root is the root.
                    if let Some(above) = way.pop() {
                        inode = self.inode(above)?;
                    }
                    continue;
                }
                _ => {}
            }
            let found = self.scan(&inode, |_, entry| {
                if entry.name == part { ControlFlow::Break(entry.inode) } else { ControlFlow::Continue(()) }
            })?;
            let next = self.inode(found.ok_or(FsError::NotFound)?)?;
            match next.kind {
                Kind::Link => {
                    links += 1;
                    let mut target = self.target(&next)?;
                    if links > LINKS || target.len() + rest.len() > PATH_LIMIT {
                        return Err(FsError::NotFound);
                    }
                    if target.starts_with(b"/") {
                        way.clear();
                        inode = self.inode(ROOT)?;
                    }
                    target.push(b'/');
                    target.append(&mut rest);
                    rest = target;
                }
                Kind::Other => return Err(FsError::NotFound),
                Kind::File | Kind::Directory => {
                    way.push(inode.number);
                    // A directory is in one other only, and not in itself.
                    if next.kind == Kind::Directory && way.contains(&next.number) {
                        return Err(FsError::Corrupt);
                    }
                    inode = next;
                }
            }
        }
        Ok(Place { way, inode })
    }

    /// The path that a link leads to.
    fn target(&mut self, link: &Inode) -> Result<Vec<u8>, FsError> {
        let length = usize::try_from(link.length).ok().filter(|length| (1..=PATH_LIMIT).contains(length));
        let length = length.ok_or(FsError::Corrupt)?;
        if link.is_encrypted() {
            return Err(FsError::Unsupported);
        }
        if length < MAP && !link.is_inline() {
            return Ok(link.map[..length].to_vec());
        }
        let mut target = vec![0; length];
        self.read(link, 0, &mut target)?;
        Ok(target)
    }

    fn place(&mut self, path: &str) -> Result<Place, FsError> {
        verify_path(path)?;
        self.walk(Vec::new(), path.as_bytes())
    }

    pub fn lookup(&mut self, path: &str) -> Result<Inode, FsError> {
        self.place(path).map(|place| place.inode)
    }

    pub fn entries(
        &mut self,
        path: &str,
        mut tell: impl FnMut(&str, FileKind) -> bool,
    ) -> Result<(), FsError> {
        let Place { mut way, inode } = self.place(path)?;
        if inode.kind != Kind::Directory {
            return Err(FsError::NotDirectory);
        }
        way.push(inode.number);
        let failed = self.scan(&inode, |volume, entry| {
            // What is no text was written by no system that this one knows.
            let Some(name) = str::from_utf8(entry.name).ok().filter(|name| verify_path(name).is_ok()) else {
                return ControlFlow::Continue(());
            };
            let told = match volume.listed(&way, entry) {
                Ok(None) => true,
                Ok(Some(kind)) => tell(name, kind),
                Err(error) => return ControlFlow::Break(Err(error)),
            };
            if told { ControlFlow::Continue(()) } else { ControlFlow::Break(Ok(())) }
        })?;
        failed.unwrap_or(Ok(()))
    }

    /// What is told of an entry of the directory at the end of a way.
    fn listed(&mut self, way: &[u32], entry: Entry<'_>) -> Result<Option<FileKind>, FsError> {
        let kind = match entry.kind {
            Some(kind) => kind,
            None => self.inode(entry.inode)?.kind,
        };
        Ok(match kind {
            Kind::File => Some(FileKind::File),
            Kind::Directory => Some(FileKind::Directory),
            Kind::Other => None,
            Kind::Link => match self.walk(way.to_vec(), entry.name) {
                Ok(Place { inode: Inode { kind: Kind::File, .. }, .. }) => Some(FileKind::File),
                Ok(_) | Err(FsError::NotFound | FsError::NotDirectory | FsError::Unsupported) => None,
                Err(error) => return Err(error),
            },
        })
    }
}
