//! When something has changed, or somebody wants us to end.

use super::Watched;
use super::watched::State;
use crate::failure::Failure;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long it has to be quiet after a change: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(80);
/// How long a change waits at the most for it to become quiet.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often everything is looked at where the operating system may have said nothing: not all file systems do.
const LOOK: Duration = Duration::from_secs(2);

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file has changed; this is one of those that have.
    Changed(PathBuf),
    /// Somebody sent us this signal.
    Signal(i32),
    /// A process that we started may have ended.
    Child,
}

enum Raw {
    File,
    Signal(i32),
}

/// Says what happens.
pub struct Changes {
    sender: Sender<Raw>,
    receiver: Receiver<Raw>,
    watched: Watched,
    state: State,
    /// None where the operating system cannot watch; then we look ourselves.
    watcher: Option<RecommendedWatcher>,
}

impl Changes {
    /// Begins to listen for signals; watches nothing yet.
    pub fn new() -> Result<Self, Failure> {
        let (sender, receiver) = channel();
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCHLD]).map_err(|error| {
            Failure::environment(
                format!("signals cannot be received: {error}"),
                "this is a bug; please report it",
            )
        })?;
        let to = sender.clone();
        thread::spawn(move || {
            for signal in signals.forever() {
                if to.send(Raw::Signal(signal)).is_err() {
                    return;
                }
            }
        });
        Ok(Self { sender, receiver, watched: Watched::default(), state: State::default(), watcher: None })
    }

    /// Watches this from now on. Whoever reads it afterwards has nothing older than what counts as a change.
    pub fn watch(&mut self, watched: &Watched) {
        self.watched = watched.clone();
        self.arm();
        self.state = self.watched.state();
    }

    /// What is watched already.
    pub const fn watched(&self) -> &Watched {
        &self.watched
    }

    fn arm(&mut self) {
        let to = self.sender.clone();
        // Reading is no change.
        let tell = move |event: notify::Result<notify::Event>| {
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
                let _ = to.send(Raw::File);
            }
        };
        // What cannot be watched is looked at from time to time.
        self.watcher = notify::recommended_watcher(tell).ok();
        if let Some(watcher) = &mut self.watcher {
            for (place, deep) in self.watched.places() {
                let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
                let _ = watcher.watch(&place, mode);
            }
        }
    }

    /// Waits for what happens next.
    pub fn next(&mut self) -> Event {
        loop {
            match self.receiver.recv_timeout(LOOK) {
                Ok(Raw::Signal(SIGCHLD)) => return Event::Child,
                Ok(Raw::Signal(signal)) => return Event::Signal(signal),
                Ok(Raw::File) => {
                    if let Some(signal) = self.settle() {
                        return signal;
                    }
                }
                // The sender is ours, so that it is there.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            let now = self.watched.state();
            if let Some(path) = self.state.difference(&now) {
                // A folder that has gone and come again is another one.
                self.arm();
                self.state = self.watched.state();
                return Event::Changed(path);
            }
        }
    }

    /// Waits until it is quiet; gives a signal that comes meanwhile.
    fn settle(&self) -> Option<Event> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            match self.receiver.recv_timeout(QUIET) {
                Ok(Raw::File) => {}
                Ok(Raw::Signal(SIGCHLD)) => {
                    // It is asked for again when the change has been dealt with.
                    let _ = self.sender.send(Raw::Signal(SIGCHLD));
                    thread::sleep(QUIET);
                    return None;
                }
                Ok(Raw::Signal(signal)) => return Some(Event::Signal(signal)),
                Err(_) => return None,
            }
        }
        None
    }
}
