//! Who uses what a Rust source declares: the places in all systems of the folders that are open.
//!
//! Dozens of systems can be in them, so they are looked through on a thread of their own, which answers when
//! it is done. What it reads is gone with it.

use super::answer::Answer;
use super::documents::Documents;
use super::position::{Encoding, Lines};
use super::server::{Server, System, system};
use super::{convert, uri};
use lsp_server::{Request, RequestId, Response};
use lsp_types::{CodeLens, Command, TextDocumentIdentifier, TextDocumentPositionParams};
use oscomp_lang::editor::Use;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;

/// Folders that are looked into for systems.
const FOLDERS: usize = 4_000;
/// Systems that are looked through.
const SYSTEMS: usize = 200;

/// What a source declares with the places that use it, in the terms of the protocol.
struct Found {
    declared: lsp_types::Range,
    title: String,
    places: Vec<lsp_types::Location>,
}

/// The places that use what is declared at a place of a Rust source.
pub fn references(server: &Server<'_>, request: &Request, asked: &TextDocumentPositionParams) -> Answer {
    let position = asked.position;
    look(server, request, &asked.text_document, move |found| {
        let here = found.into_iter().filter(|found| {
            let range = found.declared;
            range.start <= position && position <= range.end
        });
        serde_json::to_value(here.flat_map(|found| found.places).collect::<Vec<_>>()).unwrap_or(Value::Null)
    })
}

/// A lens for each thing that systems use of a Rust source.
pub fn lenses(server: &Server<'_>, request: &Request, document: &TextDocumentIdentifier) -> Answer {
    let uri = document.uri.clone();
    look(server, request, document, move |found| {
        let mut lenses: Vec<CodeLens> = Vec::new();
        let mut all: Vec<(lsp_types::Range, Vec<String>, Vec<lsp_types::Location>)> = Vec::new();
        for found in found {
            match all.iter_mut().find(|(range, ..)| *range == found.declared) {
                Some((_, titles, places)) => {
                    titles.push(found.title);
                    places.extend(found.places);
                }
                None => all.push((found.declared, vec![found.title], found.places)),
            }
        }
        for (range, titles, places) in all {
            let title = match titles.as_slice() {
                [only] => only.clone(),
                several => format!("used in {} systems", several.len()),
            };
            let arguments = vec![json!(uri), json!(range.start), json!(places)];
            lenses.push(CodeLens {
                range,
                // The client's own command: VS Code has it, others give it a meaning in their settings.
                command: Some(Command {
                    title,
                    command: "oscomp.showReferences".to_owned(),
                    arguments: Some(arguments),
                }),
                data: None,
            });
        }
        serde_json::to_value(lenses).unwrap_or(Value::Null)
    })
}

/// Looks through all systems; null for what is no Rust source of a module or an interface.
fn look(
    server: &Server<'_>,
    request: &Request,
    document: &TextDocumentIdentifier,
    answer: impl FnOnce(Vec<Found>) -> Value + Send + 'static,
) -> Answer {
    let source = uri::path(&document.uri).filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let text = source.as_ref().and_then(|path| {
        let document = server.documents.borrow().get(path).map(|document| document.text.clone());
        document.or_else(|| crate::catalog::read_file(path).ok())
    });
    let (Some(source), Some(text)) = (source, text) else { return Some(Ok(Value::Null)) };
    if !text.contains("#[module") && !text.contains("#[interface") {
        return Some(Ok(Value::Null));
    }
    let (id, sender) = (request.id.clone(), server.connection.sender.clone());
    let documents = server.documents.borrow().clone();
    let (catalog, encoding) = (server.catalog.clone(), server.client.encoding);
    let mut known: BTreeSet<PathBuf> = server.systems.keys().cloned().collect();
    let folders = server.client.folders.clone();
    let work = move || {
        known.extend(systems_in(&folders));
        let found = catch_unwind(|| find(&source, &text, known, catalog.as_deref(), documents, encoding));
        respond(&sender, id, answer(found.unwrap_or_default()));
    };
    match thread::Builder::new().name("users".to_owned()).spawn(work) {
        Ok(_) => None,
        Err(_) => Some(Ok(Value::Null)),
    }
}

fn respond(sender: &crossbeam_channel::Sender<lsp_server::Message>, id: RequestId, result: Value) {
    // A client that is gone does not need it.
    let _ = sender.send(Response::new_ok(id, result).into());
}

fn find(
    source: &Path,
    text: &str,
    systems: BTreeSet<PathBuf>,
    catalog: Option<&Path>,
    documents: Documents,
    encoding: Encoding,
) -> Vec<Found> {
    let documents = Rc::new(RefCell::new(documents));
    let lines = Lines::new(text, encoding);
    let mut found = Vec::new();
    for path in systems.into_iter().take(SYSTEMS) {
        let Some(system) = system(&path, catalog, &documents) else { continue };
        let mut uses: Vec<Use> = Vec::new();
        for name in system.project.names(source) {
            uses.extend(system.workspace.look(&system.file, |view| view.uses(&name)).unwrap_or_default());
        }
        found.extend(uses.into_iter().map(|used| convert_use(&lines, &system, used, encoding)));
    }
    found
}

fn convert_use(lines: &Lines<'_>, system: &System, used: Use, encoding: Encoding) -> Found {
    let places = used.places.iter().filter_map(|place| convert::location(system, encoding, place));
    Found { declared: lines.range(used.declared.range()), title: used.title, places: places.collect() }
}

/// The systems below folders, as far as it is worth looking.
fn systems_in(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut queue: Vec<PathBuf> = folders.to_vec();
    let (mut seen, mut found) = (0, Vec::new());
    while let Some(folder) = queue.pop() {
        seen += 1;
        if seen > FOLDERS || found.len() >= SYSTEMS {
            break;
        }
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let hidden = name.to_str().is_none_or(|name| name.starts_with('.'));
            let built = matches!(name.to_str(), Some("target" | "node_modules"));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !hidden && !built => queue.push(entry.path()),
                Ok(kind) if kind.is_file() && name == "system.kdl" => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_found_below_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a/system.kdl", "b/c/system.kdl", "target/system.kdl", ".git/system.kdl", "b/other.kdl"]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = systems_in(&[folder.path().to_owned()]);
        let shown: Vec<_> = found.iter().map(|path| path.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(shown, [Path::new("a/system.kdl"), Path::new("b/c/system.kdl")]);
    }
}
