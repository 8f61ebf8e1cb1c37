//! What a host puts there, and what it does meanwhile.

use super::*;
use alloc::string::{String, ToString};
use oscomp_fake_9p::Node;
use std::collections::BTreeMap;
use std::format;

fn file(text: &str) -> Node {
    Node::File(text.into())
}

fn link(target: &str) -> Node {
    Node::Link(target.into())
}

/// A server with a few files, and who uses it.
fn shared(manner: Manner) -> (&'static Wire, System) {
    let wire = wire(manner);
    let mut server = wire.server();
    let nodes = [
        ("notes/hello", file("hello")),
        ("notes/deep/numbers", file("0123456789")),
        ("plain", file("plain")),
        ("to file", link("notes/hello")),
        ("notes/to directory", link("deep")),
        ("notes/deep/up", link("..//./../plain")),
        ("notes/deep/far", link("../to directory/up")),
        ("notes/root", link("..")),
        ("out", link("../plain")),
        ("away", link("/plain")),
        ("nowhere", link("none")),
        ("itself", link("itself")),
        ("through file", link("plain/..")),
        ("around", link("notes/to directory/../hello")),
        ("notes/beside", link("../other/place")),
        ("other/place/f", file("place")),
        ("other/f", file("other")),
        ("through beside", link("notes/beside/../f")),
        ("pipe", Node::Other),
    ];
    nodes.into_iter().for_each(|(path, node)| server.tree.put(path, node));
    drop(server);
    (wire, mount(wire).unwrap())
}

fn read(system: System, path: &str) -> Result<String, FsError> {
    let file = system.open(path, OpenHow::READ)?;
    let mut bytes = [0; 100];
    let count = system.read(file, 0, &mut bytes)?;
    system.close(file);
    Ok(str::from_utf8(&bytes[..count]).unwrap().to_string())
}

fn list(system: System, path: &str) -> BTreeMap<String, FileKind> {
    let mut found = BTreeMap::new();
    system
        .entries(path, |name, kind| {
            assert!(found.insert(name.to_string(), kind).is_none());
            true
        })
        .unwrap();
    found
}

#[test]
fn links_are_what_they_lead_to() {
    for manner in manners() {
        let (_, system) = shared(manner);
        for (path, text) in [
            ("to file", "hello"),
            ("notes/to directory/numbers", "0123456789"),
            ("notes/deep/up", "plain"),
            ("notes/deep/far", "plain"),
            ("notes/to directory/far", "plain"),
            ("notes/root/notes/root/plain", "plain"),
            ("around", "hello"),
            ("through beside", "other"),
        ] {
            assert_eq!(read(system, path).as_deref(), Ok(text), "{path}");
            assert_eq!(system.metadata(path).map(|known| known.length), Ok(text.len() as u64), "{path}");
        }
        let nowhere = ["out", "away", "nowhere", "itself", "itself/inside", "pipe"];
        let through_a_file = ["notes/deep/up/inside", "through file"];
        let errors = nowhere.map(|path| (path, FsError::NotFound)).into_iter();
        for (path, error) in errors.chain(through_a_file.map(|path| (path, FsError::NotDirectory))) {
            assert_eq!(read(system, path), Err(error), "{path}");
            assert_eq!(system.metadata(path), Err(error), "{path}");
        }
        assert_eq!(system.metadata("notes/root").map(|known| known.kind), Ok(FileKind::Directory));
        assert_eq!(list(system, "notes/root").len(), list(system, "").len());
    }
}

#[test]
fn what_is_listed_comes_to_an_end() {
    use FileKind::{Directory, File};
    for manner in manners() {
        let (wire, system) = shared(manner);
        wire.server().tree.put_bytes(1, b"no text \xff", file(""));
        let root = [
            ("around", File),
            ("notes", Directory),
            ("other", Directory),
            ("plain", File),
            ("through beside", File),
            ("to file", File),
        ];
        assert_eq!(list(system, ""), root.map(|(name, kind)| (name.to_string(), kind)).into());
        let deep = [("far", File), ("numbers", File), ("up", File)];
        assert_eq!(list(system, "notes/deep"), deep.map(|(name, kind)| (name.to_string(), kind)).into());
        for number in 0..200 {
            wire.server().tree.put(&format!("many/{number:0200}"), file(""));
        }
        assert_eq!(list(system, "many").len(), 200);
    }
}

