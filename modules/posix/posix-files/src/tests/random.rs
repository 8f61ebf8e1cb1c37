//! Random calls, which the module has to answer as the host does.

use super::host::{Answer, Host, Module, Posix, Removal};
use crate::RecordLock;
use crate::flags::{AT_FDCWD, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY};
use core::ffi::c_int;
use oscomp_c_abi::numbers::ENAMETOOLONG;
use proptest::collection::vec as list;
use proptest::prelude::*;
use std::borrow::ToOwned;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

#[derive(Clone, Debug)]
enum Call {
    Open(Option<c_int>, String, c_int),
    Close(c_int),
    Read(c_int, usize, Option<i64>),
    Write(c_int, Vec<u8>, Option<i64>),
    ReadParts(c_int, Vec<usize>),
    WriteParts(c_int, Vec<Vec<u8>>),
    Seek(c_int, i64, c_int),
    Dup(c_int),
    Dup2(c_int, c_int),
    DupFrom(c_int, c_int),
    Control(c_int, c_int, c_int),
    Lock(c_int, c_int, RecordLock),
    Truncate(String, i64),
    Ftruncate(c_int, i64),
    Fallocate(c_int, i64, i64),
    Sync(c_int),
    Stat(Option<c_int>, String),
    Fstat(c_int),
    Access(String, c_int),
    Make(String),
    Remove(Option<c_int>, String, Removal),
    Rename(String, String),
    Go(String),
    GoTo(c_int),
    Current,
    List(String),
    Link(String),
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop_oneof![Just("a"), Just("b"), Just("c")].prop_map(str::to_owned),
        1 => prop_oneof![Just("."), Just(".."), Just(".d"), Just("..."), Just("é")].prop_map(str::to_owned),
        1 => prop_oneof![Just(255), Just(256)].prop_map(|length| "n".repeat(length)),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let parts = list((part(), prop_oneof![9 => Just("/"), 1 => Just("//")]), 1..4);
    let ends = prop_oneof![6 => Just(false), 1 => Just(true)];
    let usual = (any::<bool>(), parts, ends).prop_map(|(is_absolute, parts, ends)| {
        let mut path = String::from(if is_absolute { "/" } else { "" });
        let last = parts.len() - 1;
        for (index, (part, slash)) in parts.into_iter().enumerate() {
            path += &part;
            if index < last || ends {
                path += slash;
            }
        }
        path
    });
    prop_oneof![
        60 => usual,
        1 => Just(String::new()),
        1 => Just("/".to_owned()),
        1 => Just("a/".repeat(3000)),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("b/c"), Just("a/")].prop_map(str::to_owned)
}

fn fd() -> impl Strategy<Value = c_int> {
    prop_oneof![20 => 3..8, 1 => Just(-1), 1 => Just(63)]
}

fn flags() -> impl Strategy<Value = c_int> {
    let set = |flag, weight| prop::bool::weighted(weight).prop_map(move |is| if is { flag } else { 0 });
    let access = prop_oneof![Just(0), Just(O_WRONLY), Just(O_RDWR)];
    (
        access,
        set(O_CREAT, 0.5),
        set(O_EXCL, 0.2),
        set(O_TRUNC, 0.2),
        set(O_APPEND, 0.2),
        set(O_DIRECTORY, 0.1),
        set(libc::O_CLOEXEC, 0.2),
    )
        .prop_map(|(access, create, exclusive, truncate, append, directory, cloexec)| {
            // What one both makes and takes for a directory differs from one Linux to another.
            let directory = if create == 0 { directory } else { 0 };
            let exclusive = if create == 0 { 0 } else { exclusive };
            access | create | exclusive | truncate | append | directory | cloexec
        })
}

