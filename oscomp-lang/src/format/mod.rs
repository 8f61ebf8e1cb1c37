//! The layout of a KDL file, for `oscomp fmt` and the editor.
//!
//! Four spaces for each level, one space between values, at most one blank line; a block is on one line or has its
//! braces at the ends of lines. Words, comments and their order stay as they are written. Long lines are left alone.

mod piece;

use crate::check::mistake;
use crate::diagnostic::Diagnostic;
use crate::source::SourcePath;
use crate::syntax;
use piece::{Kind, Piece, pieces};

/// Spaces for each level.
const INDENT: usize = 4;

/// The text in the layout that all files have; formatting it again changes nothing.
///
/// # Errors
/// The mistakes of syntax, while there are any: what cannot be read is not touched.
pub fn format(file: &SourcePath, text: &str) -> Result<String, Vec<Diagnostic>> {
    let (_, mistakes) = syntax::parse(text);
    // A type annotation is a mistake that hides nothing.
    let mistakes: Vec<Diagnostic> = mistakes
        .into_iter()
        .filter(|found| found.code != "E0220")
        .map(|found| mistake(file, found))
        .collect();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let formatted = Layout::of(text).written();
    // White space that means something to nobody but KDL's grammar stays as it is.
    Ok(if syntax::same_meaning(text, &formatted) { formatted } else { text.to_owned() })
}

struct Layout<'a> {
    pieces: Vec<Piece<'a>>,
    /// For each piece that is a brace whether its block is on several lines.
    broken: Vec<bool>,
    newline: &'static str,
}

impl<'a> Layout<'a> {
    fn of(text: &'a str) -> Self {
        let pieces = pieces(text);
        let mut broken = vec![false; pieces.len()];
        let mut open: Vec<(usize, bool)> = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            match piece.kind {
                Kind::Open => open.push((index, false)),
                Kind::Newline | Kind::LineComment => {
                    open.iter_mut().for_each(|(_, broken)| *broken = true);
                }
                Kind::Close => {
                    if let Some((start, is_broken)) = open.pop() {
                        (broken[start], broken[index]) = (is_broken, is_broken);
                    }
                }
                _ => {}
            }
        }
        Self { pieces, broken, newline: syntax::newline(text) }
    }

    fn written(&self) -> String {
        let mut out = String::new();
        let mut depth = 0_usize;
        // Ends of lines since the last piece that was written.
        let mut lines = 0_usize;
        let mut last: Option<usize> = None;
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece.kind {
                Kind::Newline => {
                    lines += 1;
                    continue;
                }
                Kind::Semicolon if self.ends_anyway(index) => continue,
                Kind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            let previous = last.map(|last| self.pieces[last].kind);
            let opened = last.is_some_and(|last| self.pieces[last].kind == Kind::Open && self.broken[last]);
            let closes = piece.kind == Kind::Close && self.broken[index];
            if closes || opened && piece.kind != Kind::LineComment {
                lines = lines.max(1);
            }
            let most = if previous.is_none() {
                0
            } else if closes || opened || previous == Some(Kind::Open) {
                1
            } else {
                2
            };
            let breaks = lines.min(most);
            for _ in 0..breaks {
                out.push_str(self.newline);
            }
            lines = 0;
            if breaks > 0 || previous.is_none() {
                indent(&mut out, depth);
            } else if previous == Some(Kind::Continuation) {
                indent(&mut out, depth + 1);
            } else if let Some(previous) = previous {
                for _ in 0..gap(previous, piece) {
                    out.push(' ');
                }
            }
            match piece.kind {
                Kind::Open => depth += 1,
                Kind::Mark if previous.is_none() => {
                    out.push_str(piece.text);
                    continue;
                }
                _ => {}
            }
            match piece.kind {
                Kind::LineComment => out.push_str(piece.text.trim_end()),
                Kind::Continuation => {
                    out.push('\\');
                    let comment = piece.text[1..].trim();
                    if !comment.is_empty() {
                        out.push(' ');
                        out.push_str(comment);
                    }
                    out.push_str(self.newline);
                }
                _ => out.push_str(piece.text),
            }
            last = Some(index);
        }
        if last.is_some() && !out.ends_with('\n') {
            out.push_str(self.newline);
        }
        out
    }

    /// Whether a node ends where this semicolon is in any case.
    fn ends_anyway(&self, semicolon: usize) -> bool {
        self.pieces
            .get(semicolon + 1)
            .is_none_or(|next| matches!(next.kind, Kind::Newline | Kind::LineComment | Kind::Close))
    }
}

/// Spaces between two pieces of a line.
fn gap(previous: Kind, piece: &Piece<'_>) -> usize {
    match (previous, piece.kind) {
        // Comments may stand in a column.
        (_, Kind::LineComment) => piece.gap.max(1),
        (_, Kind::Semicolon | Kind::Equals) | (Kind::Equals | Kind::Slashdash, _) => 0,
        (Kind::Open, Kind::Close) => 0,
        _ => 1,
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth * INDENT {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> String {
        format(&SourcePath::Project("system.kdl".into()), text).expect("it has no mistakes")
    }

    #[test]
    fn the_layout_is_that_of_the_examples() {
        let text = "// A comment.\nsystem  \"a\"{\n\n\n  platform \"pc\" {memory \"1MiB\" ; stack \"64KiB\";}   // where\n\n\n\
                    \tapp   \"hello\"   as = \"x\" { port 0x1f90\n      // Its name.\n greeting #\"a \"b\" c\"#; }\n/-  module \"x\"\n}";
        let expected = "// A comment.\nsystem \"a\" {\n    platform \"pc\" { memory \"1MiB\"; stack \"64KiB\" }   // where\n\n    \
                        app \"hello\" as=\"x\" {\n        port 0x1f90\n        // Its name.\n        greeting #\"a \"b\" c\"#\n    }\n    \
                        /-module \"x\"\n}\n";
        assert_eq!(formatted(text), expected);
        assert_eq!(formatted(expected), expected);
    }

    #[test]
    fn what_means_something_stays() {
        for text in [
            "",
            "a \\\n    b\n",
            "a \\ // why\n    b\n",
            "a {\n    b \\\n        c\n}\n",
            "a /* one\n      two */ b\n",
            "a \"\"\"\n  x\n    y\n  \"\"\"\n",
            "a {}\n",
            "a { // why\n    b\n}\n",
            "a /-b /-{ c } { d }\n",
            "/*\n * A block.\n */\na\n",
        ] {
            assert_eq!(formatted(text), text);
        }
    }

    #[test]
    fn ends_of_lines_are_those_of_the_file() {
        assert_eq!(formatted("a{\r\nb\r\n}"), "a {\r\n    b\r\n}\r\n");
        assert_eq!(formatted("\u{feff}a  b"), "\u{feff}a b\n");
    }

    #[test]
    fn a_text_with_mistakes_is_refused() {
        let mistakes = format(&SourcePath::Project("system.kdl".into()), "system \"a\" {").unwrap_err();
        assert!(!mistakes.is_empty());
    }
}
