//! Who runs, who can go on, and who waits for what: decisions only.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;
use oscomp_interfaces::{NewThread, Priority, Thread};

/// What a thread runs.
pub type Body = Box<dyn FnOnce() + Send>;

/// Slices after which one that can go on does, whatever its priority.
const PATIENCE: u64 = 10;

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A word, by its address.
    Word(usize),
    /// The end of the thread in that slot.
    End(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Running,
    /// It can go on, since that slice.
    Ready(u64),
    Waiting(Reason, Option<Duration>),
    /// It has ended; its stack is still there.
    Ended,
}

struct Slot<S> {
    state: State,
    generation: u16,
    priority: usize,
    name: &'static str,
    /// When it began to wait, counted in waits.
    since: u64,
    /// Whether its last wait ended because somebody woke it.
    woken: bool,
    stack: Option<S>,
    body: Option<Body>,
}

impl<S> Slot<S> {
    const fn free() -> Self {
        Self {
            state: State::Free,
            generation: 0,
            priority: 0,
            name: "",
            since: 0,
            woken: false,
            stack: None,
            body: None,
        }
    }
}

/// The threads, each in a slot; the first is the app's. It allocates nothing once it is made: it changes while
/// interrupts are masked, and the heap may belong to a thread that was preempted.
pub struct Table<S> {
    slots: Vec<Slot<S>>,
    /// Those that can go on, by priority, in the order of their turns.
    ready: [VecDeque<u16>; Priority::COUNT],
    current: usize,
    waits: u64,
    slices: u64,
}

impl<S> Table<S> {
    /// The app's thread alone, with room for `limit`.
    pub fn new(limit: usize) -> Self {
        let mut slots: Vec<Slot<S>> = (0..limit).map(|_| Slot::free()).collect();
        let main = NewThread::named("main");
        slots[0] =
            Slot { state: State::Running, name: main.name, priority: main.priority.level(), ..Slot::free() };
        let ready = [(); Priority::COUNT].map(|()| VecDeque::with_capacity(limit));
        Self { slots, ready, current: 0, waits: 0, slices: 0 }
    }

    fn number(&self, index: usize) -> Thread {
        Thread(u32::from(self.slots[index].generation) << 16 | index as u32)
    }

    fn index(&self, thread: Thread) -> Option<usize> {
        let index = usize::from(thread.0 as u16);
        let slot = self.slots.get(index)?;
        let is_there = !matches!(slot.state, State::Free | State::Ended);
        (is_there && slot.generation == (thread.0 >> 16) as u16).then_some(index)
    }

    /// The slot of the thread that runs.
    pub fn current(&self) -> usize {
        self.current
    }

    /// The number of the thread that runs.
    pub fn current_number(&self) -> Thread {
        self.number(self.current)
    }

    /// The stack and the name of the thread that runs; none for the app's.
    pub fn running<R>(&self, what: impl FnOnce(&S, &'static str) -> R) -> Option<R> {
        let slot = &self.slots[self.current];
        slot.stack.as_ref().map(|stack| what(stack, slot.name))
    }

    /// The name of a thread that has not ended.
    pub fn name(&self, thread: Thread) -> Option<&'static str> {
        self.index(thread).map(|index| self.slots[index].name)
    }

    /// Adds a thread that can go on: its slot and its number. Gives everything back if there is no room.
    pub fn add(&mut self, thread: NewThread, stack: S, body: Body) -> Result<(usize, Thread), (S, Body)> {
        let Some(index) = self.slots.iter().position(|slot| slot.state == State::Free) else {
            return Err((stack, body));
        };
        let slot = &mut self.slots[index];
        slot.name = thread.name;
        slot.priority = thread.priority.level();
        slot.stack = Some(stack);
        slot.body = Some(body);
        self.make_ready(index);
        Ok((index, self.number(index)))
    }

    /// The stack of the thread in that slot.
    pub fn stack(&mut self, index: usize) -> Option<&mut S> {
        self.slots[index].stack.as_mut()
    }

