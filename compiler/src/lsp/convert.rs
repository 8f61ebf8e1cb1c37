//! Places and changes in the terms of the protocol.

use super::position::{Encoding, Lines};
use super::server::{Server, System};
use super::uri;
use lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, Uri,
    WorkspaceEdit,
};
use oscomp_lang::diagnostic::Edit;
use oscomp_lang::editor::{Location, Span};
use oscomp_lang::source::SourcePath;
use std::collections::BTreeMap;
use std::ops;
use std::sync::Arc;

/// The URI of a source.
pub fn uri(system: &System, file: &SourcePath) -> Option<Uri> {
    uri::of(&system.project.located(file)?)
}

/// The text of a source, empty if there is none.
pub fn text(system: &System, file: &SourcePath) -> Arc<str> {
    system.workspace.text(file).unwrap_or_else(|| "".into())
}

/// A place in a source.
pub fn location(system: &System, encoding: Encoding, place: &Location) -> Option<lsp_types::Location> {
    let text = text(system, &place.file);
    let range = Lines::new(&text, encoding).range(place.range());
    Some(lsp_types::Location { uri: uri(system, &place.file)?, range })
}

pub fn range(lines: &Lines<'_>, span: &Span) -> Range {
    lines.range(ops::Range { start: span.start, end: span.end })
}

/// Edits of one text.
pub fn text_edits(lines: &Lines<'_>, edits: &[Edit]) -> Vec<TextEdit> {
    edits
        .iter()
        .map(|edit| TextEdit { range: lines.range(edit.span.clone()), new_text: edit.text.clone() })
        .collect()
}

/// Edits of any number of files.
pub fn workspace_edit(server: &Server<'_>, system: &System, edits: &[Edit]) -> Option<WorkspaceEdit> {
    let mut files: BTreeMap<&SourcePath, Vec<Edit>> = BTreeMap::new();
    for edit in edits {
        files.entry(&edit.file).or_default().push(edit.clone());
    }
    let mut changes = Vec::new();
    for (file, edits) in files {
        let text = text(system, file);
        let edits = text_edits(&Lines::new(&text, server.client.encoding), &edits);
        let path = system.project.located(file)?;
        let version = server.documents.borrow().get(&path).map(|document| document.version);
        changes.push((uri::of(&path)?, version, edits));
    }
    if server.client.versioned_edits {
        let edits = changes.into_iter().map(|(uri, version, edits)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        });
        return Some(WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(edits.collect())),
            ..WorkspaceEdit::default()
        });
    }
    // A URI has a cell for what it has computed of itself, which takes no part in its hash.
    #[allow(clippy::mutable_key_type)]
    let changes = changes.into_iter().map(|(uri, _, edits)| (uri, edits)).collect();
    Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}
