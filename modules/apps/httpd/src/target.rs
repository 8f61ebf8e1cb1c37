//! From the target of a request to a path (RFC 9112, section 3.2; RFC 3986).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Why a target leads to no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not well-formed.
    Malformed,
    /// There can be no such file.
    Nowhere,
}

/// The path and query of a target in origin form or absolute form, as they are written.
pub fn path_and_query(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return Some(target);
    }
    let (scheme, rest) = target.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    match rest.find(['/', '?']) {
        Some(0) => None,
        Some(at) if rest.as_bytes()[at] == b'/' => Some(&rest[at..]),
        // Without a path it is that of the root.
        Some(_) | None if !rest.is_empty() => Some("/"),
        _ => None,
    }
}

/// The path of a file, or that of a folder with a slash at its end; empty for the root. `path` begins with
/// a slash and has no query.
///
/// It has neither empty parts nor `.` and `..`, and does not lead out of the root. Names that begin with a
/// dot are nobody's business, but for `.well-known` (RFC 8615).
pub fn decode(path: &str) -> Result<Cow<'_, str>, Wrong> {
    let bytes = path.as_bytes();
    let plain = |index: usize| match bytes[index] {
        b'%' => false,
        b'/' => !matches!(bytes.get(index + 1), Some(b'/' | b'.')),
        _ => true,
    };
    if (0..bytes.len()).all(plain) {
        return Ok(Cow::Borrowed(&path[1..]));
    }
    let mut parts: Vec<String> = Vec::new();
    let mut written = path[1..].split('/').peekable();
    while let Some(part) = written.next() {
        let last = written.peek().is_none();
        let part = percent_decode(part).ok_or(Wrong::Malformed)?;
        match part.as_str() {
            ".." => {
                parts.pop().ok_or(Wrong::Malformed)?;
            }
            "." => {}
            "" if last => {
                parts.push(part);
                continue;
            }
            "" => return Err(Wrong::Nowhere),
            name if name.contains('/') => return Err(Wrong::Nowhere),
            name if name.starts_with('.') && (name != ".well-known" || !parts.is_empty()) => {
                return Err(Wrong::Nowhere);
            }
            _ => {
                parts.push(part);
                continue;
            }
        }
        // `a/..` and `a/.` are folders.
        if last {
            parts.push(String::new());
        }
    }
    Ok(Cow::Owned(parts.join("/")))
}

/// Text whose bytes may be written as `%` and two hexadecimal digits; none without those, for what is not
/// UTF-8, and for NUL.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let byte = match byte {
            b'%' => (digit(rest.next())? << 4 | digit(rest.next())?) as u8,
            byte => byte,
        };
        if byte == 0 {
            return None;
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::proptest;

    #[test]
    fn targets_have_paths() {
        for (target, path) in [
            ("/", Some("/")),
            ("/a?b/c", Some("/a?b/c")),
            ("http://host", Some("/")),
            ("HTTP://host:80?query", Some("/")),
            ("https://host/a/b?c", Some("/a/b?c")),
            ("http:///a", None),
            ("http://", None),
            ("ftp://host/", None),
            ("*", None),
            ("host:80", None),
            ("", None),
        ] {
            assert_eq!(path_and_query(target), path, "{target}");
        }
    }

    #[test]
    fn paths_are_decoded_and_stay_inside() {
        for (path, decoded) in [
            ("/", Ok("")),
            ("/a/b.html", Ok("a/b.html")),
            ("/a/", Ok("a/")),
            ("/%61/%C3%a9", Ok("a/é")),
            ("/a/../b", Ok("b")),
            ("/a/./b", Ok("a/b")),
            ("/a/..", Ok("")),
            ("/a/b/..", Ok("a/")),
            ("/a/b/.", Ok("a/b/")),
            ("/a/%2e%2E/b", Ok("b")),
            ("/..", Err(Wrong::Malformed)),
            ("/a/../../b", Err(Wrong::Malformed)),
            ("/%2e%2e/b", Err(Wrong::Malformed)),
            ("/..%2f..%2fetc/passwd", Err(Wrong::Nowhere)),
            ("/a%2fb", Err(Wrong::Nowhere)),
            ("/a//b", Err(Wrong::Nowhere)),
            ("//", Err(Wrong::Nowhere)),
            ("/a%00", Err(Wrong::Malformed)),
            ("/a%", Err(Wrong::Malformed)),
            ("/a%2", Err(Wrong::Malformed)),
            ("/a%zz", Err(Wrong::Malformed)),
            ("/a%+1", Err(Wrong::Malformed)),
            ("/%ff", Err(Wrong::Malformed)),
            ("/.git/config", Err(Wrong::Nowhere)),
            ("/a/.htaccess", Err(Wrong::Nowhere)),
            ("/%2egit", Err(Wrong::Nowhere)),
            ("/...", Err(Wrong::Nowhere)),
            ("/.well-known/acme", Ok(".well-known/acme")),
            ("/a/.well-known/acme", Err(Wrong::Nowhere)),
        ] {
            assert_eq!(decode(path).as_deref(), decoded.as_deref(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn nothing_leads_out_and_decoding_again_changes_nothing(path in "[/.%a2eEfF]{0,20}") {
            if let Ok(decoded) = decode(&format!("/{path}")) {
                let inside = decoded.strip_suffix('/').unwrap_or(&decoded);
                assert!(inside.is_empty() || inside.split('/').all(|part| !matches!(part, "" | "." | "..")));
                if !decoded.contains('%') {
                    assert_eq!(decode(&format!("/{decoded}")), Ok(decoded.clone()));
                }
            }
        }

        #[test]
        fn no_target_makes_it_panic(target in ".{0,40}") {
            if let Some(path) = path_and_query(&target) {
                let _ = decode(path);
            }
        }
    }
}
