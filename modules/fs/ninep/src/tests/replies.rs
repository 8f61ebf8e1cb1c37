//! Replies that are none, or others than those that were asked for: nothing panics, and all comes to an end.

use super::*;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use oscomp_fake_9p::Node;
use proptest::prelude::*;
use std::format;
use std::sync::Arc;

/// What becomes of a reply.
#[derive(Clone, Debug)]
enum Change {
    /// It ends early, and says so or not.
    Cut { at: usize, is_said: bool },
    /// More follows, and it says so or not.
    Longer { bytes: Vec<u8>, is_said: bool },
    /// A byte is another one.
    Byte { at: usize, value: u8 },
    /// A number in it is a very large one, or a small one.
    Number { at: usize, value: u64, length: usize },
    /// It is of another kind.
    Kind(u8),
    /// It has another tag.
    Tag(u16),
    /// It is an error.
    Error(u32),
    /// It is an earlier reply, with the right tag or not.
    Earlier { is_tagged: bool },
    /// Anything.
    Any(Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<usize>;
    let bytes = |most: usize| prop::collection::vec(any::<u8>(), 1..most);
    let value =
        prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(u64::from(u32::MAX)), Just(1 << 63), any::<u64>()];
    prop_oneof![
        (index(), any::<bool>()).prop_map(|(at, is_said)| Change::Cut { at, is_said }),
        (bytes(400), any::<bool>()).prop_map(|(bytes, is_said)| Change::Longer { bytes, is_said }),
        (index(), any::<u8>()).prop_map(|(at, value)| Change::Byte { at, value }),
        (index(), value, prop::sample::select(std::vec![2_usize, 4, 8]))
            .prop_map(|(at, value, length)| Change::Number { at, value, length }),
        any::<u8>().prop_map(Change::Kind),
        any::<u16>().prop_map(Change::Tag),
        prop_oneof![0..130_u32, any::<u32>()].prop_map(Change::Error),
        any::<bool>().prop_map(|is_tagged| Change::Earlier { is_tagged }),
        bytes(300).prop_map(Change::Any),
    ]
}

fn say_length(reply: &mut [u8]) {
    let length = (reply.len() as u32).to_le_bytes();
    if let Some(place) = reply.first_chunk_mut() {
        *place = length;
    }
}

impl Change {
    fn make(&self, reply: &mut Vec<u8>, earlier: &[u8]) {
        match self {
            Self::Cut { at, is_said } => {
                reply.truncate(at % reply.len());
                if *is_said {
                    say_length(reply);
                }
            }
            Self::Longer { bytes, is_said } => {
                reply.extend(bytes);
                if *is_said {
                    say_length(reply);
                }
            }
            Self::Byte { at, value } => {
                let at = at % reply.len();
                reply[at] = *value;
            }
            Self::Number { at, value, length } => {
                let at = at % reply.len();
                reply
                    .iter_mut()
                    .skip(at)
                    .zip(&value.to_le_bytes()[..*length])
                    .for_each(|(to, from)| *to = *from);
            }
            Self::Kind(kind) => reply[4] = *kind,
            Self::Tag(tag) => reply[5..7].copy_from_slice(&tag.to_le_bytes()),
            Self::Error(number) => {
                reply.truncate(7);
                reply[4] = 7;
                reply.extend(number.to_le_bytes());
                say_length(reply);
            }
            Self::Earlier { is_tagged } => {
                let tag = [reply[5], reply[6]];
                *reply = earlier.to_vec();
                if *is_tagged {
                    reply[5..7].copy_from_slice(&tag);
                }
            }
            Self::Any(bytes) => reply.clone_from(bytes),
        }
    }
}

/// More requests than what is done here needs of a server that keeps to itself.
const ENOUGH: usize = 100_000;

/// A server whose replies are changed, each by what is due at its number.
fn changed(manner: Manner, changes: Vec<(usize, Change)>) -> &'static Wire {
    let mut server = Server::new(manner, Tree::new(ROOM));
    for (path, node) in [
        ("a", Node::File(std::vec![1; 5000])),
        ("d/b", Node::File(Vec::new())),
        ("d/link", Node::Link("../a".into())),
        ("d/e/c", Node::File(std::vec![2; 10])),
        ("pipe", Node::Other),
    ] {
        server.tree.put(path, node);
    }
    let count = Arc::new(AtomicUsize::new(0));
    let mut earlier = std::vec![0; 7];
    let change = move |_: &[u8], reply: &mut Vec<u8>| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        assert!(number < ENOUGH, "it comes to no end");
        let original = reply.clone();
        for (_, change) in changes.iter().filter(|(at, _)| *at == number) {
            if reply.len() >= 7 {
                change.make(reply, &earlier);
            }
        }
        earlier = original;
    };
    Box::leak(Box::new(Wire::changing(server, change)))
}

