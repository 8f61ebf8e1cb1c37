//! What a person is typing at: the node around a place, by its tokens alone, so that it is found in a text
//! that no parser would take.

use super::scan::{Scanner, Token};
use std::ops::Range;

/// The surroundings of a place in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The heads of the nodes around it, the outermost first.
    pub parents: Vec<Head>,
    /// The words of its own node that end before it.
    pub before: Vec<Range<usize>>,
    /// The word that it touches; empty where it stands in white space.
    pub word: Range<usize>,
    /// The words of its own node that begin behind it.
    pub after: Vec<Range<usize>>,
}

/// The words of a node before its braces: its name, its arguments, its properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub words: Vec<Range<usize>>,
}

impl Head {
    /// The node's name as it is written.
    pub fn name<'t>(&self, text: &'t str) -> &'t str {
        self.words.first().map_or("", |word| &text[word.clone()])
    }
}

impl Cursor {
    /// From the first word of its own node to the last one before its braces.
    pub fn head(&self) -> Range<usize> {
        let start = self.before.first().map_or(self.word.start, |word| word.start);
        let end = self.after.last().map_or(self.word.end, |word| word.end);
        start..end
    }
}

/// The surroundings of an offset; none within a comment.
pub(crate) fn cursor(text: &str, offset: usize) -> Option<Cursor> {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let mut parents: Vec<Head> = Vec::new();
    let mut words: Vec<Range<usize>> = Vec::new();
    // Whether the last word can grow.
    let mut open = false;
    for (token, span) in Scanner::new(text) {
        // What begins behind the place and ends its node ends the search.
        let behind = span.start >= offset;
        match token {
            Token::Word => {
                match words.last_mut() {
                    Some(word) if open => word.end = span.end,
                    _ => words.push(span),
                }
                open = true;
                continue;
            }
            Token::Space => {
                let comment = text[span.clone()].starts_with("//") || text[span.clone()].starts_with("/*");
                let closed = text[span.clone()].starts_with("/*") && text[span.clone()].ends_with("*/");
                let within = span.start < offset && (offset < span.end || !closed && offset == span.end);
                if comment && within {
                    return None;
                }
            }
            _ if behind => break,
            Token::Open => parents.push(Head { words: std::mem::take(&mut words) }),
            Token::Close => {
                parents.pop();
                words.clear();
            }
            Token::Newline | Token::Semicolon => words.clear(),
            Token::Slashdash => {}
        }
        open = false;
    }
    let mut cursor = Cursor { parents, word: offset..offset, ..Cursor::default() };
    for word in words {
        if word.end < offset {
            cursor.before.push(word);
        } else if word.start <= offset {
            cursor.word = word;
        } else {
            cursor.after.push(word);
        }
    }
    Some(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads of the parents, words before, the word, words after.
    type Around = (Vec<String>, Vec<String>, String, Vec<String>);

    fn at(marked: &str) -> Option<Around> {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let words = |words: &[Range<usize>]| -> Vec<String> {
            words.iter().map(|word| text[word.clone()].to_owned()).collect()
        };
        cursor(&text, offset).map(|cursor| {
            let parents = cursor.parents.iter().map(|head| words(&head.words).join(" ")).collect();
            let word = text[cursor.word.clone()].to_owned();
            (parents, words(&cursor.before), word, words(&cursor.after))
        })
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_place_knows_its_node() {
        let found = at("system \"a\" {\n  app \"b\" {\n    gre|et \"x\" on=\"y\"\n").unwrap();
        assert_eq!(
            found,
            (
                strings(&["system \"a\"", "app \"b\""]),
                strings(&[]),
                "greet".into(),
                strings(&["\"x\"", "on=\"y\""])
            )
        );
        let found = at("system \"a\" {\n  module \"b\" as=\"|\n  app \"c\"\n}").unwrap();
        assert_eq!(
            found,
            (strings(&["system \"a\""]), strings(&["module", "\"b\""]), "as=\"".into(), strings(&[]))
        );
        let found = at("a { b; c 1 }|").unwrap();
        assert_eq!(found, (strings(&[]), strings(&[]), String::new(), strings(&[])));
        assert_eq!(at("a { b |}").unwrap().1, strings(&["b"]));
        assert_eq!(at("a { b { c }; |").unwrap().0, strings(&["a"]));
    }

    #[test]
    fn a_comment_has_no_node() {
        assert_eq!(at("a // b|"), None);
        assert_eq!(at("a /* b|"), None);
        assert_eq!(at("a /* b| */ c"), None);
        assert!(at("a /* b */| c").is_some());
        assert!(at("a |// b").is_some());
    }

    #[test]
    fn every_place_of_any_text_is_answered() {
        for text in ["", "}", "{{{", "\"", "a \"\\", "/-", "/*", "é {é \"é", "a\\\nb", "#\"\"#\"", "}}a{"]
        {
            for offset in 0..=text.len() + 1 {
                if let Some(found) = cursor(text, offset) {
                    assert!(
                        text.get(found.head()).is_some() && text.get(found.word).is_some(),
                        "{text:?} {offset}"
                    );
                }
            }
        }
    }
}
