//! Descriptors of objects that other modules open.

use super::host::Module;
use crate::flags::{F_GETFD, F_GETFL, F_SETFL, FIONBIO, FIONREAD, O_CLOEXEC, O_NONBLOCK, O_RDWR, O_WRONLY};
use crate::{Part, Stat};
use core::ffi::{c_int, c_ulong};
use core::task::Context;
use oscomp_c_abi::numbers::{EAGAIN, EBADF, EMFILE, ENOTTY, ESPIPE};
use oscomp_interfaces::errno;
use oscomp_objects::{DescriptorTable, Interest, ObjectKind, OpenObject, Opened, Readiness};
use std::sync::{Arc, Mutex};
use std::vec::Vec;

/// Gives bytes three at a time, and takes what it is given.
#[derive(Default)]
struct Drawer {
    bytes: Mutex<Vec<u8>>,
    calls: Mutex<Vec<(usize, bool)>>,
    closed: Mutex<usize>,
    keeps: bool,
}

impl OpenObject for Drawer {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Pipe
    }

    fn keeps_boundaries(&self) -> bool {
        self.keeps
    }

    fn read(&self, into: &mut [u8], waits: bool) -> Result<usize, c_int> {
        self.calls.lock().unwrap().push((into.len(), waits));
        let mut bytes = self.bytes.lock().unwrap();
        let count = bytes.len().min(into.len()).min(3);
        into[..count].copy_from_slice(&bytes[..count]);
        bytes.drain(..count);
        if count == 0 { Err(EAGAIN) } else { Ok(count) }
    }

    fn write(&self, from: &[u8], waits: bool) -> Result<usize, c_int> {
        self.calls.lock().unwrap().push((from.len(), waits));
        self.bytes.lock().unwrap().extend_from_slice(from);
        Ok(from.len())
    }

    fn poll_ready(&self, _: Interest, _: &mut Context<'_>) -> Readiness {
        Readiness::default()
    }

    fn available(&self) -> Result<usize, c_int> {
        Ok(self.bytes.lock().unwrap().len())
    }

    fn close(&self) {
        *self.closed.lock().unwrap() += 1;
    }
}

fn opened(module: &Module, keeps: bool, flags: c_int) -> (Arc<Drawer>, c_int) {
    let drawer = Arc::new(Drawer { keeps, ..Drawer::default() });
    let descriptor = module.files.insert(drawer.clone(), flags).unwrap();
    (drawer, descriptor)
}

#[test]
fn it_is_read_written_and_closed_with_its_last_descriptor() {
    let module = Module::new();
    let files = module.files;
    let (drawer, fd) = opened(&module, false, O_RDWR | O_CLOEXEC);
    assert_eq!(
        (fd, files.controlled(fd, F_GETFD, 0), files.controlled(fd, F_GETFL, 0)),
        (3, Ok(1), Ok(O_RDWR))
    );
    assert_eq!(files.write_on(fd, b"hello"), Ok(5));
    assert_eq!(files.available(fd), Ok(5));
    let other = files.dup(fd);
    assert_eq!(files.close(fd), 0);
    assert_eq!((files.read_on(fd, &mut [0]), files.read_on(other, &mut [0; 9])), (Err(EBADF), Ok(3)));
    assert_eq!(files.controlled(other, F_SETFL, O_NONBLOCK), Ok(0));
    assert_eq!(files.read_on(other, &mut [0; 9]), Ok(2));
    assert_eq!(*drawer.calls.lock().unwrap(), [(5, true), (9, true), (9, false)]);
    assert!(
        matches!(DescriptorTable::find(files, other), Ok(Opened::Object { flags, .. }) if flags & O_NONBLOCK != 0)
    );
    assert_eq!(*drawer.closed.lock().unwrap(), 0);
    assert_eq!(files.dup2(1, other), other);
    assert_eq!(*drawer.closed.lock().unwrap(), 1);
    assert!(matches!(DescriptorTable::find(files, other), Ok(Opened::Console { has_input: false })));
}

#[test]
fn it_is_no_file() {
    let module = Module::new();
    let (_, fd) = opened(&module, false, O_WRONLY);
    assert_eq!(module.files.read_on(fd, &mut [0]), Err(EBADF));
    assert_eq!((module.files.lseek(fd, 0, 0), errno(module.number)), (-1, ESPIPE));
    assert_eq!(module.files.write_at(fd, 0, b"x"), Err(ESPIPE));
    assert_eq!((module.files.isatty(fd), errno(module.number)), (0, ENOTTY));
    let mut stat = Stat::default();
    // SAFETY: there is room.
    assert_eq!(unsafe { module.files.fstat(fd, &raw mut stat) }, 0);
    assert_eq!(stat.mode & 0o170_000, 0o010_000);
    assert_eq!(module.files.set_waits(fd, false), Ok(()));
    assert_eq!(module.files.controlled(fd, F_GETFL, 0), Ok(O_WRONLY | O_NONBLOCK));
    assert_eq!((FIONBIO, FIONREAD), (libc::FIONBIO as c_ulong, libc::FIONREAD as c_ulong));
    assert_eq!(module.files.available(1), Err(ENOTTY));
}

#[test]
fn parts_are_one_message_where_there_are_messages() {
    let module = Module::new();
    for keeps in [false, true] {
        let (drawer, fd) = opened(&module, keeps, O_RDWR);
        let part = |text: &'static [u8]| Part { base: text.as_ptr().cast_mut().cast(), length: text.len() };
        // SAFETY: they have their bytes.
        assert_eq!(unsafe { module.files.writev(fd, [part(b"abc"), part(b""), part(b"d")].as_ptr(), 3) }, 4);
        let mut bytes = [0_u8; 6];
        let start = bytes.as_mut_ptr();
        let room = |at: usize, length| Part { base: start.wrapping_add(at).cast(), length };
        // SAFETY: they have room.
        let count = unsafe { module.files.readv(fd, [room(0, 2), room(2, 2), room(4, 2)].as_ptr(), 3) };
        let expected: (isize, &[_]) = if keeps {
            (3, &[(4, true), (6, true)])
        } else {
            // It waits for the first byte alone.
            (4, &[(3, true), (1, true), (2, true), (2, false), (2, false)])
        };
        assert_eq!((count, &**drawer.calls.lock().unwrap()), expected);
        assert_eq!(&bytes[..3], b"abc");
    }
}

#[test]
fn without_a_descriptor_it_is_closed() {
    let module = Module::new();
    for _ in 3..64 {
        opened(&module, false, O_RDWR);
    }
    let drawer = Arc::new(Drawer::default());
    assert_eq!(module.files.insert(drawer.clone(), O_RDWR), Err(EMFILE));
    assert_eq!(*drawer.closed.lock().unwrap(), 1);
}
