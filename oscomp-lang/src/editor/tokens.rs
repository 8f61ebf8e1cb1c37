//! What each word of a system is, for its colour.

use super::subject::SubjectKind;
use super::view::{Owner, Signature, signature};
use super::{Span, View};
use crate::syntax::{Node, comments};
use crate::value::Literal;
use std::ops::Range;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token {
    /// Its place; within a line, unless it is a string or a comment of several.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A node or a property of the language.
    Keyword,
    /// The name of a platform.
    Platform,
    /// The name of a module.
    Module,
    /// The name of an instance.
    Instance,
    /// The name of an option.
    Option,
    /// The name of a requirement.
    Requirement,
    /// One of the names that an option takes.
    Choice,
    /// Another string.
    String,
    /// A number.
    Number,
    /// A comment.
    Comment,
}

impl TokenKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Keyword,
        Self::Platform,
        Self::Module,
        Self::Instance,
        Self::Option,
        Self::Requirement,
        Self::Choice,
        Self::String,
        Self::Number,
        Self::Comment,
    ];
}

impl View<'_, '_> {
    /// What each word is, in the order of the file.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        for node in self.nodes {
            self.node_tokens(node, 0, &mut tokens);
        }
        tokens.extend(comments(self.text()).into_iter().map(|span| token(&span, TokenKind::Comment)));
        tokens.sort();
        tokens.dedup_by(|second, first| second.span.start < first.span.end);
        tokens
    }

    fn node_tokens(&self, node: &Node, depth: usize, tokens: &mut Vec<Token>) {
        let subject = |span: &Range<usize>| self.subject(span.start).filter(|found| found.span == *span);
        let name = match subject(&node.name.span).map(|found| found.kind) {
            Some(SubjectKind::Field(owner, number)) => self.field_kind(owner, number),
            _ if depth < 2 => Some(TokenKind::Keyword),
            Some(SubjectKind::Keyword(_)) => Some(TokenKind::Keyword),
            _ => None,
        };
        tokens.extend(name.map(|kind| token(&node.name.span, kind)));
        for argument in &node.arguments {
            let kind = match subject(&argument.span).map(|found| found.kind) {
                Some(SubjectKind::Platform(_)) => TokenKind::Platform,
                Some(SubjectKind::Module(_)) => TokenKind::Module,
                Some(SubjectKind::Value(owner, field, _)) => self.value_kind(owner, field, &argument.value),
                _ => literal_kind(&argument.value),
            };
            tokens.push(token(&argument.span, kind));
        }
        for property in &node.properties {
            tokens.push(token(&property.name.span, TokenKind::Keyword));
            let kind = match subject(&property.value.span).map(|found| found.kind) {
                Some(SubjectKind::Name(_)) => TokenKind::Instance,
                Some(SubjectKind::OnlyOn(_)) => TokenKind::Platform,
                _ => literal_kind(&property.value.value),
            };
            tokens.push(token(&property.value.span, kind));
        }
        for child in node.children() {
            self.node_tokens(child, depth + 1, tokens);
        }
    }

    fn field_kind(&self, owner: Owner, number: usize) -> Option<TokenKind> {
        let module = self.module_of(owner)?;
        Some(match signature(&module, &self.fields(owner)[number].name.value)? {
            Signature::Option(..) => TokenKind::Option,
            Signature::Requirement(..) => TokenKind::Requirement,
        })
    }

    fn value_kind(&self, owner: Owner, field: usize, value: &Literal) -> TokenKind {
        let module = self.module_of(owner);
        let name = &self.fields(owner)[field].name.value;
        match module.as_ref().and_then(|module| signature(module, name)) {
            Some(Signature::Requirement(..)) => TokenKind::Instance,
            Some(Signature::Option(option)) if option.choice.is_some() => TokenKind::Choice,
            _ => literal_kind(value),
        }
    }
}

fn token(span: &Range<usize>, kind: TokenKind) -> Token {
    Token { span: Span { start: span.start, end: span.end }, kind }
}

const fn literal_kind(value: &Literal) -> TokenKind {
    match value {
        Literal::String(_) => TokenKind::String,
        Literal::Integer(_) | Literal::Float(_) => TokenKind::Number,
        Literal::Bool(_) | Literal::Null => TokenKind::Keyword,
    }
}
