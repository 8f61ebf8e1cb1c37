//! What a client can have done: images built and run, the graph drawn.
//!
//! Each is this command in a process of its own, whose output goes to the client's log.

use super::answer::refusal;
use super::server::Server;
use super::uri;
use lsp_server::{Message, Notification, Request, RequestId, ResponseError};
use lsp_types::ExecuteCommandParams;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// Builds the images of a system, or that of one platform: `[uri, platform?]`.
pub const BUILD: &str = "oscomp.build";
/// Builds and runs the image of one platform: `[uri, platform]`. It ends with the server or with `oscomp.stop`.
pub const RUN: &str = "oscomp.run";
/// Draws the graph of a system and has the client show it: `[uri]`.
pub const GRAPH: &str = "oscomp.graph";
/// Ends the image that runs.
pub const STOP: &str = "oscomp.stop";

/// All of them.
pub const COMMANDS: [&str; 4] = [BUILD, RUN, GRAPH, STOP];

/// What is being done.
#[derive(Debug, Default)]
pub struct Jobs {
    running: Vec<Arc<Mutex<Child>>>,
}

impl Jobs {
    /// Ends everything that is being done; each gets to end its own children.
    pub fn stop(&mut self) {
        for child in self.running.drain(..) {
            let Ok(mut child) = child.lock() else { continue };
            if let Ok(None) = child.try_wait()
                && let Some(process) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
            {
                // One that has just ended needs no signal.
                let _ = kill_process(process, Signal::TERM);
            }
        }
    }
}

/// Begins what a client asked for; that it has ended is a message of its own.
pub fn execute(server: &mut Server<'_>, asked: &ExecuteCommandParams) -> Result<Value, ResponseError> {
    if asked.command == STOP {
        server.jobs.stop();
        return Ok(Value::Null);
    }
    let text = |number: usize| asked.arguments.get(number).and_then(Value::as_str);
    let system = text(0).and_then(|uri| uri.parse().ok()).and_then(|uri| uri::path(&uri));
    let system = system.ok_or_else(|| refusal("the first argument is the URI of a system"))?;
    let folder = system.parent().unwrap_or(Path::new("/")).to_owned();
    let verb = match asked.command.as_str() {
        BUILD => "build",
        RUN => "run",
        GRAPH => "graph",
        other => return Err(refusal(&format!("there is no command `{other}`"))),
    };
    let program = std::env::current_exe().map_err(|error| refusal(&error.to_string()))?;
    let mut command = Command::new(program);
    command.arg(verb).arg("--system").arg(&system).current_dir(&folder);
    if let Some(catalog) = &server.catalog {
        command.arg("--catalog").arg(catalog);
    }
    if let Some(platform) = text(1) {
        command.arg("--platform").arg(platform);
    }
    let page = folder.join("target/oscomp/graph.html");
    if verb == "graph" {
        command.args(["--format", "html", "--output"]).arg(&page);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| refusal(&error.to_string()))?;
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    let child = Arc::new(Mutex::new(child));
    server.jobs.running.retain(|job| job.lock().is_ok_and(|mut job| matches!(job.try_wait(), Ok(None))));
    server.jobs.running.push(child.clone());
    let sender = server.connection.sender.clone();
    let shows = server.client.shows;
    let what = format!("oscomp {verb} {}", system.display());
    thread::spawn(move || {
        let send = |message: Message| {
            // A client that is gone does not need it.
            let _ = sender.send(message);
        };
        let readers: Vec<_> = streams
            .into_iter()
            .flatten()
            .map(|stream| {
                let sender = sender.clone();
                thread::spawn(move || log(stream, &sender))
            })
            .collect();
        for reader in readers {
            // One that failed has nothing more to say.
            let _ = reader.join();
        }
        let status = child.lock().ok().and_then(|mut child| child.wait().ok());
        let done = status.is_some_and(|status| status.success());
        let message = if done { format!("{what}: done") } else { format!("{what}: failed, see the log") };
        let kind = if done { 3 } else { 1 };
        send(notification("window/showMessage", json!({ "type": kind, "message": message })));
        if done
            && verb == "graph"
            && shows
            && let Some(uri) = uri::of(&page)
        {
            let parameters = json!({ "uri": uri, "external": true });
            let method = "window/showDocument".to_owned();
            let id = RequestId::from(format!("graph-{}", std::process::id()));
            send(Request { id, method, params: parameters }.into());
        }
    });
    Ok(Value::Null)
}

/// Passes lines on to the client's log.
fn log(stream: impl Read, sender: &crossbeam_channel::Sender<Message>) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let message = notification("window/logMessage", json!({ "type": 3, "message": line }));
        if sender.send(message).is_err() {
            return;
        }
    }
}

fn notification(method: &str, parameters: Value) -> Message {
    Notification { method: method.to_owned(), params: parameters }.into()
}
