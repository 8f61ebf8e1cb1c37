extern crate std;

use super::*;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ffi::{c_char, c_uint, c_void};
use core::ptr::{null, null_mut, without_provenance_mut};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use oscomp_c_abi::numbers::{EAGAIN, EBUSY, EDEADLK, EINVAL, EOVERFLOW, EPERM, ESRCH, ETIMEDOUT};
use oscomp_interfaces::{Main, NewThread, SpawnError, Thread, errno, set_errno};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, LazyLock, Mutex as HostMutex};
use std::time::Instant;

/// The threads of the host.
#[derive(Clone, Copy)]
struct Host;

/// Who waits for which word, whether woken; and who has ended.
#[derive(Default)]
struct Waiting {
    threads: Vec<(usize, u32, bool)>,
    ended: BTreeSet<u32>,
}

static WAITING: LazyLock<(HostMutex<Waiting>, Condvar)> = LazyLock::new(Default::default);
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
static NEXT: AtomicU32 = AtomicU32::new(0);

std::thread_local! {
    static NUMBER: Cell<u32> = Cell::new(NEXT.fetch_add(1, Ordering::SeqCst));
}

impl Threads for Host {
    fn spawn(self, thread: NewThread, body: impl FnOnce() + Send + 'static) -> Result<Thread, SpawnError> {
        if thread.stack > 1 << 40 {
            return Err(SpawnError::NoMemory);
        }
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        std::thread::spawn(move || {
            NUMBER.set(number);
            body();
            WAITING.0.lock().unwrap().ended.insert(number);
            WAITING.1.notify_all();
        });
        Ok(Thread(number))
    }

    fn current(self) -> Thread {
        Thread(NUMBER.get())
    }

    fn name(self, thread: Thread) -> Option<&'static str> {
        (!WAITING.0.lock().unwrap().ended.contains(&thread.0)).then_some("thread")
    }

    fn give_way(self) {
        std::thread::yield_now();
    }

    fn wait(self, word: &AtomicU32, value: u32, until: Option<Duration>) -> bool {
        let (waiting, changed) = &*WAITING;
        let mut waiting = waiting.lock().unwrap();
        if word.load(Ordering::SeqCst) != value {
            return true;
        }
        let me = NUMBER.get();
        waiting.threads.push((word.as_ptr().addr(), me, false));
        loop {
            let index = waiting.threads.iter().position(|&(_, thread, _)| thread == me).unwrap();
            let left = until.map(|until| until.saturating_sub(self.time()));
            if waiting.threads[index].2 || left == Some(Duration::ZERO) {
                return waiting.threads.remove(index).2;
            }
            waiting = match left {
                Some(left) => changed.wait_timeout(waiting, left).unwrap().0,
                None => changed.wait(waiting).unwrap(),
            };
        }
    }

    fn wake(self, word: &AtomicU32, count: usize) -> usize {
        let mut waiting = WAITING.0.lock().unwrap();
        let address = word.as_ptr().addr();
        let mut woken = 0;
        for thread in waiting.threads.iter_mut().filter(|thread| thread.0 == address && !thread.2).take(count)
        {
            thread.2 = true;
            woken += 1;
        }
        WAITING.1.notify_all();
        woken
    }

    fn join(self, thread: Thread) {
        let mut waiting = WAITING.0.lock().unwrap();
        while !waiting.ended.contains(&thread.0) {
            waiting = WAITING.1.wait(waiting).unwrap();
        }
    }

    fn time(self) -> Duration {
        BEGUN.elapsed()
    }
}

/// How long after 1970 the scheduler's time began.
const EPOCH: Duration = Duration::from_secs(1_000_000);

impl WallClock for Host {
    fn since_1970(self) -> Duration {
        EPOCH + self.time()
    }
}

#[derive(Clone, Copy)]
struct Usual;

impl Config<Options> for Usual {
    const OPTIONS: Options = Options { stack: Bytes(256 << 10) };
}

/// What the program ends with, which is handed to the test.
struct Ended(i32);

impl ProgramExit for Host {
    fn run(self, _: Main, _: i32, _: *mut *mut c_char) -> i32 {
        unreachable!("the tests are the program")
    }

    fn exit(self, status: i32) -> ! {
        resume_unwind(Box::new(Ended(status)))
    }
}

