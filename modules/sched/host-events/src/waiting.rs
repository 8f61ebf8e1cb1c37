//! Who waits for which descriptor.

use alloc::collections::BTreeMap;
use core::task::Waker;
use oscomp_interfaces::Direction;

/// The last task that asked, for each descriptor and direction.
pub struct Waiting {
    tasks: BTreeMap<i32, [Option<Waker>; 2]>,
}

impl Waiting {
    pub const fn new() -> Self {
        Self { tasks: BTreeMap::new() }
    }

    pub fn put(&mut self, descriptor: i32, direction: Direction, waker: &Waker) {
        let place = &mut self.tasks.entry(descriptor).or_default()[direction as usize];
        match place {
            Some(known) => known.clone_from(waker),
            None => *place = Some(waker.clone()),
        }
    }

    pub fn take(&mut self, descriptor: i32, direction: Direction) -> Option<Waker> {
        self.tasks.get_mut(&descriptor)?[direction as usize].take()
    }

    pub fn forget(&mut self, descriptor: i32) {
        self.tasks.remove(&descriptor);
    }
}
