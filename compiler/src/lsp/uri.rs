//! Paths of this machine as URIs (RFC 3986, RFC 8089) and back.

use crate::session::plain;
use lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a path in a URI may not have as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'+')
    .remove(b'@');

/// The path of a `file:` URI of this machine, with `.` and `..` resolved as they are written.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let bytes: Vec<u8> = percent_decode_str(rest).collect();
    Some(plain(Path::new(OsStr::from_bytes(&bytes))))
}

/// The URI of an absolute path.
pub fn of(path: &Path) -> Option<Uri> {
    let encoded = percent_encode(path.as_os_str().as_bytes(), ENCODED);
    format!("file://{encoded}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive() {
        for written in ["/a/b.kdl", "/with space/ä#?%.rs", "/c++/x@y"] {
            let uri = of(Path::new(written)).unwrap();
            assert_eq!(path(&uri), Some(PathBuf::from(written)), "{}", uri.as_str());
        }
        assert_eq!(path(&"file:///a/./b/../c".parse().unwrap()), Some(PathBuf::from("/a/c")));
        assert_eq!(path(&"file:///a%3Ab".parse().unwrap()), Some(PathBuf::from("/a:b")));
        for other in ["untitled:Untitled-1", "http://host/a", "file://host/a"] {
            assert_eq!(path(&other.parse().unwrap()), None);
        }
    }
}
