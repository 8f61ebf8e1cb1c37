//! A client of `oscomp lsp`.

use crate::command::oscomp;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long an answer may take, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with a client that waits for its answers.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What has come that nobody has waited for.
    waiting: VecDeque<Value>,
    asked: i64,
    /// What the server said that it can do.
    pub capabilities: Value,
}

impl Client {
    /// Starts a server for a folder.
    ///
    /// # Panics
    /// When it cannot be started or does not answer.
    #[must_use]
    pub fn start(folder: &Path, catalog: &Path, capabilities: &Value) -> Self {
        let mut client = Self::start_bare(folder, catalog);
        let root = uri(folder);
        let answer = client.request(
            "initialize",
            &json!({
                "processId": null,
                "rootUri": root,
                "workspaceFolders": [{ "uri": root, "name": "test" }],
                "capabilities": capabilities,
            }),
        );
        client.capabilities = answer.expect("it begins")["capabilities"].clone();
        client.notify("initialized", &json!({}));
        client
    }

    /// Starts a server that has been told nothing yet.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start_bare(folder: &Path, catalog: &Path) -> Self {
        let mut child = Command::new(oscomp())
            .arg("lsp")
            .arg("--catalog")
            .arg(catalog)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server starts");
        let output = child.stdout.take().expect("it has an output");
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Self { child, input, messages, waiting: VecDeque::new(), asked: 0, capabilities: Value::Null }
    }

    /// The number of the server's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// When the server does not read.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("it is not closed");
        input.write_all(bytes).and_then(|()| input.flush()).expect("it reads");
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }));
    }

    /// Sends a request and gives its number.
    pub fn ask(&mut self, method: &str, parameters: &Value) -> i64 {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
        id
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The error that the server answers with.
    pub fn request(&mut self, method: &str, parameters: &Value) -> Result<Value, Value> {
        let id = self.ask(method, parameters);
        self.answer(id)
    }

    /// Waits for the answer to a request.
    ///
    /// # Errors
    /// The error that the server answers with.
    ///
    /// # Panics
    /// When none comes.
    pub fn answer(&mut self, id: i64) -> Result<Value, Value> {
        let answer = self
            .wait(PATIENCE, |message| message["id"] == id && message.get("method").is_none())
            .unwrap_or_else(|| panic!("an answer to request {id} within {PATIENCE:?}"));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Waits for a message that is wanted, also among those that have come already.
    pub fn wait(&mut self, patience: Duration, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        if let Some(index) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(index);
        }
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.messages.recv_timeout(left) {
                Ok(message) if wanted(&message) => return Some(message),
                Ok(message) => self.waiting.push_back(message),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Opens a document.
    pub fn open(&mut self, path: &Path, version: i32, text: &str) {
        let document = json!({ "uri": uri(path), "languageId": "kdl", "version": version, "text": text });
        self.notify("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    /// Changes a document as a whole.
    pub fn replace(&mut self, path: &Path, version: i32, text: &str) {
        self.change(path, version, &json!([{ "text": text }]));
    }

    /// Changes a document.
    pub fn change(&mut self, path: &Path, version: i32, changes: &Value) {
        let document = json!({ "uri": uri(path), "version": version });
        self.notify(
            "textDocument/didChange",
            &json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    /// Waits for the diagnostics of a version of a document.
    ///
    /// # Panics
    /// When none come.
    pub fn diagnostics(&mut self, path: &Path, version: Option<i32>) -> Vec<Value> {
        let uri = uri(path);
        let message = self.wait(PATIENCE, |message| {
            let parameters = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && parameters["uri"] == uri
                && version.is_none_or(|version| parameters["version"] == version)
        });
        let message = message.unwrap_or_else(|| panic!("diagnostics of {uri} within {PATIENCE:?}"));
        message["params"]["diagnostics"].as_array().cloned().unwrap_or_default()
    }

    /// Ends the server in order, and gives the status of its process.
    ///
    /// # Panics
    /// When it does not end.
    pub fn finish(mut self) -> i32 {
        self.request("shutdown", &Value::Null).expect("it shuts down");
        self.notify("exit", &Value::Null);
        self.ended()
    }

    /// Closes the server's input, and gives the status of its process.
    pub fn vanish(mut self) -> i32 {
        self.input = None;
        self.ended()
    }

    fn ended(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code().unwrap_or(-1);
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the server does not end");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It has ended if the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The position of a byte: its column counts bytes, or units of UTF-16.
#[must_use]
pub fn position(text: &str, offset: usize, utf8: bool) -> Value {
    let before = &text[..offset];
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let column = if utf8 { line.len() } else { line.encode_utf16().count() };
    json!({ "line": before.matches('\n').count(), "character": column })
}

/// The URI of a path without characters that would have to be encoded.
#[must_use]
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The catalog of the language server's tests: small, and nothing in it changes for other reasons.
#[must_use]
pub fn catalog() -> PathBuf {
    crate::command::repository().join("tests/lsp/catalog")
}