type Pthreads = PosixThreads<Host, Host, Host, Usual>;

fn start() -> &'static Pthreads {
    Box::leak(Box::new(Pthreads::start(Host, Host, Host).unwrap()))
}

/// A time of C's so many milliseconds from now.
fn soon(milliseconds: u64) -> TimeSpec {
    TimeSpec::new(Host.since_1970() + Duration::from_millis(milliseconds))
}

static NO_TIME: TimeSpec = TimeSpec { tv_sec: 0, tv_nsec: 1_000_000_000 };

/// A closure as a routine of C's.
extern "C" fn routine(closure: *mut c_void) -> *mut c_void {
    // SAFETY: `create` has made it of such a box.
    let closure = unsafe { Box::from_raw(closure.cast::<Box<dyn FnOnce() -> usize + Send>>()) };
    without_provenance_mut(closure())
}

fn create_with(
    pthreads: &Pthreads,
    attributes: *const ThreadAttributes,
    closure: impl FnOnce() -> usize + Send + 'static,
) -> usize {
    let closure: Box<dyn FnOnce() -> usize + Send> = Box::new(closure);
    let mut thread = 0;
    // SAFETY: the place is a local, and the routine takes the box.
    let result = unsafe {
        pthreads.pthread_create(&raw mut thread, attributes, routine, Box::into_raw(Box::new(closure)).cast())
    };
    assert_eq!(result, 0);
    thread
}

fn create(pthreads: &Pthreads, closure: impl FnOnce() -> usize + Send + 'static) -> usize {
    create_with(pthreads, null(), closure)
}

fn join(pthreads: &Pthreads, thread: usize) -> Result<usize, c_int> {
    let mut result = null_mut();
    // SAFETY: the place is a local.
    match unsafe { pthreads.pthread_join(thread, &raw mut result) } {
        0 => Ok(result.addr()),
        number => Err(number),
    }
}

/// Something that all threads of a test use by its address.
struct Shared<T>(*mut T);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

// SAFETY: what is shared is made of atomics, or used under a lock.
unsafe impl<T> Send for Shared<T> {}

impl<T> Shared<T> {
    fn new(value: T) -> Self {
        Self(Box::into_raw(Box::new(value)))
    }

    /// The address, from within a closure that has taken all of this.
    fn at(self) -> *mut T {
        self.0
    }
}

#[test]
fn threads_return_what_they_like() {
    let pthreads = start();
    let threads: Vec<usize> = (0..20).map(|number| create(pthreads, move || number * 3)).collect();
    for (number, thread) in threads.into_iter().enumerate() {
        assert_eq!(join(pthreads, thread), Ok(number * 3));
    }
    let thread = create(pthreads, move || pthreads.pthread_exit(without_provenance_mut(77)));
    assert_eq!(join(pthreads, thread), Ok(77));
    assert_eq!(join(pthreads, thread), Err(ESRCH));
    assert_eq!(join(pthreads, 12345), Err(ESRCH));
    assert_eq!(join(pthreads, pthreads.pthread_self()), Err(EDEADLK));
    let own = create(pthreads, move || pthreads.pthread_self());
    assert_eq!(join(pthreads, own), Ok(own));
    assert_eq!((pthreads.pthread_equal(own, own), pthreads.pthread_equal(own, own + 1)), (1, 0));
}

#[test]
fn detached_threads_are_joined_by_nobody() {
    let pthreads = start();
    let go = Arc::new(AtomicBool::new(false));
    let waiting = |go: &Arc<AtomicBool>| {
        let go = Arc::clone(go);
        move || {
            while !go.load(Ordering::SeqCst) {
                pthreads.sched_yield();
            }
            0
        }
    };
    let mut attributes = ThreadAttributes::default();
    // SAFETY: the attributes are a local.
    let born = unsafe {
        pthreads.pthread_attr_init(&raw mut attributes);
        assert_eq!(pthreads.pthread_attr_setdetachstate(&raw mut attributes, 1), 0);
        assert_eq!(pthreads.pthread_attr_setdetachstate(&raw mut attributes, 2), EINVAL);
        create_with(pthreads, &raw const attributes, waiting(&go))
    };
    let later = create(pthreads, waiting(&go));
    assert_eq!(pthreads.pthread_detach(later), 0);
    for thread in [born, later] {
        assert_eq!((join(pthreads, thread), pthreads.pthread_detach(thread)), (Err(EINVAL), EINVAL));
    }
    let ended = create(pthreads, || 0);
    while pthreads.find(ended).is_some_and(|record| record.ended.load(Ordering::SeqCst) == 0) {}
    assert_eq!((pthreads.pthread_detach(ended), pthreads.pthread_detach(ended)), (0, ESRCH));
    go.store(true, Ordering::SeqCst);
    while pthreads.running.load(Ordering::SeqCst) > 0 {}
    assert!(pthreads.find(born).is_none() && pthreads.find(later).is_none());
    // Records are used again.
    let known = pthreads.records.lock().all().count();
    for _ in 0..50 {
        assert_eq!(join(pthreads, create(pthreads, || 5)), Ok(5));
    }
    assert_eq!(pthreads.records.lock().all().count(), known);
}

