//! A system as an outline.

use super::{Span, View};
use crate::syntax::{Node, folds};
use crate::value::Literal;
use std::ops::Range;

/// One node of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called.
    pub name: String,
    /// What else to say: the module of an instance, the value of a field.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The whole node.
    pub span: Span,
    /// Its name.
    pub name_span: Span,
    /// What is in it.
    pub children: Vec<Symbol>,
}

/// What a node of the outline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// The system.
    System,
    /// A platform.
    Platform,
    /// The app.
    App,
    /// An instance of a module.
    Module,
    /// How images are built.
    Build,
    /// A field.
    Field,
}

/// Lines that can be folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the brace or the start of the comment to its end.
    pub span: Span,
    /// Whether it is a comment.
    pub comment: bool,
}

impl View<'_, '_> {
    /// The outline of the file.
    #[must_use]
    pub fn symbols(&self) -> Vec<Symbol> {
        self.nodes.iter().map(|node| symbol(node, 0)).collect()
    }

    /// What can be folded: nodes with braces, and comments of several lines.
    #[must_use]
    pub fn folds(&self) -> Vec<Fold> {
        folds(self.text())
            .into_iter()
            .map(|(span, comment)| Fold { span: Span { start: span.start, end: span.end }, comment })
            .collect()
    }

    /// The nodes of the system that can be built: the whole, and each platform by name.
    #[must_use]
    pub fn images(&self) -> Vec<(Span, Option<String>)> {
        let Some(system) = self.system else { return Vec::new() };
        let span = |span: &Range<usize>| Span { start: span.start, end: span.end };
        let whole = (span(&system.head), None);
        let platforms = system
            .platforms
            .iter()
            .map(|platform| (span(&platform.node.head()), Some(platform.name.value.clone())));
        std::iter::once(whole).chain(platforms).collect()
    }
}

fn symbol(node: &Node, depth: usize) -> Symbol {
    let argument = node.arguments.first().and_then(|argument| match &argument.value {
        Literal::String(text) => Some(text.clone()),
        _ => None,
    });
    let alias = node.properties.iter().find(|property| property.name.value == "as");
    let alias = alias.and_then(|property| match &property.value.value {
        Literal::String(text) => Some(text.clone()),
        _ => None,
    });
    let kind = match (depth, node.name.value.as_str()) {
        (0, _) => SymbolKind::System,
        (1, "platform") => SymbolKind::Platform,
        (1, "app") => SymbolKind::App,
        (1, "module") => SymbolKind::Module,
        (1, "build") => SymbolKind::Build,
        _ => SymbolKind::Field,
    };
    let values: Vec<String> = node.arguments.iter().map(|argument| argument.value.shown()).collect();
    let (name, detail) = match kind {
        SymbolKind::App | SymbolKind::Module => match (alias, argument) {
            (Some(alias), Some(module)) => (alias, format!("{} {module}", node.name.value)),
            (None, Some(module)) => (module, node.name.value.clone()),
            _ => (node.name.value.clone(), String::new()),
        },
        SymbolKind::System | SymbolKind::Platform => {
            (argument.unwrap_or_else(|| node.name.value.clone()), node.name.value.clone())
        }
        SymbolKind::Build | SymbolKind::Field => (node.name.value.clone(), values.join(" ")),
    };
    let name_span = match (kind, node.arguments.first()) {
        (SymbolKind::Build | SymbolKind::Field, _) | (_, None) => &node.name.span,
        (_, Some(argument)) => &argument.span,
    };
    Symbol {
        // An outline's entry has to have a name.
        name: if name.trim().is_empty() { node.name.value.clone() } else { name },
        detail,
        kind,
        span: Span { start: node.span.start, end: node.span.end },
        name_span: Span { start: name_span.start, end: name_span.end },
        children: node.children().iter().map(|child| symbol(child, depth + 1)).collect(),
    }
}