fn call() -> impl Strategy<Value = Call> {
    let at = || prop_oneof![2 => (0_i64..300).prop_map(Some), 1 => Just(Some(-1))];
    let here = || prop_oneof![1 => at(), 2 => Just(None)];
    let bytes = || list(any::<u8>(), 0..200);
    let length = || prop_oneof![9 => 0_i64..400, 1 => Just(-1_i64)];
    let removal = prop_oneof![Just(Removal::Unlink), Just(Removal::Rmdir), Just(Removal::Any)];
    let command = prop_oneof![
        Just((libc::F_GETFD, 0)),
        Just((libc::F_SETFD, 1)),
        Just((libc::F_SETFD, 0)),
        Just((libc::F_GETFL, 0)),
        Just((libc::F_SETFL, O_APPEND)),
        Just((libc::F_SETFL, libc::O_NONBLOCK | O_RDWR)),
        Just((libc::F_SETFL, 0)),
    ];
    let lock = (0_i16..4, 0_i16..4, -50_i64..400, prop_oneof![3 => -60_i64..60, 1 => Just(i64::MAX)])
        .prop_map(|(kind, whence, start, length)| RecordLock { kind, whence, start, length, process: 0 });
    let locks = prop_oneof![Just(libc::F_GETLK), Just(libc::F_SETLK), Just(libc::F_SETLKW)];
    let files = prop_oneof![
        4 => (fd(), 0_usize..400, here()).prop_map(|(fd, count, at)| Call::Read(fd, count, at)),
        6 => (fd(), bytes(), here()).prop_map(|(fd, bytes, at)| Call::Write(fd, bytes, at)),
        1 => (fd(), list(0_usize..100, 0..4)).prop_map(|(fd, parts)| Call::ReadParts(fd, parts)),
        1 => (fd(), list(bytes(), 0..4)).prop_map(|(fd, parts)| Call::WriteParts(fd, parts)),
        4 => (fd(), -100_i64..400, prop_oneof![9 => 0..3, 1 => Just(9)]).prop_map(|(fd, offset, whence)| Call::Seek(fd, offset, whence)),
        2 => fd().prop_map(Call::Dup),
        1 => (fd(), 3..9).prop_map(|(fd, with)| Call::Dup2(fd, with)),
        1 => (fd(), 3..12).prop_map(|(fd, least)| Call::DupFrom(fd, least)),
        3 => (fd(), command).prop_map(|(fd, (command, argument))| Call::Control(fd, command, argument)),
        2 => (fd(), locks, lock).prop_map(|(fd, command, lock)| Call::Lock(fd, command, lock)),
        2 => (fd(), length()).prop_map(|(fd, length)| Call::Ftruncate(fd, length)),
        1 => (fd(), length(), length()).prop_map(|(fd, at, length)| Call::Fallocate(fd, at, length)),
        1 => fd().prop_map(Call::Sync),
        3 => fd().prop_map(Call::Fstat),
        2 => fd().prop_map(Call::Close),
    ];
    let names = prop_oneof![
        8 => (path(), flags()).prop_map(|(path, flags)| Call::Open(None, path, flags)),
        2 => (fd(), name(), flags()).prop_map(|(fd, path, flags)| Call::Open(Some(fd), path, flags)),
        1 => (path(), length()).prop_map(|(path, length)| Call::Truncate(path, length)),
        3 => path().prop_map(|path| Call::Stat(None, path)),
        1 => (fd(), name()).prop_map(|(fd, path)| Call::Stat(Some(fd), path)),
        1 => (path(), prop_oneof![Just(0), Just(4), Just(6), Just(8)])
            .prop_map(|(path, kind)| Call::Access(path, kind)),
        6 => path().prop_map(Call::Make),
        3 => (path(), removal.clone()).prop_map(|(path, how)| Call::Remove(None, path, how)),
        1 => (fd(), name()).prop_map(|(fd, path)| Call::Remove(Some(fd), path, Removal::Unlink)),
        4 => (path(), path()).prop_map(|(from, to)| Call::Rename(from, to)),
        2 => path().prop_map(Call::Go),
        1 => fd().prop_map(Call::GoTo),
        2 => Just(Call::Current),
        2 => path().prop_map(Call::List),
        1 => path().prop_map(Call::Link),
    ];
    prop_oneof![files, names]
}

fn run(on: &impl Posix, call: &Call) -> Answer {
    let from = |directory: &Option<c_int>| directory.unwrap_or(AT_FDCWD);
    match call {
        Call::Open(directory, path, flags) => on.open(from(directory), path.as_bytes(), *flags),
        Call::Close(fd) => on.close(*fd),
        Call::Read(fd, count, at) => on.read(*fd, *count, *at),
        Call::Write(fd, bytes, at) => on.write(*fd, bytes, *at),
        Call::ReadParts(fd, parts) => on.read_parts(*fd, parts),
        Call::WriteParts(fd, parts) => on.write_parts(*fd, parts),
        Call::Seek(fd, offset, whence) => on.seek(*fd, *offset, *whence),
        Call::Dup(fd) => on.dup(*fd),
        Call::Dup2(fd, with) => on.dup2(*fd, *with),
        Call::DupFrom(fd, least) => on.dup_from(*fd, *least),
        Call::Control(fd, command, argument) => on.control(*fd, *command, *argument),
        Call::Lock(fd, command, lock) => on.lock(*fd, *command, *lock),
        Call::Truncate(path, length) => on.truncate(path.as_bytes(), *length),
        Call::Ftruncate(fd, length) => on.ftruncate(*fd, *length),
        Call::Fallocate(fd, offset, length) => on.fallocate(*fd, *offset, *length),
        Call::Sync(fd) => on.sync(*fd),
        Call::Stat(directory, path) => on.stat(from(directory), path.as_bytes()),
        Call::Fstat(fd) => on.fstat(*fd),
        Call::Access(path, kind) => on.access(path.as_bytes(), *kind),
        Call::Make(path) => on.make(path.as_bytes()),
        Call::Remove(directory, path, how) => on.remove(from(directory), path.as_bytes(), *how),
        Call::Rename(from, to) => on.rename(from.as_bytes(), to.as_bytes()),
        Call::Go(path) => on.go(path.as_bytes()),
        Call::GoTo(fd) => on.go_to(*fd),
        Call::Current => on.current(),
        Call::List(path) => on.list(path.as_bytes()),
        Call::Link(path) => on.link(path.as_bytes()),
    }
}

