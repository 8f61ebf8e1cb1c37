//! Where a file system ends.

use oscomp_interfaces::{FileSystem, FsError, OpenHow};

/// More than any of the file systems has.
const MUCH: usize = 32 << 20;

/// When there is no more space that is said, nothing that was there is lost, and there is as much again afterwards.
pub fn no_space(system: impl FileSystem) {
    let kept = system.open("kept", OpenHow::CREATE).expect("there is room");
    assert_eq!(system.write(kept, 0, &[7; 1000]), Ok(1000));
    let mut rounds = Vec::new();
    for _ in 0..3 {
        let file = system.open("large", OpenHow::CREATE).expect("there is room");
        let piece = [9; 1500];
        let mut length = 0;
        let end = loop {
            match system.write(file, length as u64, &piece) {
                Ok(count) if count == piece.len() && length < MUCH => length += count,
                Ok(count) => length += count,
                Err(error) => break error,
            }
        };
        assert_eq!(end, FsError::NoSpace);
        assert_eq!(system.stat(file).map(|known| known.length), Ok(length as u64));
        assert_eq!(system.resize(file, MUCH as u64), Err(FsError::NoSpace));
        assert_eq!(system.write(kept, 0, &[8; 500]), Ok(500), "what is there can be written over");
        let mut bytes = [0; 1000];
        assert_eq!(system.read(file, length as u64 - 700, &mut bytes), Ok(700));
        assert!(bytes[..700].iter().all(|byte| *byte == 9));
        assert_eq!(system.read(kept, 0, &mut bytes), Ok(1000));
        assert!(bytes[..500].iter().all(|byte| *byte == 8) && bytes[500..].iter().all(|byte| *byte == 7));
        system.close(file);
        assert_eq!(system.remove("large"), Ok(()));
        rounds.push(length);
    }
    assert!(rounds[0] >= 16 << 10 && rounds.iter().all(|length| *length == rounds[0]), "{rounds:?}");
    system.close(kept);
}

/// So is it when too many files are open.
pub fn too_many_open(system: impl FileSystem) {
    let file = system.open("file", OpenHow::CREATE).expect("there is room");
    let mut files = vec![file];
    let end = loop {
        match system.open("file", OpenHow::READ) {
            Ok(file) => files.push(file),
            Err(error) => break error,
        }
        assert!(files.len() <= 1024, "there is no end");
    };
    assert_eq!(end, FsError::TooManyOpen);
    assert_eq!(system.open("new", OpenHow::CREATE), Err(FsError::TooManyOpen));
    assert_eq!(system.metadata("new"), Err(FsError::NotFound), "it was made in spite of that");
    assert!(files.len() >= 4);
    let last = files.pop().expect("there are some");
    system.close(last);
    let again = system.open("file", OpenHow::READ).expect("one was closed");
    files.push(again);
    files.into_iter().for_each(|file| system.close(file));
}

/// Directories may be deep.
pub fn deep(system: impl FileSystem) {
    let mut path = String::new();
    for _ in 0..16 {
        path.push_str(if path.is_empty() { "d" } else { "/d" });
        system.create_directory(&path).expect("there is room");
    }
    let file = system.open(&format!("{path}/file"), OpenHow::CREATE).expect("there is room");
    assert_eq!(system.write(file, 0, b"deep"), Ok(4));
    system.close(file);
    assert_eq!(system.metadata(&format!("{path}/file")).map(|known| known.length), Ok(4));
    assert_eq!(system.rename("d/d", "e"), Ok(()));
    let moved = format!("e{}/file", &path[3..]);
    assert_eq!(system.metadata(&moved).map(|known| known.length), Ok(4));
    assert_eq!(system.remove(&moved), Ok(()));
}

/// What was not written reads as zeroes, also where something else was before.
pub fn sparse(system: impl FileSystem) {
    let file = system.open("sparse", OpenHow::CREATE).expect("there is room");
    assert_eq!(system.write(file, 0, &[5; 9000]), Ok(9000));
    assert_eq!(system.resize(file, 100), Ok(()));
    assert_eq!(system.write(file, 8000, b"end"), Ok(3));
    let mut bytes = [1; 8100];
    assert_eq!(system.read(file, 0, &mut bytes), Ok(8003));
    assert!(bytes[..100].iter().all(|byte| *byte == 5) && bytes[100..8000].iter().all(|byte| *byte == 0));
    assert_eq!(&bytes[8000..8003], b"end");
    assert_eq!(system.write(file, u64::MAX - 2, b"far"), Err(FsError::TooLarge));
    let far = system.write(file, 1 << 50, b"far");
    assert!(matches!(far, Err(FsError::TooLarge | FsError::NoSpace)), "{far:?}");
    system.close(file);
}
