extern crate std;

use super::*;
use oscomp_fake_net::Runner;
use oscomp_interfaces::{NewThread, SpawnError, Thread};
use oscomp_objects::{Watch, attempt};
use std::boxed::Box;
use std::collections::HashMap;
use std::sync::{Condvar, LazyLock, Mutex as HostMutex};
use std::vec::Vec;

/// The threads of the host, whose time stands still: who waits until a moment goes on at once.
#[derive(Clone, Copy)]
struct Host;

static WOKEN: LazyLock<(HostMutex<HashMap<usize, u64>>, Condvar)> = LazyLock::new(Default::default);

fn address(word: &AtomicU32) -> usize {
    core::ptr::from_ref(word).addr()
}

impl Threads for Host {
    fn spawn(self, _: NewThread, body: impl FnOnce() + Send + 'static) -> Result<Thread, SpawnError> {
        std::thread::spawn(body);
        Ok(Thread(1))
    }

    fn current(self) -> Thread {
        Thread(0)
    }

    fn name(self, _: Thread) -> Option<&'static str> {
        None
    }

    fn give_way(self) {
        std::thread::yield_now();
    }

    fn wait(self, word: &AtomicU32, value: u32, until: Option<Duration>) -> bool {
        let mut woken = WOKEN.0.lock().unwrap();
        let before = woken.get(&address(word)).copied();
        while until.is_none()
            && word.load(Ordering::SeqCst) == value
            && woken.get(&address(word)).copied() == before
        {
            woken = WOKEN.1.wait(woken).unwrap();
        }
        until.is_none()
    }

    fn wake(self, word: &AtomicU32, _: usize) -> usize {
        *WOKEN.0.lock().unwrap().entry(address(word)).or_default() += 1;
        WOKEN.1.notify_all();
        1
    }

    fn join(self, _: Thread) {}

    fn time(self) -> Duration {
        Duration::ZERO
    }
}

#[derive(Clone, Copy)]
struct Short;

impl Config<Options> for Short {
    const OPTIONS: Options = Options { interval: Duration::from_millis(1) };
}

type Tested = PosixThreadWaits<Runner, Host, Short>;

fn start() -> &'static Tested {
    Box::leak(Box::new(Tested::start(Runner::new(2), Host).unwrap()))
}

#[test]
fn one_thread_at_a_time_is_within() {
    let waits = start();
    let (within, most) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    waits.enter(|| {
                        most.fetch_max(within.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        within.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            });
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[test]
fn threads_wait_for_each_other() {
    let waits = start();
    let (turn, watch) = (AtomicU32::new(0), Watch::default());
    let order = HostMutex::new(Vec::new());
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (turn, watch, order) = (&turn, &watch, &order);
            scope.spawn(move || {
                for round in 0..50 {
                    waits.wait(|context| {
                        let is_mine =
                            watch.poll(context, |_| turn.load(Ordering::SeqCst) == round * 4 + number);
                        if is_mine { Poll::Ready(()) } else { Poll::Pending }
                    });
                    order.lock().unwrap().push(number);
                    waits.enter(|| turn.fetch_add(1, Ordering::SeqCst));
                    watch.wake_all();
                }
            });
        }
    });
    assert!(order.into_inner().unwrap().iter().copied().eq((0..200).map(|index| index % 4)));
}

#[test]
fn tasks_have_turns_while_somebody_asks_or_waits() {
    let runner = Runner::new(2);
    let waits: &'static Tested = Box::leak(Box::new(Tested::start(runner, Host).unwrap()));
    let count: &'static AtomicU32 = Box::leak(Box::default());
    let task = async {
        for _ in 0..10 {
            count.fetch_add(1, Ordering::SeqCst);
            yield_now().await;
        }
    };
    runner.spawn(task).unwrap();
    assert_eq!(attempt(waits, |_| Poll::<()>::Pending), None);
    waits.turn();
    assert!(count.load(Ordering::SeqCst) > 0);
    waits.wait(|_| if count.load(Ordering::SeqCst) == 10 { Poll::Ready(()) } else { Poll::Pending });
}
