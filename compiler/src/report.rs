//! What checking found, printed.

mod sarif;

use crate::output::{Format, Output};
use crate::session::Session;
use miette::{GraphicalReportHandler, GraphicalTheme};
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::{Diagnostic, Edit, Fix, Label, Severity};
use oscomp_lang::render::Rendered;
use serde::Serialize;

/// Findings that are printed for a person, who mends the first ones first.
const SHOWN: usize = 100;

/// Prints every finding and a line that sums them up; as JSON an array of the findings, or SARIF.
pub fn print(session: &Session, report: &Report, output: &Output) {
    match output.format {
        Format::Json => return output.json(&as_json(session, report)),
        Format::Sarif => return output.json(&sarif::log(session, report)),
        _ => {}
    }
    for diagnostic in report.diagnostics.iter().take(SHOWN) {
        output.line(render(session, report, diagnostic, output.colour).trim_end());
        output.line("");
    }
    if let Some(more @ 1..) = report.diagnostics.len().checked_sub(SHOWN) {
        output.line(format!("and {}: `--format json` lists them all", counted(more, "more finding")));
        output.line("");
    }
    output.line(summary(session, report, output));
}

/// Prints every finding to stderr: what is worth a look although something else is the result.
pub fn note(session: &Session, report: &Report, output: &Output) {
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
    let rendered = Rendered::new(diagnostic, &report.texts, |file| session.show(file));
    // Writing to a string does not fail.
    let _ = handler.render_report(&mut text, &rendered);
    text
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
}
