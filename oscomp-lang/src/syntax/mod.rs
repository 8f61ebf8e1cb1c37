//! KDL 2 as a tree in which everything knows its place.
//!
//! The text is parsed by the `kdl` crate. That one gives no tree at all when it finds a mistake, so
//! [`salvage`] blanks the nodes that are broken: a mistake in one node never hides those of another.

mod cursor;
mod fold;
mod mistake;
mod reader;
mod salvage;
mod scan;

use crate::value::Literal;
pub(crate) use cursor::{Cursor, cursor};
pub(crate) use fold::{comments, folds};
use kdl::{KdlDocument, KdlNode, KdlValue};
pub(crate) use mistake::Mistake;
pub(crate) use reader::{Codes, Reader, did_you_mean, did_you_mean_string};
use std::ops::Range;

/// Bytes of a KDL file that are read at the most; nobody writes more by hand.
pub const LIMIT: usize = 4 << 20;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub name: Spanned<String>,
    pub arguments: Vec<Spanned<Literal>>,
    pub properties: Vec<Property>,
    /// None without braces.
    pub children: Option<Vec<Node>>,
    /// From the name or its annotation to the closing brace or the last value.
    pub span: Range<usize>,
}

/// `name=value` of a node.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub name: Spanned<String>,
    pub value: Spanned<Literal>,
}

impl Node {
    /// The child nodes; none for a node without braces.
    pub fn children(&self) -> &[Self] {
        self.children.as_deref().unwrap_or_default()
    }

    /// The node without its children: what a label points at.
    pub fn head(&self) -> Range<usize> {
        let values = self.arguments.iter().map(|argument| argument.span.end);
        let properties = self.properties.iter().map(|property| property.value.span.end);
        self.span.start..values.chain(properties).fold(self.name.span.end, usize::max)
    }
}

/// Parses a file. With mistakes the tree is what could be made out nevertheless.
pub(crate) fn parse(text: &str) -> (Vec<Node>, Vec<Mistake>) {
    let mut mistakes = scan::guard(text);
    if !mistakes.is_empty() {
        return (Vec::new(), mistakes);
    }
    match KdlDocument::parse_v2(text) {
        Ok(document) => (convert(text, &document, &mut mistakes), mistakes),
        Err(error) => {
            mistakes = mistake::translate(text, &error);
            let nodes = salvage::salvage(text).map_or_else(Vec::new, |document| {
                let mut annotations = Vec::new();
                convert(text, &document, &mut annotations)
            });
            (nodes, mistakes)
        }
    }
}

fn convert(text: &str, document: &KdlDocument, mistakes: &mut Vec<Mistake>) -> Vec<Node> {
    document.nodes().iter().map(|node| convert_node(text, node, mistakes)).collect()
}

fn convert_node(text: &str, node: &KdlNode, mistakes: &mut Vec<Mistake>) -> Node {
    let mut arguments = Vec::new();
    let mut properties = Vec::new();
    for entry in node.entries() {
        let span = range(text, entry.span());
        let value = literal(entry.value());
        let length = entry.format().map_or(span.len(), |format| format.value_repr.len());
        let value_span = range(text, (span.end.saturating_sub(length)..span.end).into());
        if let Some(ty) = entry.ty() {
            mistakes.push(mistake::annotation(range(text, ty.span())));
        }
        match entry.name() {
            Some(name) => properties.push(Property {
                name: Spanned { value: name.value().to_owned(), span: range(text, name.span()) },
                value: Spanned { value, span: value_span },
            }),
            None => arguments.push(Spanned { value, span: value_span }),
        }
    }
    mistakes.extend(node.ty().map(|ty| mistake::annotation(range(text, ty.span()))));
    let span = range(text, node.span());
    let trimmed = text[span.clone()].trim_end().len();
    Node {
        name: Spanned { value: node.name().value().to_owned(), span: range(text, node.name().span()) },
        arguments,
        properties,
        children: node.children().map(|children| convert(text, children, mistakes)),
        span: span.start..span.start + trimmed,
    }
}

fn literal(value: &KdlValue) -> Literal {
    match value {
        KdlValue::String(value) => Literal::String(value.clone()),
        KdlValue::Integer(value) => Literal::Integer(*value),
        KdlValue::Float(value) => Literal::Float(*value),
        KdlValue::Bool(value) => Literal::Bool(*value),
        KdlValue::Null => Literal::Null,
    }
}

/// A span as bytes that are surely within the text and on its characters' boundaries.
fn range(text: &str, span: miette::SourceSpan) -> Range<usize> {
    clamp(text, span.offset()..span.offset().saturating_add(span.len()))
}

/// The nearest span around `span` that is within the text and on its characters' boundaries.
pub(crate) fn clamp(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.min(text.len())).max(start);
    start..end
}

/// How `line` becomes one more child of a node: where, and with what around it.
pub(crate) fn insertion(text: &str, node: &Node, line: &str) -> (Range<usize>, String) {
    let line_start = text[..node.span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let indent: String =
        text[line_start..].chars().take_while(|character| matches!(character, ' ' | '\t')).collect();
    match node.children().last() {
        Some(last) => {
            let end = last.span.end;
            let rest = text[end..].lines().next().unwrap_or_default();
            let only_comment = rest.trim().is_empty() || rest.trim_start().starts_with("//");
            if only_comment {
                let first = node.children()[0].span.start;
                let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
                let inner = text[start..first].trim_start_matches([' ', '\t']);
                let inner = if inner.is_empty() { &text[start..first] } else { "    " };
                let at = end + rest.trim_end().len();
                (at..at, format!("\n{inner}{line}"))
            } else {
                (end..end, format!("; {line}"))
            }
        }
        None if node.children.is_some() && text[..node.span.end].ends_with('}') => {
            let at = node.span.end - 1;
            (at..at, format!(" {line} "))
        }
        None => (node.span.end..node.span.end, format!(" {{\n{indent}    {line}\n{indent}}}")),
    }
}
