//! Numbers at random for what needs no secret: the same seed makes the same numbers.

use crate::CNumbers;
use core::sync::atomic::Ordering;
use oscomp_c_abi::{c_int, c_long, c_uint};
use oscomp_interfaces::Errno;
use oscomp_macros::exports;

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014), the 31 highest bits.
const fn mix(state: u64) -> u32 {
    let mut value = state;
    value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((value ^ value >> 31) >> 33) as u32
}

#[exports]
impl<Numbers: Errno> CNumbers<Numbers> {
    /// The next number from 0 to `RAND_MAX`, 2^31 - 1. All threads take theirs from the same ones.
    pub fn rand(&self) -> c_int {
        mix(self.random.fetch_add(STEP, Ordering::Relaxed)) as c_int
    }

    /// Sets what the next numbers depend on.
    pub fn srand(&self, seed: c_uint) {
        self.random.store(seed.into(), Ordering::Relaxed);
    }

    /// The next number of those that depend on `seed`, which goes on.
    ///
    /// # Safety
    /// `seed` can be read and written.
    pub unsafe fn rand_r(&self, seed: *mut c_uint) -> c_int {
        // SAFETY: as promised.
        let state = unsafe { &mut *seed };
        *state = state.wrapping_add(STEP as c_uint);
        mix((*state).into()) as c_int
    }

    /// The same as `rand`.
    pub fn random(&self) -> c_long {
        self.rand().into()
    }

    /// The same as `srand`.
    pub fn srandom(&self, seed: c_uint) {
        self.srand(seed);
    }
}