#[test]
fn stacks_are_as_large_as_they_say() {
    let pthreads = start();
    let (mut attributes, mut bytes, mut state) = (ThreadAttributes::default(), 0, 7);
    let mut thread = 0;
    // SAFETY: the places are locals.
    unsafe {
        pthreads.pthread_attr_getstacksize(&raw const attributes, &raw mut bytes);
        pthreads.pthread_attr_getdetachstate(&raw const attributes, &raw mut state);
        assert_eq!((bytes, state), (256 << 10, 0));
        assert_eq!(pthreads.pthread_attr_setstacksize(&raw mut attributes, 16383), EINVAL);
        assert_eq!(pthreads.pthread_attr_setstacksize(&raw mut attributes, 1 << 50), 0);
        pthreads.pthread_attr_getstacksize(&raw const attributes, &raw mut bytes);
        assert_eq!(bytes, 1 << 50);
        assert_ne!(pthreads.pthread_self(), 0);
        let result = pthreads.pthread_create(&raw mut thread, &raw const attributes, never, null_mut());
        assert_eq!(result, EAGAIN);
        assert_eq!((pthreads.running.load(Ordering::SeqCst), join(pthreads, thread)), (0, Err(ESRCH)));
    }
}

extern "C" fn never(_: *mut c_void) -> *mut c_void {
    unreachable!("the thread has no stack")
}

#[test]
fn each_thread_has_its_errno() {
    let pthreads = start();
    set_errno(pthreads, 5);
    let thread = create(pthreads, move || {
        let before = errno(pthreads);
        set_errno(pthreads, 7);
        // SAFETY: it is this thread's.
        let now = unsafe { *pthreads.__errno_location() };
        before as usize * 100 + now as usize
    });
    assert_eq!(join(pthreads, thread), Ok(7));
    assert_eq!(errno(pthreads), 5);
    // A thread that was not started here has one too, and its record is used again when it has ended.
    let known = pthreads.records.lock().all().count();
    for _ in 0..10 {
        let thread = Host.spawn(NewThread::named("other"), move || {
            assert_eq!(errno(pthreads), 0);
            set_errno(pthreads, 9);
        });
        Host.join(thread.unwrap());
    }
    assert!(pthreads.records.lock().all().count() <= known + 2);
    assert_eq!(errno(pthreads), 5);
}

fn mutex(pthreads: &Pthreads, kind: c_int) -> Shared<PthreadMutex> {
    let mutex = Shared::new(PthreadMutex::default());
    let (mut attributes, mut read) = (MutexAttributes::default(), 9);
    // SAFETY: the places are locals and a box.
    unsafe {
        pthreads.pthread_mutexattr_init(&raw mut attributes);
        assert_eq!(pthreads.pthread_mutexattr_settype(&raw mut attributes, 3), EINVAL);
        assert_eq!(pthreads.pthread_mutexattr_settype(&raw mut attributes, kind), 0);
        assert_eq!(pthreads.pthread_mutexattr_gettype(&raw const attributes, &raw mut read), 0);
        assert_eq!(pthreads.pthread_mutex_init(mutex.0, &raw const attributes), 0);
    }
    assert_eq!(read, kind);
    mutex
}

