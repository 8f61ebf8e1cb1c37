//! The server with clients: in pieces, over a network in memory, and against a model.

use crate::command::{self, Client, Surroundings};
use crate::request::Reader;
use crate::session::{Kv as Connection, Shared};
use crate::store::Store;
use crate::{Kv, Options};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use oscomp_abi::{Bytes, Config};
use oscomp_fake_net::{Net, Runner};
use oscomp_heap_conformance::FullHeap;
use oscomp_interfaces::{Entropy, Executor, Heap, HeapUsage};
use oscomp_sessions::Session;
use proptest::prelude::{Just, any, prop, prop_oneof, proptest};
use proptest::strategy::Strategy;
use spin::Mutex;

#[derive(Clone, Copy)]
struct Four;

impl Entropy for Four {
    fn fill(self, buffer: &mut [u8]) {
        buffer.fill(4);
    }
}

const HEAP: FullHeap = FullHeap(HeapUsage { total: 3 << 20, used: 0, peak: 2048 });

#[derive(Clone, Copy)]
struct Settings;

impl Config<Options> for Settings {
    const OPTIONS: Options = Options {
        port: 6379,
        connections: 3,
        memory: Some(Bytes(4096)),
        command_bytes: Bytes(1024),
        idle_timeout: Some(Duration::from_secs(10)),
    };
}

/// A store with a client and a time, for commands one by one.
struct One {
    store: Store,
    client: Client,
    around: Surroundings,
}

impl One {
    fn new(memory: usize) -> Self {
        let around = Surroundings { memory, ..Surroundings::default() };
        Self { store: Store::new([1, 2]), client: Client::default(), around }
    }

    /// The answer to a command written as words.
    fn says(&mut self, line: &str) -> String {
        let line = format!("{line}\r\n");
        let mut reader = Reader::default();
        assert_eq!(reader.read(line.as_bytes(), 1 << 20), Ok(Some(line.len())));
        let mut out = Vec::new();
        let arguments = reader.arguments(line.as_bytes());
        command::call(arguments, &mut self.store, &mut self.client, &self.around, &mut out);
        String::from_utf8(out).unwrap().replace("\r\n", " ").trim_end().into()
    }
}

