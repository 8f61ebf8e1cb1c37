use crate::{CProcess, Options};
use core::ffi::{c_int, c_ulong, c_void};
use core::ptr::null_mut;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_interfaces::{Console, Errno, set_errno};
use oscomp_macros::exports;

/// The greatest number of a signal.
const LAST: usize = 64;
/// Abnormal end.
pub const SIGABRT: c_int = 6;
const SIGKILL: c_int = 9;
const SIGSTOP: c_int = 19;

/// No handler: what the signal does of itself.
const SIG_DFL: usize = 0;
/// Nothing happens.
const SIG_IGN: usize = 1;
/// No handler that there could be: what `signal` returns when it fails.
const SIG_ERR: usize = usize::MAX;

/// The handler takes the signal's information and its context.
const SA_SIGINFO: c_int = 4;
const SA_RESTART: c_int = 0x1000_0000;
/// The handler can be interrupted by its own signal.
const SA_NODEFER: c_int = 0x4000_0000;
/// The handler is for one signal only.
const SA_RESETHAND: c_int = 0x8000_0000_u32.cast_signed();

const SIG_BLOCK: c_int = 0;
const SIG_UNBLOCK: c_int = 1;
const SIG_SETMASK: c_int = 2;

/// The `si_code` of a signal that the program has raised.
const SI_TKILL: c_int = -6;

/// C's `sigset_t`: a bit for each signal, the first for signal 1. Only the first word has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SignalSet(pub [c_ulong; 16]);

/// C's `struct sigaction`: what a signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SignalAction {
    /// `SIG_DFL`, `SIG_IGN` or a function.
    pub handler: *mut c_void,
    /// The signals that are blocked while the function runs.
    pub mask: SignalSet,
    /// How the function is called.
    pub flags: c_int,
    /// Nothing here.
    pub restorer: *mut c_void,
}

/// What a handler is told with `SA_SIGINFO`, C's `siginfo_t`.
#[repr(C)]
struct Information {
    number: c_int,
    error: c_int,
    code: c_int,
    rest: [c_int; 29],
}

/// What happens on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Default {
    /// Nothing; nor does a program stop, since nobody could have it go on.
    Nothing,
    /// The program ends.
    End,
    /// The program has failed, and the machine ends at once.
    Fail,
}

impl Default {
    /// POSIX.1-2024, `<signal.h>`.
    const fn of(signal: c_int) -> Self {
        match signal {
            17..=23 | 28 => Self::Nothing,
            3..=8 | 11 | 31 => Self::Fail,
            _ => Self::End,
        }
    }
}

/// What each signal does, and which wait.
pub struct Signals {
    actions: [SignalAction; LAST],
    blocked: u64,
    pending: u64,
}

// SAFETY: the pointers are those to functions, and one that nobody follows.
unsafe impl Send for Signals {}

impl SignalSet {
    const EMPTY: Self = Self([0; 16]);
}

impl SignalAction {
    pub(crate) const DEFAULT: Self =
        Self { handler: null_mut(), mask: SignalSet::EMPTY, flags: 0, restorer: null_mut() };
}

/// The bit of a signal; none if there is no such signal.
const fn bit(signal: c_int) -> Option<u64> {
    if 1 <= signal && signal <= LAST as c_int { Some(1 << (signal - 1)) } else { None }
}

/// The bits that can be blocked.
const fn blockable(set: u64) -> u64 {
    set & !(1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1))
}

impl Signals {
    pub const fn new() -> Self {
        Self { actions: [SignalAction::DEFAULT; LAST], blocked: 0, pending: 0 }
    }

    /// The action of a signal that there is.
    const fn action(&mut self, signal: c_int) -> &mut SignalAction {
        &mut self.actions[signal as usize - 1]
    }
}

impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// Does what a signal does, blocked or not.
    pub(crate) fn deliver(&self, signal: c_int) {
        let (action, before) = {
            let mut signals = self.signals.lock();
            let action = *signals.action(signal);
            let before = signals.blocked;
            if action.handler.addr() > SIG_IGN {
                if action.flags & SA_RESETHAND != 0 {
                    signals.action(signal).handler = null_mut();
                }
                let own = if action.flags & SA_NODEFER != 0 { None } else { bit(signal) };
                signals.blocked |= blockable(action.mask.0[0] | own.unwrap_or(0));
            }
            (action, before)
        };
        match action.handler.addr() {
            SIG_DFL => match Default::of(signal) {
                Default::Nothing => {}
                Default::End => self._exit(128 + signal),
                Default::Fail => self.end_by(signal),
            },
            SIG_IGN => {}
            _ => {
                if action.flags & SA_SIGINFO != 0 {
                    type Handler = unsafe extern "C" fn(c_int, *mut Information, *mut c_void);
                    let mut information =
                        Information { number: signal, error: 0, code: SI_TKILL, rest: [0; 29] };
                    // SAFETY: the program has said that it is such a function.
                    unsafe {
                        let handler = core::mem::transmute::<*mut c_void, Handler>(action.handler);
                        handler(signal, &raw mut information, null_mut());
                    }
                } else {
                    type Handler = unsafe extern "C" fn(c_int);
                    // SAFETY: the program has said that it is such a function.
                    unsafe {
                        let handler = core::mem::transmute::<*mut c_void, Handler>(action.handler);
                        handler(signal);
                    }
                }
                self.block_only(before);
            }
        }
    }

    /// Blocks those signals and no others. Those that wait and are no longer blocked come now.
    fn block_only(&self, set: u64) {
        self.signals.lock().blocked = blockable(set);
        loop {
            let next = {
                let mut signals = self.signals.lock();
                let ready = signals.pending & !signals.blocked;
                signals.pending &= !(ready & ready.wrapping_neg());
                ready.trailing_zeros()
            };
            if next >= u64::BITS {
                return;
            }
            self.deliver(next.cast_signed() + 1);
        }
    }

    /// Lets a signal come.
    pub(crate) fn unblock(&self, signal: c_int) {
        self.signals.lock().blocked &= !bit(signal).unwrap_or(0);
    }
}

