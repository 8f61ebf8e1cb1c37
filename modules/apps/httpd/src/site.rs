//! The pages of a site, each with what an answer about it says.

use crate::media::media_type;
use crate::{conditional, date};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use oscomp_interfaces::File;
use spin::Once;

/// All pages.
pub struct Site {
    /// In the order of their paths.
    pages: Vec<Page>,
    /// The name of the file that a folder's path stands for.
    index: &'static str,
    root: Option<usize>,
}

/// One file.
pub struct Page {
    /// What it is.
    pub file: File,
    prepared: Once<Prepared>,
}

/// What is said about a file, made when it is asked for the first time.
pub struct Prepared {
    /// Its strong validator, quotes included (RFC 9110, section 8.8.3).
    pub tag: Box<str>,
    /// The head of an answer with all of it, to the empty line.
    pub head: Box<[u8]>,
    /// The head of an answer that it has not changed.
    pub unchanged: Box<[u8]>,
    /// `Last-Modified`, in seconds since 1970, if it is known.
    pub modified: Option<u64>,
}

impl Site {
    /// A site of these files, which are in the order of their paths.
    pub fn new(files: impl Iterator<Item = File>, index: &'static str) -> Self {
        let pages: Vec<Page> = files.map(|file| Page { file, prepared: Once::new() }).collect();
        let mut site = Self { pages, index, root: None };
        site.root = site.number(index);
        site
    }

    /// How many pages there are.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// The page at a path; that of a folder's index for a path that is empty or ends with a slash.
    pub fn find(&self, path: &str) -> Option<&Page> {
        let number = match path {
            "" => self.root,
            path if path.ends_with('/') => self.number(&format!("{path}{}", self.index)),
            path => self.number(path),
        };
        self.pages.get(number?)
    }

    /// Whether there is a page for a folder.
    pub fn has_folder(&self, path: &str) -> bool {
        self.number(&format!("{path}/{}", self.index)).is_some()
    }

    fn number(&self, path: &str) -> Option<usize> {
        self.pages.binary_search_by(|page| page.file.path.cmp(path)).ok()
    }
}

impl Page {
    /// What is said about it.
    pub fn prepared(&self) -> &Prepared {
        self.prepared.call_once(|| Prepared::new(&self.file))
    }
}

impl Prepared {
    fn new(file: &File) -> Self {
        let tag = conditional::tag(file.bytes);
        let modified = file.modified.map(|modified| modified.as_secs());
        let mut about = format!("ETag: {tag}\r\n");
        if let Some(modified) = modified {
            about += &format!("Last-Modified: {}\r\n", date::format(modified));
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\n{about}\r\n",
            media_type(file.path),
            file.bytes.len()
        );
        let unchanged = format!("HTTP/1.1 304 Not Modified\r\n{about}\r\n");
        let bytes = |text: String| text.into_bytes().into_boxed_slice();
        Self { tag: tag.into(), head: bytes(head), unchanged: bytes(unchanged), modified }
    }
}
