//! How a text is laid out, so that what is added looks like what is there.

use super::{Node, Scanner, Token};
use std::ops::Range;

/// Spaces for a level where the file does not show another way.
const INDENT: &str = "    ";

/// How the lines of a text end: as the first one does.
pub(crate) fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// White space at the beginning of the line that `at` is in.
fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The rest of the line behind `at`, without its end.
fn rest(text: &str, at: usize) -> &str {
    text[at..].lines().next().unwrap_or_default()
}

/// Whether a node begins its line.
pub(crate) fn begins_line(text: &str, node: &Node) -> bool {
    text[line_start(text, node.span.start)..node.span.start].trim_matches([' ', '\t']).is_empty()
}

/// Whether nothing but a comment is behind a node on its last line.
fn ends_line(text: &str, node: &Node) -> bool {
    let rest = rest(text, node.span.end).trim();
    let block_comment = rest.starts_with("/*") && rest.find("*/").is_some_and(|end| end + 2 == rest.len());
    rest.is_empty() || rest.starts_with("//") || block_comment
}

/// How `line` becomes one more child of a node: where, and with what around it.
pub(crate) fn insertion(text: &str, node: &Node, line: &str) -> (Range<usize>, String) {
    let newline = newline(text);
    let outer = indent(text, node.span.start);
    match node.children().last() {
        Some(last) if ends_line(text, last) => {
            let at = last.span.end + rest(text, last.span.end).trim_end().len();
            (at..at, format!("{newline}{}{line}", children_indent(text, node)))
        }
        Some(last) => (last.span.end..last.span.end, format!("; {line}")),
        None if node.children.is_some() && text[..node.span.end].ends_with('}') => {
            let at = node.span.end - 1;
            let before = &text[line_start(text, at)..at];
            if before.trim().is_empty() {
                // The brace has a line of its own.
                let at = at - before.len();
                (at..at, format!("{outer}{INDENT}{line}{newline}"))
            } else {
                (at..at, format!(" {line} "))
            }
        }
        None if begins_line(text, node) && ends_line(text, node) => {
            (node.span.end..node.span.end, format!(" {{{newline}{outer}{INDENT}{line}{newline}{outer}}}"))
        }
        None => (node.span.end..node.span.end, format!(" {{ {line} }}")),
    }
}

/// The indentation of a node's children.
pub(crate) fn children_indent(text: &str, node: &Node) -> String {
    match node.children().iter().find(|child| begins_line(text, child)) {
        Some(child) => indent(text, child.span.start).to_owned(),
        None => format!("{}{INDENT}", indent(text, node.span.start)),
    }
}

/// How a node comes behind a sibling: as `lines` of its own where that has its own, else as `one_line`. `apart` asks for a
/// blank line between them.
pub(crate) fn insertion_after(
    text: &str,
    sibling: &Node,
    one_line: &str,
    lines: &str,
    apart: bool,
) -> (Range<usize>, String) {
    let end = sibling.span.end;
    if !ends_line(text, sibling) {
        return (end..end, format!("; {one_line}"));
    }
    let at = end + rest(text, end).trim_end().len();
    let indent = indent(text, sibling.span.start);
    let newline = newline(text);
    let mut inserted = String::new();
    if apart {
        inserted.push_str(newline);
    }
    for line in lines.lines() {
        inserted.push_str(newline);
        inserted.push_str(indent);
        inserted.push_str(line);
    }
    (at..at, inserted)
}

/// Whether a blank line is somewhere between two siblings.
pub(crate) fn are_apart(text: &str, first: &Node, second: &Node) -> bool {
    let between = text.get(first.span.end..second.span.start).unwrap_or_default();
    // The first and the last are the rest of a line and the beginning of one.
    let mut lines = between.split('\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_some() && line.trim().is_empty() {
            return true;
        }
    }
    false
}

/// What goes when a node goes: with its line and the comment on it where it has the line to itself, with the comment
/// right above where nothing follows that this may be about too, and with one of two blank lines around.
pub(crate) fn removal(text: &str, node: &Node) -> Range<usize> {
    let span = &node.span;
    if !begins_line(text, node) || !ends_line(text, node) {
        // With the semicolon that separates it from the next and a comment before that, else with the one before it.
        let mut behind = Scanner::new(&text[span.end..]).skip_while(|(token, _)| *token == Token::Space);
        if let Some((Token::Semicolon, found)) = behind.next() {
            let after = span.end + found.end;
            let next = text.len() - text[after..].trim_start_matches([' ', '\t']).len();
            // At the end of a block the space before the brace is the block's.
            let end = if text[next..].starts_with('}') { after } else { next };
            return span.start..end;
        }
        let before = text[..span.start].trim_end_matches([' ', '\t']);
        let start = before.strip_suffix(';').map_or(span.start, str::len);
        return start..span.end;
    }
    let mut start = line_start(text, span.start);
    let mut end = text[span.end..].find('\n').map_or(text.len(), |newline| span.end + newline + 1);
    let next = rest(text, end).trim();
    let ends_group = next.is_empty() || next.starts_with('}');
    let above = |start: usize| text[..start].strip_suffix('\n')?.rsplit('\n').next();
    if ends_group {
        let mut comment = start;
        while let Some(line) = above(comment).filter(|line| line.trim_start().starts_with("//")) {
            comment -= line.len() + 1;
        }
        let over = above(comment).map(str::trim).unwrap_or_default();
        if over.is_empty() || over.ends_with('{') {
            start = comment;
        }
    }
    let blank_above = above(start).is_some_and(|line| line.trim().is_empty());
    let opens = above(start).is_some_and(|line| line.trim_end().ends_with('{'));
    if next.is_empty() && end < text.len() && (blank_above || opens) {
        end += rest(text, end).len();
        end += text[end..].find('\n').map_or(0, |newline| newline + 1);
    } else if blank_above && next.starts_with('}') {
        start -= above(start).map_or(0, |line| line.len() + 1);
    }
    start..end
}
