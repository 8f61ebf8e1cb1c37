//! The loop: messages in, answers out, and diagnostics when nothing else is waiting.

use super::capabilities::Client;
use super::commands::Jobs;
use super::documents::Documents;
use super::project::Project;
use super::{answer, diagnostics, uri};
use crate::catalog::Catalog;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, NumberOrString, Uri,
};
use oscomp_lang::editor::Workspace;
use oscomp_lang::source::SourcePath;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A system that somebody looks at.
pub struct System {
    pub project: Rc<Project>,
    /// Its file.
    pub file: SourcePath,
    pub workspace: Workspace,
    /// What was published of it, by the file that it is shown in.
    pub published: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>,
}

/// A server with its client.
pub struct Server<'c> {
    pub connection: &'c Connection,
    pub client: Client,
    /// The catalog that was asked for on the command line.
    pub catalog: Option<PathBuf>,
    pub documents: Rc<RefCell<Documents>>,
    /// The systems that are open, or that the folder of an open source has, by the path of their file.
    pub systems: BTreeMap<PathBuf, System>,
    /// Systems to check.
    dirty: BTreeSet<PathBuf>,
    /// Whether something has changed that documents show which are not the one that has.
    elsewhere: bool,
    queue: VecDeque<Message>,
    pub jobs: Jobs,
    asked: i32,
    shut_down: bool,
}

impl<'c> Server<'c> {
    pub fn new(connection: &'c Connection, client: Client, catalog: Option<PathBuf>) -> Self {
        Self {
            connection,
            client,
            catalog,
            documents: Rc::default(),
            systems: BTreeMap::new(),
            dirty: BTreeSet::new(),
            elsewhere: false,
            queue: VecDeque::new(),
            jobs: Jobs::default(),
            asked: 0,
            shut_down: false,
        }
    }

    /// Serves until the client asks for the end; whether it did that in order.
    pub fn run(mut self) -> bool {
        self.watch_files();
        loop {
            self.queue.extend(self.connection.receiver.try_iter());
            let message = match self.queue.pop_front() {
                Some(message) => message,
                None => {
                    self.check_dirty();
                    match self.connection.receiver.recv() {
                        Ok(message) => message,
                        Err(_) => break,
                    }
                }
            };
            match message {
                Message::Request(request) => self.request(request),
                Message::Notification(notification) if notification.method == "exit" => break,
                Message::Notification(notification) => self.notification(notification),
                // What the client says of our requests changes nothing.
                Message::Response(_) => {}
            }
        }
        self.jobs.stop();
        self.shut_down
    }

    /// Sends a message; a client that is gone does not need it.
    pub fn send(&self, message: impl Into<Message>) {
        let _ = self.connection.sender.send(message.into());
    }

    pub fn notify(&self, method: &str, parameters: Value) {
        self.send(Notification { method: method.to_owned(), params: parameters });
    }

    /// Asks the client for something, without waiting for what it says.
    pub fn ask(&mut self, method: &str, parameters: Value) {
        self.asked += 1;
        self.send(Request { id: RequestId::from(self.asked), method: method.to_owned(), params: parameters });
    }

