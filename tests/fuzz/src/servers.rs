//! Servers, over connections in memory.

use crate::pieces;
use core::time::Duration;
use oscomp_abi::{Bytes, Config};
use oscomp_fake_net::{Net, Runner};
use oscomp_heap_conformance::FullHeap;
use oscomp_interfaces::{Entropy, Executor, File, Files, HeapUsage};

#[derive(Clone, Copy)]
pub struct Site;

const FILES: [File; 2] = [
    File { path: "docs/a.txt", bytes: b"0123456789", modified: Some(Duration::from_secs(784_111_777)) },
    File { path: "index.html", bytes: b"<p>home", modified: None },
];

impl Files for Site {
    fn count(self) -> usize {
        FILES.len()
    }

    fn file(self, number: usize) -> Option<File> {
        FILES.get(number).copied()
    }

    fn find(self, path: &str) -> Option<usize> {
        FILES.iter().position(|file| file.path == path)
    }
}

/// Chance that is none.
#[derive(Clone, Copy)]
pub struct Four;

impl Entropy for Four {
    fn fill(self, buffer: &mut [u8]) {
        buffer.fill(4);
    }
}

#[derive(Clone, Copy)]
pub struct Settings;

impl Config<httpd::Options> for Settings {
    const OPTIONS: httpd::Options = httpd::Options {
        port: 80,
        index: "index.html",
        access_log: true,
        connections: 4,
        header_bytes: Bytes(512),
        body_bytes: Bytes(100),
        idle_timeout: Duration::from_secs(10),
    };
}

impl Config<kv::Options> for Settings {
    const OPTIONS: kv::Options = kv::Options {
        port: 80,
        connections: 4,
        memory: Some(Bytes(4096)),
        command_bytes: Bytes(1024),
        idle_timeout: Some(Duration::from_secs(10)),
    };
}

/// The connection is given back, whatever is sent.
pub fn httpd(bytes: &[u8]) {
    let (net, runner) = (Net::new(7, 11, 4096), Runner::new(8));
    let Ok(server) = httpd::Httpd::<_, _, _, _, Settings>::start(net, Site, runner, runner) else { return };
    let server: &'static _ = Box::leak(Box::new(server));
    runner
        .spawn(async move { panic!("the server ended: {:?}", server.serve().await) })
        .expect("there is room");
    let answer = talk(net, runner, bytes);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{:?}", String::from_utf8_lossy(&answer));
}

/// Likewise, and every answer begins as one.
pub fn kv(bytes: &[u8]) {
    const HEAP: FullHeap = FullHeap(HeapUsage { total: 3 << 20, used: 0, peak: 2048 });
    let (net, runner) = (Net::new(5, 3, 4096), Runner::new(8));
    let Ok(server) = kv::Kv::<_, _, _, Four, _, Settings>::start(net, runner, runner, Four, HEAP) else {
        return;
    };
    let server: &'static _ = Box::leak(Box::new(server));
    runner
        .spawn(async move { panic!("the server ended: {:?}", server.serve().await) })
        .expect("there is room");
    let answer = talk(net, runner, bytes);
    assert!(answer.first().is_none_or(|first| b"+-:$*_#,%~=(>".contains(first)), "{answer:?}");
}

/// What is answered to these pieces. At the end nothing is left of the connection.
fn talk(net: Net, runner: Runner, bytes: &[u8]) -> Vec<u8> {
    runner.run();
    let client = net.client(80).expect("somebody listens");
    let mut answer = Vec::new();
    for piece in pieces(bytes) {
        if client.has_ended() || client.is_reset() {
            break;
        }
        client.send(piece);
        runner.run();
        answer.extend(client.receive());
    }
    client.shut();
    for _ in 0..3 {
        runner.pass(Duration::from_secs(15));
        answer.extend(client.receive());
    }
    assert!(client.is_released(), "the connection is kept");
    assert_eq!(net.open(), 0);
    answer
}
