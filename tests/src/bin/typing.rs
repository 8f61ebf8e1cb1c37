//! How long the language server takes to say what is wrong after a keystroke, and how much memory it has then:
//! `cargo typing`. It types what `tests/lsp/typing/session` says, in a system of 60 instances.
//!
//! The time is the client's: from the moment that it begins to write a change to the moment that it has read the
//! diagnostics of that version, with both ends of the pipe in it. Beside it stands the time for which the server's
//! process had a processor meanwhile, which a machine that is busy with other things does not lengthen.

use clap::Parser;
use oscomp_tests::command::repository;
use oscomp_tests::lsp::{Client, position};
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};

#[derive(Parser)]
#[command(about = "Measures the language server while somebody types")]
struct Arguments {
    /// How often the session is repeated
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Asks after each keystroke for what an editor asks for, too
    #[arg(long)]
    ask: bool,
}

/// One change: bytes of the text, and what takes their place.
struct Change {
    start: usize,
    end: usize,
    text: String,
}

/// The session as changes of a character each.
fn changes(session: &str, text: &str) -> Vec<Change> {
    let mut text = text.to_owned();
    let mut at = 0;
    let mut changes = Vec::new();
    for line in session.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (verb, rest) = line.split_once(' ').expect("a step has an argument");
        let quoted = rest.trim_start_matches('«').trim_end_matches('»').replace("\\n", "\n");
        match verb {
            "at" => at = text.find(&quoted).unwrap_or_else(|| panic!("`{quoted}` is in it")) + quoted.len(),
            "type" => {
                for character in quoted.chars() {
                    text.insert(at, character);
                    changes.push(Change { start: at, end: at, text: character.to_string() });
                    at += character.len_utf8();
                }
            }
            "erase" => {
                for _ in 0..rest.parse().expect("a number") {
                    let start = text[..at].char_indices().next_back().expect("there is something").0;
                    text.replace_range(start..at, "");
                    changes.push(Change { start, end: at, text: String::new() });
                    at = start;
                }
            }
            other => panic!("`{other}` is a step"),
        }
    }
    changes
}

fn main() {
    let arguments = Arguments::parse();
    let folder = repository().join("tests/lsp/typing");
    let path = folder.join("system.kdl");
    let before = fs::read_to_string(&path).expect("the system is there");
    let changes =
        changes(&fs::read_to_string(folder.join("session")).expect("the session is there"), &before);
    let mut times: Vec<Duration> = Vec::new();
    let mut processor: Vec<Duration> = Vec::new();
    let mut asked: Vec<(&str, Duration)> = Vec::new();
    let mut memory = 0;
    for _ in 0..arguments.rounds {
        let capabilities = json!({ "general": { "positionEncodings": ["utf-8"] } });
        let mut client = Client::start(&folder, repository(), &capabilities);
        client.open(&path, 1, &before);
        assert!(client.diagnostics(&path, Some(1)).is_empty(), "the system is sound to begin with");
        let mut text = before.clone();
        for (version, change) in (2..).zip(&changes) {
            let place = position(&text, change.start, true);
            let range = json!({ "start": place, "end": position(&text, change.end, true) });
            let edits = json!([{ "range": range, "text": change.text }]);
            let (started, before) = (Instant::now(), processor_time(client.process()));
            client.change(&path, version, &edits);
            client.diagnostics(&path, Some(version));
            times.push(started.elapsed());
            processor.push(processor_time(client.process()) - before);
            text.replace_range(change.start..change.end, &change.text);
            if arguments.ask {
                let uri = json!({ "uri": oscomp_tests::lsp::uri(&path) });
                let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99999, "character": 0 } });
                for method in
                    ["completion", "hover", "semanticTokens/full", "inlayHint", "codeLens", "codeAction"]
                {
                    let range = if method == "codeAction" {
                        json!({ "start": place, "end": place })
                    } else {
                        whole.clone()
                    };
                    let mut parameters = json!({ "textDocument": uri, "position": place, "range": range });
                    if method == "codeAction" {
                        parameters["context"] = json!({ "diagnostics": [] });
                    }
                    let before = processor_time(client.process());
                    client.request(&format!("textDocument/{method}"), &parameters).expect("an answer");
                    asked.push((method, processor_time(client.process()) - before));
                }
            }
        }
        memory = memory.max(resident(client.process()));
        assert_eq!(client.finish(), 0);
    }
    println!("{} keystrokes, {} rounds", changes.len(), arguments.rounds);
    report("diagnostics, as the client sees it", times);
    report("diagnostics, time of the processor", processor);
    for method in ["completion", "hover", "semanticTokens/full", "inlayHint", "codeLens", "codeAction"] {
        let times: Vec<Duration> =
            asked.iter().filter(|(of, _)| *of == method).map(|(_, time)| *time).collect();
        if !times.is_empty() {
            report(method, times);
        }
    }
    println!("memory of the server: {} MB at the most", memory / 1000);
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    println!("{what}: median {:.1?}, 99th percentile {:.1?}, longest {:.1?}", at(50), at(99), at(100));
}

/// For how long the threads of a process have had a processor.
fn processor_time(process: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten();
    let times = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// The most memory that a process had at once, in kB.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
