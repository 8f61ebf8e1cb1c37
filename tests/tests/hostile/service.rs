//! What is attacked, and what an honest client gets of it.

use oscomp_tests::net::Peer;
use std::time::Duration;

/// How long an honest client waits: far longer than it should have to.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A server, and a question with the one right answer.
pub struct Service {
    /// What it is called.
    pub name: &'static str,
    /// Its system.
    pub system: &'static str,
    /// Its TCP port.
    pub port: u16,
    /// What is said first, once, and the answer.
    before: Option<(&'static str, &'static str)>,
    /// What is asked.
    pub ask: &'static str,
    /// What has to be answered.
    pub answer: &'static str,
    /// What asks how much of the heap is in use.
    memory: Option<&'static str>,
    /// What nobody should say, what is then said again and again, and how the answer begins; the connection ends
    /// with it.
    pub malformed: &'static [(&'static str, &'static str, &'static str)],
}

/// `httpd`.
pub const HTTP: Service = Service {
    name: "httpd",
    system: "tests/hostile/httpd.kdl",
    port: 80,
    before: None,
    ask: "GET /style/page.css HTTP/1.1\r\nHost: a\r\n\r\n",
    answer: "HTTP/1.1 200 OK\r\nContent-Type: text/css; charset=utf-8\r\nContent-Length: 88\r\n\
             Accept-Ranges: bytes\r\nETag: \"8fdc733673308e2c\"\r\n\r\n\
             body { max-width: 40em; margin: 4em auto; padding: 0 1em; font: 1.1em/1.5 sans-serif; }\n",
    memory: None,
    malformed: &[
        ("\u{16}\u{3}\u{1} no HTTP\r\n\r\n", "", "HTTP/1.1 400 "),
        ("GET / HTTP/1.1\r\n\r\n", "", "HTTP/1.1 400 "),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "", "HTTP/1.1 400 "),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
            "",
            "HTTP/1.1 400 ",
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", "", "HTTP/1.1 413 "),
        ("GET / HTTP/9.9\r\nHost: a\r\n\r\n", "", "HTTP/1.1 505 "),
        ("a", "aaaaaaaaaaaaaaaa", "HTTP/1.1 4"),
        ("GET / HTTP/1.1\r\n", "X-Long-Field: long\r\n", "HTTP/1.1 431 "),
        // Empty lines are none of a request: nobody answers them, and nobody waits for ever.
        ("\r\n", "\r\n\r\n", ""),
    ],
};

/// `kv`.
pub const KV: Service = Service {
    name: "kv",
    system: "tests/hostile/kv.kdl",
    port: 6379,
    before: Some(("SET key value\r\n", "+OK\r\n")),
    ask: "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n",
    answer: "$5\r\nvalue\r\n",
    memory: Some("INFO memory\r\n"),
    malformed: &[
        ("*1\r\n:1\r\n", "", "-ERR Protocol error: expected '$'"),
        ("*99999999999\r\n", "", "-ERR Protocol error: "),
        ("*1\r\n$99999999999\r\n", "", "-ERR Protocol error: "),
        ("*1\r\n$-7\r\n", "", "-ERR Protocol error: "),
        ("a", "aaaaaaaaaaaaaaaa", "-ERR Protocol error: "),
        ("*2\r\n$3\r\nGET\r\n$17000\r\n", "", "-ERR Protocol error: "),
    ],
};

impl Service {
    /// Waits until it answers at all.
    pub fn prepare(&self, peer: &mut Peer) -> Result<(), String> {
        if let Some((ask, answer)) = self.before {
            self.exchange(peer, ask, answer)?;
        }
        self.answers(peer)
    }

    /// Asks once more, on a connection of its own.
    pub fn answers(&self, peer: &mut Peer) -> Result<(), String> {
        self.exchange(peer, self.ask, self.answer)
    }

    fn exchange(&self, peer: &mut Peer, ask: &str, answer: &str) -> Result<(), String> {
        let said = self.said(peer, ask, |said| said.len() >= answer.len())?;
        if said == answer { Ok(()) } else { Err(format!("{ask:?} was answered by {said:?}")) }
    }

    /// What is said to a question, tried anew if the connection is refused.
    fn said(&self, peer: &mut Peer, ask: &str, is_whole: impl Fn(&str) -> bool) -> Result<String, String> {
        let mut number = peer.connect(self.port, 4096);
        peer.send(number, ask.as_bytes());
        let answered = peer.until(PATIENCE, |peer| {
            if is_whole(&String::from_utf8_lossy(&peer.stream(number).incoming)) {
                return true;
            }
            if peer.has_ended(number) && peer.stream(number).incoming.is_empty() {
                peer.forget(number);
                number = peer.connect(self.port, 4096);
                peer.send(number, ask.as_bytes());
            }
            false
        });
        let said = String::from_utf8_lossy(&peer.stream(number).incoming).into_owned();
        peer.shut(number);
        peer.until(PATIENCE, |peer| peer.has_ended(number));
        peer.forget(number);
        if answered { Ok(said) } else { Err(format!("{ask:?} is not answered, but for {said:?}")) }
    }

    /// Bytes of the heap that are in use, where it can tell.
    pub fn memory(&self, peer: &mut Peer) -> Result<Option<usize>, String> {
        let Some(ask) = self.memory else { return Ok(None) };
        let said = self.said(peer, ask, |said| said.contains("maxmemory_policy"))?;
        let field = said.lines().find_map(|line| line.strip_prefix("used_memory:"));
        let number = field.and_then(|number| number.trim().parse().ok());
        number.map(Some).ok_or_else(|| format!("{ask:?} was answered by {said:?}"))
    }
}
