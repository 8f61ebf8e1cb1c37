//! What every file system has to pass: random use against a model, what is refused, what happens when there is no more
//! space; and what every one has to pass that can only be read.
//!
//! A file system's tests hand [`verify`] a function that starts one which is empty. It has room for 32 KiB and 24
//! files at the least, and at the most for 16 MiB. 4 files at the least and 1,024 at the most can be open.
#![forbid(unsafe_code)]

mod limits;
mod model;
mod read_only;
mod refusals;

use model::Model;
use oscomp_interfaces::FileSystem;
use proptest::test_runner::{Config, TestRunner};

/// What comes of removing, or replacing, a file that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenRemoval {
    /// It is there for who has it open, as the interface wants it.
    Works,
    /// `Busy`: the format of the file system has no way to.
    Refused,
}

/// Verifies all properties; panics with the first that does not hold.
///
/// `start` starts an empty file system.
pub fn verify<F: FileSystem>(start: impl Fn() -> F, removal: OpenRemoval) {
    random_use(&start);
    refusals::verify(start());
    match removal {
        OpenRemoval::Works => refusals::removed_while_open(start()),
        OpenRemoval::Refused => refusals::busy_while_open(start()),
    }
    limits::no_space(start());
    limits::too_many_open(start());
    limits::deep(start());
    limits::sparse(start());
}

/// Verifies what holds of a file system that can only be read; panics with the first property that does not hold.
///
/// `start` starts one with these files, the path and the bytes of each, and no others: one or more. There may be more
/// directories than those that the files are in.
pub fn verify_read_only<F: FileSystem>(start: impl Fn() -> F, files: &[(&str, &[u8])]) {
    read_only::verify(start(), files);
}

fn random_use<F: FileSystem>(start: &impl Fn() -> F) {
    let mut runner = TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
    let result = runner.run(&model::steps(), |steps| {
        let mut model = Model::new(start());
        for step in &steps {
            model.take(step)?;
        }
        model.finish()
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