    fn watch_files(&mut self) {
        if self.client.watches {
            let watchers: Vec<Value> = ["**/*.kdl", "**/*.rs", "**/Cargo.toml"]
                .iter()
                .map(|pattern| json!({ "globPattern": pattern }))
                .collect();
            let registration = json!({
                "id": "sources",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            });
            self.ask("client/registerCapability", json!({ "registrations": [registration] }));
        }
    }

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        let response = if self.shut_down {
            Response::new_err(id, ErrorCode::InvalidRequest as i32, "the server is shut down".to_owned())
        } else if request.method == "shutdown" {
            self.shut_down = true;
            Response::new_ok(id, Value::Null)
        } else if self.is_cancelled(&id) {
            Response::new_err(id, ErrorCode::RequestCanceled as i32, "cancelled".to_owned())
        } else {
            match catch_unwind(AssertUnwindSafe(|| answer::answer(self, &request))) {
                Ok(Some(Ok(result))) => Response::new_ok(id, result),
                Ok(Some(Err(error))) => Response { id, response_result: Err(error) },
                // The answer comes later.
                Ok(None) => return,
                Err(_) => {
                    self.forget();
                    let message = format!("`{}` failed: this is a defect of oscomp", request.method);
                    Response::new_err(id, ErrorCode::InternalError as i32, message)
                }
            }
        };
        self.send(response);
    }

    /// Whether the client has taken a request back that is still waiting.
    fn is_cancelled(&mut self, id: &RequestId) -> bool {
        self.queue.extend(self.connection.receiver.try_iter());
        self.queue.iter().any(|message| match message {
            Message::Notification(notification) if notification.method == "$/cancelRequest" => {
                let cancelled: Option<NumberOrString> =
                    notification.params.get("id").and_then(|id| serde_json::from_value(id.clone()).ok());
                match cancelled {
                    Some(NumberOrString::Number(number)) => *id == RequestId::from(number),
                    Some(NumberOrString::String(text)) => *id == RequestId::from(text),
                    None => false,
                }
            }
            _ => false,
        })
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                let Some(opened) = read::<DidOpenTextDocumentParams>(params) else { return };
                let document = opened.text_document;
                let Some(path) = uri::path(&document.uri) else { return };
                self.documents.borrow_mut().open(path.clone(), document.text, document.version);
                self.find_system(&path);
                self.changed(&path);
            }
            "textDocument/didChange" => {
                let Some(changed) = read::<DidChangeTextDocumentParams>(params) else { return };
                let (uri, version) = (changed.text_document.uri, changed.text_document.version);
                let Some(path) = uri::path(&uri) else { return };
                let encoding = self.client.encoding;
                let known =
                    self.documents.borrow_mut().change(&path, changed.content_changes, version, encoding);
                if known {
                    self.changed(&path);
                }
            }
            "textDocument/didSave" => {
                self.elsewhere = true;
                if !self.client.watches {
                    self.forget();
                }
            }
            "textDocument/didClose" => {
                let Some(closed) = read::<DidCloseTextDocumentParams>(params) else { return };
                let Some(path) = uri::path(&closed.text_document.uri) else { return };
                if self.documents.borrow_mut().close(&path) {
                    self.changed(&path);
                    self.drop_unseen();
                }
            }
            "workspace/didChangeWatchedFiles" => {
                let Some(changes) = read::<DidChangeWatchedFilesParams>(params) else { return };
                for change in changes.changes {
                    let path = uri::path(&change.uri);
                    // The buffer is what counts for a document that is open.
                    let open = path.as_ref().is_some_and(|path| self.documents.borrow().get(path).is_some());
                    if let (Some(path), false) = (path, open) {
                        self.changed(&path);
                    }
                }
            }
            "workspace/didChangeWorkspaceFolders" => {
                let Some(changes) = read::<DidChangeWorkspaceFoldersParams>(params) else { return };
                let gone: Vec<PathBuf> =
                    changes.event.removed.iter().filter_map(|folder| uri::path(&folder.uri)).collect();
                self.client.folders.retain(|folder| !gone.contains(folder));
                let new = changes.event.added.iter().filter_map(|folder| uri::path(&folder.uri));
                self.client.folders.extend(new);
            }
            _ => {}
        }
    }

    /// Opens the system that a document is, or that is in a folder around it.
    fn find_system(&mut self, path: &Path) {
        if is_system(path, &self.text(path)) {
            self.open_system(path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let around = path.ancestors().skip(1).map(|folder| folder.join("system.kdl"));
            if let Some(system) = around.take(8).find(|system| system.is_file()) {
                self.open_system(&system);
            }
        }
    }

    fn text(&self, path: &Path) -> std::sync::Arc<str> {
        self.documents.borrow().get(path).map_or_else(|| "".into(), |document| document.text.clone())
    }

    fn open_system(&mut self, path: &Path) {
        if self.systems.contains_key(path) {
            return;
        }
        if let Some(system) = system(path, self.catalog.as_deref(), &self.documents) {
            self.systems.insert(path.to_owned(), system);
            self.dirty.insert(path.to_owned());
        }
    }

    /// Forgets what depends on a file, and checks the systems again that could.
    fn changed(&mut self, path: &Path) {
        let kdl = path.extension().is_some_and(|extension| extension == "kdl");
        self.elsewhere |= !self.systems.contains_key(path);
        if kdl && self.documents.borrow().get(path).is_some() {
            self.find_system(path);
        }
        for (file, system) in &mut self.systems {
            // Another system's file is nothing to this one.
            if kdl && file != path && path.file_name() != Some("platform.kdl".as_ref()) {
                continue;
            }
            for name in system.project.names(path) {
                system.workspace.changed(&name);
            }
            self.dirty.insert(file.clone());
        }
        if self.systems.values().any(|system| system.workspace.is_stale()) {
            self.forget();
        }
    }

    /// Reads everything anew.
    fn forget(&mut self) {
        Workspace::forget(self.systems.values_mut().map(|system| &mut system.workspace));
        self.dirty.extend(self.systems.keys().cloned());
    }

    /// Closes the systems of which nothing is open any more.
    fn drop_unseen(&mut self) {
        let open: Vec<PathBuf> = self.documents.borrow().paths().cloned().collect();
        let seen = |file: &PathBuf| {
            let folder = file.parent();
            open.iter().any(|path| path == file || folder.is_some_and(|folder| path.starts_with(folder)))
        };
        let unseen: Vec<PathBuf> = self.systems.keys().filter(|file| !seen(file)).cloned().collect();
        for file in unseen {
            if let Some(mut system) = self.systems.remove(&file) {
                diagnostics::withdraw(self, &mut system);
            }
        }
        if self.systems.is_empty() {
            self.forget();
        }
    }

    fn check_dirty(&mut self) {
        for file in std::mem::take(&mut self.dirty) {
            let Some(mut system) = self.systems.remove(&file) else { continue };
            let checked = catch_unwind(AssertUnwindSafe(|| diagnostics::publish(self, &file, &mut system)));
            self.systems.insert(file, system);
            if checked.is_err() {
                self.notify(
                    "window/logMessage",
                    json!({ "type": 1, "message": "the check failed: this is a defect of oscomp" }),
                );
                Workspace::forget(self.systems.values_mut().map(|system| &mut system.workspace));
            }
        }
        // The document that has changed asks for its own.
        let elsewhere = std::mem::take(&mut self.elsewhere);
        if elsewhere && self.client.refreshes_hints {
            self.ask("workspace/inlayHint/refresh", Value::Null);
        }
        if elsewhere && self.client.refreshes_lenses {
            self.ask("workspace/codeLens/refresh", Value::Null);
        }
    }

    /// The system that a document is.
    pub fn system_of(&self, uri: &Uri) -> Option<(PathBuf, &System)> {
        let path = uri::path(uri)?;
        self.systems.get_key_value(&path).map(|(path, system)| (path.clone(), system))
    }
}

