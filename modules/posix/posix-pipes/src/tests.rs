//! Where descriptors run out; what is read and written `tests/c-sockets` compares with Linux.

use crate::PosixPipes;
use core::ffi::c_int;
use oscomp_c_abi::numbers::{EFAULT, EINVAL, EMFILE};
use oscomp_c_errno::CErrno;
use oscomp_fake_net::Runner;
use oscomp_interfaces::{ErrorNumber, errno};
use oscomp_objects::{DescriptorTable, OpenObject, Opened};
use oscomp_posix_waits::PosixWaits;
use std::boxed::Box;
use std::sync::{Arc, Mutex};
use std::vec::Vec;

/// A table with room for a few.
struct Table {
    open: Mutex<Vec<Option<Arc<dyn OpenObject>>>>,
    room: usize,
}

impl DescriptorTable for &'static Table {
    fn insert(self, object: Arc<dyn OpenObject>, _: i32) -> Result<i32, ErrorNumber> {
        let mut open = self.open.lock().unwrap();
        if open.iter().flatten().count() == self.room {
            object.close();
            return Err(EMFILE);
        }
        open.push(Some(object));
        Ok(open.len() as i32 - 1)
    }

    fn find(self, descriptor: i32) -> Result<Opened, ErrorNumber> {
        let object = self.open.lock().unwrap()[descriptor as usize].clone();
        object.map_or(Ok(Opened::File), |object| Ok(Opened::Object { object, flags: 0 }))
    }

    fn close(self, descriptor: i32) -> Result<(), ErrorNumber> {
        let object = self.open.lock().unwrap()[descriptor as usize].take();
        object.into_iter().for_each(|object| object.close());
        Ok(())
    }
}

type Tested = PosixPipes<&'static Table, &'static PosixWaits<Runner, Runner>, &'static CErrno>;

fn start(room: usize) -> (Tested, &'static Table, &'static CErrno) {
    let table: &'static Table = Box::leak(Box::new(Table { open: Mutex::default(), room }));
    let numbers: &'static CErrno = Box::leak(Box::new(CErrno::start().unwrap()));
    let waits: &'static PosixWaits<Runner, Runner> =
        Box::leak(Box::new(PosixWaits::start(Runner::new(1), Runner::new(1)).unwrap()));
    (PosixPipes::start(table, waits, numbers).unwrap(), table, numbers)
}

#[test]
fn without_room_for_both_ends_there_is_neither() {
    for room in [0, 1] {
        let (pipes, table, numbers) = start(room);
        let mut ends: [c_int; 2] = [-7; 2];
        // SAFETY: there is room for two.
        assert_eq!(unsafe { pipes.pipe(&raw mut ends) }, -1);
        assert_eq!((errno(numbers), ends), (EMFILE, [-7; 2]));
        assert_eq!(table.open.lock().unwrap().iter().flatten().count(), 0);
    }
    let (pipes, _, numbers) = start(2);
    // SAFETY: null is allowed.
    assert_eq!(unsafe { pipes.pipe(core::ptr::null_mut()) }, -1);
    assert_eq!(errno(numbers), EFAULT);
    assert_eq!((pipes.eventfd(0, 2), errno(numbers)), (-1, EINVAL));
}

#[test]
fn a_counter_counts() {
    let (pipes, _, numbers) = start(2);
    let counter = pipes.eventfd(3, 0);
    assert_eq!(pipes.eventfd_write(counter, 4), 0);
    let mut count = 0;
    // SAFETY: there is room.
    assert_eq!(unsafe { pipes.eventfd_read(counter, &raw mut count) }, 0);
    assert_eq!(count, 7);
    assert_eq!((pipes.eventfd_write(counter, u64::MAX), errno(numbers)), (-1, EINVAL));
}
