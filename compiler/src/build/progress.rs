//! What is being built, on stderr: a moving line on a terminal, else one line; nothing if all is there.

use crate::output::{Format, Output};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oscomp_lang::plan::Plan;
use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal};
use std::time::Duration;

/// The progress of one build.
pub struct Progress {
    what: RefCell<String>,
    bar: Option<ProgressBar>,
    begun: Cell<bool>,
    output: Output,
}

impl Progress {
    /// Nothing is shown until something is built.
    pub fn new(plan: &Plan, output: &Output) -> Self {
        let what = format!("{} for {}", plan.system, plan.platform.name);
        let bar = (io::stderr().is_terminal() && output.format == Format::Human).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
                bar.set_style(style);
            }
            bar
        });
        Self { what: RefCell::new(what), bar, begun: Cell::new(false), output: *output }
    }

    /// What it is built by, where that is worth a word.
    pub fn by(&self, remark: Option<String>) {
        if let Some(remark) = remark {
            let mut what = self.what.borrow_mut();
            what.push(' ');
            what.push_str(&remark);
        }
    }

    /// A crate has been compiled.
    pub fn compiled(&self, name: &str) {
        self.say(|| format!("building {}: {name}", self.what.borrow()));
    }

    /// Crates are fetched from their registry.
    pub fn downloading(&self) {
        self.say(|| format!("building {}: downloading crates", self.what.borrow()));
    }

    fn say(&self, message: impl Fn() -> String) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(message());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            None if !self.begun.get() => self.output.note(format!("building {}", self.what.borrow())),
            None => {}
        }
        self.begun.set(true);
    }

    /// Takes the moving line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