/// Whether a path means the same to both: it does not lead above what stands for the root of the host's, and does not
/// begin at a directory that was removed, in which Linux still finds `.` and `..`.
fn is_comparable(module: &Module, path: &str) -> bool {
    let mut depth = 0;
    if !path.starts_with('/') {
        let current = module.current();
        if current.result.is_err() {
            return false;
        }
        depth = current.bytes.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).count();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return false,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    true
}

/// Whether a call has to be answered as the host does.
fn is_meant(module: &Module, call: &Call) -> bool {
    let is_directory = |fd: &c_int| module.fstat(*fd).bytes == b"d";
    // The host's stand-in for the root has a name.
    let is_root = |path: &str| path.bytes().all(|byte| byte == b'/');
    match call {
        Call::Open(None, path, flags) => {
            is_comparable(module, path) && !(is_root(path) && flags & O_EXCL != 0)
        }
        Call::Truncate(path, _)
        | Call::Stat(None, path)
        | Call::Access(path, _)
        | Call::Make(path)
        | Call::Go(path)
        | Call::List(path)
        | Call::Link(path) => is_comparable(module, path),
        Call::Remove(None, path, _) => is_comparable(module, path) && !is_root(path),
        Call::Rename(from, to) => [from, to].iter().all(|path| is_comparable(module, path) && !is_root(path)),
        // Positions in directories are each file system's own.
        Call::Seek(fd, ..) => !is_directory(fd),
        // A whence of the end counts from there too.
        Call::Lock(fd, _, lock) => lock.whence != 2 || !is_directory(fd),
        // Linux appends, which POSIX does not say.
        Call::Write(fd, _, Some(_)) => {
            module.control(*fd, libc::F_GETFL, 0).result.is_ok_and(|flags| flags as c_int & O_APPEND == 0)
        }
        _ => true,
    }
}

fn verify(name: &str, base: c_int, calls: &[Call]) -> Result<(), TestCaseError> {
    let module = Module::new();
    let host = Host::new(name, base);
    for call in calls {
        if !is_meant(&module, call) {
            continue;
        }
        let (ours, theirs) = (run(&module, call), run(&host, call));
        if let (Call::Open(..) | Call::Dup(_), Ok(like), Ok(fd)) = (call, ours.result, theirs.result) {
            host.renumber(fd as c_int, like as c_int);
            continue;
        }
        // Of two mistakes that a path has either may be told.
        if ours.result == Err(ENAMETOOLONG) && theirs.result.is_err() {
            continue;
        }
        prop_assert_eq!(ours, theirs, "{:?}", call);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_calls_are_answered_as_the_host_answers_them(calls in list(call(), 1..60)) {
        verify("calls", 300, &calls)?;
    }
}

/// Deeper trees than chance makes.
#[test]
fn directories_are_followed_when_they_are_moved() {
    let module = Module::new();
    let host = Host::new("moved", 400);
    let both = |call: Call| {
        let (ours, theirs) = (run(&module, &call), run(&host, &call));
        if let (Call::Open(..), Ok(like), Ok(fd)) = (&call, ours.result, theirs.result) {
            host.renumber(fd as c_int, like as c_int);
            return like as c_int;
        }
        assert_eq!(ours, theirs, "{call:?}");
        -1
    };
    let own = |text: &str| text.to_owned();
    for path in ["a", "a/b", "a/b/c", "ab"] {
        both(Call::Make(own(path)));
    }
    let directory = both(Call::Open(None, own("a/b"), O_DIRECTORY));
    both(Call::Go(own("a/b/c")));
    both(Call::Rename(own("/a"), own("/moved")));
    both(Call::Current);
    both(Call::Open(Some(directory), own("file"), O_CREAT | O_RDWR));
    both(Call::List(own("..")));
    both(Call::GoTo(directory));
    both(Call::Current);
    both(Call::Rename(own("/ab"), own("/moved/b/c")));
    both(Call::List(own("/moved/b")));
    both(Call::Remove(None, own("/moved/b/c"), Removal::Rmdir));
    both(Call::Remove(None, own("/moved/b/file"), Removal::Any));
    both(Call::Remove(None, own("/moved/b"), Removal::Any));
    both(Call::Current);
    both(Call::Fstat(directory));
    both(Call::Open(Some(directory), own("file"), O_CREAT | O_RDWR));
    both(Call::GoTo(4));
    both(Call::Stat(None, format!("/{}", "moved")));
}