    /// What the thread that runs for the first time is to do.
    pub fn take_body(&mut self) -> Option<Body> {
        self.slots[self.current].body.take()
    }

    fn make_ready(&mut self, index: usize) {
        self.slots[index].state = State::Ready(self.slices);
        self.ready[self.slots[index].priority].push_back(index as u16);
    }

    /// Has the thread that runs wait.
    pub fn block(&mut self, reason: Reason, until: Option<Duration>) {
        self.waits += 1;
        let slot = &mut self.slots[self.current];
        slot.state = State::Waiting(reason, until);
        slot.since = self.waits;
        slot.woken = false;
    }

    /// Whether the last wait of the thread that runs ended because somebody woke it.
    pub fn was_woken(&self) -> bool {
        self.slots[self.current].woken
    }

    /// Has the thread that runs wait until `thread` has ended. False if it has.
    pub fn block_for(&mut self, thread: Thread) -> bool {
        let Some(index) = self.index(thread) else { return false };
        self.block(Reason::End(index), None);
        true
    }

    /// Has the thread that runs go to the end of those of its priority that can go on.
    pub fn give_way(&mut self) {
        self.make_ready(self.current);
    }

    /// Ends the thread that runs.
    pub fn end(&mut self) {
        self.slots[self.current].state = State::Ended;
        self.wake(Reason::End(self.current), usize::MAX);
    }

    /// Takes the stack of a thread that has ended and does not run any more; its slot is free then.
    pub fn reap(&mut self) -> Option<S> {
        let current = self.current;
        let ended = |(index, slot): &(usize, &mut Slot<S>)| slot.state == State::Ended && *index != current;
        let (_, slot) = self.slots.iter_mut().enumerate().find(ended)?;
        slot.state = State::Free;
        slot.generation = slot.generation.wrapping_add(1);
        slot.stack.take()
    }

    /// Wakes so many of those that wait for `reason`; how many.
    pub fn wake(&mut self, reason: Reason, count: usize) -> usize {
        let mut woken = 0;
        while woken < count {
            let waits = |slot: &Slot<S>| matches!(slot.state, State::Waiting(other, _) if other == reason);
            let slots = self.slots.iter().enumerate().filter(|(_, slot)| waits(slot));
            let Some((index, _)) = slots.min_by_key(|(_, slot)| slot.since) else { break };
            self.slots[index].woken = true;
            self.make_ready(index);
            woken += 1;
        }
        woken
    }

    /// Has those go on whose time has come, in the order of their times; the first moment of the others.
    pub fn ring(&mut self, now: Duration) -> Option<Duration> {
        loop {
            let until = |slot: &Slot<S>| match slot.state {
                State::Waiting(_, until) => until,
                _ => None,
            };
            let moments =
                self.slots.iter().enumerate().filter_map(|(index, slot)| Some((until(slot)?, index)));
            let (first, index) = moments.min()?;
            if first > now {
                return Some(first);
            }
            self.make_ready(index);
        }
    }

    /// A slice is over.
    pub fn count_slice(&mut self) {
        self.slices += 1;
    }

    /// Whether another thread can go on.
    pub fn has_ready(&self) -> bool {
        self.ready.iter().any(|queue| !queue.is_empty())
    }

    /// Whether a thread of a higher priority than the one that runs can go on.
    pub fn has_higher(&self) -> bool {
        let above = self.slots[self.current].priority + 1;
        self.ready[above..].iter().any(|queue| !queue.is_empty())
    }

    /// Whose turn it is now: the first of the highest priority, or one that has not had a turn for too long.
    /// It is the one that runs from now on.
    pub fn take_next(&mut self) -> Option<usize> {
        let index = self.starved().or_else(|| {
            let queue = self.ready.iter_mut().rev().find(|queue| !queue.is_empty())?;
            queue.pop_front().map(usize::from)
        })?;
        self.slots[index].state = State::Running;
        self.current = index;
        Some(index)
    }

