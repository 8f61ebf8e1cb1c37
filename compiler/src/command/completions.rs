//! `oscomp completions`: what makes a shell complete our commands.

use super::Global;
use crate::complete;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::io::{self, Write};

/// Arguments of `oscomp completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "In ~/.bashrc: source <(oscomp completions bash)\nIn ~/.zshrc: source <(oscomp completions zsh)\n\
                  In ~/.config/fish/config.fish: oscomp completions fish | source"
)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = PossibleValuesParser::new(complete::shells()))]
    shell: String,
}

impl Completions {
    /// Prints the script.
    pub fn run(&self, _: &Global, _: &Output) -> Result<Exit, Failure> {
        let script = complete::script(&self.shell).ok_or_else(|| complete::unknown(&self.shell))?;
        // That nobody reads it is not an error.
        let _ = script.and_then(|script| io::stdout().lock().write_all(&script));
        Ok(Exit::Sound)
    }
}
