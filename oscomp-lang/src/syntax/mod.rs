//! KDL 2 as a tree in which everything knows its place.
//!
//! The text is parsed by the `kdl` crate. That one gives no tree at all when it finds a mistake, so
//! [`salvage`] blanks the nodes that are broken: a mistake in one node never hides those of another.

mod cursor;
mod fold;
mod mistake;
mod pieces;
mod reader;
mod salvage;
mod scan;
mod style;

use crate::value::Literal;
pub(crate) use cursor::{Cursor, cursor};
pub(crate) use fold::{comments, folds};
use kdl::{KdlDocument, KdlNode, KdlValue};
pub(crate) use mistake::Mistake;
pub(crate) use pieces::Pieces;
pub(crate) use reader::{Codes, Reader, did_you_mean, did_you_mean_string};
pub(crate) use scan::{Scanner, Token};
use std::ops::Range;
pub(crate) use style::{are_apart, insertion, insertion_after, newline, removal};

/// Bytes of a KDL file that are read at the most; nobody writes more by hand.
pub const LIMIT: usize = 4 << 20;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spanned<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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

    /// Whether it is the same but for where it stands.
    fn says_the_same(&self, other: &Self) -> bool {
        let values = |node: &Self| -> Vec<(Option<String>, Literal)> {
            let arguments = node.arguments.iter().map(|argument| (None, argument.value.clone()));
            let properties =
                node.properties.iter().map(|it| (Some(it.name.value.clone()), it.value.value.clone()));
            arguments.chain(properties).collect()
        };
        let (own, others) = (self.children(), other.children());
        self.name.value == other.name.value
            && self.children.is_some() == other.children.is_some()
            && values(self) == values(other)
            && own.len() == others.len()
            && own.iter().zip(others).all(|(one, other)| one.says_the_same(other))
    }
}

/// Parses a file. With mistakes the tree is what could be made out nevertheless.
pub(crate) fn parse(text: &str) -> (Vec<Node>, Vec<Mistake>) {
    Pieces::default().parse(text)
}

/// Parses a text of which [`scan::guard`] says that it is fit for that, all at once. `sound` says whether a text is
/// KDL by itself.
fn whole(text: &str, sound: &mut dyn FnMut(&str) -> bool) -> (Vec<Node>, Vec<Mistake>) {
    match KdlDocument::parse_v2(text) {
        Ok(document) => {
            let mut mistakes = Vec::new();
            (convert(text, &document, &mut mistakes), mistakes)
        }
        Err(error) => {
            let nodes = salvage::salvage(text, sound).map_or_else(Vec::new, |document| {
                let mut annotations = Vec::new();
                convert(text, &document, &mut annotations)
            });
            (nodes, mistake::translate(text, &error))
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
    let length = own_length(&text[span.clone()]);
    Node {
        name: Spanned { value: node.name().value().to_owned(), span: range(text, node.name().span()) },
        arguments,
        properties,
        children: node.children().map(|children| convert(text, children, mistakes)),
        span: span.start..span.start + length,
    }
}

/// Bytes of a node without the white space and comments behind it, which the parser counts to it.
fn own_length(node: &str) -> usize {
    let mut own = node.trim_end();
    loop {
        let shorter = if own.ends_with("*/") {
            let comment = Scanner::new(own).last().map_or(own.len(), |(_, span)| span.start);
            own[..comment].trim_end()
        } else {
            own.trim_end_matches('\\').trim_end()
        };
        if shorter.len() == own.len() {
            return own.len();
        }
        own = shorter;
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

/// Whether two texts are the same nodes; neither has mistakes.
pub(crate) fn same_meaning(one: &str, other: &str) -> bool {
    let (one, other) = (parse(one).0, parse(other).0);
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| one.says_the_same(other))
}
