//! What is in a directory.

use crate::message::Fields;
use crate::volume::Volume;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use oscomp_interfaces::{FileKind, FsError, NAME_LIMIT, NinePTransport};

/// Bytes of entries that are read at a time: some have to fit.
const PIECE: usize = 8 << 10;
/// How often that is done for one directory, so that a server which knows no end is told from one that has much.
const PIECES: usize = 1 << 16;

/// Types of entries (`readdir(3)`).
mod kind {
    pub const UNKNOWN: u8 = 0;
    pub const DIRECTORY: u8 = 4;
    pub const FILE: u8 = 8;
    pub const LINK: u8 = 10;
}

impl<Way: NinePTransport> Volume<Way> {
    pub fn entries(
        &mut self,
        path: &str,
        mut tell: impl FnMut(&str, FileKind) -> bool,
    ) -> Result<(), FsError> {
        self.listed(path, |this, fid| {
            let mut piece = vec![0; PIECE];
            let mut at = 0;
            for _ in 0..PIECES {
                let length = this.client().entries(fid, at, &mut piece)?;
                if length == 0 {
                    return Ok(());
                }
                let mut fields = Fields(&piece[..length]);
                while !fields.0.is_empty() {
                    fields.qid()?;
                    at = fields.u64()?;
                    let kind = fields.u8()?;
                    let name = fields.bytes()?;
                    let Some(name) = shown(name)? else { continue };
                    if let Some(kind) = this.kind(path, name, kind)?
                        && !tell(name, kind)
                    {
                        return Ok(());
                    }
                }
            }
            Err(FsError::Failed)
        })
    }

    /// What has a name in a directory, if it is told of.
    fn kind(&mut self, directory: &str, name: &str, kind: u8) -> Result<Option<FileKind>, FsError> {
        let is_link = match kind {
            kind::DIRECTORY => return Ok(Some(FileKind::Directory)),
            kind::FILE => return Ok(Some(FileKind::File)),
            kind::LINK => true,
            kind::UNKNOWN => false,
            _ => return Ok(None),
        };
        let path = if directory.is_empty() { String::from(name) } else { format!("{directory}/{name}") };
        match self.kind_at(&path, is_link) {
            // It leads nowhere, or was removed meanwhile.
            Err(FsError::NotFound | FsError::NotDirectory | FsError::NameTooLong) => Ok(None),
            found => found,
        }
    }

    /// What is at a path, if it is told of; `is_link` if it is known to be one.
    fn kind_at(&mut self, path: &str, is_link: bool) -> Result<Option<FileKind>, FsError> {
        let is_link = is_link || {
            let place = self.lookup.find_itself(path)?;
            self.lookup.release(place);
            place.qid.is_link()
        };
        let kind = self.metadata(path)?.kind;
        // Whoever follows all directories comes to an end.
        Ok((!is_link || kind == FileKind::File).then_some(kind))
    }
}

/// The name of an entry; none of what is not to be told of.
fn shown(name: &[u8]) -> Result<Option<&str>, FsError> {
    match name {
        b"." | b".." => Ok(None),
        // No server has such names.
        b"" => Err(FsError::Failed),
        name if name.len() > NAME_LIMIT || name.contains(&b'/') || name.contains(&0) => Err(FsError::Failed),
        // What is no text has no path here.
        name => Ok(str::from_utf8(name).ok()),
    }
}
