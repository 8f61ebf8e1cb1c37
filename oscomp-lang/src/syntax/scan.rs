//! A first look at a text, before anything recursive sees it.

use super::Mistake;
use std::ops::Range;

/// Braces and comments within each other that are followed; a system needs five.
const DEPTH: usize = 64;

/// What KDL's lexical structure amounts to for finding nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// White space, a comment, or a line that is continued.
    Space,
    /// The end of a line.
    Newline,
    Semicolon,
    Open,
    Close,
    /// `/-`, which comments out what follows.
    Slashdash,
    /// Part of a value or a name.
    Word,
}

/// Splits a text into tokens; total, whatever the text.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// How deep comments were nested.
    pub comment_depth: usize,
    /// Where a comment begins that never ends.
    pub open_comment: Option<usize>,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, comment_depth: 0, open_comment: None }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn block_comment(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut depth = 0_usize;
        while self.at < bytes.len() {
            if bytes[self.at..].starts_with(b"/*") {
                depth += 1;
                self.comment_depth = self.comment_depth.max(depth);
                self.at += 2;
            } else if bytes[self.at..].starts_with(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
        self.open_comment.get_or_insert(start);
    }

    /// A string that begins here after `hashes` number signs; to the end of the line where it is not closed.
    fn string(&mut self, hashes: usize) {
        let bytes = self.text.as_bytes();
        let multiline = bytes[self.at..].starts_with(b"\"\"\"");
        let quotes = if multiline { 3 } else { 1 };
        self.at += quotes;
        let begin = self.at;
        while self.at < bytes.len() {
            match bytes[self.at] {
                b'\\' if hashes == 0 => self.at += 2,
                b'\n' | b'\r' if !multiline => {
                    // It is not closed: a brace at the end of the line is rather a brace than text.
                    let line = &bytes[begin..self.at];
                    let kept = line.iter().rposition(|byte| !matches!(byte, b'}' | b' ' | b'\t' | b';'));
                    self.at = begin + kept.map_or(0, |last| last + 1);
                    return;
                }
                b'"' => {
                    let rest = &bytes[self.at..];
                    let closes = rest.iter().take(quotes).filter(|byte| **byte == b'"').count() == quotes
                        && rest.iter().skip(quotes).take(hashes).filter(|byte| **byte == b'#').count()
                            == hashes;
                    if closes {
                        self.at += quotes + hashes;
                        return;
                    }
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(bytes.len());
        if multiline && self.at == bytes.len() {
            // Nothing closes it: the rest of the line is as much as can be said to belong to it.
            let line = bytes[begin..].iter().position(|byte| *byte == b'\n');
            self.at = line.map_or(bytes.len(), |line| begin + line);
        }
    }

    fn token(&mut self) -> Token {
        let rest = self.rest();
        let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
        match rest[0] {
            b'\r' | b'\n' => {
                self.at += if rest.starts_with(b"\r\n") { 2 } else { 1 };
                Token::Newline
            }
            b' ' | b'\t' => {
                self.at += 1;
                Token::Space
            }
            b';' => {
                self.at += 1;
                Token::Semicolon
            }
            b'{' => {
                self.at += 1;
                Token::Open
            }
            b'}' => {
                self.at += 1;
                Token::Close
            }
            b'/' if rest.starts_with(b"/*") => {
                self.block_comment();
                Token::Space
            }
            b'/' if rest.starts_with(b"//") => {
                self.at += rest.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
                Token::Space
            }
            b'/' if rest.starts_with(b"/-") => {
                self.at += 2;
                Token::Slashdash
            }
            b'\\' => {
                // A line that is continued: the white space, a comment and the end of the line.
                self.at += 1;
                loop {
                    match self.rest() {
                        [b' ' | b'\t', ..] => self.at += 1,
                        [b'/', b'/', ..] => {
                            self.at +=
                                self.rest().iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
                        }
                        [b'\r', b'\n', ..] => {
                            self.at += 2;
                            break;
                        }
                        [b'\n' | b'\r', ..] => {
                            self.at += 1;
                            break;
                        }
                        _ => break,
                    }
                }
                Token::Space
            }
            b'"' => {
                self.string(0);
                Token::Word
            }
            b'#' if rest.get(hashes) == Some(&b'"') => {
                self.at += hashes;
                self.string(hashes);
                Token::Word
            }
            _ => {
                self.at += 1;
                while !self.text.is_char_boundary(self.at) {
                    self.at += 1;
                }
                Token::Word
            }
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = (Token, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let token = self.token();
        self.at = self.text.ceil_char_boundary(self.at.min(self.text.len()));
        Some((token, start..self.at))
    }
}

/// What makes a text unfit for the parser: characters that KDL forbids, and nesting that would exhaust
/// the stack.
pub(super) fn guard(text: &str) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if let Some((offset, character)) =
        text.char_indices().find(|(offset, character)| forbidden(*offset, *character))
    {
        mistakes.push(Mistake {
            code: "E0107",
            span: offset..offset + character.len_utf8(),
            message: format!("the character U+{:04X} cannot be part of a KDL file", u32::from(character)),
            label: "this invisible character".to_owned(),
            help: Some("delete it".to_owned()),
            fix: Some(("delete the character".to_owned(), String::new())),
        });
    }
    let mut depth = 0_usize;
    let mut scanner = Scanner::new(text);
    while let Some((token, span)) = scanner.next() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH || scanner.comment_depth > DEPTH {
            mistakes.push(too_deep(span));
            return mistakes;
        }
    }
    if let Some(start) = scanner.open_comment {
        mistakes.push(Mistake {
            code: "E0105",
            span: start..start + 2,
            message: "a comment is never closed".to_owned(),
            label: "opened here".to_owned(),
            help: Some("add `*/` where it ends; a comment of one line begins with `//`".to_owned()),
            fix: None,
        });
    }
    // Parentheses, and braces in strings: nothing that a person writes comes near these.
    let mut depth = 0_usize;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'(' => depth += 1,
            b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 4 * DEPTH {
            mistakes.push(too_deep(offset..offset + 1));
            break;
        }
    }
    mistakes
}

/// The braces that do not match: the one that is never closed, and the first that was never opened.
///
/// Where indentation tells which of several braces it is that is not closed, that one is given, else the
/// innermost.
pub(super) fn unmatched(text: &str) -> (Option<Range<usize>>, Option<Range<usize>>) {
    let indent = |at: usize| {
        let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..];
        line.len() - line.trim_start_matches([' ', '\t']).len()
    };
    let (mut open, mut unopened): (Vec<Range<usize>>, _) = (Vec::new(), None);
    let mut suspect = None;
    for (token, span) in Scanner::new(text) {
        match token {
            Token::Open => open.push(span),
            Token::Close => match open.pop() {
                Some(opened) if indent(span.start) < indent(opened.start) => {
                    suspect.get_or_insert(opened);
                }
                Some(_) => {}
                None => {
                    unopened.get_or_insert(span);
                }
            },
            _ => {}
        }
    }
    (open.pop().map(|innermost| suspect.unwrap_or(innermost)), unopened)
}

fn too_deep(span: Range<usize>) -> Mistake {
    Mistake {
        code: "E0104",
        span,
        message: format!("nested more than {DEPTH} deep"),
        label: "one level too many".to_owned(),
        help: Some("a system needs five levels: look for a brace that is not closed".to_owned()),
        fix: None,
    }
}

/// The code points that KDL 2 forbids in a document.
fn forbidden(offset: usize, character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    ) || character == '\u{feff}' && offset != 0
}
