//! `oscomp lsp` as a client sees it: the cases of `tests/lsp/cases`, each a folder with files, a script of what a
//! client does, and what it is told. `UPDATE=1` records that anew.
//!
//! A script has a line for each step; `|` in backquotes marks a place of a file, two of them a range.
//!
//! - `capabilities JSON`: what the client can do, before everything else;
//! - `open FILE`, `close FILE`; `change FILE «OLD» => «NEW»` in the editor;
//! - `write FILE «OLD» => «NEW»`, `delete FILE`: on the disk, with the notification of who watches it;
//! - `diagnostics FILE`: what was published last;
//! - `ask METHOD FILE [«PLACE»] [JSON]`: a request, with more parameters; `-` for no file.

use oscomp_tests::command::repository;
use oscomp_tests::lsp::{Client, catalog, uri};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an editor of today can do.
fn modern() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "window": { "showDocument": { "support": true } },
        "workspace": {
            "workspaceEdit": { "documentChanges": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
        "textDocument": {
            "completion": { "completionItem": { "snippetSupport": true } },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
        },
    })
}

struct Session {
    folder: PathBuf,
    client: Client,
    encoding_is_utf8: bool,
    /// The documents as the editor has them, with their versions.
    open: BTreeMap<String, (String, i32)>,
    record: String,
    asked: BTreeSet<String>,
}

impl Session {
    fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    fn text(&self, file: &str) -> String {
        let open = self.open.get(file).map(|(text, _)| text.clone());
        open.unwrap_or_else(|| fs::read_to_string(self.path(file)).expect("it can be read"))
    }

    fn position(&self, text: &str, offset: usize) -> Value {
        let line = text[..offset].matches('\n').count();
        let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &text[start..offset];
        let column = if self.encoding_is_utf8 { before.len() } else { before.encode_utf16().count() };
        json!({ "line": line, "character": column })
    }

    fn range(&self, text: &str, start: usize, end: usize) -> Value {
        json!({ "start": self.position(text, start), "end": self.position(text, end) })
    }

    /// Where a marked piece of text stands.
    fn find(text: &str, marked: &str) -> Vec<usize> {
        let plain = marked.replace('|', "");
        let at = text.find(&plain).unwrap_or_else(|| panic!("`{plain}` is in the text"));
        let marks = marked.match_indices('|').enumerate().map(|(number, (mark, _))| at + mark - number);
        marks.collect()
    }

    fn step(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let quoted: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        let mut words = rest.split_whitespace();
        match verb {
            "open" => {
                let text = self.text(rest);
                self.client.open(&self.path(rest), 1, &text);
                self.open.insert(rest.to_owned(), (text, 1));
            }
            "close" => {
                self.open.remove(rest);
                let document = json!({ "textDocument": { "uri": uri(&self.path(rest)) } });
                self.client.notify("textDocument/didClose", &document);
            }
            "change" => {
                let file = words.next().expect("a file");
                let text = self.text(file);
                let at = text.find(quoted[0]).unwrap_or_else(|| panic!("`{}` is in {file}", quoted[0]));
                let range = self.range(&text, at, at + quoted[0].len());
                let version = self.open[file].1 + 1;
                let path = self.path(file);
                self.client.change(&path, version, &json!([{ "range": range, "text": quoted[1] }]));
                self.open.insert(file.to_owned(), (text.replacen(quoted[0], quoted[1], 1), version));
            }
            "write" | "delete" => {
                let file = words.next().expect("a file");
                let path = self.path(file);
                let kind = if verb == "write" {
                    let text = fs::read_to_string(&path).unwrap();
                    assert!(text.contains(quoted[0]));
                    fs::write(&path, text.replacen(quoted[0], quoted[1], 1)).unwrap();
                    2
                } else {
                    fs::remove_file(&path).unwrap();
                    3
                };
                let changes = json!({ "changes": [{ "uri": uri(&path), "type": kind }] });
                self.client.notify("workspace/didChangeWatchedFiles", &changes);
            }
            "diagnostics" => {
                let shown = Value::Array(self.last_diagnostics(rest));
                self.note(line, &shown);
            }
            "ask" => self.ask(line, &quoted),
            other => panic!("`{other}` is a step"),
        }
    }

    /// What was published last of a file. The server checks when nothing else is waiting, so an answer to a
    /// request that follows the change is behind its diagnostics, or they are still to come.
    fn last_diagnostics(&mut self, file: &str) -> Vec<Value> {
        let path = self.path(file);
        let version = self.open.get(file).map(|(_, version)| *version);
        let mut last = self.client.diagnostics(&path, version);
        // A change of another file gives new ones for the same version.
        let is_own = |message: &Value, uri: &str| {
            message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
        };
        let own = uri(&path);
        while let Some(message) =
            self.client.wait(Duration::from_millis(500), |message| is_own(message, &own))
        {
            last = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
        }
        last
    }

