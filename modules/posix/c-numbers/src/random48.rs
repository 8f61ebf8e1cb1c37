//! Numbers at random that are the same on every system (POSIX.1-2024, `drand48`): a state of 48 bits, which is
//! multiplied and added to.

use crate::CNumbers;
use core::ffi::{c_double, c_long, c_ushort};
use core::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use oscomp_interfaces::Errno;
use oscomp_macros::exports;

const FACTOR: u64 = 0x5_deec_e66d;
const ADDEND: u64 = 0xb;
/// What lies under a seed of 32 bits.
const UNDER_SEED: u64 = 0x330e;
const MASK: u64 = (1 << 48) - 1;

/// What the next number depends on.
pub struct Random48 {
    state: AtomicU64,
    factor: AtomicU64,
    addend: AtomicU64,
    /// The state before `seed48`.
    former: [AtomicU16; 3],
}

impl Random48 {
    pub const fn new() -> Self {
        Self {
            state: AtomicU64::new(0),
            factor: AtomicU64::new(FACTOR),
            addend: AtomicU64::new(ADDEND),
            former: [const { AtomicU16::new(0) }; 3],
        }
    }

    fn begin(&self, state: u64, factor: u64, addend: u64) -> u64 {
        self.factor.store(factor, Ordering::Relaxed);
        self.addend.store(addend, Ordering::Relaxed);
        self.state.swap(state, Ordering::Relaxed)
    }

    fn after(&self, state: u64) -> u64 {
        let (factor, addend) = (self.factor.load(Ordering::Relaxed), self.addend.load(Ordering::Relaxed));
        state.wrapping_mul(factor).wrapping_add(addend) & MASK
    }

    /// The next state.
    fn next(&self) -> u64 {
        let step = |state| Some(self.after(state));
        let before = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        self.after(before.unwrap_or_else(|state| state))
    }

    /// The next state of the caller's own.
    ///
    /// # Safety
    /// `state` can be read and written.
    unsafe fn next_of(&self, state: *mut [c_ushort; 3]) -> u64 {
        // SAFETY: as promised.
        let state = unsafe { &mut *state };
        let next = self.after(joined(*state));
        *state = parted(next);
        next
    }
}

/// A state of its parts, the lowest first.
fn joined(parts: [c_ushort; 3]) -> u64 {
    parts.iter().rev().fold(0, |state, part| state << 16 | u64::from(*part))
}

fn parted(state: u64) -> [c_ushort; 3] {
    [state as c_ushort, (state >> 16) as c_ushort, (state >> 32) as c_ushort]
}

/// From 0 to 1, without that.
fn fraction(state: u64) -> c_double {
    state as c_double / (1_u64 << 48) as c_double
}

/// From 0 to 2^31 - 1.
fn natural(state: u64) -> c_long {
    (state >> 17) as c_long
}

/// From -2^31 to 2^31 - 1.
fn whole(state: u64) -> c_long {
    ((state >> 16) as i32).into()
}

#[exports]
impl<Numbers: Errno> CNumbers<Numbers> {
    /// The next number from 0 to 1, without that.
    pub fn drand48(&self) -> c_double {
        fraction(self.random48.next())
    }

    /// The same of the caller's own state.
    ///
    /// # Safety
    /// `state` can be read and written.
    pub unsafe fn erand48(&self, state: *mut [c_ushort; 3]) -> c_double {
        // SAFETY: as promised.
        fraction(unsafe { self.random48.next_of(state) })
    }

    /// The next number from 0 to 2^31 - 1.
    pub fn lrand48(&self) -> c_long {
        natural(self.random48.next())
    }

    /// The same of the caller's own state.
    ///
    /// # Safety
    /// `state` can be read and written.
    pub unsafe fn nrand48(&self, state: *mut [c_ushort; 3]) -> c_long {
        // SAFETY: as promised.
        natural(unsafe { self.random48.next_of(state) })
    }

    /// The next number from -2^31 to 2^31 - 1.
    pub fn mrand48(&self) -> c_long {
        whole(self.random48.next())
    }

    /// The same of the caller's own state.
    ///
    /// # Safety
    /// `state` can be read and written.
    pub unsafe fn jrand48(&self, state: *mut [c_ushort; 3]) -> c_long {
        // SAFETY: as promised.
        whole(unsafe { self.random48.next_of(state) })
    }

    /// Sets what the next numbers depend on, by 32 bits.
    pub fn srand48(&self, seed: c_long) {
        self.random48.begin((seed as u64) << 16 & MASK | UNDER_SEED, FACTOR, ADDEND);
    }

    /// The same by the whole state. The one before, until the next call.
    ///
    /// # Safety
    /// `state` can be read.
    pub unsafe fn seed48(&self, state: *mut [c_ushort; 3]) -> *mut c_ushort {
        // SAFETY: as promised.
        let state = joined(unsafe { *state });
        let former = self.random48.begin(state, FACTOR, ADDEND);
        for (place, part) in self.random48.former.iter().zip(parted(former)) {
            place.store(part, Ordering::Relaxed);
        }
        self.random48.former[0].as_ptr()
    }

    /// The same by all that numbers are made with: the state, the factor and the addend.
    ///
    /// # Safety
    /// `parameters` can be read.
    pub unsafe fn lcong48(&self, parameters: *mut [c_ushort; 7]) {
        // SAFETY: as promised.
        let [a, b, c, d, e, f, addend] = unsafe { *parameters };
        self.random48.begin(joined([a, b, c]), joined([d, e, f]), addend.into());
    }
}
