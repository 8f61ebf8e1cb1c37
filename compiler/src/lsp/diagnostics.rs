//! What is wrong, published where it is.

use super::position::{Encoding, Lines};
use super::server::{Server, System};
use super::{convert, uri};
use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, NumberOrString, PublishDiagnosticsParams,
};
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::{Diagnostic, Label, Severity};
use oscomp_lang::editor::Location;
use oscomp_lang::source::SourcePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Checks a system and publishes what is wrong with it.
pub fn publish(server: &Server<'_>, file: &Path, system: &mut System) {
    let report = system.workspace.check(&system.file);
    let found = findings(system, &report, server.client.encoding);
    let files: BTreeSet<PathBuf> =
        found.keys().chain(system.published.keys()).cloned().chain([file.to_owned()]).collect();
    system.published = found;
    for path in files {
        show(server, &path, Some(system));
    }
}

/// Withdraws what was published of a system.
pub fn withdraw(server: &Server<'_>, system: &mut System) {
    let files: Vec<PathBuf> = std::mem::take(&mut system.published).into_keys().collect();
    for path in files {
        show(server, &path, None);
    }
}

/// Publishes what all systems say of a file; `system` is the one that is being checked.
fn show(server: &Server<'_>, path: &Path, system: Option<&System>) {
    let Some(uri) = uri::of(path) else { return };
    let mut diagnostics: Vec<lsp_types::Diagnostic> = Vec::new();
    for system in server.systems.values().chain(system) {
        for diagnostic in system.published.get(path).into_iter().flatten() {
            if !diagnostics.contains(diagnostic) {
                diagnostics.push(diagnostic.clone());
            }
        }
    }
    let version = server.documents.borrow().get(path).map(|document| document.version);
    let parameters = PublishDiagnosticsParams { uri, diagnostics, version };
    if let Ok(parameters) = serde_json::to_value(parameters) {
        server.notify("textDocument/publishDiagnostics", parameters);
    }
}

/// The findings by file: each in the system's file, and one whose mistake is elsewhere there too.
fn findings(
    system: &System,
    report: &Report,
    encoding: Encoding,
) -> BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>> {
    let mut found: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>> = BTreeMap::new();
    for diagnostic in &report.diagnostics {
        let own = diagnostic.labels.iter().find(|label| label.file == system.file);
        let first = diagnostic.labels.first().filter(|label| label.file != system.file);
        let nowhere = Label { file: system.file.clone(), span: 0..0, text: String::new() };
        for label in
            [own, first].into_iter().flatten().chain(diagnostic.labels.is_empty().then_some(&nowhere))
        {
            if let Some(path) = system.project.located(&label.file) {
                let shown = convert(system, diagnostic, label, encoding);
                found.entry(path).or_default().push(shown);
            }
        }
    }
    found
}

/// A finding as it is shown at one of its places.
pub fn convert(
    system: &System,
    diagnostic: &Diagnostic,
    at: &Label,
    encoding: Encoding,
) -> lsp_types::Diagnostic {
    let text = |file: &SourcePath| convert::text(system, file);
    let mut message = diagnostic.message.clone();
    if !at.text.is_empty() {
        message += &format!(": {}", at.text);
    }
    if let Some(help) = &diagnostic.help {
        message += &format!("\nhelp: {help}");
    }
    let others = diagnostic.labels.iter().filter(|label| *label != at).filter_map(|label| {
        let place = Location::new(&label.file, &label.span);
        let location = convert::location(system, encoding, &place)?;
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let others: Vec<DiagnosticRelatedInformation> = others.collect();
    lsp_types::Diagnostic {
        range: Lines::new(&text(&at.file), encoding).range(at.span.clone()),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(diagnostic.code.to_owned())),
        source: Some("oscomp".to_owned()),
        message,
        related_information: (!others.is_empty()).then_some(others),
        // What nothing uses is not in the image.
        tags: (diagnostic.code == "W0101").then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..lsp_types::Diagnostic::default()
    }
}
