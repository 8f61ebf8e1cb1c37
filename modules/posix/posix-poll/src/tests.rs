//! Over pipes, as the host answers the same calls.

use crate::{Descriptors, Event, PollDescriptor, PosixPoll};
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Context;
use core::time::Duration;
use oscomp_abi::{Bytes, Config};
use oscomp_c_abi::numbers::{EBADF, EINVAL, ELOOP, EPERM};
use oscomp_c_abi::{TimeSpec, TimeVal};
use oscomp_c_errno::CErrno;
use oscomp_fake_net::Runner;
use oscomp_interfaces::{self as interfaces, Console, Executor, Timers, errno, sleep};
use oscomp_objects::{DescriptorTable as _, Interest, ObjectKind, OpenObject, Readiness, Watchers};
use oscomp_posix_files::{Input, PosixFiles};
use oscomp_posix_pipes::PosixPipes;
use oscomp_posix_waits::PosixWaits;
use oscomp_ram_fs::RamFs;
use proptest::prelude::*;
use std::boxed::Box;
use std::sync::{Arc, Mutex};
use std::vec;
use std::vec::Vec;

#[derive(Clone, Copy)]
struct Settings;

impl Config<oscomp_posix_files::Options> for Settings {
    const OPTIONS: oscomp_posix_files::Options =
        oscomp_posix_files::Options { open: 64, input: Input::Console };
}

impl Config<oscomp_ram_fs::Options> for Settings {
    const OPTIONS: oscomp_ram_fs::Options =
        oscomp_ram_fs::Options { size: Bytes(1 << 16), files: 8, open: 8 };
}

/// A console where somebody types.
#[derive(Default)]
struct Typed(Mutex<Vec<u8>>);

impl Console for &'static Typed {
    fn write(self, _: &[u8]) {}

    fn read(self, buffer: &mut [u8]) -> usize {
        let mut typed = self.0.lock().unwrap();
        let count = buffer.len().min(typed.len());
        buffer[..count].copy_from_slice(&typed[..count]);
        typed.drain(..count);
        count
    }
}

type Files = &'static PosixFiles<&'static RamFs<Settings>, &'static Typed, &'static CErrno, Settings>;
type Waiting = &'static PosixWaits<Runner, Runner>;

struct World {
    poll: PosixPoll<Files, Waiting, Runner, &'static CErrno>,
    pipes: PosixPipes<Files, Waiting, &'static CErrno>,
    files: Files,
    typed: &'static Typed,
    runner: Runner,
    numbers: &'static CErrno,
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

impl World {
    fn new() -> Self {
        let (numbers, typed) = (leak(CErrno::start().unwrap()), leak(Typed::default()));
        let files = leak(PosixFiles::start(leak(RamFs::start().unwrap()), typed, numbers).unwrap());
        let runner = Runner::new(4);
        let waiting = leak(PosixWaits::start(runner, runner).unwrap());
        let poll = PosixPoll::start(files, waiting, runner, numbers).unwrap();
        let pipes = PosixPipes::start(files, waiting, numbers).unwrap();
        Self { poll, pipes, files, typed, runner, numbers }
    }

    fn pipe(&self) -> [c_int; 2] {
        let mut ends = [-1; 2];
        // SAFETY: there is room.
        assert_eq!(unsafe { self.pipes.pipe2(&raw mut ends, libc::O_NONBLOCK) }, 0);
        ends
    }

    fn file(&self) -> c_int {
        interfaces::Descriptors::open(self.files, b"/file", libc::O_CREAT | libc::O_RDWR, 0).unwrap()
    }

    fn read(&self, descriptor: c_int, into: &mut [u8]) -> Result<usize, c_int> {
        interfaces::Descriptors::read(self.files, descriptor, into)
    }

    fn write(&self, descriptor: c_int, from: &[u8]) -> Result<usize, c_int> {
        interfaces::Descriptors::write(self.files, descriptor, from)
    }

    fn poll(&self, list: &mut [PollDescriptor], timeout: c_int) -> c_int {
        // SAFETY: the pointer and the count are a slice's.
        unsafe { self.poll.poll(list.as_mut_ptr(), list.len() as u64, timeout) }
    }

    fn control(&self, set: c_int, operation: c_int, descriptor: c_int, events: u32) -> c_int {
        let event = Event { events, data: descriptor as u64 };
        // SAFETY: the event can be read.
        unsafe { self.poll.epoll_ctl(set, operation, descriptor, &raw const event) }
    }

    fn wait(&self, set: c_int, most: usize) -> Vec<(u64, u32)> {
        let mut events = vec![Event::default(); most];
        // SAFETY: there is room.
        let count = unsafe { self.poll.epoll_wait(set, events.as_mut_ptr(), most as c_int, 0) };
        events.iter().take(usize::try_from(count).unwrap()).map(|event| (event.data, event.events)).collect()
    }

