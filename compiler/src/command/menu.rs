//! `oscomp menu`: a system on the terminal, to look at and to change.

use super::{Global, SystemArgument};
use crate::edit::Editing;
use crate::failure::{Exit, Failure};
use crate::menu::{self, Menu as State, Theme};
use crate::output::Output;
use clap::Args;
use oscomp_lang::catalog::list;
use std::io::{self, IsTerminal};

/// Arguments of `oscomp menu`.
#[derive(Debug, Args)]
pub struct Menu {
    #[command(flatten)]
    system: SystemArgument,
}

impl Menu {
    /// Shows the menu until somebody quits.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(Failure::environment(
                "the menu needs a terminal for keys and for what it shows",
                "use `oscomp set`, `oscomp add` and `oscomp remove` instead",
            ));
        }
        let mut editing = Editing::open(global, &self.system)?;
        let listing = list(&editing.session);
        let shown = editing.session.shown.clone();
        let mut state = State::new(editing.file.clone(), shown, editing.text(), listing);
        if let Some(platform) = &global.platform {
            state.show_platform(platform);
        }
        menu::run(&mut state, &mut editing, Theme { colour: output.colour })?;
        Ok(Exit::Sound)
    }
}
