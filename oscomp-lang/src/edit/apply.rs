//! Edits, applied to a text.

use crate::diagnostic::Edit;
use std::fmt;

/// Why edits cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// One of them is not within the text, or within one of its characters.
    Outside {
        /// Where it begins.
        at: usize,
    },
    /// Two of them change the same place.
    Overlap {
        /// Where the second one begins.
        at: usize,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside { at } => write!(out, "an edit at byte {at} does not fit the text"),
            Self::Overlap { at } => write!(out, "two edits overlap at byte {at}"),
        }
    }
}

/// The text with edits applied, all of them edits of that one file. What is inserted at the same place comes in the order
/// of the edits.
///
/// # Errors
/// Two of them overlap, or one does not fit the text.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, Misfit> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        let span = edit.span.clone();
        if text.get(span.clone()).is_none() {
            return Err(Misfit::Outside { at: span.start });
        }
        if span.start < at {
            return Err(Misfit::Overlap { at: span.start });
        }
        out.push_str(&text[at..span.start]);
        out.push_str(&edit.text);
        at = span.end;
    }
    out.push_str(&text[at..]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourcePath;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { file: SourcePath::Project("system.kdl".into()), span: start..end, text: text.into() }
    }

    #[test]
    fn edits_are_applied_whatever_their_order() {
        let edits = [edit(4, 5, "X"), edit(0, 0, "a"), edit(0, 0, "b"), edit(2, 4, "")];
        assert_eq!(apply("01234ä", &edits).as_deref(), Ok("ab01Xä"));
    }

    #[test]
    fn edits_that_do_not_fit_are_refused() {
        assert_eq!(apply("0123", &[edit(0, 2, ""), edit(1, 3, "")]), Err(Misfit::Overlap { at: 1 }));
        assert_eq!(apply("0123", &[edit(0, 3, ""), edit(1, 1, "x")]), Err(Misfit::Overlap { at: 1 }));
        assert_eq!(apply("ä", &[edit(1, 2, "")]), Err(Misfit::Outside { at: 1 }));
        assert_eq!(apply("0", &[edit(1, 2, "")]), Err(Misfit::Outside { at: 1 }));
    }
}
