//! Descriptors 0, 1 and 2.

use super::host::{Module, Posix};
use super::model::{Settings, model};
use crate::flags::O_NONBLOCK;
use crate::{Input, Options, Stat};
use core::ptr;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EAGAIN, EBADF, EINVAL, ENOTTY, ESPIPE};
use oscomp_interfaces::errno;
use oscomp_objects::{DescriptorTable, Opened};
use std::thread;
use std::time::Duration;

#[test]
fn what_is_written_comes_out_and_what_arrives_is_read() {
    let (files, terminal, number) = model::<Settings>();
    let module = Module { files, number };
    assert_eq!(module.write(1, b"out ", None).result, Ok(4));
    assert_eq!(module.write_parts(2, &[b"e".to_vec(), b"rr".to_vec()]).result, Ok(3));
    assert_eq!(*terminal.written.lock().unwrap(), b"out err");
    terminal.arrived.lock().unwrap().extend_from_slice(b"typed");
    assert_eq!(module.read(0, 3, None).bytes, b"typ");
    assert_eq!(module.read(0, 3, None).bytes, b"ed");
    // Who reads waits.
    let late = thread::spawn(|| {
        thread::sleep(Duration::from_millis(20));
        terminal.arrived.lock().unwrap().push(b'!');
    });
    assert_eq!(module.read(0, 3, None).bytes, b"!");
    late.join().unwrap();
    assert_eq!(files.controlled(0, libc::F_SETFL, O_NONBLOCK), Ok(0));
    assert_eq!(module.read(0, 3, None).result, Err(EAGAIN));
    assert_eq!(module.read(0, 0, None).result, Ok(0));
}

#[test]
fn a_look_takes_nothing_away() {
    let (files, terminal, number) = model::<Settings>();
    let module = Module { files, number };
    let has_input = || match DescriptorTable::find(files, 0) {
        Ok(Opened::Console { has_input }) => has_input,
        _ => panic!("it is the console"),
    };
    assert!(!has_input());
    terminal.arrived.lock().unwrap().extend_from_slice(b"typed");
    assert!(has_input() && has_input());
    assert_eq!(module.read(0, 0, None).result, Ok(0));
    assert_eq!(module.read(0, 3, None).bytes, b"typ");
    assert!(has_input());
    assert_eq!(module.read(0, 1, None).bytes, b"e");
    assert_eq!(module.read(0, 9, None).bytes, b"d");
}

#[test]
fn it_is_a_terminal_and_no_file() {
    let module = Module::new();
    let files = module.files;
    assert_eq!(files.isatty(1), 1);
    let fd = files.opened(crate::flags::AT_FDCWD, b"file", 0o102).unwrap();
    assert_eq!(files.isatty(fd), 0);
    assert_eq!(errno(module.number), ENOTTY);
    assert_eq!(files.isatty(9), 0);
    assert_eq!(errno(module.number), EBADF);
    assert_eq!(module.seek(1, 0, 0).result, Err(ESPIPE));
    assert_eq!(module.read(0, 1, Some(0)).result, Err(ESPIPE));
    assert_eq!(module.sync(1).result, Err(EINVAL));
    assert_eq!(module.ftruncate(1, 0).result, Err(EINVAL));
    let mut stat = Stat::default();
    // SAFETY: there is room.
    assert_eq!(unsafe { files.fstat(0, &raw mut stat) }, 0);
    assert_eq!(stat.mode & 0o170_000, 0o020_000);
    // SAFETY: null is allowed.
    assert_eq!(unsafe { files.fstat(0, ptr::null_mut()) }, -1);
    // Once closed it can be a file.
    assert_eq!(files.dup2(fd, 1), 1);
    assert_eq!(module.write(1, b"kept", None).result, Ok(4));
    assert_eq!(module.read(fd, 9, Some(0)).bytes, b"kept");
}

#[derive(Clone, Copy)]
struct Silent;

impl Config<Options> for Silent {
    const OPTIONS: Options = Options { open: 3, input: Input::Nothing };
}

#[test]
fn without_input_there_is_an_end() {
    let (files, terminal, _) = model::<Silent>();
    terminal.arrived.lock().unwrap().push(b'x');
    assert_eq!(files.read_on(0, &mut [0; 4]), Ok(0));
}
