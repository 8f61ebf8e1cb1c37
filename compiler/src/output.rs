//! Where results and failures go, in which form and whether in colour.

use crate::failure::{Failure, Message};
use clap::ValueEnum;
use serde::Serialize;
use std::env;
use std::io::{self, IsTerminal, Write};

/// The form of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    #[default]
    Human,
    /// JSON for tools.
    Json,
    /// The language of Graphviz: `graph` alone.
    #[value(hide = true)]
    Dot,
    /// The language of Mermaid: `graph` alone.
    #[value(hide = true)]
    Mermaid,
    /// A drawing: `graph` alone.
    #[value(hide = true)]
    Svg,
    /// A page for browsers, in one file: `graph` and `size`.
    #[value(hide = true)]
    Html,
    /// The interchange format of static analysis: `check` alone.
    #[value(hide = true)]
    Sarif,
}

impl Format {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// What a command writes to.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The form of results.
    pub format: Format,
    /// Whether results are coloured.
    pub colour: bool,
    /// Whether what goes to stderr is coloured.
    pub colour_errors: bool,
}

impl Output {
    /// Decides about colour: only on a terminal, unless `NO_COLOR` or `CLICOLOR_FORCE` say otherwise.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            colour: format == Format::Human && colour(io::stdout().is_terminal()),
            colour_errors: colour(io::stderr().is_terminal()),
        }
    }

    /// Writes a line of a result to stdout. That nobody reads it any more is not an error.
    pub fn line(&self, line: impl AsRef<str>) {
        let _ = writeln!(io::stdout().lock(), "{}", line.as_ref());
    }

    /// Writes a result to stdout as JSON.
    pub fn json(&self, value: &impl Serialize) {
        if let Ok(text) = serde_json::to_string_pretty(value) {
            self.line(text);
        }
    }

    /// Writes a line about what is going on to stderr.
    pub fn note(&self, line: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{}", line.as_ref());
    }

    /// Says on stderr why the command ends.
    pub fn failure(&self, failure: &Failure) {
        let (Failure::Refused(message) | Failure::Environment(message)) = failure else { return };
        match self.format {
            Format::Human | Format::Dot | Format::Mermaid | Format::Svg | Format::Html => {
                let Message { what, help } = message;
                self.note(format!("{} {what}", self.paint_error("error:", "1;31")));
                if let Some(help) = help {
                    self.note(format!("{} {help}", self.paint_error("help:", "1;36")));
                }
            }
            Format::Json | Format::Sarif => {
                let error = serde_json::json!({ "error": { "message": message.what, "help": message.help } });
                self.note(error.to_string());
            }
        }
    }

    /// Text on stdout with an SGR attribute (`1` bold, `31` red), if results are coloured.
    pub fn paint(&self, text: &str, attribute: &str) -> String {
        paint(self.colour, text, attribute)
    }

    /// Text on stderr with an SGR attribute, if that is coloured.
    pub fn paint_error(&self, text: &str, attribute: &str) -> String {
        paint(self.colour_errors, text, attribute)
    }
}

fn paint(colour: bool, text: &str, attribute: &str) -> String {
    if colour { format!("\x1b[{attribute}m{text}\x1b[0m") } else { text.to_owned() }
}

fn colour(terminal: bool) -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") {
        return false;
    }
    let forced = env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    forced || (terminal && env::var_os("TERM").is_none_or(|value| value != "dumb"))
}

/// Columns of the terminal that results go to, within what is easy to read.
pub fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).clamp(40, 140)
}
