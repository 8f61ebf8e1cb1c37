//! Threads: code with a stack of its own, that may wait anywhere.

use core::fmt;
use core::sync::atomic::AtomicU32;
use core::time::Duration;
use oscomp_macros::interface;

/// The number of a thread, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thread(pub u32);

/// How important a thread is: of those that can go on, one of the highest priority does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(u8);

impl Priority {
    /// How many there are.
    pub const COUNT: usize = 8;
    /// For what may wait.
    pub const LOW: Self = Self(1);
    /// The app's own.
    pub const NORMAL: Self = Self(3);
    /// For what must not wait.
    pub const HIGH: Self = Self(5);

    /// The priority of that level, from 0, the lowest; none from [`COUNT`](Self::COUNT) on.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        if (level as usize) < Self::COUNT { Some(Self(level)) } else { None }
    }

    /// Its level.
    #[must_use]
    pub const fn level(self) -> usize {
        self.0 as usize
    }
}

/// What a thread is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewThread {
    /// What reports call it.
    pub name: &'static str,
    /// Bytes of its stack, at the least.
    pub stack: usize,
    /// How important it is.
    pub priority: Priority,
}

impl NewThread {
    /// A thread of normal priority with a stack of 64 KiB.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self { name, stack: 64 << 10, priority: Priority::NORMAL }
    }

    /// The same with another stack, in bytes.
    #[must_use]
    pub const fn stack(self, bytes: usize) -> Self {
        Self { stack: bytes, ..self }
    }

    /// The same with another priority.
    #[must_use]
    pub const fn priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }
}

/// Threads that share the processor.
///
/// The app's `run` is a thread too: of normal priority, on the image's first stack. When it returns the image
/// ends, whatever the others do. Whether threads give way only where they call this interface, or anywhere,
/// is the module's affair; an app that needs the latter requires [`TimeSlices`] as well.
#[interface]
pub trait Threads {
    /// Starts a thread that runs `body`. It runs when its turn comes, not before this returns unless it is of a
    /// higher priority and threads are preempted.
    ///
    /// # Errors
    /// When there is no room for another thread, or no memory for its stack; `body` is dropped.
    fn spawn(self, thread: NewThread, body: impl FnOnce() + Send + 'static) -> Result<Thread, SpawnError>;

    /// The thread that calls this.
    fn current(self) -> Thread;

    /// The name of a thread that has not ended.
    fn name(self, thread: Thread) -> Option<&'static str>;

    /// Lets the other threads of the same or a higher priority that can go on have their turn.
    fn give_way(self);

    /// Waits until somebody wakes who waits for `word`, if its value is `value`; at the longest until the time is
    /// `until`. Returns at once if it has another value. False if the time came first.
    ///
    /// Nobody who changes the word and then calls [`wake`](Self::wake) is missed: the value is compared while no
    /// other thread runs.
    fn wait(self, word: &AtomicU32, value: u32, until: Option<Duration>) -> bool;

    /// Wakes so many of the threads that wait for `word`, those that have waited longest first; how many. May be
    /// called in interrupt context.
    fn wake(self, word: &AtomicU32, count: usize) -> usize;

    /// Waits until a thread has ended.
    fn join(self, thread: Thread);

    /// The time that [`wait`](Self::wait) goes by: that of the image's clock.
    fn time(self) -> Duration;
}

/// Threads that are preempted: one that does not wait gives way to others of its priority when its time slice is
/// over, and to those of a higher priority at once.
///
/// Where one thread waits for a lock by spinning that a preempted one of lower priority holds, that one has a
/// slice now and then, however many others could go on.
#[interface]
pub trait TimeSlices {
    /// How long a slice is.
    fn slice(self) -> Duration;
}

/// Why a thread was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnError {
    /// There are as many threads as there can be.
    TooMany,
    /// There is no memory for its stack.
    NoMemory,
}

impl fmt::Display for SpawnError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::TooMany => "there are as many threads as there can be",
            Self::NoMemory => "there is no memory for the thread's stack",
        })
    }
}

impl core::error::Error for SpawnError {}
