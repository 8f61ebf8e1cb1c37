//! Starts the language server of oscomp in Zed, which has no settings for servers that it does not know.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{Command, Extension, LanguageServerId, Result, Worktree, register_extension};

struct Oscomp;

impl Extension for Oscomp {
    fn new() -> Self {
        Self
    }

    /// `oscomp lsp`, with the path and the arguments of the settings where they have any.
    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let binary = LspSettings::for_worktree(server.as_ref(), worktree)?.binary;
        let (path, arguments) = binary.map_or((None, None), |binary| (binary.path, binary.arguments));
        let command = path.or_else(|| worktree.which("oscomp")).ok_or(
            "`oscomp` is not on the PATH: install it with `cargo install --path compiler` in a checkout of oscomp, \
             or set lsp.oscomp.binary.path",
        )?;
        let args = arguments.unwrap_or_else(|| vec!["lsp".to_owned()]);
        Ok(Command { command, args, env: worktree.shell_env() })
    }
}

register_extension!(Oscomp);