    fn ask(&mut self, line: &str, quoted: &[&str]) {
        let mut words = line.split_whitespace().skip(1);
        let (method, file) = (words.next().expect("a method"), words.next().expect("a file"));
        let mut parameters = json!({});
        if file != "-" {
            parameters["textDocument"] = json!({ "uri": uri(&self.path(file)) });
        }
        if let Some(marked) = quoted.first() {
            let text = self.text(file);
            match Self::find(&text, marked).as_slice() {
                [at] => {
                    parameters["position"] = self.position(&text, *at);
                    parameters["range"] = self.range(&text, *at, *at);
                }
                [start, end] => parameters["range"] = self.range(&text, *start, *end),
                other => panic!("one mark or two, not {other:?}"),
            }
        }
        let behind = if quoted.is_empty() { line } else { &line[line.rfind('`').unwrap_or(0) + 1..] };
        if let Some(start) = behind.find('{') {
            let text = behind[start..].replace("project:", &format!("{}/", uri(&self.folder)));
            let more: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}"));
            for (name, value) in more.as_object().expect("an object") {
                parameters[name] = value.clone();
            }
        }
        let answer = self.client.request(method, &parameters);
        self.asked.insert(method.to_owned());
        match answer {
            Ok(result) => self.note(line, &result),
            Err(error) => self.note(line, &json!({ "error": error })),
        }
    }

    /// Records what was told, with names for what is elsewhere on another machine.
    fn note(&mut self, line: &str, value: &Value) {
        let text = serde_json::to_string_pretty(value).expect("it is JSON");
        let text = text
            .replace(&format!("{}/", uri(&self.folder)), "project:")
            .replace(&format!("{}/", uri(&catalog())), "catalog:");
        // Writing to a string does not fail.
        let _ = writeln!(self.record, "> {line}\n{text}\n");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else if !matches!(entry.file_name().to_str(), Some("script" | "expected")) {
            fs::copy(&source, &target).unwrap();
        }
    }
}

/// The lines of a script; one whose backquotes are open goes on.
fn steps(script: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for line in script.lines() {
        match steps.last_mut() {
            Some(last) if last.matches('`').count() % 2 == 1 => {
                last.push('\n');
                last.push_str(line);
            }
            _ if line.trim().is_empty() || line.starts_with('#') => {}
            _ => steps.push(line.to_owned()),
        }
    }
    steps
}

/// Runs a case; what was told, the methods that were asked for, what the server says that it can do.
fn run(case: &Path) -> (String, BTreeSet<String>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().canonicalize().unwrap();
    copy(case, &project);
    let script = fs::read_to_string(case.join("script")).unwrap();
    let mut steps = steps(&script);
    let capabilities = match steps.first().and_then(|step| step.strip_prefix("capabilities ")) {
        Some(text) => {
            let capabilities = serde_json::from_str(text).unwrap();
            steps.remove(0);
            capabilities
        }
        None => modern(),
    };
    let client = Client::start(&project, &catalog(), &capabilities);
    let can = client.capabilities.clone();
    let encoding_is_utf8 = can["positionEncoding"] == "utf-8";
    let mut session = Session {
        folder: project,
        client,
        encoding_is_utf8,
        open: BTreeMap::new(),
        record: String::new(),
        asked: BTreeSet::new(),
    };
    for step in &steps {
        session.step(step);
    }
    assert_eq!(session.client.finish(), 0, "{}", case.display());
    (session.record, session.asked, can)
}

#[test]
fn every_capability_answers_as_recorded() {
    let cases = repository().join("tests/lsp/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 6);
    let (mut asked, mut can) = (BTreeSet::new(), Value::Null);
    let mut wrong = Vec::new();
    for case in &folders {
        let (record, methods, capabilities) = run(case);
        asked.extend(methods);
        can = capabilities;
        let file = case.join("expected");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &record).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != record {
            let actual = std::env::temp_dir().join(format!("lsp-{}", case.file_name().unwrap().display()));
            fs::write(&actual, &record).unwrap();
            wrong.push(format!("{} differs from {}", actual.display(), file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n`UPDATE=1` records what is right");

    // Nothing is said to be there that no case asks for.
    let methods: BTreeMap<&str, &str> = BTreeMap::from([
        ("completionProvider", "textDocument/completion"),
        ("hoverProvider", "textDocument/hover"),
        ("definitionProvider", "textDocument/definition"),
        ("typeDefinitionProvider", "textDocument/typeDefinition"),
        ("implementationProvider", "textDocument/implementation"),
        ("referencesProvider", "textDocument/references"),
        ("documentHighlightProvider", "textDocument/documentHighlight"),
        ("documentSymbolProvider", "textDocument/documentSymbol"),
        ("foldingRangeProvider", "textDocument/foldingRange"),
        ("documentFormattingProvider", "textDocument/formatting"),
        ("renameProvider", "textDocument/rename"),
        ("codeActionProvider", "textDocument/codeAction"),
        ("codeLensProvider", "textDocument/codeLens"),
        ("inlayHintProvider", "textDocument/inlayHint"),
        ("semanticTokensProvider", "textDocument/semanticTokens/full"),
        ("executeCommandProvider", "workspace/executeCommand"),
    ]);
    for capability in can.as_object().unwrap().keys().filter(|name| name.ends_with("Provider")) {
        let method = methods.get(capability.as_str()).unwrap_or_else(|| panic!("{capability} has a case"));
        assert!(asked.contains(*method), "a case asks for {method}");
    }
}