    /// Takes one that has been able to go on for longer than patience lasts. The first of each queue has been
    /// so for longest.
    fn starved(&mut self) -> Option<usize> {
        let slots = &self.slots;
        let late = |index: &u16| match slots[usize::from(*index)].state {
            State::Ready(since) => self.slices - since > PATIENCE,
            _ => false,
        };
        let queue = self.ready.iter_mut().find(|queue| queue.front().is_some_and(late))?;
        queue.pop_front().map(usize::from)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn table() -> Table<usize> {
        Table::new(5)
    }

    fn add(table: &mut Table<usize>, name: &'static str, priority: Priority) -> (usize, Thread) {
        let thread = NewThread::named(name).priority(priority);
        table.add(thread, 0, Box::new(|| {})).ok().expect("there is room")
    }

    #[test]
    fn higher_priorities_go_first_and_equals_take_turns() {
        let mut table = table();
        let (low, _) = add(&mut table, "low", Priority::LOW);
        let (high, _) = add(&mut table, "high", Priority::HIGH);
        let (equal, _) = add(&mut table, "equal", Priority::NORMAL);
        assert!(table.has_higher());
        table.give_way();
        let order: Vec<usize> = core::iter::from_fn(|| table.take_next()).collect();
        assert_eq!(order, [high, equal, 0, low]);
    }

    #[test]
    fn who_waits_longest_is_woken_first_and_each_once() {
        let mut table = table();
        let reason = Reason::Word(0x1000);
        let others = [0, 1].map(|_| add(&mut table, "waits", Priority::NORMAL).0);
        table.block(reason, None);
        for index in others {
            assert_eq!(table.take_next(), Some(index));
            table.block(reason, None);
        }
        assert_eq!(table.wake(Reason::Word(0x2000), 9), 0);
        assert_eq!(table.wake(reason, 2), 2);
        assert_eq!(table.take_next(), Some(0));
        assert!(table.was_woken());
        assert_eq!(table.take_next(), Some(others[0]));
        assert_eq!(table.take_next(), None);
        assert_eq!(table.wake(reason, 9), 1);
    }

    #[test]
    fn moments_come_in_their_order() {
        let mut table = table();
        let (sleeper, _) = add(&mut table, "sleeps", Priority::NORMAL);
        table.block(Reason::Word(1), Some(20 * MS));
        assert_eq!(table.take_next(), Some(sleeper));
        table.block(Reason::Word(2), Some(10 * MS));
        assert_eq!(table.ring(5 * MS), Some(10 * MS));
        assert!(!table.has_ready());
        assert_eq!(table.ring(10 * MS), Some(20 * MS));
        assert_eq!(table.take_next(), Some(sleeper));
        assert!(!table.was_woken(), "the time came first");
    }

    #[test]
    fn an_end_wakes_who_waits_for_it_and_frees_the_slot_later() {
        let mut table = table();
        let (index, thread) = add(&mut table, "ends", Priority::NORMAL);
        assert_eq!(table.name(thread), Some("ends"));
        assert!(table.block_for(thread));
        assert_eq!(table.take_next(), Some(index));
        table.end();
        assert_eq!(table.reap(), None, "it still runs on its stack");
        assert_eq!(table.take_next(), Some(0));
        assert!(!table.block_for(thread), "it has ended");
        assert_eq!(table.name(thread), None);
        assert_eq!(table.reap(), Some(0));
        let (again, other) = add(&mut table, "another", Priority::NORMAL);
        assert_eq!(again, index);
        assert_ne!(other, thread, "numbers are not used again");
    }

    #[test]
    fn there_is_no_more_room_than_there_is() {
        let mut table = table();
        for _ in 0..4 {
            add(&mut table, "one", Priority::NORMAL);
        }
        assert!(table.add(NewThread::named("more"), 0, Box::new(|| {})).is_err());
    }

    #[test]
    fn a_low_priority_has_a_slice_now_and_then() {
        let mut table = table();
        let (low, _) = add(&mut table, "low", Priority::LOW);
        let mut turns = 0;
        loop {
            table.count_slice();
            table.give_way();
            if table.take_next() == Some(low) {
                break;
            }
            turns += 1;
            assert!(turns < 100, "it starves");
        }
        assert_eq!(turns, PATIENCE);
    }
}
