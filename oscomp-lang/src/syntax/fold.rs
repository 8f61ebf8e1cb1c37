//! What of a text can be folded, by its tokens alone.

use super::scan::{Scanner, Token};
use std::ops::Range;

/// Nodes with braces and comments that have more than a line each; whether it is a comment.
pub(crate) fn folds(text: &str) -> Vec<(Range<usize>, bool)> {
    let several = |span: &Range<usize>| text[span.clone()].trim_end().contains('\n');
    let mut found = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    // Lines of comments that follow each other, with nothing else on them.
    let mut lines: Option<Range<usize>> = None;
    let mut fresh = true;
    for (token, span) in Scanner::new(text) {
        match token {
            Token::Newline => {
                if fresh {
                    found.extend(lines.take().filter(several).map(|span| (span, true)));
                }
                fresh = true;
                continue;
            }
            Token::Space if text[span.clone()].starts_with("//") => {
                if fresh {
                    lines = Some(lines.map_or(span.start, |lines| lines.start)..span.end);
                    // What follows is the end of a line that has something.
                    fresh = false;
                    continue;
                }
            }
            Token::Space if text[span.clone()].starts_with("/*") => {
                if several(&span) {
                    found.push((span, true));
                }
                continue;
            }
            Token::Space => continue,
            Token::Open => open.push(span.start),
            Token::Close => {
                if let Some(start) = open.pop()
                    && several(&(start..span.end))
                {
                    found.push((start..span.end, false));
                }
            }
            Token::Word | Token::Semicolon | Token::Slashdash => {}
        }
        found.extend(lines.take().filter(several).map(|span| (span, true)));
        fresh = false;
    }
    found.extend(lines.filter(several).map(|span| (span, true)));
    found.sort_by_key(|(span, _)| span.start);
    found
}

/// Every comment of a text.
pub(crate) fn comments(text: &str) -> Vec<Range<usize>> {
    Scanner::new(text)
        .filter(|(token, span)| *token == Token::Space && text[span.clone()].starts_with('/'))
        .map(|(_, span)| span)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::folds;

    #[test]
    fn braces_and_comments_of_several_lines_fold() {
        let text = "// one\n// two\na {\n  b { c }\n  /* x\n y */\n  // alone\n  d {\n  }\n}\n";
        let found: Vec<(&str, bool)> =
            folds(text).into_iter().map(|(span, comment)| (&text[span], comment)).collect();
        assert_eq!(found.len(), 4);
        assert_eq!(found[0], ("// one\n// two", true));
        assert!(found[1].0.starts_with('{') && found[1].0.ends_with('}') && !found[1].1);
        assert_eq!(found[2], ("/* x\n y */", true));
        assert_eq!(found[3], ("{\n  }", false));
    }
}