    /// A lamp, and its descriptor.
    fn lamp(&self) -> (Arc<Lamp>, c_int) {
        let lamp = Arc::new(Lamp::default());
        (lamp.clone(), self.files.insert(lamp, 0).unwrap())
    }

    /// Has a lamp be lit later.
    fn light_after(&self, milliseconds: u64, lamp: &Arc<Lamp>) {
        let (runner, lamp) = (self.runner, lamp.clone());
        let task = async move {
            sleep(runner, Duration::from_millis(milliseconds)).await;
            lamp.set(true);
        };
        runner.spawn(task).unwrap();
    }
}

/// What can be read when it is lit.
#[derive(Default)]
struct Lamp {
    is_lit: AtomicBool,
    watchers: Watchers,
}

impl Lamp {
    fn set(&self, is_lit: bool) {
        self.is_lit.store(is_lit, Ordering::Relaxed);
        self.watchers.wake_all();
    }
}

impl OpenObject for Lamp {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Other
    }

    fn keeps_boundaries(&self) -> bool {
        false
    }

    fn read(&self, _: &mut [u8], _: bool) -> Result<usize, c_int> {
        Err(EINVAL)
    }

    fn write(&self, _: &[u8], _: bool) -> Result<usize, c_int> {
        Err(EINVAL)
    }

    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Readiness {
        self.watchers.add(context);
        Readiness { read: self.is_lit.load(Ordering::Relaxed), ..Readiness::default() }
    }

    fn available(&self) -> Result<usize, c_int> {
        Err(EINVAL)
    }

    fn close(&self) {}
}

fn entry(descriptor: c_int, events: i16) -> PollDescriptor {
    PollDescriptor { descriptor, events, happened: 0x7777 }
}

#[test]
fn descriptors_of_all_sorts_are_polled() {
    let world = World::new();
    let [reads, writes] = world.pipe();
    let file = world.file();
    let (inn, out) = (libc::POLLIN, libc::POLLOUT);
    let mut list = [
        entry(-5, inn),
        entry(reads, inn),
        entry(writes, out),
        entry(file, inn | out),
        entry(50, inn),
        entry(1, inn | out),
    ];
    assert_eq!(world.poll(&mut list, 0), 4);
    assert_eq!(list.map(|entry| entry.happened), [0, 0, out, inn | out, libc::POLLNVAL, out]);
    world.typed.0.lock().unwrap().extend(b"typed");
    assert_eq!(world.poll(&mut list[5..], 0), 1);
    assert_eq!(list[5].happened, inn | out);
    let mut bytes = [0; 8];
    assert_eq!(world.read(0, &mut bytes), Ok(5));
    assert_eq!(&bytes[..5], b"typed");
    // SAFETY: null is allowed.
    let null = unsafe { world.poll.poll(ptr::null_mut(), 3, 0) };
    assert_eq!((null, errno(world.numbers)), (-1, libc::EFAULT));
    assert_eq!(world.poll(&mut vec![entry(-1, 0); 1025], 0), -1);
}

#[test]
fn a_wait_ends_when_something_happens_or_its_time_is_over() {
    let world = World::new();
    let (lamp, descriptor) = world.lamp();
    let mut list = [entry(descriptor, libc::POLLIN), entry(-1, 0)];
    assert_eq!(world.poll(&mut list, 250), 0);
    assert_eq!(world.runner.time(), Duration::from_millis(250));
    world.light_after(50, &lamp);
    assert_eq!(world.poll(&mut list, 250), 1);
    assert_eq!(world.runner.time(), Duration::from_millis(300));
    assert_eq!(list[0].happened, libc::POLLIN);
    lamp.set(false);
    world.light_after(1000, &lamp);
    assert_eq!(world.poll(&mut list, -1), 1);
    assert_eq!(world.runner.time(), Duration::from_millis(1300));
    lamp.set(false);
    let set = world.poll.epoll_create1(0);
    assert_eq!(world.control(set, libc::EPOLL_CTL_ADD, descriptor, 1), 0);
    world.light_after(10, &lamp);
    let mut event = Event::default();
    // SAFETY: there is room for one.
    assert_eq!(unsafe { world.poll.epoll_wait(set, &raw mut event, 1, -1) }, 1);
    assert_eq!(world.runner.time(), Duration::from_millis(1310));
    // What is typed is seen, some time after.
    let (typed, runner) = (world.typed, world.runner);
    let typing = async move {
        sleep(runner, Duration::from_millis(25)).await;
        typed.0.lock().unwrap().push(b'!');
    };
    runner.spawn(typing).unwrap();
    assert_eq!(world.poll(&mut [entry(0, libc::POLLIN)], 500), 1);
    assert!(world.runner.time() < Duration::from_millis(1350));
}

