//! Paths, as POSIX resolves them (POSIX.1-2024, section 4.16), made ones of the file system.

use crate::Result;
use alloc::format;
use alloc::string::String;
use oscomp_c_abi::numbers::{EILSEQ, ENAMETOOLONG, ENOENT, ENOTDIR, of_file_system};
use oscomp_interfaces::{FileKind, FileSystem, Metadata, PATH_LIMIT};

/// How a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By a name.
    Name,
    /// By a name with slashes behind it: a directory is meant.
    Slash,
    /// By `.`.
    Dot,
    /// By `..`.
    DotDot,
    /// It has no parts.
    Root,
}

/// A path of the file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'p> {
    /// In the form that the file system takes.
    pub path: &'p str,
    /// How it ended.
    pub end: End,
}

impl Place<'_> {
    /// Whether it does not end by a name; there is a directory then.
    pub const fn is_unnamed(&self) -> bool {
        matches!(self.end, End::Dot | End::DotDot | End::Root)
    }

    /// What is there.
    pub fn known(&self, files: impl FileSystem) -> Result<Metadata> {
        let known = files.metadata(self.path).map_err(of_file_system)?;
        if self.end == End::Slash && known.kind != FileKind::Directory {
            return Err(ENOTDIR);
        }
        Ok(known)
    }

    /// Verifies that what it is in is a directory.
    pub fn verify_parent(&self, files: impl FileSystem) -> Result<()> {
        self.path.rsplit_once('/').map_or(Ok(()), |(parent, _)| verify_directory(files, parent))
    }
}

fn verify_directory(files: impl FileSystem, path: &str) -> Result<()> {
    match files.metadata(path).map_err(of_file_system)?.kind {
        FileKind::Directory => Ok(()),
        FileKind::File => Err(ENOTDIR),
    }
}

/// Verifies the length of a path.
pub const fn verify_length(path: &[u8]) -> Result<()> {
    if path.is_empty() {
        Err(ENOENT)
    } else if path.len() > PATH_LIMIT {
        Err(ENAMETOOLONG)
    } else {
        Ok(())
    }
}

/// Whether all of a path without the slash at its beginning are names of ASCII, and there is one.
fn is_plain(path: &[u8]) -> bool {
    let mut previous = b'/';
    for byte in path {
        // A name that begins with a dot may be one of the two that are none.
        if previous == b'/' && matches!(byte, b'/' | b'.') {
            return false;
        }
        previous = *byte;
    }
    previous != b'/' && path.is_ascii()
}

/// Resolves a path whose length was verified. `base` is asked where it begins if it is relative, and `buffer` is used
/// where it has to be written anew.
///
/// No link leads anywhere, so `..` undoes the name before it; that has to be a directory's all the same.
///
/// # Errors
/// Those of `base`; `ENOENT`, `ENOTDIR` and `ENAMETOOLONG`; `EILSEQ` for what is not UTF-8, which names of the file
/// system are.
pub fn resolve<'p, 'b>(
    files: impl FileSystem,
    base: impl FnOnce() -> Result<&'b str>,
    path: &'p [u8],
    buffer: &'p mut String,
) -> Result<Place<'p>> {
    let (base, rest) = match path {
        [b'/', rest @ ..] => ("", rest),
        _ => (base()?, path),
    };
    let text = |bytes: &'p [u8]| core::str::from_utf8(bytes).map_err(|_| EILSEQ);
    if base.is_empty() && is_plain(rest) {
        // SAFETY: it is ASCII.
        return Ok(Place { path: unsafe { core::str::from_utf8_unchecked(rest) }, end: End::Name });
    }
    buffer.clear();
    buffer.push_str(base);
    let text = text(rest)?;
    let mut end = End::Root;
    // What was resolved so far is known to be a directory.
    let mut is_directory = true;
    for part in text.split('/').filter(|part| !part.is_empty()) {
        if matches!(part, "." | "..") {
            if !is_directory {
                verify_directory(files, buffer)?;
                is_directory = true;
            }
            end = End::Dot;
            if part == ".." {
                buffer.truncate(buffer.rfind('/').unwrap_or(0));
                end = End::DotDot;
            }
        } else {
            if buffer.len() + 1 + part.len() > PATH_LIMIT {
                return Err(ENAMETOOLONG);
            }
            if !buffer.is_empty() {
                buffer.push('/');
            }
            buffer.push_str(part);
            end = End::Name;
            is_directory = false;
        }
    }
    if end == End::Name && text.ends_with('/') {
        end = End::Slash;
    }
    Ok(Place { path: buffer, end })
}

/// Follows what is at `from`, or below it, to `to`.
pub fn follow(path: &mut String, from: &str, to: &str) {
    if let Some(rest) = path.strip_prefix(from)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        *path = format!("{to}{rest}");
    }
}