#[test]
fn one_thread_has_a_mutex() {
    let pthreads = start();
    for kind in 0..=2 {
        let mutex = mutex(pthreads, kind);
        let count = Shared::new(0_usize);
        let threads: Vec<usize> = (0..4)
            .map(|_| {
                create(pthreads, move || {
                    for _ in 0..500 {
                        // SAFETY: the count is used under the mutex only.
                        unsafe {
                            assert_eq!(pthreads.pthread_mutex_lock(mutex.at()), 0);
                            let before = count.at().read_volatile();
                            std::thread::yield_now();
                            count.at().write_volatile(before + 1);
                            assert_eq!(pthreads.pthread_mutex_unlock(mutex.at()), 0);
                        }
                    }
                    0
                })
            })
            .collect();
        for thread in threads {
            join(pthreads, thread).unwrap();
        }
        // SAFETY: the threads have ended.
        unsafe {
            assert_eq!(*count.0, 2000);
            assert_eq!(pthreads.pthread_mutex_destroy(mutex.0), 0);
        }
    }
}

#[test]
fn mutexes_are_of_several_types() {
    let pthreads = start();
    let [normal, recursive, checking] = [0, 1, 2].map(|kind| mutex(pthreads, kind));
    // SAFETY: the mutexes are there for ever, and the times are locals.
    unsafe {
        let time = soon(20);
        for mutex in [normal, recursive, checking] {
            assert_eq!(pthreads.pthread_mutex_lock(mutex.0), 0);
            assert_eq!(pthreads.pthread_mutex_destroy(mutex.0), EBUSY);
            let other = create(pthreads, move || {
                let late = soon(20);
                assert_eq!(pthreads.pthread_mutex_trylock(mutex.at()), EBUSY);
                assert_eq!(pthreads.pthread_mutex_timedlock(mutex.at(), &raw const NO_TIME), EINVAL);
                assert_eq!(pthreads.pthread_mutex_timedlock(mutex.at(), &raw const late), ETIMEDOUT);
                assert!(late.duration() <= Some(Host.since_1970()));
                0
            });
            assert_eq!(join(pthreads, other), Ok(0));
        }
        assert_eq!(pthreads.pthread_mutex_timedlock(normal.0, &raw const time), ETIMEDOUT);
        assert_eq!(pthreads.pthread_mutex_lock(checking.0), EDEADLK);
        assert_eq!(pthreads.pthread_mutex_trylock(checking.0), EBUSY);
        assert_eq!(
            (pthreads.pthread_mutex_lock(recursive.0), pthreads.pthread_mutex_trylock(recursive.0)),
            (0, 0)
        );
        for mutex in [recursive, checking] {
            let other = create(pthreads, move || pthreads.pthread_mutex_unlock(mutex.at()) as usize);
            assert_eq!(join(pthreads, other), Ok(EPERM as usize));
        }
        for _ in 0..3 {
            assert_eq!(pthreads.pthread_mutex_destroy(recursive.0), EBUSY);
            assert_eq!(pthreads.pthread_mutex_unlock(recursive.0), 0);
        }
        assert_eq!(pthreads.pthread_mutex_unlock(recursive.0), EPERM);
        assert_eq!(pthreads.pthread_mutex_destroy(recursive.0), 0);
        assert_eq!(
            (pthreads.pthread_mutex_unlock(normal.0), pthreads.pthread_mutex_unlock(checking.0)),
            (0, 0)
        );
    }
}

#[test]
fn conditions_hand_things_over() {
    let pthreads = start();
    let mutex = mutex(pthreads, 0);
    let (filled, emptied) =
        (Shared::new(PthreadCondition::default()), Shared::new(PthreadCondition::default()));
    let place = Shared::new(None::<usize>);
    let producer = create(pthreads, move || {
        for number in 0..300 {
            // SAFETY: the place is used under the mutex only.
            unsafe {
                pthreads.pthread_mutex_lock(mutex.at());
                while (*place.at()).is_some() {
                    assert_eq!(pthreads.pthread_cond_wait(emptied.at(), mutex.at()), 0);
                }
                *place.at() = Some(number);
                pthreads.pthread_cond_signal(filled.at());
                pthreads.pthread_mutex_unlock(mutex.at());
            }
        }
        0
    });
    let consumers: Vec<usize> = (0..3)
        .map(|_| {
            create(pthreads, move || {
                let mut sum = 0;
                for _ in 0..100 {
                    // SAFETY: the place is used under the mutex only.
                    unsafe {
                        pthreads.pthread_mutex_lock(mutex.at());
                        while (*place.at()).is_none() {
                            assert_eq!(pthreads.pthread_cond_wait(filled.at(), mutex.at()), 0);
                        }
                        sum += (*place.at()).take().unwrap_or(0);
                        pthreads.pthread_cond_broadcast(emptied.at());
                        pthreads.pthread_mutex_unlock(mutex.at());
                    }
                }
                sum
            })
        })
        .collect();
    join(pthreads, producer).unwrap();
    let sum: usize = consumers.into_iter().map(|thread| join(pthreads, thread).unwrap()).sum();
    assert_eq!(sum, 299 * 300 / 2);
}

