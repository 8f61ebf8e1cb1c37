use crate::Plain;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

/// The state of one instance: empty until the instance has started, then shared for ever.
pub struct Slot<T> {
    live: AtomicBool,
    state: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: a slot hands out only `&T` after `start`, which the glue calls once, before anything can
// reach the instance; so sharing a slot is sharing a `T`, and moving a `T` in needs `Send`.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// An empty slot.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a slot is only ever a static")]
    pub const fn new() -> Self {
        Self { live: AtomicBool::new(false), state: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Makes the instance live.
    ///
    /// # Safety
    /// Called at most once for a slot, and not concurrently with any other use of it.
    #[inline(always)]
    pub unsafe fn start(&self, state: T) {
        // SAFETY: by the contract nobody else holds a reference into the cell.
        unsafe { (*self.state.get()).write(state) };
        self.live.store(true, Ordering::Release);
    }

    /// Whether the instance has started.
    #[inline(always)]
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    /// The state, without looking whether it is there.
    ///
    /// # Safety
    /// [`start`](Self::start) has been called and has returned. The glue argues this from the start
    /// order: an instance receives only tags of instances that started before it.
    #[inline(always)]
    pub unsafe fn get_started(&'static self) -> &'static T {
        // SAFETY: initialised by `start`, by the contract, and never written again.
        unsafe { (*self.state.get()).assume_init_ref() }
    }

    /// The state; panics with the instance's name when it has not started.
    ///
    /// For instances that others reach by a call edge or as an ambient interface, where the start
    /// order alone does not rule an early call out.
    #[inline(always)]
    pub fn get(&'static self, instance: &'static str) -> &'static T {
        if !self.is_live() {
            early(instance);
        }
        // SAFETY: live, so `start` has returned.
        unsafe { self.get_started() }
    }
}

#[cold]
#[inline(never)]
fn early(instance: &str) -> ! {
    panic!("instance `{}` was called before it started", Plain(instance))
}

#[cfg(test)]
mod tests {
    use super::Slot;

    static LIVE: Slot<u32> = Slot::new();
    static EMPTY: Slot<u32> = Slot::new();

    #[test]
    fn a_started_slot_gives_its_state() {
        assert!(!LIVE.is_live());
        // SAFETY: the only call, and no other test uses this slot.
        unsafe { LIVE.start(7) };
        assert!(LIVE.is_live());
        assert_eq!(*LIVE.get("seven"), 7);
    }

    #[test]
    #[should_panic(expected = "instance `nic` was called before it started")]
    fn an_early_call_names_the_instance() {
        EMPTY.get("nic");
    }
}
