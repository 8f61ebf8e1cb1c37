//! What can be read of a file that has mistakes.

use super::scan::{Scanner, Token};
use kdl::KdlDocument;
use std::ops::Range;

/// How deep broken nodes are opened to keep what is sound in them.
pub(super) const DEPTH: usize = 4;

/// The document without its broken nodes: each is blanked, so that all places stay what they are.
///
/// `sound` says whether a text is KDL by itself.
pub(super) fn salvage(text: &str, sound: &mut dyn FnMut(&str) -> bool) -> Option<KdlDocument> {
    let mut kept = text.as_bytes().to_vec();
    let mut end = String::new();
    let whole = 0..text.len();
    blank_broken(text, &whole, &mut kept, &mut end, 0, sound);
    let mut kept = String::from_utf8(kept).ok()?;
    kept.push_str(&end);
    KdlDocument::parse_v2(&kept).ok()
}

fn blank_broken(
    text: &str,
    part: &Range<usize>,
    kept: &mut [u8],
    end: &mut String,
    depth: usize,
    sound: &mut dyn FnMut(&str) -> bool,
) {
    let parts = nodes(text, part);
    // The text is broken, so what is all of it is.
    let alone = depth == 0 && parts.len() == 1;
    for node in parts {
        if !alone && sound(&text[node.span.clone()]) {
            continue;
        }
        match &node.children {
            Some(children) if depth < DEPTH && sound_head(text, &node, children) => {
                if !node.closed {
                    end.push_str("\n}");
                }
                blank_broken(text, children, kept, end, depth + 1, sound);
            }
            _ => blank(&mut kept[node.span.clone()]),
        }
    }
}

/// Whether the node would be sound if its children were.
fn sound_head(text: &str, node: &Part, children: &Range<usize>) -> bool {
    let mut head = text[node.span.start..children.start].to_owned();
    head.push('}');
    head.push_str(&text[(children.end + usize::from(node.closed)).min(node.span.end)..node.span.end]);
    KdlDocument::parse_v2(&head).is_ok()
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// The extent of one node, right or wrong.
pub(super) struct Part {
    pub span: Range<usize>,
    /// What stands between its braces.
    pub children: Option<Range<usize>>,
    /// Whether there is a closing brace.
    pub closed: bool,
}

/// Splits a part of the text at the ends of its nodes.
pub(super) fn nodes(text: &str, part: &Range<usize>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut children: Option<Range<usize>> = None;
    let mut depth = 0_usize;
    for (token, span) in Scanner::new(&text[part.clone()]) {
        let span = part.start + span.start..part.start + span.end;
        match token {
            Token::Open => {
                start.get_or_insert(span.start);
                if depth == 0 && children.is_none() {
                    children = Some(span.end..part.end);
                }
                depth += 1;
            }
            Token::Close if depth == 1 => {
                depth = 0;
                if let Some(children) = &mut children
                    && children.end == part.end
                {
                    children.end = span.start;
                }
            }
            Token::Close if depth > 0 => depth -= 1,
            Token::Newline | Token::Semicolon if depth == 0 => {
                if let Some(start) = start.take() {
                    parts.push(Part { span: start..span.start, children: children.take(), closed: true });
                }
            }
            Token::Space | Token::Newline | Token::Semicolon => {}
            Token::Slashdash | Token::Word | Token::Close => {
                start.get_or_insert(span.start);
            }
        }
    }
    if let Some(start) = start {
        parts.push(Part { span: start..part.end, children, closed: depth == 0 });
    }
    parts
}
