//! A database in SQL: a shell for a person at the console, and a service for clients over TCP.
//!
//! Over TCP a line is SQL, and is answered by its rows, each a line of values with tabs between them, and then by a
//! line `OK`, or `ERROR NUMBER MESSAGE`. Texts are escaped as PostgreSQL's COPY does it: `\t`, `\n`, `\r` and `\\`;
//! `\N` is NULL, and blobs are `\x` and hexadecimal digits. A line that has been answered with `OK` is kept.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod answer;
mod service;
mod shell;
#[cfg(test)]
mod tests;

use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{App, Console, Executor, Heap, Log, Sql, Status, TcpStack, Timers};
use oscomp_macros::{Options, module};
use oscomp_sessions::{Limits, serve};

/// Serves a database until a person at the console ends it.
#[module(provides(App), ambient(Heap, Log))]
pub struct SqliteServer<
    /// What is asked.
    Database: Sql,
    /// Where the clients come from.
    Listener: TcpStack,
    /// What runs the connections.
    Runner: Executor,
    /// What says when to look for keys again.
    Time: Timers,
    /// The person's end.
    Terminal: Console,
    Settings: Config<Options>,
> {
    database: Database,
    listener: Listener,
    runner: Runner,
    time: Time,
    terminal: Terminal,
    settings: PhantomData<Settings>,
}

/// What it gives to its clients.
#[derive(Options)]
pub struct Options {
    /// The TCP port.
    #[option(default = 5433, listens = "tcp", range = 1..=65535)]
    pub port: u16,
    /// Connections at one time; more wait.
    #[option(default = 16, range = 1..=1000)]
    pub connections: u16,
    /// What one line may have.
    #[option(default = "64KiB", range = "1KiB"..="16MiB")]
    pub line: Bytes,
}

impl<Database, Listener, Runner, Time, Terminal, Settings>
    SqliteServer<Database, Listener, Runner, Time, Terminal, Settings>
where
    Database: Sql,
    Listener: TcpStack,
    Runner: Executor,
    Time: Timers,
    Terminal: Console,
    Settings: Config<Options>,
{
    /// Begins without a client.
    ///
    /// # Errors
    /// None.
    pub fn start(
        database: Database,
        listener: Listener,
        runner: Runner,
        time: Time,
        terminal: Terminal,
    ) -> Result<Self, StartError> {
        Ok(Self { database, listener, runner, time, terminal, settings: PhantomData })
    }

    /// Serves as long as the stack lets it.
    async fn serve(&'static self) {
        let Options { port, connections, line } = Settings::OPTIONS;
        let limits = Limits { connections: usize::from(connections), patience: None };
        let session = |_| service::Client::new(self.database, line.get());
        if let Err(error) = serve(self.listener, self.runner, self.time, port, limits, session).await {
            log::error!("TCP port {port}: {error}");
        }
    }
}

impl<Database, Listener, Runner, Time, Terminal, Settings> App
    for &'static SqliteServer<Database, Listener, Runner, Time, Terminal, Settings>
where
    Database: Sql,
    Listener: TcpStack,
    Runner: Executor,
    Time: Timers,
    Terminal: Console,
    Settings: Config<Options>,
{
    fn run(self) -> Status {
        if self.runner.spawn(self.serve()).is_err() {
            log::error!("no task is left to serve clients");
            return Status::FAILURE;
        }
        log::info!("serving SQL on TCP port {}", Settings::OPTIONS.port);
        self.runner.block_on(shell::serve(
            self.terminal,
            self.time,
            self.database,
            Settings::OPTIONS.line.get(),
        ))
    }
}
