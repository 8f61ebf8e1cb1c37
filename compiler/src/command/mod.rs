//! The command line: one file per command.
//!
//! A command is a struct of arguments with `run`. To add one: a file here, a variant of [`Command`],
//! an arm of [`Command::run`].

mod add;
mod build;
mod check;
mod completions;
mod diff;
mod doc;
mod doctor;
mod expand;
mod explain;
mod fix;
mod fmt;
mod graph;
mod list;
mod lsp;
mod man;
mod measure;
mod menu;
mod new;
mod remove;
mod run;
mod set;
mod size;
mod watch;
mod why;

use crate::complete;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use clap::{Args, Parser, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use std::path::PathBuf;

/// Composes an operating system from its application: system.kdl in, a bootable image out.
#[derive(Debug, Parser)]
#[command(name = "oscomp", version, max_term_width = 100, subcommand_required = true)]
#[command(after_help = "Exit status: 0 sound, 1 the composition is wrong, 2 usage or environment.")]
pub struct CommandLine {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// The system: its file, or the folder that holds its system.kdl [default: system.kdl]
    #[arg(long = "system", value_name = "FILE", global = true)]
    pub system: Option<PathBuf>,
    /// Only this platform of the system
    #[arg(long, value_name = "NAME", global = true, add = ArgValueCompleter::new(complete::platforms))]
    pub platform: Option<String>,
    /// The catalog to take modules from, instead of the built-in one
    #[arg(long, value_name = "DIR", global = true)]
    pub catalog: Option<PathBuf>,
    /// The form of results
    #[arg(long, value_enum, default_value_t, value_name = "FORM", global = true)]
    pub format: Format,
}

/// The system as the argument of a command.
#[derive(Clone, Debug, Default, Args)]
pub struct SystemArgument {
    /// The system: its file, or the folder that holds its system.kdl [default: system.kdl]
    #[arg(value_name = "SYSTEM", conflicts_with = "system")]
    pub positional: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says whether a system is sound, and if not, everything that is wrong with it
    Check(check::Check),
    /// Builds the image of each platform
    Build(build::Build),
    /// Builds an image and boots it
    Run(run::Run),
    /// Checks, builds or runs again whenever a source changes
    Watch(watch::Watch),
    /// Serves an editor: diagnostics, completion and the like, by the Language Server Protocol
    Lsp(lsp::Lsp),
    /// Lists what can be composed: interfaces, modules, platforms
    List(list::List),
    /// Says why an instance is there, or why a field has its value
    Why(why::Why),
    /// Says what differs between two systems, or between two platforms of one
    Diff(diff::Diff),
    /// Writes what can be composed as a site of pages: interfaces, modules, platforms, codes of errors
    Doc(doc::Doc),
    /// Prints the glue: the Rust that wires the instances
    Expand(expand::Expand),
    /// Draws the instances and their bindings: human, json, dot, mermaid, svg or html
    Graph(graph::Draw),
    /// Explains the code of an error or a warning
    Explain(explain::Explain),
    /// Says where the bytes of an image come from: by section, instance, crate and symbol
    Size(size::Size),
    /// Counts what an image costs: bytes, instructions until the app begins, the least memory
    Measure(measure::Measure),
    /// Shows the system on the terminal, to look at and to change
    Menu(menu::Menu),
    /// Gives a field of an instance another value, in the system's file
    Set(set::Set),
    /// Adds an instance of a module to the system's file
    Add(add::Add),
    /// Removes an instance from the system's file
    Remove(remove::Remove),
    /// Makes the changes to the system's file that a check offers
    Fix(fix::Fix),
    /// Lays the system's file out as all are; with `-` a text from stdin, to stdout
    Fmt(fmt::Fmt),
    /// Makes a new system, with an app to begin with
    New(new::New),
    /// Prints what makes a shell complete commands, options and names
    Completions(completions::Completions),
    /// Writes the manual pages
    Man(man::Manual),
    /// Says what this machine has for building and running images, and how to get the rest
    Doctor(doctor::Doctor),
}

impl Command {
    /// The forms in which it gives its results.
    const fn forms(&self) -> &'static [Format] {
        use Format::{Dot, Html, Human, Json, Mermaid, Sarif, Svg};
        match self {
            Self::Check(_) => &[Human, Json, Sarif],
            Self::Graph(_) => &[Human, Json, Dot, Mermaid, Svg, Html],
            Self::Size(_) => &[Human, Json, Html],
            _ => &[Human, Json],
        }
    }

    /// Does what was asked for.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let forms = self.forms();
        if !forms.contains(&global.format) {
            let names: Vec<String> = forms.iter().map(|form| format!("`--format {}`", form.name())).collect();
            return Err(Failure::environment(
                format!("this command has no form `{}`", global.format.name()),
                format!("use {}", names.join(" or ")),
            ));
        }
        match self {
            Self::Check(check) => check.run(global, output),
            Self::Build(build) => build.run(global, output),
            Self::Run(run) => run.run(global, output),
            Self::Watch(watch) => watch.run(global, output),
            Self::List(list) => list.run(global, output),
            Self::Why(why) => why.run(global, output),
            Self::Diff(diff) => diff.run(global, output),
            Self::Doc(doc) => doc.run(global, output),
            Self::Expand(expand) => expand.run(global, output),
            Self::Graph(graph) => graph.run(global, output),
            Self::Explain(explain) => explain.run(global, output),
            Self::Size(size) => size.run(global, output),
            Self::Measure(measure) => measure.run(global, output),
            Self::Menu(menu) => menu.run(global, output),
            Self::Set(set) => set.run(global, output),
            Self::Add(add) => add.run(global, output),
            Self::Remove(remove) => remove.run(global, output),
            Self::Fix(fix) => fix.run(global, output),
            Self::Fmt(fmt) => fmt.run(global, output),
            Self::New(new) => new.run(global, output),
            Self::Lsp(lsp) => lsp.run(global, output),
            Self::Completions(completions) => completions.run(global, output),
            Self::Man(man) => man.run(global, output),
            Self::Doctor(doctor) => doctor.run(global, output),
        }
    }
}