#[test]
fn nobody_waits_for_a_condition_too_long() {
    let pthreads = start();
    let mutex = mutex(pthreads, 2);
    let (mut condition, mut attributes) = (PthreadCondition::default(), ConditionAttributes::default());
    // SAFETY: the places are locals and a box.
    unsafe {
        pthreads.pthread_condattr_init(&raw mut attributes);
        for (clock, time) in [(0, soon(20)), (1, TimeSpec::new(Host.time() + Duration::from_millis(20)))] {
            assert_eq!(pthreads.pthread_condattr_setclock(&raw mut attributes, clock), 0);
            assert_eq!(pthreads.pthread_cond_init(&raw mut condition, &raw const attributes), 0);
            pthreads.pthread_mutex_lock(mutex.0);
            let before = Host.time();
            let mut wait =
                |time: &TimeSpec| pthreads.pthread_cond_timedwait(&raw mut condition, mutex.0, time);
            assert_eq!(wait(&time), ETIMEDOUT);
            assert!(Host.time() - before < Duration::from_secs(10));
            assert_eq!(wait(&NO_TIME), EINVAL);
            // It has the mutex again.
            assert_eq!(pthreads.pthread_mutex_unlock(mutex.0), 0);
            assert_eq!(pthreads.pthread_cond_wait(&raw mut condition, mutex.0), EPERM);
        }
        assert_eq!(pthreads.pthread_condattr_setclock(&raw mut attributes, 2), EINVAL);
    }
}

#[test]
fn many_read_or_one_writes() {
    let pthreads = start();
    let lock = Shared::new(PthreadRwLock::default());
    let pair = Shared::new((0_usize, 0_usize));
    let threads: Vec<usize> = (0..4)
        .map(|number| {
            create(pthreads, move || {
                for _ in 0..300 {
                    // SAFETY: the pair is used under the lock only.
                    unsafe {
                        if number == 0 {
                            assert_eq!(pthreads.pthread_rwlock_wrlock(lock.at()), 0);
                            (*pair.at()).0 += 1;
                            std::thread::yield_now();
                            (*pair.at()).1 += 1;
                        } else {
                            assert_eq!(pthreads.pthread_rwlock_rdlock(lock.at()), 0);
                            assert_eq!((*pair.at()).0, (*pair.at()).1);
                        }
                        assert_eq!(pthreads.pthread_rwlock_unlock(lock.at()), 0);
                    }
                }
                0
            })
        })
        .collect();
    for thread in threads {
        join(pthreads, thread).unwrap();
    }
    // SAFETY: the lock is a box that is never freed, and the times are locals.
    unsafe {
        let (late, lock) = (soon(10), lock.0);
        assert_eq!((pthreads.pthread_rwlock_rdlock(lock), pthreads.pthread_rwlock_tryrdlock(lock)), (0, 0));
        assert_eq!(pthreads.pthread_rwlock_trywrlock(lock), EBUSY);
        assert_eq!(pthreads.pthread_rwlock_timedwrlock(lock, &raw const late), ETIMEDOUT);
        assert_eq!(pthreads.pthread_rwlock_timedwrlock(lock, &raw const NO_TIME), EINVAL);
        assert_eq!(pthreads.pthread_rwlock_timedrdlock(lock, &raw const late), 0);
        for _ in 0..3 {
            assert_eq!(pthreads.pthread_rwlock_destroy(lock), EBUSY);
            assert_eq!(pthreads.pthread_rwlock_unlock(lock), 0);
        }
        assert_eq!(pthreads.pthread_rwlock_trywrlock(lock), 0);
        assert_eq!(pthreads.pthread_rwlock_tryrdlock(lock), EBUSY);
        assert_eq!(pthreads.pthread_rwlock_timedrdlock(lock, &raw const late), ETIMEDOUT);
        assert_eq!(pthreads.pthread_rwlock_unlock(lock), 0);
        assert_eq!(pthreads.pthread_rwlock_destroy(lock), 0);
        assert_eq!(pthreads.pthread_rwlock_init(lock, null()), 0);
    }
}

