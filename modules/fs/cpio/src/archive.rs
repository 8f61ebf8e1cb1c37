//! cpio's "new ASCII" format: `cpio(5)` of FreeBSD, "New ASCII Format".

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::time::Duration;
use oscomp_interfaces::File;

/// Magic, then thirteen fields of eight hexadecimal digits.
const HEADER: usize = 6 + 13 * 8;
/// The fields that matter here.
const MODE: usize = 1;
const TIME: usize = 5;
const SIZE: usize = 6;
const NAME: usize = 11;

/// The bits of a mode that say what kind of file it is, and regular files.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// The name that ends an archive.
const TRAILER: &str = "TRAILER!!!";

/// The regular files of an archive, in the order of their paths.
///
/// # Errors
/// What is wrong with the archive.
pub fn files(archive: &'static [u8]) -> Result<Vec<File>, &'static str> {
    let mut files = Vec::new();
    let mut rest = Some(archive);
    while let Some(at) = rest {
        let (file, behind) = entry(archive, at)?;
        files.extend(file.map(ByPath));
        rest = behind;
    }
    // Sorted by way of a heap, whose code is a tenth of what sorts a slice.
    let files: BinaryHeap<ByPath> = files.into();
    let files: Vec<File> = files.into_sorted_vec().into_iter().map(|ByPath(file)| file).collect();
    if files.windows(2).any(|pair| pair[0].path == pair[1].path) {
        return Err("the archive holds two files of one path");
    }
    Ok(files)
}

/// A file, in the order of paths.
struct ByPath(File);

impl Ord for ByPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.path.cmp(other.0.path)
    }
}

impl PartialOrd for ByPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByPath {
    fn eq(&self, other: &Self) -> bool {
        self.0.path == other.0.path
    }
}

impl Eq for ByPath {}

/// The first entry of what is left of an archive, if it is a file, and what is left behind it.
fn entry(
    archive: &'static [u8],
    rest: &'static [u8],
) -> Result<(Option<File>, Option<&'static [u8]>), &'static str> {
    let cut = "the archive ends before its last entry";
    let (header, rest) = rest.split_at_checked(HEADER).ok_or(cut)?;
    if !header.starts_with(b"070701") {
        return Err("the archive is not of cpio's new ASCII format");
    }
    let (name, rest) = rest.split_at_checked(field(header, NAME)? as usize).ok_or(cut)?;
    let name = name.strip_suffix(b"\0").and_then(|name| str::from_utf8(name).ok());
    let name = name.ok_or("the archive holds a path that is not UTF-8")?;
    if name == TRAILER {
        return Ok((None, None));
    }
    let rest = aligned(archive, rest).ok_or(cut)?;
    let (bytes, rest) = rest.split_at_checked(field(header, SIZE)? as usize).ok_or(cut)?;
    let behind = aligned(archive, rest).ok_or(cut)?;
    if field(header, MODE)? & KIND != REGULAR {
        return Ok((None, Some(behind)));
    }
    // Written by `find .`, all of them begin so.
    let path = name.strip_prefix("./").unwrap_or(name);
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("the archive holds a path that leads elsewhere");
    }
    let time = field(header, TIME)?;
    let modified = (time != 0).then(|| Duration::from_secs(u64::from(time)));
    Ok((Some(File { path, bytes, modified }), Some(behind)))
}

fn field(header: &[u8], number: usize) -> Result<u32, &'static str> {
    let digits = &header[6 + number * 8..][..8];
    digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16).ok_or("the archive's numbers are not hexadecimal")?;
        Ok(value << 4 | digit)
    })
}

/// What is left from the next multiple of four bytes on.
fn aligned(archive: &[u8], rest: &'static [u8]) -> Option<&'static [u8]> {
    rest.get((archive.len() - rest.len()).wrapping_neg() % 4..)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::{any, prop, proptest};
    use std::format;

    /// An archive of entries: path, mode, time, contents.
    fn archive(entries: &[(&str, u32, u32, &[u8])]) -> &'static [u8] {
        let mut bytes = Vec::new();
        for (name, mode, time, contents) in entries.iter().chain([&(TRAILER, 0, 0, &[][..])]) {
            let mut fields = [0; 13];
            (fields[MODE], fields[TIME]) = (*mode, *time);
            (fields[SIZE], fields[NAME]) = (contents.len() as u32, name.len() as u32 + 1);
            bytes.extend_from_slice(b"070701");
            fields.iter().for_each(|field| bytes.extend_from_slice(format!("{field:08X}").as_bytes()));
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            bytes.extend_from_slice(contents);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes.leak()
    }

    #[test]
    fn what_is_not_a_file_is_left_out_and_times_are_kept() {
        let bytes = archive(&[
            ("folder", 0o040_755, 7, b""),
            ("./folder/file", 0o100_644, 1_700_000_000, b"text"),
            ("link", 0o120_777, 0, b"folder"),
        ]);
        let modified = Some(Duration::from_secs(1_700_000_000));
        assert_eq!(files(bytes).unwrap(), [File { path: "folder/file", bytes: b"text", modified }]);
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        let whole = archive(&[("file", 0o100_644, 0, b"text")]);
        // Behind the last name there is only padding.
        let last = whole.len() - 3;
        for length in 0..last {
            assert!(files(&whole[..length]).is_err(), "cut to {length} bytes");
        }
        assert_eq!(files(b""), Err("the archive ends before its last entry"));
        assert_eq!(files(&[b'x'; 200]), Err("the archive is not of cpio's new ASCII format"));
        for path in ["/file", "a//b", "a/../b", "a/.", ""] {
            let bytes = archive(&[(path, 0o100_644, 0, b"")]);
            assert_eq!(files(bytes), Err("the archive holds a path that leads elsewhere"), "{path}");
        }
        let twice =
            archive(&[("a", 0o100_644, 0, b""), ("b", 0o100_644, 0, b""), ("./a", 0o100_644, 0, b"")]);
        assert_eq!(files(twice), Err("the archive holds two files of one path"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            noise in prop::collection::vec(any::<u8>(), 0..400),
            (at, byte) in (0..220_usize, any::<u8>()),
        ) {
            let _ = files(noise.leak());
            let mut changed = archive(&[("file", 0o100_644, 0, b"text")]).to_vec();
            changed[at] = byte;
            let _ = files(changed.leak());
        }
    }
}
