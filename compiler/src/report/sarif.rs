//! Findings in SARIF 2.1.0, the interchange format of static analysis, for services that show them beside changes.
//!
//! Every code is a rule with its explanation. Files are relative to the current folder; those of the catalog that is
//! packed into the command are relative to `CATALOG`, which is nowhere on the disk.

use super::position;
use crate::catalog::Catalog;
use crate::session::{Session, relative};
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::{Diagnostic, Edit, Fix, Label, Severity};
use oscomp_lang::explain::{ALL, Explanation};
use oscomp_lang::source::SourcePath;
use serde_json::{Value, json};
use std::fmt::Write;
use std::ops::Range;

/// A report as one run.
pub fn log(session: &Session, report: &Report) -> Value {
    let results: Vec<Value> =
        report.diagnostics.iter().map(|diagnostic| result(session, report, diagnostic)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "oscomp",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ALL.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                "CATALOG": { "description": { "text": "The catalog that is packed into the command" } },
            },
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
        }],
    })
}

fn rule(explanation: &Explanation) -> Value {
    let Explanation { code, title, text, wrong, right } = explanation;
    let mut markdown = (*text).to_owned();
    for (heading, example) in [("Wrong", wrong), ("Right", right)] {
        if !example.is_empty() {
            let _ = write!(markdown, "\n\n{heading}:\n\n```kdl\n{example}\n```");
        }
    }
    json!({
        "id": code,
        "shortDescription": { "text": title },
        "fullDescription": { "text": text },
        "help": { "text": explanation.to_string(), "markdown": markdown },
        "defaultConfiguration": { "level": if code.starts_with('W') { "warning" } else { "error" } },
    })
}

fn result(session: &Session, report: &Report, diagnostic: &Diagnostic) -> Value {
    let mut text = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    let (first, others) = match diagnostic.labels.split_first() {
        Some((first, others)) => (location(session, report, first), others),
        // A finding without a place is about the system's file.
        None => {
            let file = SourcePath::Project(session.file.clone());
            (json!({ "physicalLocation": { "artifactLocation": artifact(session, &file) } }), [].as_slice())
        }
    };
    let related: Vec<Value> = others
        .iter()
        .enumerate()
        .map(|(id, label)| {
            let mut location = location(session, report, label);
            location["id"] = json!(id + 1);
            location
        })
        .collect();
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": text },
        "locations": [first],
        "relatedLocations": related,
        "fixes": diagnostic.fixes.iter().map(|one| fix(session, report, one)).collect::<Vec<_>>(),
    });
    if let Some(index) = ALL.iter().position(|explanation| explanation.code == diagnostic.code) {
        result["ruleIndex"] = json!(index);
    }
    result
}

fn location(session: &Session, report: &Report, label: &Label) -> Value {
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": artifact(session, &label.file),
        "region": region(report, &label.file, &label.span),
    }});
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn region(report: &Report, file: &SourcePath, span: &Range<usize>) -> Value {
    let text = report.texts.get(file).map_or("", |text| text);
    let ((line, column), (end_line, end_column)) = (position(text, span.start), position(text, span.end));
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// A fix; the edits of one file belong together.
fn fix(session: &Session, report: &Report, fix: &Fix) -> Value {
    let mut files: Vec<(&SourcePath, Vec<&Edit>)> = Vec::new();
    for edit in &fix.edits {
        match files.iter_mut().find(|(file, _)| *file == &edit.file) {
            Some((_, edits)) => edits.push(edit),
            None => files.push((&edit.file, vec![edit])),
        }
    }
    let changes = files.into_iter().map(|(file, edits)| {
        let replacements = edits.into_iter().map(|edit| {
            json!({
                "deletedRegion": region(report, file, &edit.span),
                "insertedContent": { "text": edit.text },
            })
        });
        json!({
            "artifactLocation": artifact(session, file),
            "replacements": replacements.collect::<Vec<_>>(),
        })
    });
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

fn artifact(session: &Session, file: &SourcePath) -> Value {
    let path = match (file, &session.catalog) {
        (SourcePath::Project(path), _) => relative(&session.folder.join(path)),
        (SourcePath::Catalog(path), Catalog::Folder(root)) => relative(&root.join(path)),
        (SourcePath::Catalog(path), Catalog::Embedded) => {
            return json!({ "uri": encoded(path), "uriBaseId": "CATALOG" });
        }
    };
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    json!({ "uri": format!("{scheme}{}", encoded(&path)) })
}

/// A path as part of a URI (RFC 3986).
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        assert_eq!(encoded("a folder/système.kdl"), "a%20folder/syst%C3%A8me.kdl");
        assert_eq!(encoded("c:d#e?f%"), "c%3Ad%23e%3Ff%25");
    }
}
