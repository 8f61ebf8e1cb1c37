//! `oscomp lsp`: the server for editors.

use super::Global;
use crate::failure::{Exit, Failure};
use crate::lsp;
use crate::output::Output;
use clap::Args;

/// Arguments of `oscomp lsp`.
#[derive(Debug, Args)]
pub struct Lsp {
    /// Speaks over stdin and stdout, which it does in any case; editors say so
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Lsp {
    /// Serves one client.
    pub fn run(&self, global: &Global, _output: &Output) -> Result<Exit, Failure> {
        lsp::serve(global.catalog.clone())
    }
}
