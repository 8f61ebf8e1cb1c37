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
use oscomp_tests::folder::copy;
use oscomp_tests::lsp::{Client, catalog, position, uri};
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
        position(text, offset, self.encoding_is_utf8)
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
        // A change of another file gives new ones for the same version. Those of an earlier version may have been
        // left behind, or not have been published at all.
        let is_own = |message: &Value, uri: &str| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && version.is_none_or(|version| message["params"]["version"] == version)
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
    for own in ["script", "expected"] {
        // What has not been recorded yet is not there.
        let _ = fs::remove_file(project.join(own));
    }
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

/// Every question about a place.
const QUESTIONS: [&str; 16] = [
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/typeDefinition",
    "textDocument/implementation",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/formatting",
    "textDocument/inlayHint",
    "textDocument/codeAction",
    "textDocument/codeLens",
];

/// Asks everything about a place. Every answer comes, and none says that the server failed.
fn ask_everything(client: &mut Client, path: &Path, at: &Value) {
    let parameters = json!({
        "textDocument": { "uri": uri(path) },
        "position": at,
        "range": { "start": at, "end": at },
        "context": { "diagnostics": [], "includeDeclaration": true, "triggerKind": 1 },
        "newName": "renamed",
        "options": { "tabSize": 4, "insertSpaces": true },
    });
    let asked: Vec<(&str, i64)> =
        QUESTIONS.iter().map(|method| (*method, client.ask(method, &parameters))).collect();
    for (method, id) in asked {
        if let Err(error) = client.answer(id) {
            // What cannot be done is refused; a failure is something else.
            assert_eq!(error["code"], -32803, "{method} at {at}: {error}");
        }
    }
}

