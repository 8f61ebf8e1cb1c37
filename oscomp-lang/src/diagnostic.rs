//! What is wrong with a composition, where, and how to mend it.

use crate::source::SourcePath;
use std::ops::Range;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code: `E0203`.
    pub code: &'static str,
    /// Whether it refuses the composition.
    pub severity: Severity,
    /// What is wrong, in one line, without a full stop.
    pub message: String,
    /// The places; the first one is where the mistake is, the others are what it contradicts.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// Changes that mend it, each on its own.
    pub fixes: Vec<Fix>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The composition is refused.
    Error,
    /// It is sound, but probably not what was meant.
    Warning,
}

/// A place in a source with what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The file.
    pub file: SourcePath,
    /// Bytes of the file.
    pub span: Range<usize>,
    /// What is to be said.
    pub text: String,
}

/// A change that a tool can apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does: "replace `cosnole` by `console`".
    pub title: String,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
}

/// Replaces a span by text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub file: SourcePath,
    /// Bytes of the file; empty to insert.
    pub span: Range<usize>,
    /// The new text.
    pub text: String,
}

impl Diagnostic {
    /// An error without labels yet.
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// A warning without labels yet.
    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    #[must_use]
    pub(crate) fn at(mut self, file: &SourcePath, span: &Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Label { file: file.clone(), span: span.clone(), text: text.into() });
        self
    }

    #[must_use]
    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a fix of one edit.
    #[must_use]
    pub(crate) fn fix(
        mut self,
        title: impl Into<String>,
        file: &SourcePath,
        span: &Range<usize>,
        text: impl Into<String>,
    ) -> Self {
        let edit = Edit { file: file.clone(), span: span.clone(), text: text.into() };
        self.fixes.push(Fix { title: title.into(), edits: vec![edit] });
        self
    }
}
