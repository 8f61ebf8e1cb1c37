//! The alarm of a RISC-V hart in supervisor mode: its timer, which the firmware sets (RISC-V SBI
//! specification 2.0, chapter 6).
#![cfg_attr(not(target_arch = "riscv64"), allow(dead_code))]
#![no_std]

use core::marker::PhantomData;
use core::time::Duration;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Alarm, Clock, CpuInterrupts, InterruptHandler};
use oscomp_macros::{Options, module};

/// The hart's timer, set by the firmware.
#[module(provides(Alarm), arch("riscv64"), environment = "bare-metal")]
pub struct SbiTimer<
    /// What takes the interrupt.
    Cpu: CpuInterrupts,
    /// What the alarm goes by.
    Time: Clock,
    Settings: Config<Options>,
> {
    time: Time,
    parameters: PhantomData<(Cpu, Settings)>,
}

/// What the timer counts.
#[derive(Options)]
pub struct Options {
    /// How often the counter of time counts: the device tree's `timebase-frequency`.
    #[option(range = 1000..=10000000000, unit = "Hz")]
    pub frequency: u64,
}

/// The timer interrupt of supervisor mode: RISC-V privileged architecture, 12.1.3.
const TIMER: usize = 5;
/// A count that is never reached.
const NEVER: u64 = u64::MAX;

impl<Cpu: CpuInterrupts, Time: Clock, Settings: Config<Options>> SbiTimer<Cpu, Time, Settings> {
    /// Stops the timer.
    ///
    /// # Errors
    /// When the firmware has no timer, or the interrupt is taken by another instance.
    pub fn start(cpu: Cpu, time: Time) -> Result<Self, StartError> {
        if !set_timer(NEVER) {
            return Err(StartError::new("the firmware has no timer"));
        }
        if !cpu.handle(TIMER, &Off) {
            return Err(StartError::new("another instance handles the timer's interrupt"));
        }
        Ok(Self { time, parameters: PhantomData })
    }
}

impl<Cpu: CpuInterrupts, Time: Clock, Settings: Config<Options>> Alarm for &SbiTimer<Cpu, Time, Settings> {
    fn set(self, at: Option<Duration>) {
        let at = at.map(|at| {
            let wait = at.saturating_sub(self.time.now());
            counter().saturating_add(counts(wait, Settings::OPTIONS.frequency))
        });
        set_timer(at.unwrap_or(NEVER));
    }
}

/// Takes the interrupt, which stands until the timer is set anew.
struct Off;

impl InterruptHandler for Off {
    fn interrupt(&self, _cause: usize) {
        set_timer(NEVER);
    }
}

/// After how many counts at `frequency` Hz `wait` is over; saturates.
fn counts(wait: Duration, frequency: u64) -> u64 {
    // Below 10^19 at the highest frequency.
    let rest = (u64::from(wait.subsec_nanos()) * frequency).div_ceil(1_000_000_000);
    wait.as_secs().saturating_mul(frequency).saturating_add(rest)
}

/// Has the hart interrupted from when its counter is `at`. False if the firmware cannot.
#[cfg(target_arch = "riscv64")]
fn set_timer(at: u64) -> bool {
    /// The number of the extension; its only function is 0.
    const EXTENSION: usize = 0x5449_4d45;
    let error: isize;
    // SAFETY: the firmware changes `a0` and `a1` only; the timer's interrupt has a handler before it is let
    // through.
    unsafe {
        core::arch::asm!("ecall", in("a7") EXTENSION, in("a6") 0, inout("a0") at => error, lateout("a1") _,
            options(nostack));
    }
    error == 0
}

#[cfg(target_arch = "riscv64")]
fn counter() -> u64 {
    let time;
    // SAFETY: reads a register, which the firmware lets supervisor mode do.
    unsafe { core::arch::asm!("rdtime {}", out(reg) time, options(nomem, nostack, preserves_flags)) };
    time
}

#[cfg(not(target_arch = "riscv64"))]
fn set_timer(_at: u64) -> bool {
    unreachable!("check composes this for RISC-V only")
}

#[cfg(not(target_arch = "riscv64"))]
fn counter() -> u64 {
    unreachable!("check composes this for RISC-V only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_counted_and_never_too_short() {
        assert_eq!(counts(Duration::ZERO, 10_000_000), 0);
        assert_eq!(counts(Duration::from_nanos(1), 10_000_000), 1);
        assert_eq!(counts(Duration::new(2, 500_000_100), 10_000_000), 25_000_001);
        assert_eq!(counts(Duration::new(1, 999_999_999), 10_000_000_000), 19_999_999_990);
        assert_eq!(counts(Duration::MAX, 10_000_000), u64::MAX);
    }
}
