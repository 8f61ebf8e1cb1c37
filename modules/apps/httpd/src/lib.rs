//! A web server for files that are in the image: HTTP/1.1 (RFC 9110, RFC 9112).
//!
//! What a request means and what answers it is decided without waiting and without I/O, in the buffer that it
//! arrived in ([`session`]); the files are sent from where they lie.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod answer;
mod conditional;
mod date;
mod head;
mod media;
mod range;
mod session;
mod site;
mod target;
#[cfg(test)]
mod tests;

use core::marker::PhantomData;
use core::time::Duration;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{App, Executor, Files, Heap, Log, NetError, Status, TcpStack, Timers};
use oscomp_macros::{Options, module};
use oscomp_sessions::serve;
use session::Http;
use site::Site;

/// Serves files until the machine is stopped.
#[module(provides(App), ambient(Heap, Log))]
pub struct Httpd<
    /// Where the requests come from.
    Listener: TcpStack,
    /// What is served.
    Content: Files,
    /// What runs the connections.
    Runner: Executor,
    /// What ends those that take too long.
    Time: Timers,
    Settings: Config<Options>,
> {
    listener: Listener,
    runner: Runner,
    time: Time,
    site: Site,
    settings: PhantomData<(Content, Settings)>,
}

/// How it serves them.
#[derive(Options)]
pub struct Options {
    /// The TCP port.
    #[option(default = 80, listens = "tcp", range = 1..=65535)]
    pub port: u16,
    /// The name of the file that the path of a folder stands for.
    #[option(default = "index.html")]
    pub index: &'static str,
    /// Whether each request is logged.
    #[option(default = false)]
    pub access_log: bool,
    /// Connections at one time; more wait.
    #[option(default = 1000, range = 1..=4000)]
    pub connections: u16,
    /// The head of a request at the most.
    #[option(default = "8KiB", range = "256B"..="64KiB")]
    pub header_bytes: Bytes,
    /// The body of a request at the most. Nobody reads it.
    #[option(default = "1MiB")]
    pub body_bytes: Bytes,
    /// How long a client may take to ask, or to take the answer.
    #[option(default = "60s", range = "100ms"..="24h")]
    pub idle_timeout: Duration,
}

impl<Listener, Content, Runner, Time, Settings> Httpd<Listener, Content, Runner, Time, Settings>
where
    Listener: TcpStack,
    Content: Files,
    Runner: Executor,
    Time: Timers,
    Settings: Config<Options>,
{
    /// Looks at which files there are.
    ///
    /// # Errors
    /// None.
    pub fn start(
        listener: Listener,
        content: Content,
        runner: Runner,
        time: Time,
    ) -> Result<Self, StartError> {
        let files = (0..content.count()).filter_map(|number| content.file(number));
        let site = Site::new(files, Settings::OPTIONS.index);
        Ok(Self { listener, runner, time, site, settings: PhantomData })
    }

    /// Serves as long as the stack lets it.
    ///
    /// # Errors
    /// What ended it.
    pub async fn serve(&'static self) -> Result<(), NetError>
    where
        Listener: 'static,
        Time: 'static,
    {
        let options = &Settings::OPTIONS;
        let limits = oscomp_sessions::Limits {
            connections: usize::from(options.connections),
            patience: Some(options.idle_timeout),
        };
        let request =
            session::Limits { head: options.header_bytes.get(), body: options.body_bytes.get() as u64 };
        serve(self.listener, self.runner, self.time, options.port, limits, |peer| {
            Http::new(&self.site, request, options.access_log.then_some(peer))
        })
        .await
    }
}

impl<Listener, Content, Runner, Time, Settings> App
    for &'static Httpd<Listener, Content, Runner, Time, Settings>
where
    Listener: TcpStack,
    Content: Files,
    Runner: Executor,
    Time: Timers,
    Settings: Config<Options>,
{
    fn run(self) -> Status {
        let port = Settings::OPTIONS.port;
        let files = self.site.len();
        let plural = if files == 1 { "" } else { "s" };
        log::info!("serving {files} file{plural} on TCP port {port}");
        if let Err(error) = self.runner.block_on(self.serve()) {
            log::error!("TCP port {port}: {error}");
        }
        Status::FAILURE
    }
}