#[test]
fn a_selection_tells_what_time_is_left() {
    let world = World::new();
    let (lamp, descriptor) = world.lamp();
    let mut sets = [Descriptors::default(); 2];
    sets[0].insert(descriptor as usize);
    let mut time = TimeVal { tv_sec: 1, tv_usec: 500_000 };
    world.light_after(400, &lamp);
    let select = |count, sets: &mut [Descriptors; 2], time: &mut TimeVal| {
        let [one, two] = sets;
        // SAFETY: nobody else uses them.
        unsafe { world.poll.select(count, one, two, ptr::null_mut(), time) }
    };
    assert_eq!(select(descriptor + 1, &mut sets, &mut time), 1);
    assert_eq!(time, TimeVal { tv_sec: 1, tv_usec: 100_000 });
    assert!(sets[0].contains(descriptor as usize));
    sets[1].insert(1);
    assert_eq!(select(descriptor + 1, &mut sets, &mut time), 2);
    sets[0].insert(40);
    assert_eq!((select(64, &mut sets, &mut time), errno(world.numbers)), (-1, EBADF));
    assert_eq!((select(1025, &mut sets, &mut time), errno(world.numbers)), (-1, EINVAL));
    time.tv_usec = -1;
    assert_eq!((select(1, &mut sets, &mut time), errno(world.numbers)), (-1, EINVAL));
    let wrong = TimeSpec { tv_sec: 0, tv_nsec: 1_000_000_000 };
    // SAFETY: null is allowed.
    let selected = unsafe {
        world.poll.pselect(
            0,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw const wrong,
            ptr::null(),
        )
    };
    assert_eq!((selected, errno(world.numbers)), (-1, EINVAL));
}

#[test]
fn what_no_set_can_have_is_refused() {
    let world = World::new();
    let (set, other) = (world.poll.epoll_create(1), world.poll.epoll_create1(libc::EPOLL_CLOEXEC));
    let file = world.file();
    for (descriptor, number) in [(file, EPERM), (0, EPERM), (other, ELOOP), (set, EINVAL), (60, EBADF)] {
        assert_eq!(world.control(set, libc::EPOLL_CTL_ADD, descriptor, 1), -1);
        assert_eq!(errno(world.numbers), number, "{descriptor}");
    }
    assert_eq!((world.poll.epoll_create(0), errno(world.numbers)), (-1, EINVAL));
    assert_eq!((world.poll.epoll_create1(1), errno(world.numbers)), (-1, EINVAL));
    let [reads, writes] = world.pipe();
    assert_eq!((world.control(reads, libc::EPOLL_CTL_ADD, writes, 1), errno(world.numbers)), (-1, EINVAL));
    assert_eq!((world.control(set, 9, reads, 1), errno(world.numbers)), (-1, EINVAL));
    // A set that has something to tell can be read from.
    assert_eq!(world.poll(&mut [entry(set, libc::POLLIN)], 0), 0);
    assert_eq!(world.control(set, libc::EPOLL_CTL_ADD, writes, libc::EPOLLOUT as u32), 0);
    assert_eq!(world.poll(&mut [entry(set, libc::POLLIN)], 0), 1);
}

/// Something that is done with one of the pipes, or the set.
#[derive(Clone, Copy, Debug)]
enum Step {
    Control { pipe: usize, writes: bool, operation: c_int, events: u32 },
    Write { pipe: usize, count: usize },
    Read { pipe: usize, count: usize },
    Close { pipe: usize, writes: bool },
    Wait,
}

const PIPES: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let events = (any::<bool>(), any::<bool>(), 0..4_u32).prop_map(|(input, output, how)| {
        let how = [0, libc::EPOLLET as u32, libc::EPOLLONESHOT as u32, libc::EPOLLRDHUP as u32][how as usize];
        how | if input { 1 } else { 0 } | if output { 4 } else { 0 }
    });
    let operation = prop_oneof![3 => Just(libc::EPOLL_CTL_ADD), 2 => Just(libc::EPOLL_CTL_MOD), 1 => Just(libc::EPOLL_CTL_DEL)];
    prop_oneof![
        6 => (0..PIPES, any::<bool>(), operation, events)
            .prop_map(|(pipe, writes, operation, events)| Step::Control { pipe, writes, operation, events }),
        4 => (0..PIPES, prop_oneof![3 => 1..10_usize, 1 => Just(65_536_usize)])
            .prop_map(|(pipe, count)| Step::Write { pipe, count }),
        4 => (0..PIPES, prop_oneof![3 => 1..10_usize, 1 => Just(65_536_usize)])
            .prop_map(|(pipe, count)| Step::Read { pipe, count }),
        1 => (0..PIPES, any::<bool>()).prop_map(|(pipe, writes)| Step::Close { pipe, writes }),
        6 => Just(Step::Wait),
    ]
}

