//! For tests on the host: a TCP stack in memory and an executor with a clock that stands still.
#![forbid(unsafe_code)]

mod runner;
mod tcp;

pub use runner::Runner;
pub use tcp::{Client, Net};
