//! What an editor asks of a system while somebody types at it.
//!
//! A [`Workspace`] keeps what has been read of Rust sources from one keystroke to the next, so that a check
//! costs no more than the system itself. A question is answered from a [`View`]: the system as far as it can
//! be made out, resolved on each of its platforms. Answers are data with places as bytes of files; protocols
//! are the caller's.

mod actions;
mod complete;
mod describe;
mod hints;
mod hover;
mod navigate;
mod outline;
mod rename;
mod subject;
mod tokens;
mod uses;
mod view;
mod workspace;

pub use actions::{Action, ActionKind};
pub use complete::{Completion, CompletionKind};
pub use hints::Hint;
pub use hover::Hover;
pub use outline::{Fold, Symbol, SymbolKind};
pub use tokens::{Token, TokenKind};
pub use uses::Use;
pub use view::View;
pub use workspace::Workspace;

use crate::source::SourcePath;
use std::ops::Range;

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file.
    pub file: SourcePath,
    /// Bytes of the file.
    pub span: Span,
}

/// Bytes of a file, which can be put in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Location {
    /// A place.
    #[must_use]
    pub fn new(file: &SourcePath, span: &Range<usize>) -> Self {
        Self { file: file.clone(), span: Span { start: span.start, end: span.end } }
    }

    /// The bytes.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.span.start..self.span.end
    }
}