/// Does a little of everything; nothing has to succeed. What is said of lengths is true.
fn use_it(system: System) {
    let mut paths = std::vec![String::new()];
    for index in 0..12 {
        let Some(path) = paths.get(index).cloned() else { break };
        let _ = system.entries(&path, |name, _| {
            paths.push(if path.is_empty() { name.into() } else { format!("{path}/{name}") });
            paths.len() < 20
        });
    }
    let mut bytes = [0xee; 3000];
    for (index, path) in paths.iter().enumerate() {
        let how = if index % 2 == 0 { OpenHow::CREATE } else { OpenHow::READ };
        let _ = system.metadata(path);
        if let Ok(file) = system.open(path, how) {
            if let Ok(count) = system.read(file, 2500, &mut bytes[..2000]) {
                assert!(count <= 2000);
            }
            assert!(bytes[2000..].iter().all(|byte| *byte == 0xee), "more was read than there is room for");
            if let Ok(count) = system.write(file, 1500, &bytes[..1000]) {
                assert!(count <= 1000);
            }
            let _ = system.resize(file, 700);
            let _ = system.stat(file);
            let _ = system.sync(file);
            system.close(file);
        }
        let _ = system.create_directory("new");
        let _ = system.rename(path, "new/other");
        let _ = system.remove("new/other");
        let _ = system.space();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_reply_does_harm(
        changes in prop::collection::vec((0..120_usize, change()), 1..20),
        manner in prop::sample::select(manners().to_vec()),
    ) {
        if let Ok(system) = mount(changed(manner, changes)) {
            use_it(system);
        }
    }
}

/// Requests that are made of a file system, and what comes of them if one reply is not what it has to be.
#[test]
fn what_is_no_reply_fails() {
    let changes = [
        Change::Cut { at: 0, is_said: false },
        Change::Cut { at: 7, is_said: true },
        Change::Longer { bytes: std::vec![0], is_said: true },
        Change::Longer { bytes: std::vec![0], is_said: false },
        Change::Longer { bytes: std::vec![0; 1000], is_said: true },
        Change::Kind(99),
        Change::Tag(0xfffe),
        Change::Earlier { is_tagged: false },
        Change::Any(Vec::new()),
        Change::Any(std::vec![0xff; 40]),
    ];
    let calls: [fn(System) -> Result<(), FsError>; 9] = [
        |system| system.metadata("a").map(drop),
        |system| system.metadata("d/link").map(drop),
        |system| system.open("a", OpenHow::READ).map(drop),
        |system| system.open("new", OpenHow::CREATE).map(drop),
        |system| system.entries("", |_, _| true),
        |system| system.create_directory("new"),
        |system| system.rename("a", "new"),
        |system| system.remove("a"),
        |system| system.space().map(drop),
    ];
    for change in changes {
        for call in calls {
            // Each of the requests in its turn, but for those that give up a number.
            for at in 2..20 {
                let system = mount(changed(Manner::GOOD, std::vec![(at, change.clone())])).unwrap();
                let result = call(system);
                assert!(result.is_ok() || result == Err(FsError::Failed), "{change:?} at {at}: {result:?}");
                if at == 2 {
                    assert_eq!(result, Err(FsError::Failed), "{change:?}");
                }
            }
        }
    }
}

#[test]
fn a_directory_without_an_end_comes_to_an_end() {
    let wire = Wire::changing(Server::new(Manner::GOOD, Tree::new(ROOM)), |request, reply| {
        // One entry, again and again.
        if request[4] == 40 {
            let mut entry = std::vec![0; 13 + 8];
            entry.extend([8, 1, 0, b'a']);
            reply.truncate(7);
            reply.extend((entry.len() as u32).to_le_bytes());
            reply.extend(entry);
            say_length(reply);
        }
    });
    let system = mount(Box::leak(Box::new(wire))).unwrap();
    let mut count = 0_u64;
    let listed = system.entries("", |_, _| {
        count += 1;
        true
    });
    assert_eq!((listed, count), (Err(FsError::Failed), 1 << 16));
}

#[test]
fn errors_of_the_host_are_those_of_the_interface() {
    // What is said of a request that would change something, and of another one.
    let errors = [
        (1, FsError::ReadOnly, FsError::Failed),
        (2, FsError::NotFound, FsError::NotFound),
        (5, FsError::Failed, FsError::Failed),
        (13, FsError::ReadOnly, FsError::Failed),
        (16, FsError::Busy, FsError::Busy),
        (18, FsError::CrossesMounts, FsError::CrossesMounts),
        (23, FsError::TooManyOpen, FsError::TooManyOpen),
        (27, FsError::TooLarge, FsError::TooLarge),
        (28, FsError::NoSpace, FsError::NoSpace),
        (30, FsError::ReadOnly, FsError::ReadOnly),
        (36, FsError::NameTooLong, FsError::NameTooLong),
        (95, FsError::Unsupported, FsError::Unsupported),
        (122, FsError::NoSpace, FsError::NoSpace),
        (0, FsError::Failed, FsError::Failed),
        (u32::MAX, FsError::Failed, FsError::Failed),
    ];
    for (number, change, look) in errors {
        // Statfs, mkdir, write and unlinkat.
        let wire = Wire::changing(Server::new(Manner::GOOD, Tree::new(ROOM)), move |request, reply| {
            if [8, 72, 118, 76].contains(&request[4]) {
                Change::Error(number).make(reply, &[]);
            }
        });
        let system = mount(Box::leak(Box::new(wire))).unwrap();
        let file = system.open("file", OpenHow::CREATE).unwrap();
        assert_eq!(system.space(), Err(look), "{number}");
        assert_eq!(system.create_directory("new"), Err(change), "{number}");
        assert_eq!(system.write(file, 0, b"bytes"), Err(change), "{number}");
        assert_eq!(system.remove("file"), Err(change), "{number}");
    }
}
