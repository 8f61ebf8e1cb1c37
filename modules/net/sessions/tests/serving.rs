//! Serving over a network in memory.

use oscomp_fake_net::{Client, Net, Runner};
use oscomp_interfaces::{Executor, NetError};
use oscomp_sessions::{Limits, Session, serve};
use std::time::Duration;

/// Sends lines back, until one says `end`.
#[derive(Default)]
struct Lines {
    partial: Vec<u8>,
    output: Vec<u8>,
    ended: bool,
}

impl Session for Lines {
    fn receive(&mut self, bytes: &[u8]) -> usize {
        let end = bytes.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        self.partial.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        if end.is_some() {
            self.ended = self.partial == b"end\n";
            self.output.append(&mut self.partial);
        }
        end.unwrap_or(bytes.len())
    }

    fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    fn send(&mut self, room: &mut [u8]) -> usize {
        let count = room.len().min(self.output.len());
        room[..count].copy_from_slice(&self.output[..count]);
        self.output.drain(..count);
        count
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}

const PORT: u16 = 7;
const PATIENCE: Duration = Duration::from_secs(10);

fn served(net: Net, runner: Runner, connections: usize) {
    let limits = Limits { connections, patience: Some(PATIENCE) };
    let server = async move {
        let ended = serve(net, runner, runner, PORT, limits, |_| Lines::default()).await;
        panic!("the server ended: {ended:?}");
    };
    runner.spawn(server).unwrap();
    runner.run();
}

fn client(net: Net) -> Client {
    net.client(PORT).expect("a server that listens")
}

#[test]
fn all_that_is_sent_comes_back_whatever_the_pieces() {
    for (read, write, window) in [(1, 1, 1), (1, 100, 3), (3, 2, 100), (1000, 1000, 1000)] {
        let (net, runner) = (Net::new(read, write, window), Runner::new(10));
        served(net, runner, 2);
        let client = client(net);
        client.send("one\ntwo\n\nfour");
        let mut received = Vec::new();
        for _ in 0..100 {
            runner.run();
            received.extend(client.receive());
        }
        assert_eq!(received, b"one\ntwo\n\n");
        client.send("\n");
        client.shut();
        for _ in 0..100 {
            runner.run();
            received.extend(client.receive());
        }
        assert_eq!(received, b"one\ntwo\n\nfour\n", "also when the peer has ended");
        assert!(client.is_released() && !client.is_reset());
    }
}

#[test]
fn the_end_of_a_session_is_seen_after_its_output_and_takes_what_still_comes() {
    let (net, runner) = (Net::new(100, 100, 100), Runner::new(10));
    served(net, runner, 2);
    let client = client(net);
    client.send("end\nmore\n");
    runner.run();
    assert_eq!(client.receive(), b"end\n");
    assert!(client.has_ended() && !client.is_released());
    client.send("and more\n");
    runner.run();
    assert!(!client.is_released());
    client.shut();
    runner.run();
    assert!(client.is_released() && !client.is_reset());
    assert_eq!(net.open(), 0);
}

#[test]
fn who_sends_without_end_is_not_listened_to_for_ever() {
    let (net, runner) = (Net::new(4096, 4096, 4096), Runner::new(10));
    served(net, runner, 2);
    let client = client(net);
    client.send("end\n");
    for _ in 0..100 {
        client.send([b'x'; 4096]);
        runner.run();
    }
    assert!(client.is_released());
}

#[test]
fn connections_above_the_limit_wait_for_their_turn() {
    let (net, runner) = (Net::new(100, 100, 100), Runner::new(10));
    served(net, runner, 2);
    let clients = [client(net), client(net)];
    runner.run();
    let third = client(net);
    third.send("third\n");
    runner.run();
    assert_eq!((net.open(), third.receive()), (2, vec![]));
    clients[1].shut();
    runner.run();
    assert_eq!((net.open(), third.receive()), (2, b"third\n".to_vec()));
    assert!(!clients[0].is_released());
}

#[test]
fn more_connections_than_tasks_are_ended_and_others_served_later() {
    let (net, runner) = (Net::new(100, 100, 100), Runner::new(2));
    served(net, runner, 5);
    let (first, second) = (client(net), client(net));
    runner.pass(Duration::from_secs(1));
    assert!(!first.is_released() && second.is_released());
    first.shut();
    runner.run();
    let third = client(net);
    third.send("third\n");
    runner.pass(Duration::from_secs(1));
    assert_eq!(third.receive(), b"third\n");
}

#[test]
fn a_reset_ends_the_connection() {
    let (net, runner) = (Net::new(100, 100, 100), Runner::new(10));
    served(net, runner, 1);
    for _ in 0..10 {
        let client = client(net);
        client.send("line\npart");
        runner.run();
        client.reset();
        runner.run();
        assert!(client.is_released());
    }
    assert_eq!((net.open(), runner.tasks()), (0, 1));
}

#[test]
fn who_is_silent_is_waited_for_no_longer_than_it_is_said() {
    let (net, runner) = (Net::new(100, 100, 100), Runner::new(10));
    served(net, runner, 5);
    let (silent, busy, slow) = (client(net), client(net), client(net));
    for second in 0..16 {
        runner.pass(Duration::from_secs(1));
        busy.send("line\n");
        // Bytes alone do not buy time: a line has to be whole.
        slow.send("x");
        assert!(second >= 9 || !silent.is_released(), "ended after {second} s");
    }
    assert!(silent.is_released() && !silent.is_reset());
    assert!(slow.is_released());
    assert!(!busy.is_released());
}

#[test]
fn who_takes_nothing_is_reset() {
    let (net, runner) = (Net::new(100, 100, 4), Runner::new(10));
    served(net, runner, 5);
    let client = client(net);
    client.send("a long line\n");
    runner.pass(PATIENCE * 2);
    assert!(client.is_released() && client.is_reset());
    assert_eq!(net.open(), 0);
}

#[test]
fn a_port_that_is_taken_is_said() {
    let (net, runner) = (Net::new(100, 100, 100), Runner::new(10));
    served(net, runner, 1);
    let limits = Limits { connections: 1, patience: None };
    let again = runner.block_on(serve(net, runner, runner, PORT, limits, |_| Lines::default()));
    assert_eq!(again, Err(NetError::AddressInUse));
}