#[test]
fn links_themselves_are_removed_and_renamed() {
    for manner in manners() {
        let (wire, system) = shared(manner);
        assert_eq!(system.remove("to file"), Ok(()));
        assert_eq!(system.remove("nowhere"), Ok(()));
        assert_eq!(system.rename("notes/to directory", "notes/other"), Ok(()));
        assert_eq!(system.remove("notes/root"), Ok(()));
        let server = wire.server();
        let [gone, moved] = ["to file", "notes/other"].map(|path| server.tree.find(path));
        assert_eq!((gone, server.tree.node(moved.unwrap())), (None, Some(&link("deep"))));
        assert!(server.tree.read("notes/hello").is_some());
        drop(server);
        // Where a link leads nowhere, nothing is made.
        assert_eq!(system.open("itself", OpenHow::CREATE), Err(FsError::NotFound));
        let exclusive = OpenHow { exclusive: true, ..OpenHow::CREATE };
        assert_eq!(system.open("itself", exclusive), Err(FsError::Exists));
    }
}

#[test]
fn what_the_host_changes_is_seen_at_once() {
    for manner in manners() {
        let (wire, system) = shared(manner);
        assert_eq!(read(system, "plain").as_deref(), Ok("plain"));
        wire.server().tree.put("plain", file("another one"));
        assert_eq!(read(system, "plain").as_deref(), Ok("another one"));
        assert_eq!(system.metadata("plain").map(|known| known.length), Ok(11));
        wire.server().tree.put("new", file(""));
        assert_eq!(list(system, "").get("new"), Some(&FileKind::File));
    }
}

#[test]
fn what_took_the_place_of_an_open_file_stays_as_it_is() {
    for manner in manners() {
        let (wire, system) = shared(manner);
        let how = OpenHow { write: true, ..OpenHow::READ };
        let replaced = system.open("plain", how).unwrap();
        let removed = system.open("new", OpenHow::CREATE).unwrap();
        assert_eq!(system.write(removed, 0, b"12345"), Ok(5));
        // By the host the one, by this system the other.
        wire.server().tree.put("plain", file("of the host"));
        assert_eq!(system.rename("notes/hello", "new"), Ok(()));
        for (file, text) in [(replaced, "plain"), (removed, "12345")] {
            let known = system.stat(file).unwrap();
            assert_eq!((known.kind, known.length), (FileKind::File, 5));
            assert_eq!(system.resize(file, 5), Ok(()));
            assert_eq!(system.resize(file, 8), Ok(()));
            assert_eq!(system.stat(file).map(|known| known.length), Ok(8));
            let mut bytes = [1; 10];
            assert_eq!(system.read(file, 0, &mut bytes), Ok(8));
            assert_eq!((&bytes[..5], &bytes[5..8]), (text.as_bytes(), &[0; 3][..]));
            let shorter = system.resize(file, 1);
            match manner.knows {
                Knows::Files => assert_eq!(shorter, Ok(())),
                _ => assert_eq!(shorter, Err(FsError::Unsupported)),
            }
            system.close(file);
        }
        assert_eq!(read(system, "plain").as_deref(), Ok("of the host"));
        assert_eq!(read(system, "new").as_deref(), Ok("hello"));
    }
}

#[test]
fn lengths_that_the_server_does_not_know_are_found_by_reading() {
    let (wire, system) = shared(Manner { knows: Knows::Paths, ..Manner::GOOD });
    for length in [0, 1, 2, 3, 4, 7, 8, 9, 100, 1000, 4095, 4096, 40_000] {
        let file = system.open("file", OpenHow::CREATE).unwrap();
        assert_eq!(system.resize(file, length), Ok(()));
        assert_eq!(system.remove("file"), Ok(()));
        let known = system.stat(file).unwrap();
        assert_eq!((known.length, known.modified), (length, None));
        system.close(file);
    }
    assert_eq!(wire.server().tree.find("file"), None);
}

