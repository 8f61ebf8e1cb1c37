//! The stack that code runs on, where that is not the image's own.

use core::fmt;
use core::ops::Range;
use oscomp_interfaces::RunningStack;
use spin::Mutex;

static RUNNING: Mutex<Option<RunningStack>> = Mutex::new(None);

/// Code runs there from now on. Called with interrupts masked.
pub fn enter(stack: Option<RunningStack>) {
    *RUNNING.lock() = stack;
}

/// The stack that runs, if `address` is in it.
#[must_use]
pub fn around(address: usize) -> Option<Range<usize>> {
    let running = RUNNING.try_lock()?;
    // A frame may lie below its pointer: the end belongs to the stack.
    let stack = running.as_ref().map(|running| running.stack.clone())?;
    (stack.start..=stack.end).contains(&address).then_some(stack)
}

/// Whose stack is too small, if `address` is in the guard of the one that runs.
#[must_use]
pub fn overflowed(address: usize) -> Option<&'static str> {
    let running = RUNNING.try_lock()?;
    running.as_ref().filter(|running| running.guard.contains(&address)).map(|running| running.name)
}

/// Begins the report of a fault: whether a stack was too small, the image's own or that of `thread`.
///
/// # Errors
/// Those of `out`.
pub fn overflow(out: &mut fmt::Formatter<'_>, own: bool, thread: Option<&str>) -> fmt::Result {
    match thread {
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
