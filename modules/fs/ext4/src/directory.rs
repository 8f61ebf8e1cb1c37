//! Blocks of directories ("Linear (Classic) Directories" in the kernel's documentation of ext4). Those of an index look
//! as if they held nothing, so that whoever reads all blocks finds all entries.

use crate::bytes::{u16_at, u32_at};
use crate::checksum::checksum;
use crate::inode::{Inode, Kind};
use oscomp_interfaces::FsError;

/// Bytes of an entry before its name.
const HEADER: usize = 8;
/// Bytes at the end of a block with the checksum.
const TAIL: usize = 12;

/// An entry of a directory.
#[derive(Clone, Copy)]
pub struct Entry<'b> {
    pub inode: u32,
    pub name: &'b [u8],
    /// What it says that it is, if it says so.
    pub kind: Option<Kind>,
}

/// The entries of a block, but for those of the directory itself and of what it is in.
pub fn entries(mut bytes: &[u8], has_kind: bool) -> impl Iterator<Item = Result<Entry<'_>, FsError>> {
    let whole = bytes.len();
    core::iter::from_fn(move || {
        while !bytes.is_empty() {
            match entry(&mut bytes, whole, has_kind) {
                Ok(Entry { inode: 0, .. } | Entry { name: b"" | b"." | b"..", .. }) => {}
                Ok(entry) => return Some(Ok(entry)),
                Err(error) => {
                    bytes = &[];
                    return Some(Err(error));
                }
            }
        }
        None
    })
}

fn entry<'b>(bytes: &mut &'b [u8], whole: usize, has_kind: bool) -> Result<Entry<'b>, FsError> {
    let all = *bytes;
    let length = match usize::from(u16_at(all, 4)) {
        // More than sixteen bits can say.
        0 | 0xffff if whole == 1 << 16 => whole,
        length => length,
    };
    let name = if has_kind { usize::from(*all.get(6).unwrap_or(&0)) } else { usize::from(u16_at(all, 6)) };
    if length < HEADER || !length.is_multiple_of(4) || length > all.len() || HEADER + name > length {
        return Err(FsError::Corrupt);
    }
    let kind = match all[7] {
        _ if !has_kind => None,
        0 => None,
        1 => Some(Kind::File),
        2 => Some(Kind::Directory),
        7 => Some(Kind::Link),
        _ => Some(Kind::Other),
    };
    *bytes = &all[length..];
    Ok(Entry { inode: u32_at(all, 0), name: &all[HEADER..HEADER + name], kind })
}

/// Verifies the checksum of a block, if it has one.
pub fn verify(directory: &Inode, block: &[u8]) -> Result<(), FsError> {
    let Some(seed) = directory.seed else { return Ok(()) };
    let (entries, tail) = block.split_at(block.len().saturating_sub(TAIL));
    let has_tail = u32_at(tail, 0) == 0 && u16_at(tail, 4) == TAIL as u16 && u16_at(tail, 6) == 0xde00;
    let is_right = if has_tail {
        checksum(seed, entries) == u32_at(tail, 8)
    } else {
        // Blocks of an index have theirs elsewhere.
        directory.has_index()
    };
    if is_right { Ok(()) } else { Err(FsError::Corrupt) }
}
