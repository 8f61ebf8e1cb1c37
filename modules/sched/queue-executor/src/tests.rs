extern crate std;

use super::*;
use oscomp_executor_conformance::{Machine, verify};
use std::boxed::Box;

#[derive(Clone, Copy)]
struct Few;

impl Config<Options> for Few {
    const OPTIONS: Options = Options { tasks: 3 };
}

type Tested = QueueExecutor<&'static Machine, &'static Machine, &'static Machine, Few>;

fn start(machine: &'static Machine) -> &'static Tested {
    Box::leak(Box::new(Tested::start(machine, machine, machine).unwrap()))
}

#[test]
fn it_does_what_executors_do() {
    verify(start);
}

#[test]
#[should_panic(expected = "within a task")]
fn waiting_within_a_task_is_refused() {
    let executor = start(Machine::new());
    executor.block_on(async { executor.block_on(async {}) });
}
