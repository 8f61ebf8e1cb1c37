//! A quick look at a Rust source: where its items begin and end, so that only those are lexed that a
//! signature is made of. Function bodies are most of a source, and nothing in them matters here.

use std::ops::Range;

/// One item with its attributes and doc comments.
#[derive(Debug, PartialEq, Eq)]
struct Item<'a> {
    span: Range<usize>,
    /// `fn`, `impl`, `struct` …; empty where it could not be made out.
    keyword: &'a str,
}

/// The text with everything blanked that no signature is made of; all places stay what they are.
pub(super) fn signatures_only(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for item in items(text) {
        let part = &text[item.span.clone()];
        match item.keyword {
            // What C programs link against is part of the signature.
            "impl" if part.contains("exports]") => kept.push_str(part),
            "fn" | "impl" | "const" | "static" | "macro_rules" | "type" | "async" | "union" => {
                blank(part, &mut kept)
            }
            "mod" if part.ends_with('}') => blank(part, &mut kept),
            // What is not recognised is left to the parser, for its reports.
            _ => kept.push_str(part),
        }
    }
    kept
}

fn blank(part: &str, kept: &mut String) {
    kept.push_str(&" ".repeat(part.len()));
}

fn items(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let mut start = 0;
    let mut keyword = "";
    let mut depth = 0_usize;
    while let Some(piece) = scan.next() {
        match piece {
            Piece::Word(word) if depth == 0 && keyword.is_empty() => {
                let word = &text[word];
                if !matches!(word, "pub" | "unsafe" | "default" | "auto") {
                    keyword = word;
                }
            }
            Piece::Word(word)
                if depth == 0 && keyword == "const" && matches!(&text[word.clone()], "fn" | "unsafe") =>
            {
                keyword = "fn";
            }
            Piece::Open => depth += 1,
            Piece::Close(brace) => {
                depth = depth.saturating_sub(1);
                let to_semicolon = matches!(keyword, "use" | "const" | "static" | "type");
                if depth == 0 && brace && !to_semicolon {
                    items.push(Item { span: start..scan.at, keyword });
                    (start, keyword) = (scan.at, "");
                }
            }
            Piece::Semicolon if depth == 0 => {
                items.push(Item { span: start..scan.at, keyword });
                (start, keyword) = (scan.at, "");
            }
            Piece::Word(_) | Piece::Semicolon => {}
        }
    }
    items.push(Item { span: start..text.len(), keyword: "" });
    items
}

enum Piece {
    Word(Range<usize>),
    Open,
    /// Whether it is a brace.
    Close(bool),
    Semicolon,
}

/// Goes through a text past comments and literals; total, whatever the text.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }

    fn next(&mut self) -> Option<Piece> {
        loop {
            let rest = self.rest();
            let first = *rest.first()?;
            match first {
                b'{' | b'(' | b'[' => {
                    self.at += 1;
                    return Some(Piece::Open);
                }
                b'}' | b')' | b']' => {
                    self.at += 1;
                    return Some(Piece::Close(first == b'}'));
                }
                b';' => {
                    self.at += 1;
                    return Some(Piece::Semicolon);
                }
                b'/' if rest.starts_with(b"//") => {
                    self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                }
                b'/' if rest.starts_with(b"/*") => self.block_comment(),
                b'"' => self.string(),
                b'\'' => self.quote(),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => {
                    let length = rest
                        .iter()
                        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80)
                        .count();
                    let word = self.at..self.at + length;
                    let prefix = matches!(&rest[..length], b"r" | b"b" | b"br" | b"c" | b"cr");
                    let raw = prefix && rest[..length].contains(&b'r');
                    let hashes = rest[length..].iter().take_while(|byte| **byte == b'#').count();
                    let quote = rest.get(length + hashes) == Some(&b'"');
                    self.at += length;
                    if raw && quote {
                        self.at += hashes + 1;
                        self.raw_string(hashes);
                    } else if !(prefix && hashes == 0 && matches!(self.rest().first(), Some(b'"' | b'\''))) {
                        return Some(Piece::Word(word));
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            if self.rest().starts_with(b"/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.rest().first() {
            match byte {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    fn raw_string(&mut self, hashes: usize) {
        while let Some(byte) = self.rest().first() {
            let closes = *byte == b'"'
                && self.rest()[1..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes;
            self.at += 1;
            if closes {
                self.at += hashes;
                return;
            }
        }
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        let rest = self.rest();
        let length = match rest.get(1) {
            Some(b'\\') => rest.iter().skip(3).position(|byte| *byte == b'\'').map(|end| end + 4),
            Some(first) => {
                let width = match first {
                    0xf0.. => 4,
                    0xe0.. => 3,
                    0xc0.. => 2,
                    _ => 1,
                };
                (rest.get(1 + width) == Some(&b'\'')).then_some(2 + width)
            }
            None => None,
        };
        self.at += length.unwrap_or(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(text: &str) -> Vec<&str> {
        items(text).iter().map(|item| item.keyword).filter(|keyword| !keyword.is_empty()).collect()
    }

    #[test]
    fn items_are_told_apart() {
        let text = r####"
            #![no_std]
            //! { not a brace
            use a::{b, c};
            pub(crate) const X: [u8; 3] = { [1, 2, 3] };
            const fn f() -> char { '{' }
            fn g<'a>(x: &'a str) -> &'a str { "}\"" }
            /* { /* { */ */
            pub unsafe trait T { fn t(self); }
            impl T for X { fn t(self) { r#"}"#; br##"}"#"##; b'}'; '\''; '\u{7d}'; 'é'; } }
            struct S;
            struct P(u8, [u8; 2]);
            macro_rules! m { () => { } }
            m! { x }
            mod inner { struct Hidden; }
            mod outer;
            extern crate alloc;
            static Y: X = X { a: 1 };
        "####;
        assert_eq!(
            keywords(text),
            [
                "use",
                "const",
                "fn",
                "fn",
                "trait",
                "impl",
                "struct",
                "struct",
                "macro_rules",
                "m",
                "mod",
                "mod",
                "extern",
                "static"
            ]
        );
        let kept = signatures_only(text);
        assert_eq!(kept.len(), text.len());
        assert!(kept.contains("struct P") && kept.contains("mod outer") && !kept.contains("Hidden"));
        assert_eq!(kept.find("extern crate alloc"), text.find("extern crate alloc"));
    }

    #[test]
    fn what_is_no_rust_is_kept() {
        for text in ["", "}", "{{{", "\"", "'", "'\\", "r#\"", "/*", "struct A {", "é'é"] {
            assert_eq!(signatures_only(text).len(), text.len());
        }
    }
}
