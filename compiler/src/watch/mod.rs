//! Working again whenever something changes that a system is made of.
//!
//! [`Watched`] is what there is to watch, [`Changes`] says when it has changed, [`Job`] is a command that works
//! meanwhile and can be ended.

mod changes;
mod dependencies;
mod job;
mod watched;

pub use changes::{Changes, Event};
pub use job::Job;
pub use watched::{Recorder, Watched};
