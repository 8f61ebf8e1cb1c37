//! The stack that code runs on, where that is not the image's own.

use core::cell::UnsafeCell;
use core::fmt;
use core::ops::Range;
use oscomp_interfaces::RunningStack;

/// What runs. Not behind a lock: what no image enters is then known to be never there, and the report of it is not
/// in the image.
struct Running(UnsafeCell<Option<RunningStack>>);

// SAFETY: there is one CPU. It is written with interrupts masked and without a fault, and so never while it is read.
unsafe impl Sync for Running {}

static RUNNING: Running = Running(UnsafeCell::new(None));

/// Code runs there from now on. Called with interrupts masked, on the one CPU there is.
pub fn enter(stack: Option<RunningStack>) {
    // SAFETY: as for `Sync`; no reference outlives the functions here.
    unsafe { *RUNNING.0.get() = stack };
}

fn running() -> Option<&'static RunningStack> {
    // SAFETY: as for `Sync`; the callers have done with it before anything else runs.
    unsafe { (*RUNNING.0.get()).as_ref() }
}

/// The stack that runs, if `address` is in it.
#[must_use]
pub fn around(address: usize) -> Option<Range<usize>> {
    // A frame may lie below its pointer: the end belongs to the stack.
    let stack = &running()?.stack;
    (stack.start..=stack.end).contains(&address).then(|| stack.clone())
}

/// Whose stack is too small, if `address` is in the guard of the one that runs.
#[must_use]
pub fn overflowed(address: usize) -> Option<&'static str> {
    running().filter(|running| running.guard.contains(&address)).map(|running| running.name)
}

/// Begins the report of a fault by an access to `address`, if it was one: whether a stack was too small, the image's
/// `own` or that of a thread.
///
/// # Errors
/// Those of `out`.
pub fn overflow(out: &mut fmt::Formatter<'_>, own: bool, address: Option<usize>) -> fmt::Result {
    match address.and_then(overflowed) {
        Some(thread) => {
            out.write_str("stack overflow of thread `")?;
            out.write_str(thread)?;
            out.write_str("`: ")
        }
        None if own => out.write_str("stack overflow: "),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_that_runs_is_known_with_its_guard() {
        enter(Some(RunningStack { name: "worker", stack: 0x2000..0x4000, guard: 0x1000..0x2000 }));
        assert_eq!(around(0x3000), Some(0x2000..0x4000));
        assert_eq!(around(0x1fff), None);
        assert_eq!(overflowed(0x1ff8), Some("worker"));
        assert_eq!(overflowed(0x2000), None);
        enter(None);
        assert_eq!((around(0x3000), overflowed(0x1ff8)), (None, None));
    }
}