#[test]
fn commands_answer_as_redis_does() {
    let mut one = One::new(0);
    for (line, answer) in [
        ("PING", "+PONG"),
        ("ping a", "$1 a"),
        ("PING a b", "-ERR wrong number of arguments for 'ping' command"),
        ("FOO a 'b c'", "-ERR unknown command 'FOO', with args beginning with: 'a' 'b c'"),
        ("SET a 1 NX", "+OK"),
        ("SET a 2 NX", "$-1"),
        ("SET b 2 XX", "$-1"),
        ("SET a 2 NX XX", "-ERR syntax error"),
        ("SET a 2 EX 0", "-ERR invalid expire time in 'set' command"),
        ("SET a 2 EX x", "-ERR value is not an integer or out of range"),
        ("SET a 10 XX GET", "$1 1"),
        ("INCRBY a -11", ":-1"),
        ("DECRBY a 9223372036854775807", "-9223372036854775808".replace('-', ":-").leak()),
        ("DECR a", "-ERR increment or decrement would overflow"),
        ("APPEND a x", ":21"),
        ("INCR a", "-ERR value is not an integer or out of range"),
        ("MSET x 1 y", "-ERR wrong number of arguments for 'mset' command"),
        ("MSET x 1 y 2", "+OK"),
        ("MGET x z y", "*3 $1 1 $-1 $1 2"),
        ("RPUSH l a b c", ":3"),
        ("LPUSH l z", ":4"),
        ("LRANGE l -3 -2", "*2 $1 a $1 b"),
        ("LRANGE l 5 9", "*0"),
        ("LPOP l 0", "*0"),
        ("LPOP l 2", "*2 $1 z $1 a"),
        ("RPOP l", "$1 c"),
        ("LLEN l", ":1"),
        ("RPOP l 9", "*1 $1 b"),
        ("EXISTS l", ":0"),
        ("RPOP l", "$-1"),
        ("RPOP l 1", "*-1"),
        ("HSET h f 1 g 2", ":2"),
        ("HSET h f 3 i", "-ERR wrong number of arguments for 'hset' command"),
        ("HSET h f 3", ":0"),
        ("HGET h f", "$1 3"),
        ("HDEL h f g x", ":2"),
        ("TYPE h", "+none"),
        ("SADD s a b a", ":2"),
        ("SISMEMBER s b", ":1"),
        ("SREM s a b c", ":2"),
        ("SMEMBERS s", "*0"),
        ("GET x y", "-ERR wrong number of arguments for 'get' command"),
        ("LPUSH x 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("SELECT 0", "+OK"),
        ("SELECT 1", "-ERR DB index is out of range"),
        ("DEL x y z", ":2"),
        ("DBSIZE", ":1"),
        ("FLUSHALL", "+OK"),
        ("CONFIG GET save", "*2 $4 save $0"),
        ("SCAN 0", "*2 $1 0 *0"),
        ("HELLO 4", "-NOPROTO unsupported protocol version"),
    ] {
        assert_eq!(one.says(line), answer, "{line}");
    }
    assert!(one.says("HELLO 3").starts_with("%7 $6 server $5 redis"));
    assert_eq!(one.says("GET a"), "_");
    assert_eq!(one.says("HGETALL h"), "%0");
    assert_eq!(one.says("SMEMBERS s"), "~0");
    assert_eq!(one.store.used(), 0);
}

#[test]
fn keys_go_when_their_time_has_come() {
    let mut one = One::new(0);
    assert_eq!(one.says("SET a 1 PX 1500"), "+OK");
    assert_eq!((one.says("TTL a"), one.says("PTTL a")), (":2".into(), ":1500".into()));
    assert_eq!((one.says("TTL b"), one.says("EXPIRE b 1")), (":-2".into(), ":0".into()));
    one.around.now = 1000;
    assert_eq!(one.says("INCR a"), ":2", "which does not change when it goes");
    assert_eq!(one.says("PTTL a"), ":500");
    one.around.now = 1500;
    assert_eq!((one.says("GET a"), one.says("DBSIZE")), ("$-1".into(), ":0".into()));
    for key in 0..10 {
        one.says(&format!("SET k{key} v EX {}", key + 1));
    }
    one.says("PERSIST k9");
    assert_eq!(one.says("EXPIRE k8 -1"), ":1");
    one.around.now = 4500;
    assert_eq!(one.says("SCAN 0 COUNT 100").matches("$2 k").count(), 6);
    assert_eq!(one.store.sweep(4500, 2), Some(4500));
    assert_eq!(one.store.sweep(4500, 2), Some(5500));
    assert_eq!((one.says("DBSIZE"), one.store.going()), (":6".into(), 5));
}

#[test]
fn what_the_heap_holds_is_told_besides_what_the_keys_do() {
    let mut one = One::new(0);
    one.around.heap = HEAP.usage();
    assert_eq!(one.says("SET key value"), "+OK");
    let dataset = one.store.used();
    let answer = one.says("INFO memory");
    let (_, fields) = answer.split_once("# Memory ").expect("the section");
    assert_eq!(
        fields,
        format!(
            "used_memory:0 used_memory_peak:2048 used_memory_dataset:{dataset} total_system_memory:3145728 \
             maxmemory:0 maxmemory_policy:noeviction"
        )
    );
}

#[test]
fn who_needs_too_much_memory_is_told_so() {
    let mut one = One::new(4096);
    let value = "v".repeat(500);
    let oom = "-OOM command not allowed when used memory > 'maxmemory'.";
    let stored = (0..20).take_while(|key| one.says(&format!("SET {key} {value}")) == "+OK").count();
    assert!((5..8).contains(&stored), "{stored}");
    assert_eq!(one.says(&format!("RPUSH l {value}")), oom);
    assert!(one.says("GET 0").ends_with(&value), "what is there can be read");
    assert_eq!(one.says("DEL 0"), ":1");
    assert_eq!(one.says(&format!("SET 0 {value}")), "+OK");
    one.says("PEXPIRE 0 10");
    one.around.now = 10;
    assert_eq!(one.says(&format!("SET x {value}")), "+OK", "what has gone makes room");
    one.says("FLUSHALL");
    assert_eq!(one.store.used(), 0);
}

#[test]
fn a_scan_tells_each_key_once_that_is_there_all_the_time() {
    let mut one = One::new(0);
    (0..50).for_each(|key| drop(one.says(&format!("SET stays{key} v"))));
    let (mut cursor, mut told) = (String::from("0"), Vec::new());
    for turn in 0.. {
        let answer = one.says(&format!("SCAN {cursor} COUNT 7"));
        let mut words = answer.split(' ').filter(|word| !word.starts_with(['*', '$']));
        cursor = words.next().unwrap().into();
        told.extend(words.filter(|key| key.starts_with("stays")).map(String::from));
        // Others come and go meanwhile.
        (0..30).for_each(|key| drop(one.says(&format!("SET comes{turn}x{key} v"))));
        (0..30).for_each(|key| drop(one.says(&format!("DEL comes{turn}x{key}"))));
        if cursor == "0" {
            break;
        }
        assert!(turn < 1000, "no scan ends");
    }
    told.sort();
    let all = told.len();
    told.dedup();
    assert_eq!((told.len(), all), (50, 50));
}

fn connection() -> (Connection<Runner, FullHeap>, &'static Shared) {
    let shared = Shared {
        store: Mutex::new(Store::new([3, 4])),
        clients: 0.into(),
        numbers: 0.into(),
        memory: 0,
        command: 4096,
        port: 0,
    };
    let shared: &'static Shared = Box::leak(Box::new(shared));
    (Connection::new(shared, Runner::new(1), HEAP), shared)
}

/// What is sent in answer to these pieces, and whether the connection ends.
fn said<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, room: usize) -> (Vec<u8>, bool) {
    let (mut session, _) = connection();
    let mut out = Vec::new();
    for mut piece in pieces {
        while !piece.is_empty() {
            let taken = session.receive(piece);
            assert!(taken > 0 || session.has_output(), "it neither takes nor answers");
            piece = &piece[taken..];
            while session.has_output() {
                let mut bytes = alloc::vec![b'?'; room];
                let count = session.send(&mut bytes);
                out.extend_from_slice(&bytes[..count]);
            }
        }
        if session.has_ended() {
            break;
        }
    }
    (out, session.has_ended())
}

