//! Time from the CPU's time-stamp counter.
//!
//! The counter's frequency comes from the first of these that knows it:
//! 1. CPUID leaf 0x15, with 0x16 where the crystal is left out (Intel SDM volume 3, section 20.7.3),
//! 2. the hypervisor's leaf 0x40000010 (VMware's and KVM's),
//! 3. KVM's paravirtual clock (Linux, `Documentation/virt/kvm/x86/msr.rst`),
//! 4. a measurement against the PC's interval timer, an Intel 8254. The
//!    instance has one in any case, so that whether it starts does not depend on the hypervisor.
#![no_std]

mod cpu;
mod frequency;
mod scale;
mod timer;

use core::marker::PhantomData;
use core::time::Duration;
use oscomp_abi::{Config, Device, StartError};
use oscomp_interfaces::Clock;
use oscomp_macros::{Options, module};
use scale::Scale;

/// The time-stamp counter, which needs no interrupts and is read in some 20 cycles.
#[module(provides(Clock), arch("x86_64"), environment = "bare-metal")]
pub struct Tsc<Settings: Config<Options>> {
    origin: u64,
    scale: Scale,
    settings: PhantomData<Settings>,
}

/// How the counter's frequency is found when the CPU does not say.
#[derive(Options)]
pub struct Options {
    /// The interval timer to measure by where neither the CPU nor the hypervisor knows the frequency.
    #[option(device = "i8254")]
    pub timer: Device,
    /// How long to measure: the error is about a microsecond divided by this.
    #[option(default = "5ms", range = "1ms"..="20ms")]
    pub calibration: Duration,
}

impl<Settings: Config<Options>> Tsc<Settings> {
    /// Finds the frequency, measuring it if need be.
    ///
    /// # Errors
    /// When the counter does not run at a constant rate or its frequency cannot be found.
    pub fn start() -> Result<Self, StartError> {
        frequency::verify_rate(cpu::cpuid)?;
        let frequency = match frequency::reported(cpu::cpuid, cpu::paravirtual_clock) {
            Some(frequency) => frequency,
            None => {
                let timer = cpu::Timer::open(Settings::OPTIONS.timer.registers)?;
                timer::measure(&timer, Settings::OPTIONS.calibration)?
            }
        };
        Ok(Self { origin: cpu::counter(), scale: Scale::from_hertz(frequency)?, settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Clock for &Tsc<Settings> {
    #[inline]
    fn now(self) -> Duration {
        self.scale.duration(cpu::counter().wrapping_sub(self.origin))
    }
}
