//! `oscomp man`: the manual pages.

use super::{CommandLine, Global};
use crate::build::write_whole;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::report::counted;
use crate::session::relative;
use clap::{Args, CommandFactory};
use clap_mangen::Man;
use std::path::PathBuf;

/// Arguments of `oscomp man`.
#[derive(Debug, Args)]
#[command(
    after_help = "`man -l DIR/oscomp.1` shows one; a folder `man1` of MANPATH is where `man` looks for them."
)]
pub struct Manual {
    /// The folder to write them to
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

impl Manual {
    /// Writes a page for oscomp and one for each command.
    pub fn run(&self, _: &Global, output: &Output) -> Result<Exit, Failure> {
        let pages = pages();
        for (name, text) in &pages {
            write_whole(&self.output.join(name), text)?;
        }
        output.note(format!("wrote {} to {}", counted(pages.len(), "page"), relative(&self.output)));
        Ok(Exit::Sound)
    }
}

/// The pages by the names of their files.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut command = CommandLine::command().disable_help_subcommand(true);
    command.build();
    let all = command.get_subcommands().filter(|one| !one.is_hide_set()).cloned().chain([command.clone()]);
    // A page tells its age by the version: a day would make each build another.
    let version = command.get_version().unwrap_or_default().to_owned();
    all.map(|one| {
        let page = Man::new(one).manual("oscomp").source("oscomp").date(version.clone());
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = page.render(&mut text);
        (page.get_filename(), text)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let pages = pages();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"oscomp.1") && names.contains(&"oscomp-check.1"), "{names:?}");
        for (name, text) in &pages {
            assert!(text.starts_with(b".ie") || text.starts_with(b".TH"), "{name}");
        }
    }
}