#[test]
fn clients_are_served_over_a_network_until_they_quit_or_are_silent() {
    let (net, runner) = (Net::new(5, 3, 4096), Runner::new(10));
    let kv = Kv::<_, _, _, Four, _, Settings>::start(net, runner, runner, Four, HEAP).unwrap();
    let kv: &'static _ = Box::leak(Box::new(kv));
    runner.spawn(async move { panic!("the server ended: {:?}", kv.serve().await) }).unwrap();
    runner.spawn(kv.sweep()).unwrap();
    runner.run();
    let (one, two) = (net.client(6379).unwrap(), net.client(6379).unwrap());
    one.send("SET a 1 PX 2000\r\nGET a\r\n");
    runner.run();
    assert_eq!(one.receive(), b"+OK\r\n$1\r\n1\r\n");
    two.send("GET a\r\nQUIT\r\nGET a\r\n");
    runner.run();
    assert_eq!(two.receive(), b"$1\r\n1\r\n+OK\r\n");
    two.shut();
    runner.pass(Duration::from_secs(5));
    assert!(two.is_released() && !one.is_released());
    assert_eq!(kv.shared.store.lock().len(), 0, "it goes without anybody asking");
    runner.pass(Duration::from_secs(16));
    assert!(one.is_released());
    assert_eq!(kv.shared.clients.load(core::sync::atomic::Ordering::Relaxed), 0);
}

fn encoded(commands: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for arguments in commands {
        bytes.extend_from_slice(format!("*{}\r\n", arguments.len()).as_bytes());
        for argument in arguments {
            bytes.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
            bytes.extend_from_slice(argument);
            bytes.extend_from_slice(b"\r\n");
        }
    }
    bytes
}

fn some_command() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let name =
        prop::sample::select(&["get", "SET", "append", "rpush", "lrange", "hset", "ping", "del", "nope"][..]);
    let argument =
        prop_oneof![Just(b"key".to_vec()), Just(b"0".to_vec()), prop::collection::vec(any::<u8>(), 0..100),];
    (name, prop::collection::vec(argument, 0..4)).prop_map(|(name, mut arguments)| {
        arguments.insert(0, name.into());
        arguments
    })
}