/// The host's set and pipes.
struct Host {
    set: c_int,
    pipes: [[c_int; 2]; PIPES],
}

impl Host {
    fn new() -> Self {
        let pipes = [[-1; 2]; PIPES].map(|mut ends| {
            // SAFETY: there is room for two.
            assert_eq!(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_NONBLOCK) }, 0);
            ends
        });
        // SAFETY: takes no pointers.
        Self { set: unsafe { libc::epoll_create1(0) }, pipes }
    }

    fn close(&mut self, pipe: usize, writes: bool) {
        let end = &mut self.pipes[pipe][usize::from(writes)];
        if *end >= 0 {
            // SAFETY: it is ours, and is not used again.
            unsafe { libc::close(*end) };
        }
        *end = -1;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for pipe in 0..PIPES {
            self.close(pipe, false);
            self.close(pipe, true);
        }
        // SAFETY: it is ours, and is not used again.
        unsafe { libc::close(self.set) };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_set_tells_what_the_hosts_tells(steps in prop::collection::vec(step(), 1..60)) {
        let (world, mut host) = (World::new(), Host::new());
        let set = world.poll.epoll_create1(0);
        let mut pipes = [(); PIPES].map(|()| world.pipe());
        let (bytes, mut lengths) = (vec![7_u8; 65_536], [0; PIPES]);
        for step in steps {
            match step {
                Step::Control { pipe, writes, operation, events } => {
                    let data = (pipe * 2 + usize::from(writes)) as u64;
                    let event = Event { events, data };
                    let mut same = libc::epoll_event { events, u64: data };
                    let (ours, theirs) = (pipes[pipe][usize::from(writes)], host.pipes[pipe][usize::from(writes)]);
                    // SAFETY: the events can be read.
                    let (one, two) = unsafe { (
                        world.poll.epoll_ctl(set, operation, ours, &raw const event),
                        libc::epoll_ctl(host.set, operation, theirs, &raw mut same),
                    ) };
                    prop_assert_eq!(one, two);
                    if one < 0 {
                        // SAFETY: the host's own number.
                        let number = unsafe { *libc::__errno_location() };
                        prop_assert_eq!(errno(world.numbers), number);
                    }
                }
                // How much fits into a pipe that is neither empty nor full the host counts in pages.
                Step::Write { pipe, count } if lengths[pipe] > 0 && lengths[pipe] + count > 4000 => {}
                Step::Write { pipe, count } => {
                    let ours = world.write(pipes[pipe][1], &bytes[..count]);
                    // SAFETY: there are as many bytes.
                    let theirs = unsafe {
                        libc::write(host.pipes[pipe][1], bytes.as_ptr().cast::<c_void>(), count)
                    };
                    prop_assert_eq!(ours.map_or(-1, |count| count as isize), theirs);
                    lengths[pipe] += ours.unwrap_or(0);
                }
                Step::Read { pipe, count } => {
                    let mut into = vec![0; count];
                    let ours = world.read(pipes[pipe][0], &mut into);
                    // SAFETY: there is room for as many bytes.
                    let theirs = unsafe {
                        libc::read(host.pipes[pipe][0], into.as_mut_ptr().cast::<c_void>(), count)
                    };
                    prop_assert_eq!(ours.map_or(-1, |count| count as isize), theirs);
                    lengths[pipe] -= ours.unwrap_or(0);
                }
                Step::Close { pipe, writes } => {
                    let end = &mut pipes[pipe][usize::from(writes)];
                    let closed = world.files.close(*end);
                    prop_assert_eq!(closed == 0, *end >= 0);
                    *end = -1;
                    host.close(pipe, writes);
                }
                Step::Wait => {
                    let mut found = [libc::epoll_event { events: 0, u64: 0 }; 2 * PIPES];
                    // SAFETY: there is room.
                    let count = unsafe { libc::epoll_wait(host.set, found.as_mut_ptr(), found.len() as c_int, 0) };
                    let mut theirs: Vec<(u64, u32)> =
                        found.iter().take(count as usize).map(|event| (event.u64, event.events)).collect();
                    let mut ours = world.wait(set, 2 * PIPES);
                    ours.sort_unstable();
                    theirs.sort_unstable();
                    prop_assert_eq!(ours, theirs);
                }
            }
        }
    }
}
