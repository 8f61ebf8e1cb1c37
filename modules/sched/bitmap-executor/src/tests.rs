extern crate std;

use super::*;
use core::cell::Cell;
use oscomp_interfaces::{sleep, yield_now};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::vec::Vec;

/// A machine whose time stands still but for waiting, which takes until the alarm.
#[derive(Default)]
struct Machine {
    now: Mutex<Duration>,
    alarm: Mutex<Option<Duration>>,
    halts: AtomicUsize,
}

impl Clock for &'static Machine {
    fn now(self) -> Duration {
        *self.now.lock()
    }
}

impl Alarm for &'static Machine {
    fn set(self, at: Option<Duration>) {
        *self.alarm.lock() = at;
    }
}

impl Idle for &'static Machine {
    fn wait(self, ready: impl FnOnce() -> bool) {
        if !ready() {
            self.halts.fetch_add(1, Ordering::Relaxed);
            *self.now.lock() = self.alarm.lock().expect("somebody waits for ever");
        }
    }
}

#[derive(Clone, Copy)]
struct Few;

impl Config<Options> for Few {
    const OPTIONS: Options = Options { tasks: 3 };
}

type Tested = BitmapExecutor<&'static Machine, &'static Machine, &'static Machine, Few>;

fn executor() -> (&'static Tested, &'static Machine) {
    let machine: &'static Machine = Box::leak(Box::default());
    (Box::leak(Box::new(Tested::start(machine, machine, machine).unwrap())), machine)
}

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn what_does_not_wait_ends_without_a_halt() {
    let (executor, machine) = executor();
    let answer = executor.block_on(async {
        yield_now().await;
        42
    });
    assert_eq!((answer, machine.halts.load(Ordering::Relaxed)), (42, 0));
}

#[test]
fn sleepers_wake_in_order_of_their_moments_one_halt_each() {
    let (executor, machine) = executor();
    let log = Arc::new(Mutex::new(Vec::new()));
    for wait in [30, 10, 20] {
        let log = log.clone();
        let task = async move {
            sleep(executor, ms(wait)).await;
            log.lock().push((wait, executor.time()));
        };
        executor.spawn(task).unwrap();
    }
    executor.block_on(sleep(executor, ms(100)));
    assert_eq!(*log.lock(), [(10, ms(10)), (20, ms(20)), (30, ms(30))]);
    assert_eq!(machine.halts.load(Ordering::Relaxed), 4);
    assert_eq!(*machine.alarm.lock(), None, "nothing rings when nobody waits");
}

#[test]
fn a_task_may_wait_for_several_moments() {
    let (executor, machine) = executor();
    executor.block_on(async {
        let (mut long, mut short) = (pin!(sleep(executor, ms(50))), pin!(sleep(executor, ms(5))));
        let mut first = None;
        core::future::poll_fn(|context| {
            if first.is_none() && short.as_mut().poll(context).is_ready() {
                first = Some(executor.time());
            }
            long.as_mut().poll(context)
        })
        .await;
        assert_eq!(first, Some(ms(5)));
    });
    assert_eq!(*machine.now.lock(), ms(50));
}

#[test]
fn tasks_beyond_the_limit_are_refused_until_one_ends() {
    let (executor, _) = executor();
    for _ in 0..3 {
        executor.spawn(yield_now()).unwrap();
    }
    assert_eq!(executor.spawn(yield_now()), Err(TooManyTasks));
    executor.block_on(sleep(executor, ms(1)));
    assert_eq!(executor.spawn(yield_now()), Ok(()));
}

#[test]
fn the_future_that_is_waited_for_need_not_be_send_and_may_come_again() {
    let (executor, _) = executor();
    let count = Rc::new(Cell::new(0));
    for _ in 0..2 {
        executor.block_on(async {
            sleep(executor, ms(1)).await;
            count.set(count.get() + 1);
        });
    }
    assert_eq!(count.get(), 2);
}

#[test]
#[should_panic(expected = "within a task")]
fn waiting_within_a_task_is_refused() {
    let (executor, _) = executor();
    executor.block_on(async { executor.block_on(async {}) });
}
