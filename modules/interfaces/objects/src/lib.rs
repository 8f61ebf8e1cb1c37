//! What descriptors of C programs can be open on besides files: sockets, pipes and the like, of whichever module makes
//! them. Apart from the other interfaces because objects are on the heap, which not every image has.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod object;
pub mod table;
pub mod waits;
pub mod watchers;

pub use object::{Interest, ObjectKind, OpenObject, Readiness};
pub use table::{DescriptorTable, Opened, READ_ONLY, READ_WRITE, WRITE_ONLY, insert_both};
pub use waits::{LastTurn, Waits, attempt};
pub use watchers::{Watch, Watchers};