/// Each system of the examples, with something deleted or inserted at every so many-th place; `EVERY=1` takes all.
#[test]
fn whatever_is_deleted_or_inserted_in_an_example_is_answered() {
    let every = std::env::var("EVERY").ok().map(|every| every.parse::<usize>().expect("a number"));
    let inserts = ["\"", "{", "}", "/*", "x", "\n", "=", "é", ";", "#", "𝄞", "/-"];
    let mut systems: Vec<PathBuf> = ["systems", "tests"]
        .iter()
        .flat_map(|folder| fs::read_dir(repository().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path().join("system.kdl"))
        .filter(|path| path.is_file())
        .collect();
    systems.sort();
    assert!(systems.len() > 20);
    let (mut broken, mut near) = (0, 0);
    for path in &systems {
        let text = fs::read_to_string(path).unwrap();
        let every = every.unwrap_or(text.len() / 6 + 1);
        let mut client = Client::start(path.parent().unwrap(), repository(), &modern());
        client.open(path, 1, &text);
        let sound = client.diagnostics(path, Some(1)).iter().all(|found| found["severity"] != 1);
        assert!(sound, "{} is sound", path.display());
        let offsets = (0..text.len()).filter(|at| text.is_char_boundary(*at)).step_by(every);
        let mut version = 1;
        for (number, at) in offsets.enumerate() {
            let next = text.ceil_char_boundary(at + 1);
            let deleted = [&text[..at], &text[next..]].concat();
            let inserted = [&text[..at], inserts[number % inserts.len()], &text[at..]].concat();
            for typed in [deleted, inserted] {
                version += 1;
                client.replace(path, version, &typed);
                let here = position(&typed, at, false);
                ask_everything(&mut client, path, &here);
                let found = client.diagnostics(path, Some(version));
                let errors: Vec<&Value> = found.iter().filter(|found| found["severity"] == 1).collect();
                if !errors.is_empty() {
                    broken += 1;
                    near += usize::from(errors.iter().any(|found| is_near(found, path, &here)));
                }
            }
        }
        assert_eq!(client.finish(), 0);
    }
    println!("{near} of {broken} broken texts have a finding near what was typed");
    assert!(broken > systems.len() * 4, "most of it breaks something: {broken}");
    assert!(near * 100 >= broken * 95, "{near} of {broken}");
}

/// Whether a finding, or what it is related to, is within a line of a place.
fn is_near(found: &Value, path: &Path, at: &Value) -> bool {
    let line = at["line"].as_i64().unwrap();
    let own = uri(path);
    let related = found["relatedInformation"].as_array().cloned().unwrap_or_default();
    let related = related.iter().map(|other| &other["location"]).filter(|location| location["uri"] == own);
    let mut ranges = related.map(|location| &location["range"]).chain(std::iter::once(&found["range"]));
    ranges.any(|range| {
        let line_of = |end: &str| range[end]["line"].as_i64().unwrap();
        (line_of("start") - 1..=line_of("end") + 1).contains(&line)
    })
}

fn project() -> (tempfile::TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().canonicalize().unwrap();
    copy(&repository().join("tests/lsp/cases/web"), &project);
    let path = project.join("system.kdl");
    let text = fs::read_to_string(&path).unwrap();
    (folder, path, text)
}

#[test]
fn two_clients_have_a_server_each() {
    let (_folder, path, text) = project();
    let root = path.parent().unwrap();
    let (mut one, mut two) =
        (Client::start(root, &catalog(), &modern()), Client::start(root, &catalog(), &modern()));
    one.open(&path, 1, &text);
    two.open(&path, 1, &text.replace("output \"t\"", "output \"nothing\""));
    assert!(one.diagnostics(&path, Some(1)).is_empty());
    assert_eq!(two.diagnostics(&path, Some(1))[0]["code"], "E0301");
    assert_eq!((one.finish(), two.finish()), (0, 0));
}

#[test]
fn a_huge_file_is_refused_and_a_large_one_answered() {
    let (_folder, path, text) = project();
    let mut client = Client::start(path.parent().unwrap(), &catalog(), &modern());
    client.open(&path, 1, &"module \"x\"\n".repeat(500_000));
    let found = client.diagnostics(&path, Some(1));
    assert_eq!((found.len(), &found[0]["code"]), (1, &json!("E0103")));
    ask_everything(&mut client, &path, &json!({ "line": 3, "character": 2 }));
    // Two thousand instances, with a mistake at the end.
    let many: String = (0..2000).map(|number| format!("    module \"quiet\" as=\"q{number}\"\n")).collect();
    let large = text.replace("    build {", &format!("{many}    module \"quite\" as=\"q\"\n    build {{"));
    client.replace(&path, 2, &large);
    let found = client.diagnostics(&path, Some(2));
    assert!(found.iter().any(|found| found["code"] == "E0208"));
    ask_everything(&mut client, &path, &json!({ "line": 2000, "character": 14 }));
    // What is no text of anything.
    for (version, junk) in (3..).zip(["\0", "\u{feff}", "}}}}", "{{{{", "\"\"\"", "/*", "\r\r\r"]) {
        client.replace(&path, version, &junk.repeat(2000));
        client.diagnostics(&path, Some(version));
        ask_everything(&mut client, &path, &json!({ "line": 1, "character": 1 }));
    }
    assert_eq!(client.finish(), 0);
}

#[test]
fn a_client_that_does_not_keep_to_the_protocol_is_survived() {
    let (_folder, path, text) = project();
    let root = path.parent().unwrap();
    // Gone without a word, before and after it began.
    assert_eq!(Client::start_bare(root, &catalog()).vanish(), 0);
    assert_eq!(Client::start(root, &catalog(), &modern()).vanish(), 1);
    // An end before the end was asked for.
    let mut client = Client::start(root, &catalog(), &modern());
    client.notify("exit", &Value::Null);
    assert_eq!(client.vanish(), 1);
    // Not a message at all.
    let mut client = Client::start(root, &catalog(), &modern());
    client.send_raw(b"Content-Length: 5\r\n\r\n{{{{{");
    assert_eq!(client.vanish(), 1);

    let mut client = Client::start(root, &catalog(), &modern());
    // Changes of what is not open, notifications that nobody knows, parameters of the wrong kind.
    client.replace(&path, 7, "nothing");
    client.notify("textDocument/didOpen", &json!({ "textDocument": 1 }));
    client.notify("$/unheardOf", &json!([]));
    client.open(&path, 1, &text);
    assert!(client.diagnostics(&path, Some(1)).is_empty());
    // A range that is upside down, and one beyond the end.
    let upside_down = json!({ "start": { "line": 9, "character": 0 }, "end": { "line": 0, "character": 0 } });
    client.change(&path, 2, &json!([{ "range": upside_down, "text": "" }]));
    let beyond = json!({ "start": { "line": 999, "character": 9 }, "end": { "line": 9999, "character": 0 } });
    client.change(&path, 3, &json!([{ "range": beyond, "text": "// end\n" }]));
    assert!(client.diagnostics(&path, Some(3)).is_empty());
    // One that is taken back before it is answered.
    let id = client.ask(
        "textDocument/hover",
        &json!({ "textDocument": { "uri": uri(&path) }, "position": position(&text, 0, false) }),
    );
    client.notify("$/cancelRequest", &json!({ "id": id }));
    let answer = client.answer(id);
    assert!(answer.as_ref().is_ok() || answer.unwrap_err()["code"] == -32800);
    client.request("shutdown", &Value::Null).unwrap();
    let late = client.request("textDocument/hover", &json!({}));
    assert_eq!(late.unwrap_err()["code"], -32600);
    client.notify("exit", &Value::Null);
    assert_eq!(client.vanish(), 0);
}

#[test]
fn commands_are_done_and_say_so() {
    let (_folder, path, text) = project();
    let mut client = Client::start(path.parent().unwrap(), &catalog(), &modern());
    client.open(&path, 1, &text);
    assert!(client.diagnostics(&path, Some(1)).is_empty());
    let patience = Duration::from_secs(120);
    client
        .request("workspace/executeCommand", &json!({ "command": "oscomp.graph", "arguments": [uri(&path)] }))
        .unwrap();
    let shown = client.wait(patience, |message| message["method"] == "window/showDocument").expect("a page");
    let page = shown["params"]["uri"].as_str().unwrap().strip_prefix("file://").unwrap().to_owned();
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<html") && page.contains("hello"));
    // What is on the disk is what is built, and it is refused.
    fs::write(&path, text.replace("output \"t\"", "output \"nothing\"")).unwrap();
    client
        .request("workspace/executeCommand", &json!({ "command": "oscomp.build", "arguments": [uri(&path)] }))
        .unwrap();
    let failed =
        |message: &Value| message["method"] == "window/showMessage" && message["params"]["type"] == 1;
    let message = client.wait(patience, failed).expect("a message");
    assert!(message["params"]["message"].as_str().unwrap().contains("oscomp build"));
    let said = |message: &Value| {
        let text = message["params"]["message"].as_str().unwrap_or_default();
        message["method"] == "window/logMessage" && text.contains("there is no instance `nothing`")
    };
    assert!(client.wait(patience, said).is_some(), "the log has the report");
    assert_eq!(client.finish(), 0);
}
