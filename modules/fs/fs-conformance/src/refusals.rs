//! What is refused, and what is not.

use oscomp_interfaces::{FileKind, FileSystem, FsError, NAME_LIMIT, OpenHow, PATH_LIMIT};

pub fn verify(system: impl FileSystem) {
    paths(system);
    let file = system.open("file", OpenHow::CREATE).expect("there is room");
    assert_eq!(system.write(file, 0, b"0123456789"), Ok(10));
    let again = OpenHow { exclusive: true, ..OpenHow::CREATE };
    assert_eq!(system.open("file", again), Err(FsError::Exists));
    assert_eq!(system.open("file/inside", OpenHow::CREATE), Err(FsError::NotDirectory));
    assert_eq!(system.open("none", OpenHow::READ), Err(FsError::NotFound));
    assert_eq!(system.open("", OpenHow::CREATE), Err(FsError::IsDirectory));
    let reader = system.open("file", OpenHow::READ).expect("it is there");
    assert_eq!(system.write(reader, 0, b"x"), Err(FsError::NotWritable));
    assert_eq!(system.resize(reader, 0), Err(FsError::NotWritable));
    // Each sees what the other does.
    assert_eq!(system.write(file, 5, b"abc"), Ok(3));
    let mut bytes = [0; 16];
    assert_eq!(system.read(reader, 3, &mut bytes), Ok(7));
    assert_eq!(&bytes[..7], b"34abc89");
    assert_eq!(system.read(reader, u64::MAX, &mut bytes), Ok(0));
    let numbers = [system.stat(file), system.stat(reader), system.metadata("file")]
        .map(|known| known.map(|known| known.number));
    assert!(numbers[0].is_ok() && numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
    let root = system.metadata("").expect("there is a root");
    assert_eq!(root.kind, FileKind::Directory);
    assert_ne!(Ok(root.number), numbers[0]);
    let directory = system.open("", OpenHow::READ).expect("a directory can be opened");
    assert_eq!(system.read(directory, 0, &mut bytes), Err(FsError::IsDirectory));
    assert_eq!(system.sync(directory), Ok(()));
    for file in [file, reader, directory] {
        system.close(file);
    }
    assert_eq!(system.remove(""), Err(FsError::Busy));
    assert_eq!(system.rename("", "other"), Err(FsError::Busy));
    assert_eq!(system.rename("file", ""), Err(FsError::Busy));
    assert_eq!(system.create_directory(""), Err(FsError::Exists));
    assert_eq!(system.entries("file", |_, _| true), Err(FsError::NotDirectory));
    let mut count = 0;
    system.create_directory("second").expect("there is room");
    assert_eq!(
        system.entries("", |_, _| {
            count += 1;
            false
        }),
        Ok(())
    );
    assert_eq!(count, 1, "no more is told than is asked for");
}

/// What is no path, and the longest one.
fn paths(system: impl FileSystem) {
    no_paths(system);
    let longest = "n".repeat(NAME_LIMIT);
    let file = system.open(&longest, OpenHow::CREATE).expect("so long a name may be");
    system.close(file);
    assert_eq!(system.remove(&longest), Ok(()));
}

/// What is no path.
pub fn no_paths(system: impl FileSystem) {
    for path in ["/", "/a", "a/", "a//b", ".", "a/..", "a\0b"] {
        assert_eq!(system.open(path, OpenHow::CREATE), Err(FsError::InvalidPath), "{path:?}");
        assert_eq!(system.metadata(path), Err(FsError::InvalidPath), "{path:?}");
        assert_eq!(system.create_directory(path), Err(FsError::InvalidPath), "{path:?}");
    }
    let long = "n".repeat(NAME_LIMIT + 1);
    assert_eq!(system.open(&long, OpenHow::CREATE), Err(FsError::NameTooLong));
    assert_eq!(system.metadata(&"a/".repeat(PATH_LIMIT)), Err(FsError::NameTooLong));
}

/// What was removed or replaced is there for who has it open, and its space comes back.
pub fn removed_while_open(system: impl FileSystem) {
    let before = system.space().expect("it has some");
    let write = |path: &str, bytes: &[u8]| {
        let file = system.open(path, OpenHow::CREATE).expect("there is room");
        assert_eq!(system.write(file, 0, bytes), Ok(bytes.len()));
        file
    };
    let [removed, replaced] = [write("removed", &[1; 3000]), write("replaced", &[2; 3000])];
    let replacing = write("replacing", &[3; 100]);
    assert_eq!(system.remove("removed"), Ok(()));
    assert_eq!(system.rename("replacing", "replaced"), Ok(()));
    assert_eq!(system.metadata("removed"), Err(FsError::NotFound));
    assert_eq!(system.metadata("replaced").map(|known| known.length), Ok(100));
    // The name can be used again, for another file.
    let again = write("removed", &[4; 10]);
    let mut bytes = [0; 4000];
    for (file, value, length) in
        [(removed, 1, 3000), (replaced, 2, 3000), (replacing, 3, 100), (again, 4, 10)]
    {
        assert_eq!(system.read(file, 0, &mut bytes), Ok(length));
        assert!(bytes[..length].iter().all(|byte| *byte == value));
    }
    assert_eq!(system.write(removed, 3000, &[5; 1000]), Ok(1000));
    for file in [removed, replaced, replacing, again] {
        system.close(file);
    }
    for path in ["removed", "replaced"] {
        assert_eq!(system.remove(path), Ok(()));
    }
    assert_eq!(system.space().expect("it has some").free, before.free, "space is lost");
}

/// What is open can be neither removed nor replaced, and nothing is lost by trying; but it can be moved.
pub fn busy_while_open(system: impl FileSystem) {
    let file = system.open("open", OpenHow::CREATE).expect("there is room");
    assert_eq!(system.write(file, 0, b"kept"), Ok(4));
    let other = system.open("other", OpenHow::CREATE).expect("there is room");
    system.close(other);
    assert_eq!(system.remove("open"), Err(FsError::Busy));
    assert_eq!(system.rename("other", "open"), Err(FsError::Busy));
    assert_eq!(system.rename("open", "moved"), Ok(()));
    assert_eq!(system.write(file, 4, b" too"), Ok(4));
    let mut bytes = [0; 10];
    assert_eq!(system.read(file, 0, &mut bytes), Ok(8));
    assert_eq!(&bytes[..8], b"kept too");
    system.close(file);
    assert_eq!(system.metadata("moved").map(|known| known.length), Ok(8));
    assert_eq!(system.metadata("other").map(|known| known.length), Ok(0));
    assert_eq!(system.remove("moved"), Ok(()));
}