#[test]
fn directories_in_which_something_changed_are_synced_with_the_next_file() {
    let (wire, system) = shared(Manner::GOOD);
    let synced = || core::mem::take(&mut wire.server().synced);
    let file = system.open("notes/deep/new", OpenHow::CREATE).unwrap();
    system.create_directory("made").unwrap();
    system.remove("notes/hello").unwrap();
    system.sync(file).unwrap();
    let mut paths = synced();
    assert_eq!(paths.remove(0), "notes/deep/new", "the file is first");
    paths.sort();
    assert_eq!(paths, ["", "notes", "notes/deep"]);
    system.sync(file).unwrap();
    assert_eq!(synced(), ["notes/deep/new"]);
    // Wherever it is moved.
    system.rename("notes/deep", "made/moved").unwrap();
    system.sync(file).unwrap();
    let mut paths = synced();
    paths.sort();
    assert_eq!(paths, ["made", "made/moved/new", "notes"]);
    // More directories than are kept: none is forgotten.
    for number in 0..20 {
        wire.server().tree.put(&format!("d{number}/old"), Node::Other);
    }
    for number in 0..20 {
        system.remove(&format!("d{number}/old")).unwrap();
    }
    system.sync(file).unwrap();
    let paths = synced();
    for number in 0..20 {
        assert!(paths.contains(&format!("d{number}")), "{number}");
    }
}

#[test]
fn no_number_stays_behind() {
    for manner in manners() {
        let (wire, system) = shared(manner);
        let file = system.open("plain", OpenHow::CREATE).unwrap();
        let before = wire.server().numbers();
        for path in ["", "notes", "notes/hello", "to file", "itself", "none", "pipe", "plain/inside", "new"] {
            for how in [OpenHow::READ, OpenHow::CREATE, OpenHow { exclusive: true, ..OpenHow::CREATE }] {
                if let Ok(file) = system.open(path, how) {
                    let _ = system.stat(file);
                    system.close(file);
                }
            }
            let _ = system.metadata(path);
            let _ = system.entries(path, |_, _| true);
            let _ = system.entries(path, |_, _| false);
            let _ = system.create_directory(path);
            let _ = system.rename(path, "notes/inside");
            let _ = system.rename("notes/inside", path);
            let _ = system.rename(path, "plain/inside");
            let _ = system.remove(path);
        }
        let _ = system.space();
        system.sync(file).unwrap();
        assert_eq!(wire.server().numbers(), before);
    }
}

#[test]
fn what_is_known_of_a_file_is_what_the_server_says() {
    let (_, system) = shared(Manner::GOOD);
    let known = system.metadata("plain").unwrap();
    assert_eq!(known.modified, Some(core::time::Duration::new(1_767_225_600, 5)));
    assert_eq!(system.space(), Ok(Space { total: ROOM, free: ROOM - 30 }));
}

#[test]
fn long_paths_are_followed() {
    let (wire, system) = shared(Manner { message: 4096, ..Manner::GOOD });
    for parts in [["a"; 60].to_vec(), [&*"n".repeat(255); 15].to_vec()] {
        let path = parts.join("/") + "/file";
        wire.server().tree.put(&path, file("deep"));
        assert_eq!(read(system, &path).as_deref(), Ok("deep"));
        for end in 1..parts.len() {
            let path = parts[..end].join("/");
            assert_eq!(list(system, &path).len(), 1);
            assert_eq!(system.metadata(&(path + "/none")), Err(FsError::NotFound));
        }
        assert_eq!(system.metadata(&(path + "/none")), Err(FsError::NotDirectory));
    }
}

#[test]
fn a_server_that_speaks_otherwise_is_refused() {
    for (manner, reason) in [
        (Manner { version: "unknown", ..Manner::GOOD }, "9P2000.L"),
        (Manner { version: "9P2000.u", ..Manner::GOOD }, "9P2000.L"),
        (Manner { message: 1000, ..Manner::GOOD }, "9P2000.L"),
    ] {
        let error = mount(wire(manner)).err().unwrap();
        assert!(format!("{error}").contains(reason), "{error}");
    }
    let file_alone =
        Box::leak(Box::new(Wire::changing(Server::new(Manner::GOOD, Tree::new(0)), |request, reply| {
            if request[4] == 104 {
                reply[7] = 0;
            }
        })));
    let error = Ninep::<_, Settings>::start(&*file_alone).err().unwrap();
    assert!(format!("{error}").contains("no folder"), "{error}");
}
