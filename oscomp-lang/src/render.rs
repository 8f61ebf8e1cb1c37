//! Findings for `miette`: the file of the first label with all of its labels, then every other file that
//! the finding mentions as a snippet of its own, so that both sides of a contradiction are seen.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::SourcePath;
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A finding with the texts that its labels point into.
#[derive(Debug)]
pub struct Rendered {
    diagnostic: Diagnostic,
    main: Option<Text>,
    snippets: Vec<Snippet>,
    help: Option<String>,
}

impl Rendered {
    /// Prepares a finding. `texts` are those of the report; `name` gives a file the name that is shown.
    pub fn new(
        diagnostic: &Diagnostic,
        texts: &BTreeMap<SourcePath, Arc<str>>,
        name: impl Fn(&SourcePath) -> String,
    ) -> Self {
        let mut files: Vec<&SourcePath> = Vec::new();
        for label in &diagnostic.labels {
            if !files.contains(&&label.file) && texts.contains_key(&label.file) {
                files.push(&label.file);
            }
        }
        let text = |file: &SourcePath| {
            let labels = diagnostic.labels.iter().filter(|label| label.file == *file).cloned().collect();
            Some(Text { name: name(file), text: texts.get(file)?.clone(), labels })
        };
        let mut all = files.into_iter().filter_map(text);
        let main = all.next();
        let snippets = all.map(Snippet).collect();
        // Labels in files that cannot be shown are not lost.
        let lost: Vec<String> = diagnostic
            .labels
            .iter()
            .filter(|label| !texts.contains_key(&label.file))
            .map(|label| format!("{}: {}", name(&label.file), label.text))
            .collect();
        let help = diagnostic.help.iter().cloned().chain(lost).collect::<Vec<_>>().join("\n");
        Self { diagnostic: diagnostic.clone(), main, snippets, help: (!help.is_empty()).then_some(help) }
    }
}

/// One file of a finding.
#[derive(Debug)]
struct Text {
    name: String,
    text: Arc<str>,
    labels: Vec<Label>,
}

impl Text {
    fn labels(&self, primary: bool) -> Box<dyn Iterator<Item = LabeledSpan> + '_> {
        Box::new(self.labels.iter().enumerate().map(move |(index, label)| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            let span = SourceSpan::from(label.span.clone());
            if primary && index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        }))
    }
}

impl SourceCode for Text {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

/// What a finding contradicts, in another file.
#[derive(Debug)]
struct Snippet(Text);

impl fmt::Display for Snippet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "in {}", self.0.name)
    }
}

impl std::error::Error for Snippet {}

impl miette::Diagnostic for Snippet {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(self.0.labels(false))
    }
}

impl fmt::Display for Rendered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Rendered {}

impl miette::Diagnostic for Rendered {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.main.as_ref().map(|main| main as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.main.as_ref().map(|main| main.labels(true))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.snippets.is_empty() {
            return None;
        }
        Some(Box::new(self.snippets.iter().map(|snippet| snippet as &dyn miette::Diagnostic)))
    }
}
