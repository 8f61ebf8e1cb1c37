//! Files in the order of their paths, as a tree.

use alloc::format;
use oscomp_interfaces::{File, FileKind, Files, FsError, Metadata, PATH_LIMIT, verify_path};

/// What is at a path.
#[derive(Clone, Copy)]
pub enum Node {
    /// The file of a number, and how many parts its path has.
    File { number: usize, parts: usize },
    /// A directory: the number of the first file below it, and how many parts its path has.
    Directory { first: usize, parts: usize },
}

pub struct Tree<Source>(Source);

impl<Source: Files> Tree<Source> {
    pub fn new(source: Source) -> Result<Self, &'static str> {
        for File { path, .. } in (0..source.count()).filter_map(|number| source.file(number)) {
            if path.is_empty() || verify_path(path).is_err() {
                return Err("a file has a path that is none");
            }
            if path.match_indices('/').any(|(end, _)| source.find(&path[..end]).is_some()) {
                return Err("a path is that of a file, and of a directory with files in it");
            }
        }
        Ok(Self(source))
    }

    fn path(&self, number: usize) -> &'static str {
        self.0.file(number).map_or("", |file| file.path)
    }

    pub fn bytes(&self, number: usize) -> &'static [u8] {
        self.0.file(number).map_or(&[], |file| file.bytes)
    }

    /// Bytes of all files.
    pub fn length(&self) -> u64 {
        (0..self.0.count()).map(|number| self.bytes(number).len() as u64).sum()
    }

    /// The number of the first file below a path, if there is one.
    fn first_below(&self, path: &str) -> Option<usize> {
        let inside = format!("{path}/");
        let (mut low, mut high) = (0, self.0.count());
        while low < high {
            let middle = low.midpoint(high);
            if self.path(middle) < inside.as_str() { low = middle + 1 } else { high = middle }
        }
        self.path(low).starts_with(&inside).then_some(low)
    }

    pub fn lookup(&self, path: &str) -> Result<Node, FsError> {
        verify_path(path)?;
        if path.is_empty() {
            return Ok(Node::Directory { first: 0, parts: 0 });
        }
        let parts = path.split('/').count();
        if let Some(number) = self.0.find(path) {
            return Ok(Node::File { number, parts });
        }
        if let Some(first) = self.first_below(path) {
            return Ok(Node::Directory { first, parts });
        }
        let is_in_file = path.match_indices('/').any(|(end, _)| self.0.find(&path[..end]).is_some());
        Err(if is_in_file { FsError::NotDirectory } else { FsError::NotFound })
    }

    pub fn known(&self, node: Node) -> Metadata {
        // Paths of the same first file have different numbers of parts.
        let number = |file: usize, parts: usize| file as u64 * (PATH_LIMIT as u64 + 1) + parts as u64;
        match node {
            Node::File { number: file, parts } => Metadata {
                kind: FileKind::File,
                length: self.bytes(file).len() as u64,
                modified: self.0.file(file).and_then(|file| file.modified),
                number: number(file, parts),
            },
            Node::Directory { first, parts } => Metadata {
                kind: FileKind::Directory,
                length: 0,
                modified: None,
                number: number(first, parts),
            },
        }
    }

    /// What is in a directory, of which this is the first file.
    pub fn entries(&self, directory: &str, first: usize, mut tell: impl FnMut(&str, FileKind) -> bool) {
        let rest = |number| {
            let rest = self.path(number).strip_prefix(directory)?;
            if directory.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
        };
        let mut last = None;
        for rest in (first..self.0.count()).map_while(rest) {
            let (name, kind) = match rest.split_once('/') {
                Some((name, _)) => (name, FileKind::Directory),
                None => (rest, FileKind::File),
            };
            if last != Some(name) && !tell(name, kind) {
                return;
            }
            last = Some(name);
        }
    }
}