#[exports]
impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// Has a signal come, at once or when it is no longer blocked (ISO C, 7.14.2.1). 0; -1, with `EINVAL`, if there is
    /// no such signal.
    ///
    /// A signal without a handler ends the program, with 128 and its number as the status, unless it is one that does
    /// nothing of itself. Signals come from the program itself only.
    pub fn raise(&self, signal: c_int) -> c_int {
        let Some(bit) = bit(signal) else {
            return self.failed(EINVAL);
        };
        let is_blocked = {
            let mut signals = self.signals.lock();
            let is_blocked = signals.blocked & bit != 0;
            if is_blocked {
                signals.pending |= bit;
            }
            is_blocked
        };
        if !is_blocked {
            self.deliver(signal);
        }
        0
    }

    /// Has a signal call a function, do nothing, or what it does of itself; what it did before (ISO C, 7.14.1.1).
    /// `SIG_ERR`, with `EINVAL`, if there is no such signal, or it cannot be caught.
    pub fn signal(&self, signal: c_int, handler: *mut c_void) -> *mut c_void {
        if bit(signal).is_none_or(|bit| blockable(bit) == 0) || handler.addr() == SIG_ERR {
            set_errno(self.numbers, EINVAL);
            return core::ptr::without_provenance_mut(SIG_ERR);
        }
        let action = SignalAction { handler, flags: SA_RESTART, ..SignalAction::DEFAULT };
        core::mem::replace(self.signals.lock().action(signal), action).handler
    }

    /// Sets what a signal does, unless `new` is null, and writes what it did to `old`, unless that is null
    /// (POSIX.1-2024). 0; -1, with `EINVAL`, if there is no such signal, or it cannot be caught.
    ///
    /// # Safety
    /// `new` is null or can be read, and `old` is null or can be written.
    pub unsafe fn sigaction(&self, signal: c_int, new: *const SignalAction, old: *mut SignalAction) -> c_int {
        if bit(signal).is_none_or(|bit| blockable(bit) == 0 && !new.is_null()) {
            return self.failed(EINVAL);
        }
        // SAFETY: by the contract.
        unsafe {
            // Both may be the same.
            let new = new.as_ref().copied();
            let mut signals = self.signals.lock();
            let action = signals.action(signal);
            if !old.is_null() {
                old.write(*action);
            }
            if let Some(new) = new {
                *action = new;
            }
        }
        0
    }

    /// Changes which signals are blocked, unless `new` is null, and writes which were to `old`, unless that is null
    /// (POSIX.1-2024). 0; -1, with `EINVAL`, for another `how` than `SIG_BLOCK`, `SIG_UNBLOCK` and `SIG_SETMASK`.
    ///
    /// # Safety
    /// `new` is null or can be read, and `old` is null or can be written.
    pub unsafe fn sigprocmask(&self, how: c_int, new: *const SignalSet, old: *mut SignalSet) -> c_int {
        let before = self.signals.lock().blocked;
        // SAFETY: by the contract.
        let new = unsafe { new.as_ref() }.map(|set| set.0[0]);
        let after = match (new, how) {
            (None, _) => None,
            (Some(set), SIG_BLOCK) => Some(before | set),
            (Some(set), SIG_UNBLOCK) => Some(before & !set),
            (Some(set), SIG_SETMASK) => Some(set),
            _ => return self.failed(EINVAL),
        };
        if !old.is_null() {
            // SAFETY: by the contract.
            unsafe { (&raw mut (*old).0[0]).write(before) };
        }
        if let Some(after) = after {
            self.block_only(after);
        }
        0
    }

    /// Writes which signals wait for being no longer blocked (POSIX.1-2024). 0.
    ///
    /// # Safety
    /// `set` can be written.
    pub unsafe fn sigpending(&self, set: *mut SignalSet) -> c_int {
        // SAFETY: by the contract.
        unsafe { (&raw mut (*set).0[0]).write(self.signals.lock().pending) };
        0
    }

    /// Makes a set that of no signals (POSIX.1-2024). 0.
    ///
    /// # Safety
    /// `set` can be written.
    pub unsafe fn sigemptyset(&self, set: *mut SignalSet) -> c_int {
        // SAFETY: by the contract.
        unsafe { set.write(SignalSet::EMPTY) };
        0
    }

    /// Makes a set that of all signals (POSIX.1-2024). 0.
    ///
    /// # Safety
    /// `set` can be written.
    pub unsafe fn sigfillset(&self, set: *mut SignalSet) -> c_int {
        let mut all = SignalSet::EMPTY;
        all.0[0] = c_ulong::MAX;
        // SAFETY: by the contract.
        unsafe { set.write(all) };
        0
    }

    /// Adds a signal to a set (POSIX.1-2024). 0; -1, with `EINVAL`, if there is no such signal.
    ///
    /// # Safety
    /// `set` can be read and written.
    pub unsafe fn sigaddset(&self, set: *mut SignalSet, signal: c_int) -> c_int {
        // SAFETY: by the contract.
        bit(signal).map_or_else(
            || self.failed(EINVAL),
            |bit| unsafe {
                (*set).0[0] |= bit;
                0
            },
        )
    }

    /// Removes a signal from a set (POSIX.1-2024). 0; -1, with `EINVAL`, if there is no such signal.
    ///
    /// # Safety
    /// `set` can be read and written.
    pub unsafe fn sigdelset(&self, set: *mut SignalSet, signal: c_int) -> c_int {
        // SAFETY: by the contract.
        bit(signal).map_or_else(
            || self.failed(EINVAL),
            |bit| unsafe {
                (*set).0[0] &= !bit;
                0
            },
        )
    }

    /// Whether a signal is in a set: 1 or 0 (POSIX.1-2024); -1, with `EINVAL`, if there is no such signal.
    ///
    /// # Safety
    /// `set` can be read.
    pub unsafe fn sigismember(&self, set: *const SignalSet, signal: c_int) -> c_int {
        // SAFETY: by the contract.
        bit(signal).map_or_else(|| self.failed(EINVAL), |bit| unsafe { c_int::from((*set).0[0] & bit != 0) })
    }
}

const _: () = assert!(size_of::<SignalAction>() == 152 && size_of::<Information>() == 128);