proptest! {
    #[test]
    fn the_pieces_that_commands_come_in_do_not_matter(
        commands in prop::collection::vec(some_command(), 1..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        room in 1..200_usize,
    ) {
        let bytes = encoded(&commands);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).chain([bytes.len()]).collect();
        ends.sort_unstable();
        let begins = [0].into_iter().chain(ends.clone());
        let pieces: Vec<&[u8]> = begins.zip(&ends).map(|(begin, end)| &bytes[begin..*end]).collect();
        assert_eq!(said(pieces, room), said([&bytes[..]], 100_000));
        assert_eq!(said(bytes.chunks(1), room), said([&bytes[..]], 100_000));
    }

    #[test]
    fn no_bytes_stop_it(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[*$0-9a-f\r\n\" ]{0,60}") {
        let _ = said([&bytes[..]], 100);
        let _ = said([text.as_bytes()], 100);
    }

    #[test]
    fn texts_are_as_in_a_map(steps in prop::collection::vec((0..6_u8, 0..5_u8, -20..20_i64), 1..200)) {
        let mut one = One::new(0);
        let mut model: BTreeMap<u8, i64> = BTreeMap::new();
        for (what, key, value) in steps {
            let optional = |value: Option<i64>| {
                value.map_or("$-1".into(), |value| {
                    let text = format!("{value}");
                    format!("${} {text}", text.len())
                })
            };
            let (line, answer) = match what {
                0 => {
                    model.insert(key, value);
                    (format!("SET {key} {value}"), "+OK".into())
                }
                1 => (format!("GET {key}"), optional(model.get(&key).copied())),
                2 => (format!("DEL {key}"), format!(":{}", i32::from(model.remove(&key).is_some()))),
                3 => {
                    let sum = model.entry(key).or_insert(0);
                    *sum += value;
                    (format!("INCRBY {key} {value}"), format!(":{sum}"))
                }
                4 => (format!("GETSET {key} {value}"), optional(model.insert(key, value))),
                _ => (format!("EXISTS {key} {key}"), format!(":{}", 2 * i32::from(model.contains_key(&key)))),
            };
            assert_eq!(one.says(&line), answer, "{line}");
            assert_eq!(one.says("DBSIZE"), format!(":{}", model.len()));
        }
        model.keys().for_each(|key| drop(one.says(&format!("DEL {key}"))));
        assert_eq!(one.store.used(), 0, "memory returns to where it was");
    }

    #[test]
    fn lists_are_as_in_a_vector(steps in prop::collection::vec((0..6_u8, -6..6_i64, -6..6_i64), 1..100)) {
        let mut one = One::new(0);
        let mut model: Vec<i64> = Vec::new();
        let bulk = |value: &i64| format!("${} {value}", format!("{value}").len());
        for (what, first, last) in steps {
            let (line, answer) = match what {
                0 => {
                    model.insert(0, first);
                    (format!("LPUSH l {first}"), format!(":{}", model.len()))
                }
                1 | 2 => {
                    model.push(first);
                    (format!("RPUSH l {first}"), format!(":{}", model.len()))
                }
                3 => {
                    let gone = (!model.is_empty()).then(|| model.remove(0));
                    ("LPOP l".into(), gone.as_ref().map_or("$-1".into(), bulk))
                }
                4 => ("RPOP l".into(), model.pop().as_ref().map_or("$-1".into(), bulk)),
                _ => {
                    let at = |index: i64| if index < 0 { index + model.len() as i64 } else { index };
                    let in_range = |index: &usize| (at(first)..=at(last)).contains(&(*index as i64));
                    let range: Vec<String> =
                        (0..model.len()).filter(in_range).map(|index| bulk(&model[index])).collect();
                    let answer = format!("*{} {}", range.len(), range.join(" "));
                    (format!("LRANGE l {first} {last}"), answer.trim_end().into())
                }
            };
            assert_eq!(one.says(&line), answer, "{line}");
        }
        one.says("DEL l");
        assert_eq!(one.store.used(), 0);
    }
}
