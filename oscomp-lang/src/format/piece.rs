//! A text as the pieces that a layout is made of.

use crate::syntax::{Scanner, Token};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Newline,
    Semicolon,
    Open,
    Close,
    Slashdash,
    /// The sign between a property's name and its value.
    Equals,
    /// To the end of the line, without it.
    LineComment,
    BlockComment,
    /// A line that is continued: with its comment, to the beginning of the next.
    Continuation,
    /// The mark of byte order that a file may begin with.
    Mark,
    /// A name or a value with its annotation.
    Word,
}

/// A piece of the text.
pub(super) struct Piece<'a> {
    pub kind: Kind,
    pub text: &'a str,
    /// Spaces before it.
    pub gap: usize,
}

/// The pieces without the white space between them.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut start = 0;
    // Where the word began that is not at its end yet.
    let mut word: Option<usize> = None;
    let mut annotation = 0_usize;
    let mut gap = 0;
    for (token, span) in Scanner::new(text) {
        let found = &text[span.clone()];
        let kind = kind(token, found, span.start, span.end == text.len());
        if word.is_none() {
            start = span.start;
        }
        // What is in an annotation is left alone.
        if kind == Some(Kind::Word) || annotation > 0 {
            word = Some(start);
            match found {
                "(" => annotation += 1,
                ")" => annotation = annotation.saturating_sub(1),
                _ => {}
            }
            continue;
        }
        if word.take().is_some() {
            pieces.push(Piece { kind: Kind::Word, text: &text[start..span.start], gap });
            gap = 0;
        }
        match kind {
            Some(kind) => {
                pieces.push(Piece { kind, text: found, gap });
                gap = 0;
            }
            None => gap += if found == " " { 1 } else { 0 },
        }
    }
    if word.is_some() {
        pieces.push(Piece { kind: Kind::Word, text: &text[start..], gap });
    }
    pieces
}

/// None for white space.
fn kind(token: Token, text: &str, at: usize, is_last: bool) -> Option<Kind> {
    Some(match token {
        Token::Newline => Kind::Newline,
        Token::Semicolon => Kind::Semicolon,
        Token::Open => Kind::Open,
        Token::Close => Kind::Close,
        Token::Slashdash => Kind::Slashdash,
        Token::Space if text.starts_with("//") => Kind::LineComment,
        Token::Space if text.starts_with("/*") => Kind::BlockComment,
        Token::Space if text.starts_with('\\') && (is_last || text.ends_with(['\n', '\r'])) => {
            Kind::Continuation
        }
        Token::Space if text.starts_with('\\') => Kind::Word,
        Token::Space => return None,
        Token::Word => match text {
            "=" => Kind::Equals,
            "\u{feff}" if at == 0 => Kind::Mark,
            "\u{b}" | "\u{c}" | "\u{85}" | "\u{2028}" | "\u{2029}" => Kind::Newline,
            _ if text.chars().all(char::is_whitespace) => return None,
            _ => Kind::Word,
        },
    })
}
