//! On a file system in memory: each function for itself, and random calls as the host answers them.

mod calls;
mod console;
mod host;
mod model;
mod objects;
mod random;