static ONCE: AtomicUsize = AtomicUsize::new(0);

extern "C" fn initialise() {
    std::thread::sleep(Duration::from_millis(10));
    ONCE.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn once_is_once() {
    let pthreads = start();
    let once = Shared::new(0_u32);
    let threads: Vec<usize> = (0..5)
        .map(|_| {
            create(pthreads, move || {
                // SAFETY: the word began as 0.
                assert_eq!(unsafe { pthreads.pthread_once(once.at(), initialise) }, 0);
                ONCE.load(Ordering::SeqCst)
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(join(pthreads, thread), Ok(1));
    }
}

static DESTROYED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn destroy(value: *mut c_void) {
    DESTROYED.fetch_add(value.addr(), Ordering::SeqCst);
}

#[test]
fn each_thread_has_its_values() {
    let pthreads = start();
    let create_key = |destructor: Option<extern "C" fn(*mut c_void)>| {
        let mut key: c_uint = 0;
        // SAFETY: the place is a local.
        let result = unsafe { pthreads.pthread_key_create(&raw mut key, destructor) };
        (result == 0).then_some(key).ok_or(result)
    };
    let (key, quiet) = (create_key(Some(destroy)).unwrap(), create_key(None).unwrap());
    let set = move |key, value| pthreads.pthread_setspecific(key, without_provenance_mut(value));
    assert_eq!((set(key, 1), set(quiet, 2)), (0, 0));
    let threads: Vec<usize> = (0..4)
        .map(|number| {
            create(pthreads, move || {
                assert!(pthreads.pthread_getspecific(key).is_null());
                assert_eq!((set(key, 10 + number), set(quiet, 1000)), (0, 0));
                pthreads.pthread_getspecific(key).addr()
            })
        })
        .collect();
    for (number, thread) in threads.into_iter().enumerate() {
        assert_eq!(join(pthreads, thread), Ok(10 + number));
    }
    assert_eq!(DESTROYED.load(Ordering::SeqCst), 10 + 11 + 12 + 13);
    assert_eq!(pthreads.pthread_getspecific(key).addr(), 1);
    assert_eq!((pthreads.pthread_key_delete(key), pthreads.pthread_key_delete(key)), (0, EINVAL));
    assert_eq!((set(key, 5), set(999, 5)), (EINVAL, EINVAL));
    // A key of the same number begins anew.
    assert_eq!(create_key(None), Ok(key));
    assert!(pthreads.pthread_getspecific(key).is_null());
    assert_eq!(pthreads.pthread_getspecific(quiet).addr(), 2);
    for _ in 2..keys::KEYS {
        create_key(None).unwrap();
    }
    assert_eq!(create_key(None), Err(EAGAIN));
}

#[test]
fn semaphores_count() {
    let pthreads = start();
    let semaphore = Shared::new(Semaphore::default());
    let mut value = -1;
    // SAFETY: the semaphore is a box that is never freed, and the other places are locals.
    unsafe {
        let at = semaphore.0;
        assert_eq!((pthreads.sem_init(at, 0, 1 << 31), errno(pthreads)), (-1, EINVAL));
        assert_eq!(pthreads.sem_init(at, 0, 2), 0);
        assert_eq!((pthreads.sem_wait(at), pthreads.sem_trywait(at)), (0, 0));
        assert_eq!((pthreads.sem_trywait(at), errno(pthreads)), (-1, EAGAIN));
        let late = soon(10);
        assert_eq!((pthreads.sem_timedwait(at, &raw const late), errno(pthreads)), (-1, ETIMEDOUT));
        assert_eq!((pthreads.sem_timedwait(at, &raw const NO_TIME), errno(pthreads)), (-1, EINVAL));
        let threads: Vec<usize> = (0..3)
            .map(|_| {
                create(pthreads, move || {
                    for _ in 0..200 {
                        assert_eq!(pthreads.sem_wait(semaphore.at()), 0);
                    }
                    0
                })
            })
            .collect();
        for _ in 0..601 {
            assert_eq!(pthreads.sem_post(at), 0);
        }
        for thread in threads {
            join(pthreads, thread).unwrap();
        }
        assert_eq!((pthreads.sem_getvalue(at, &raw mut value), value), (0, 1));
        pthreads.sem_init(at, 0, i32::MAX as u32);
        assert_eq!((pthreads.sem_post(at), errno(pthreads)), (-1, EOVERFLOW));
        assert_eq!(pthreads.sem_destroy(at), 0);
    }
}

#[test]
fn the_first_thread_waits_for_the_others_when_it_ends() {
    let pthreads = start();
    let done = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&done);
    create(pthreads, move || {
        std::thread::sleep(Duration::from_millis(20));
        done.store(true, Ordering::SeqCst);
        0
    });
    let end = catch_unwind(AssertUnwindSafe(|| pthreads.pthread_exit(null_mut())));
    assert!(matches!(end.unwrap_err().downcast_ref(), Some(Ended(0))));
    assert!(seen.load(Ordering::SeqCst));
}

#[test]
fn a_barrier_lets_all_go_at_once() {
    const THREADS: usize = 5;
    const TURNS: usize = 40;
    let pthreads = start();
    let barrier = Shared::new(PthreadBarrier::default());
    // SAFETY: the barrier stays.
    unsafe {
        assert_eq!(pthreads.pthread_barrier_init(barrier.at(), null(), 0), EINVAL);
        assert_eq!(pthreads.pthread_barrier_init(barrier.at(), null(), THREADS as c_uint), 0);
    }
    let come = Arc::new(AtomicUsize::new(0));
    let threads: Vec<usize> = (0..THREADS)
        .map(|_| {
            let come = Arc::clone(&come);
            create(pthreads, move || {
                let mut serial = 0;
                for turn in 1..=TURNS {
                    come.fetch_add(1, Ordering::SeqCst);
                    // SAFETY: as above.
                    serial += usize::from(unsafe { pthreads.pthread_barrier_wait(barrier.at()) } == -1);
                    assert!(come.load(Ordering::SeqCst) >= turn * THREADS);
                }
                serial
            })
        })
        .collect();
    let serial: usize = threads.into_iter().map(|thread| join(pthreads, thread).unwrap()).sum();
    assert_eq!((serial, come.load(Ordering::SeqCst)), (TURNS, TURNS * THREADS));
    // SAFETY: as above.
    assert_eq!(unsafe { pthreads.pthread_barrier_destroy(barrier.at()) }, 0);
}

#[test]
fn a_barrier_that_somebody_waits_for_is_busy() {
    let pthreads = start();
    let barrier = Shared::new(PthreadBarrier::default());
    // SAFETY: the barrier stays.
    unsafe {
        pthreads.pthread_barrier_init(barrier.at(), null(), 2);
        let other =
            create(pthreads, move || pthreads.pthread_barrier_wait(barrier.at()).unsigned_abs() as usize);
        while pthreads.pthread_barrier_destroy(barrier.at()) == 0 {
            std::thread::yield_now();
        }
        assert_eq!(pthreads.pthread_barrier_destroy(barrier.at()), EBUSY);
        assert_eq!(pthreads.pthread_barrier_wait(barrier.at()), -1);
        assert_eq!(join(pthreads, other), Ok(0));
    }
}

#[test]
fn who_ends_cleans_up_in_reverse_order() {
    /// Adds a digit.
    extern "C" fn note(digit: *mut c_void) {
        DIGITS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |all| Some(all * 10 + digit.addr())).unwrap();
    }
    static DIGITS: AtomicUsize = AtomicUsize::new(0);
    let pthreads = start();
    let thread = create(pthreads, move || {
        let mut cleanups = [1, 2, 3, 4].map(|digit| Cleanup {
            routine: note,
            argument: without_provenance_mut(digit),
            next: null_mut(),
        });
        // SAFETY: they are locals of a function that does not return.
        unsafe {
            for cleanup in &mut cleanups {
                pthreads.__pthread_cleanup_push(cleanup);
            }
            pthreads.__pthread_cleanup_pop(0);
            pthreads.__pthread_cleanup_pop(1);
        }
        pthreads.pthread_exit(null_mut())
    });
    assert_eq!((join(pthreads, thread), DIGITS.load(Ordering::SeqCst)), (Ok(0), 321));
}
