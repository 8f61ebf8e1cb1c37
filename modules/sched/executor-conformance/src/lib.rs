//! What every executor has to pass, on a machine whose time stands still but for waiting.
//!
//! An executor's tests hand [`verify`] a function that starts an instance with room for three tasks.

use oscomp_interfaces::{Alarm, Clock, Executor, Idle, Sleep, Timers, TooManyTasks, sleep, yield_now};
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A machine whose time stands still but for waiting, which takes until the alarm.
#[derive(Debug, Default)]
pub struct Machine {
    now: Mutex<Duration>,
    alarm: Mutex<Option<Duration>>,
    halts: AtomicUsize,
}

impl Clock for &'static Machine {
    fn now(self) -> Duration {
        *self.now.lock().unwrap()
    }
}

impl Alarm for &'static Machine {
    fn set(self, at: Option<Duration>) {
        *self.alarm.lock().unwrap() = at;
    }
}

impl Idle for &'static Machine {
    fn wait(self, ready: impl FnOnce() -> bool) {
        if !ready() {
            self.halts.fetch_add(1, Ordering::Relaxed);
            *self.now.lock().unwrap() = self.alarm.lock().unwrap().expect("somebody waits for ever");
        }
    }
}

impl Machine {
    /// One at time 0, for ever.
    #[must_use]
    pub fn new() -> &'static Self {
        Box::leak(Box::default())
    }
}

/// Verifies all properties; panics with the first that does not hold.
pub fn verify<E: Executor + Timers + Sleep + 'static>(start: impl Fn(&'static Machine) -> E) {
    what_does_not_wait_ends_without_a_halt(&start);
    sleepers_wake_in_order_of_their_moments_one_halt_each(&start);
    a_task_may_wait_for_several_moments(&start);
    who_is_no_task_sleeps_with_a_halt(&start);
    a_task_that_sleeps_has_the_others_wait(&start);
    tasks_beyond_the_limit_are_refused_until_one_ends(&start);
    the_future_that_is_waited_for_need_not_be_send_and_may_come_again(&start);
}

fn started<E>(start: impl Fn(&'static Machine) -> E) -> (E, &'static Machine) {
    let machine = Machine::new();
    (start(machine), machine)
}

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn what_does_not_wait_ends_without_a_halt<E: Executor + Timers + Sleep + 'static>(
    start: impl Fn(&'static Machine) -> E,
) {
    let (executor, machine) = started(start);
    let answer = executor.block_on(async {
        yield_now().await;
        42
    });
    assert_eq!((answer, machine.halts.load(Ordering::Relaxed)), (42, 0));
}

fn sleepers_wake_in_order_of_their_moments_one_halt_each<E: Executor + Timers + Sleep + 'static>(
    start: impl Fn(&'static Machine) -> E,
) {
    let (executor, machine) = started(start);
    let log = Arc::new(Mutex::new(Vec::new()));
    for wait in [30, 10, 20] {
        let log = log.clone();
        let task = async move {
            sleep(executor, ms(wait)).await;
            log.lock().unwrap().push((wait, executor.time()));
        };
        executor.spawn(task).unwrap();
    }
    executor.block_on(sleep(executor, ms(100)));
    assert_eq!(*log.lock().unwrap(), [(10, ms(10)), (20, ms(20)), (30, ms(30))]);
    assert_eq!(machine.halts.load(Ordering::Relaxed), 4);
    assert_eq!(*machine.alarm.lock().unwrap(), None, "nothing rings when nobody waits");
}

fn a_task_may_wait_for_several_moments<E: Executor + Timers + Sleep + 'static>(
    start: impl Fn(&'static Machine) -> E,
) {
    let (executor, machine) = started(start);
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
    assert_eq!(*machine.now.lock().unwrap(), ms(50));
}

fn who_is_no_task_sleeps_with_a_halt<E: Executor + Timers + Sleep + 'static>(
    start: impl Fn(&'static Machine) -> E,
) {
    let (executor, machine) = started(start);
    executor.sleep(ms(7));
    assert_eq!(*machine.now.lock().unwrap(), ms(7));
    executor.sleep(Duration::ZERO);
    assert_eq!(machine.halts.load(Ordering::Relaxed), 1);
    assert_eq!(*machine.alarm.lock().unwrap(), None);
}

fn a_task_that_sleeps_has_the_others_wait<E: Executor + Timers + Sleep + 'static>(
    start: impl Fn(&'static Machine) -> E,
) {
    let (executor, machine) = started(start);
    let slept = Arc::new(Mutex::new(Vec::new()));
    let log = slept.clone();
    let task = async move {
        sleep(executor, ms(10)).await;
        log.lock().unwrap().push(executor.time());
        sleep(executor, ms(60)).await;
        log.lock().unwrap().push(executor.time());
    };
    executor.spawn(task).unwrap();
    executor.block_on(async {
        yield_now().await;
        executor.sleep(ms(30));
        sleep(executor, ms(100)).await;
    });
    assert_eq!(*slept.lock().unwrap(), [ms(30), ms(90)]);
    assert_eq!(*machine.now.lock().unwrap(), ms(130));
}

fn tasks_beyond_the_limit_are_refused_until_one_ends<E: Executor + Timers + Sleep + 'static>(
    start: impl Fn(&'static Machine) -> E,
) {
    let (executor, _) = started(start);
    for _ in 0..3 {
        executor.spawn(yield_now()).unwrap();
    }
    assert_eq!(executor.spawn(yield_now()), Err(TooManyTasks));
    executor.block_on(sleep(executor, ms(1)));
    assert_eq!(executor.spawn(yield_now()), Ok(()));
}

fn the_future_that_is_waited_for_need_not_be_send_and_may_come_again<
    E: Executor + Timers + Sleep + 'static,
>(
    start: impl Fn(&'static Machine) -> E,
) {
    let (executor, _) = started(start);
    let count = Rc::new(Cell::new(0));
    for _ in 0..2 {
        executor.block_on(async {
            sleep(executor, ms(1)).await;
            count.set(count.get() + 1);
        });
    }
    assert_eq!(count.get(), 2);
}
