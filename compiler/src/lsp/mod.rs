//! `oscomp lsp`: the Language Server Protocol 3.17 over stdin and stdout.
//!
//! The answers are [`oscomp_lang::editor`]'s. Here are what belongs to the protocol (documents that nobody
//! saved, positions in the client's units, capabilities) and to this machine (files, the catalog). Nothing is
//! built, unless the client asks for it as a command.

mod answer;
mod capabilities;
mod commands;
mod convert;
mod diagnostics;
mod documents;
mod position;
mod project;
mod server;
mod uri;
mod users;

use crate::failure::{Exit, Failure};
use lsp_server::Connection;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Serves one client until it asks for the end or is gone.
pub fn serve(catalog: Option<PathBuf>) -> Result<Exit, Failure> {
    if io::stdin().is_terminal() {
        return Err(Failure::environment(
            "`oscomp lsp` is started by an editor and speaks with it over stdin and stdout",
            "set your editor up as docs/editors.md says; for a terminal there is `oscomp check`",
        ));
    }
    let (connection, threads) = Connection::stdio();
    let broken = |error: &dyn std::fmt::Display| {
        Failure::environment(
            format!("the client does not keep to the protocol: {error}"),
            "see the messages that it sends in the editor's log",
        )
    };
    let (id, parameters) = match connection.initialize_start() {
        Ok(started) => started,
        // A client that is gone before it began wants nothing.
        Err(error) if error.channel_is_disconnected() => return Ok(Exit::Sound),
        Err(error) => return Err(broken(&error)),
    };
    let client = capabilities::Client::read(&parameters);
    let answer = serde_json::json!({
        "capabilities": capabilities::server(&client),
        "serverInfo": { "name": "oscomp", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, answer).map_err(|error| broken(&error))?;
    let orderly = server::Server::new(&connection, client, catalog).run();
    drop(connection);
    // A client that is gone does not read what is left.
    let _ = threads.join();
    Ok(if orderly { Exit::Sound } else { Exit::Refused })
}
