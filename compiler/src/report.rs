//! What checking found, printed.
//!
//! A diagnostic's labels may lie in several files, which miette shows as one report: [`Texts`] strings
//! the files together and hands each snippet out under its own file's name.

use crate::output::{Format, Output};
use crate::session::Session;
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::{Diagnostic, Edit, Fix, Label, Severity};
use oscomp_lang::source::SourcePath;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// Prints every finding and a line that sums them up; as JSON an array of the findings.
pub fn print(session: &Session, report: &Report, output: &Output) {
    if output.format == Format::Json {
        output.json(&as_json(session, report));
        return;
    }
    for diagnostic in &report.diagnostics {
        output.line(render(session, report, diagnostic, output.colour).trim_end());
        output.line("");
    }
    output.line(summary(session, report, output));
}

/// Prints what is worth a look although the system is sound, to stderr.
pub fn print_warnings(session: &Session, report: &Report, output: &Output) {
    for diagnostic in &report.diagnostics {
        output.note(render(session, report, diagnostic, output.colour_errors).trim_end());
    }
}

fn summary(session: &Session, report: &Report, output: &Output) -> String {
    let count = |severity| report.diagnostics.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let warned = if warnings == 0 { String::new() } else { format!(", {}", counted(warnings, "warning")) };
    if errors > 0 {
        let refused = output.paint("refused", "1;31");
        return format!("{}: {refused}: {}{warned}", session.shown, counted(errors, "error"));
    }
    let platforms: Vec<String> = report
        .plans
        .iter()
        .map(|plan| format!("{} ({})", plan.platform.name, counted(plan.instances.len(), "instance")))
        .collect();
    format!("{}: {}: {}{warned}", session.shown, output.paint("sound", "1;32"), platforms.join(", "))
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn render(session: &Session, report: &Report, diagnostic: &Diagnostic, colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(crate::output::width())
        .with_context_lines(1);
    let shown = Shown::new(session, report, diagnostic);
    // Writing to a string does not fail.
    let _ = handler.render_report(&mut text, &shown);
    text
}

/// A diagnostic as miette shows it.
#[derive(Debug)]
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    help: Option<String>,
    texts: Texts,
}

impl<'a> Shown<'a> {
    fn new(session: &Session, report: &Report, diagnostic: &'a Diagnostic) -> Self {
        let mut texts = Texts::default();
        for label in &diagnostic.labels {
            if let Some(text) = report.texts.get(&label.file) {
                texts.add(&label.file, session.show(&label.file), text);
            }
        }
        let fixes = diagnostic.fixes.iter().map(|fix| format!("fix: {}", fix.title));
        let help: Vec<String> = diagnostic.help.iter().cloned().chain(fixes).collect();
        Self { diagnostic, help: (!help.is_empty()).then(|| help.join("\n")), texts }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.texts)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.diagnostic.labels.iter().enumerate().filter_map(|(index, label)| {
            let span = SourceSpan::from((self.texts.offset(label)?, label.span.len()));
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            Some(if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            })
        })))
    }
}

/// Several files as one source, each with a byte between it and the next.
#[derive(Debug, Default)]
struct Texts(Vec<Text>);

#[derive(Debug)]
struct Text {
    file: SourcePath,
    shown: String,
    begin: usize,
    text: Arc<str>,
}

impl Texts {
    fn add(&mut self, file: &SourcePath, shown: String, text: &Arc<str>) {
        if self.0.iter().all(|known| known.file != *file) {
            let begin = self.0.last().map_or(0, |last| last.begin + last.text.len() + 1);
            self.0.push(Text { file: file.clone(), shown, begin, text: text.clone() });
        }
    }

    fn offset(&self, label: &Label) -> Option<usize> {
        let text = self.0.iter().find(|text| text.file == label.file)?;
        (label.span.end <= text.text.len()).then_some(text.begin + label.span.start)
    }
}

impl SourceCode for Texts {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let inside = |text: &&Text| text.begin <= start && end <= text.begin + text.text.len();
        let text = self.0.iter().find(inside).ok_or(MietteError::OutOfBounds)?;
        let local = SourceSpan::from((start - text.begin, span.len()));
        let contents = text.text.as_bytes().read_span(&local, before, after)?;
        let moved = SourceSpan::from((contents.span().offset() + text.begin, contents.span().len()));
        Ok(Box::new(MietteSpanContents::new_named(
            text.shown.clone(),
            contents.data(),
            moved,
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

/// A finding for tools.
#[derive(Serialize)]
struct JsonDiagnostic<'a> {
    code: &'a str,
    severity: &'static str,
    message: &'a str,
    labels: Vec<JsonLabel<'a>>,
    help: Option<&'a str>,
    fixes: Vec<JsonFix<'a>>,
}

/// A place: bytes of the file, and lines and columns in characters from 1.
#[derive(Serialize)]
struct JsonLabel<'a> {
    file: String,
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    title: &'a str,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    file: String,
    start: usize,
    end: usize,
    text: &'a str,
}

fn as_json<'a>(session: &Session, report: &'a Report) -> Vec<JsonDiagnostic<'a>> {
    let label = |label: &'a Label| {
        let text = report.texts.get(&label.file).map_or("", |text| text);
        let ((line, column), (end_line, end_column)) =
            (position(text, label.span.start), position(text, label.span.end));
        JsonLabel {
            file: session.show(&label.file),
            start: label.span.start,
            end: label.span.end,
            line,
            column,
            end_line,
            end_column,
            text: &label.text,
        }
    };
    let edit = |edit: &'a Edit| JsonEdit {
        file: session.show(&edit.file),
        start: edit.span.start,
        end: edit.span.end,
        text: &edit.text,
    };
    let fix = |fix: &'a Fix| JsonFix { title: &fix.title, edits: fix.edits.iter().map(edit).collect() };
    report
        .diagnostics
        .iter()
        .map(|diagnostic| JsonDiagnostic {
            code: diagnostic.code,
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: &diagnostic.message,
            labels: diagnostic.labels.iter().map(label).collect(),
            help: diagnostic.help.as_deref(),
            fixes: diagnostic.fixes.iter().map(fix).collect(),
        })
        .collect()
}

/// Line and column of an offset, from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        assert_eq!(position("ab\ncäd", 0), (1, 1));
        assert_eq!(position("ab\ncäd", 6), (2, 3));
    }

    #[test]
    fn snippets_come_from_their_own_file() {
        let mut texts = Texts::default();
        let (system, module) =
            (SourcePath::Project("system.kdl".into()), SourcePath::Catalog("lib.rs".into()));
        texts.add(&system, "system.kdl".into(), &"one\ntwo\n".into());
        texts.add(&module, "catalog/lib.rs".into(), &"three\nfour\n".into());
        let label = |file: &SourcePath, span| Label { file: file.clone(), span, text: String::new() };
        let offset = texts.offset(&label(&module, 6..10)).unwrap();
        let contents = texts.read_span(&(offset, 4).into(), 0, 0).unwrap();
        assert_eq!(contents.name(), Some("catalog/lib.rs"));
        assert_eq!((contents.line(), contents.data()), (1, b"four\n".as_slice()));
        let across = texts.offset(&label(&system, 4..7)).unwrap();
        assert!(texts.read_span(&(across, offset - across).into(), 0, 0).is_err());
    }
}
