//! The `oscomp` command: composes an operating system from its application.
//!
//! All I/O of the project is in this crate. One file per command is under `command/`; each reads its
//! arguments, opens a [`session::Session`] and prints. What they have in common:
//!
//! - exit status 0: sound; 1: the composition is wrong, or its build was refused; 2: usage or
//!   environment. `run` forwards the status of the image.
//! - results go to stdout, in the form that `--format` names; progress and failures go to stderr.

mod build;
mod cache;
mod catalog;
mod command;
mod complete;
mod diff;
mod doc;
mod edit;
mod expand;
mod failure;
mod graph;
mod image;
mod listing;
mod lsp;
mod matrix;
mod measure;
mod menu;
mod output;
mod page;
mod phrase;
mod report;
mod run;
#[cfg(test)]
mod sample;
mod session;
mod size;
mod toolchain;
mod watch;
mod why;

use clap::Parser;
use std::process::ExitCode;

/// A check is mostly small trees that are made and dropped; this allocator is about a third faster at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match complete::answer() {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => error.exit(),
    }
    let command_line = command::CommandLine::parse();
    let output = output::Output::new(command_line.global.format);
    let result = command_line.command.run(&command_line.global, &output);
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}