/// Opens a system; none if it has no catalog.
pub fn system(path: &Path, catalog: Option<&Path>, documents: &Rc<RefCell<Documents>>) -> Option<System> {
    let folder = path.parent()?.to_owned();
    let file = SourcePath::Project(path.file_name()?.to_str()?.to_owned());
    let catalog = Catalog::find(catalog, &folder).ok()?;
    let project = Rc::new(Project::new(folder, catalog, documents.clone()));
    let workspace = Workspace::new(project.clone());
    Some(System { project, file, workspace, published: BTreeMap::new() })
}

/// Whether a file is one system: by its name, or by how it begins.
pub fn is_system(path: &Path, text: &str) -> bool {
    let kdl = path.extension().is_some_and(|extension| extension == "kdl");
    if path.file_name() == Some("system.kdl".as_ref()) {
        return true;
    }
    let mut lines = text.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("//"));
    kdl && first.is_some_and(|line| line == "system" || line.starts_with("system "))
}

/// Parameters of a notification; what cannot be read is ignored, as the protocol asks.
fn read<P: DeserializeOwned>(parameters: Value) -> Option<P> {
    serde_json::from_value(parameters).ok()
}

#[cfg(test)]
mod tests {
    use super::is_system;
    use std::path::Path;

    #[test]
    fn systems_are_known_by_name_or_beginning() {
        assert!(is_system(Path::new("/a/system.kdl"), ""));
        assert!(is_system(Path::new("/a/web.kdl"), "// A web server.\n\nsystem \"web\" {\n}"));
        assert!(!is_system(Path::new("/a/platform.kdl"), "platform \"pc\" {\n}"));
        assert!(!is_system(Path::new("/a/lib.rs"), "system \"web\""));
    }
}
