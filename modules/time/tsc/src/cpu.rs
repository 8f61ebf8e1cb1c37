//! The CPU's and the timer's side: CPUID, the counter, one MSR, four ports.

use crate::frequency::ParavirtualClock;
use crate::timer::{self, CONTROL_LATCH, CONTROL_MODE};
use core::arch::asm;
use core::arch::x86_64::{__cpuid_count, CpuidResult};
use core::cell::UnsafeCell;
use oscomp_abi::{Registers, StartError};

/// One leaf of CPUID, subleaf 0.
pub fn cpuid(leaf: u32) -> CpuidResult {
    __cpuid_count(leaf, 0)
}

/// The time-stamp counter, not before what stands before it in the program.
#[inline(always)]
pub fn counter() -> u64 {
    let (low, high): (u64, u64);
    // SAFETY: RDTSC and LFENCE change the named registers only; CR4.TSD, which would forbid RDTSC,
    // forbids it to user mode, and the image runs in kernel mode.
    unsafe {
        asm!("lfence", "rdtsc", out("rax") low, out("rdx") high, options(nostack, preserves_flags));
    }
    high << 32 | low
}

/// MSR_KVM_SYSTEM_TIME_NEW: the physical address of a record to be filled, with bit 0 to begin.
const SYSTEM_TIME: u32 = 0x4b56_4d01;

/// KVM's `pvclock_vcpu_time_info`; aligned so that it lies within one page.
#[repr(C, align(32))]
struct TimeInfo {
    version: u32,
    padding: u32,
    stamp: u64,
    system_time: u64,
    factor: u32,
    shift: i8,
    flags: u8,
    reserved: [u8; 2],
}

struct Shared(UnsafeCell<TimeInfo>);

// SAFETY: reached from `paravirtual_clock` only, which runs while the instances start, one by one.
unsafe impl Sync for Shared {}

static TIME_INFO: Shared = Shared(UnsafeCell::new(TimeInfo {
    version: 0,
    padding: 0,
    stamp: 0,
    system_time: 0,
    factor: 0,
    shift: 0,
    flags: 0,
    reserved: [0; 2],
}));

/// Has KVM fill the record once, and reads the factor from it.
pub fn paravirtual_clock() -> Option<ParavirtualClock> {
    let record = TIME_INFO.0.get();
    // The image lies in memory that is mapped at its physical addresses.
    let address = record.expose_provenance() as u64;
    write_msr(SYSTEM_TIME, address | 1);
    // SAFETY: a static; KVM has filled it before the guest goes on, and fills it again at any time,
    // which volatile reads allow for. The factor does not change while the guest is not migrated.
    let (version, factor, shift) = unsafe {
        (
            (&raw const (*record).version).read_volatile(),
            (&raw const (*record).factor).read_volatile(),
            (&raw const (*record).shift).read_volatile(),
        )
    };
    write_msr(SYSTEM_TIME, 0);
    (version != 0 && factor != 0).then_some(ParavirtualClock { factor, shift })
}

fn write_msr(register: u32, value: u64) {
    let (low, high) = (value as u32, (value >> 32) as u32);
    // SAFETY: the only caller writes SYSTEM_TIME, which CPUID has shown to be there, in kernel mode;
    // KVM then writes the record that the address names, which is why memory is not kept in registers.
    unsafe {
        asm!("wrmsr", in("ecx") register, in("eax") low, in("edx") high, options(nostack, preserves_flags));
    }
}

/// The interval timer beside the time-stamp counter.
pub struct Timer {
    base: u16,
}

impl Timer {
    /// The timer at those registers.
    pub fn open(registers: Registers) -> Result<Self, StartError> {
        match registers {
            Registers::Port { base, length: 4.. } => Ok(Self { base }),
            _ => Err(StartError::new("the device does not have the 4 ports of an 8254")),
        }
    }

    fn read(&self, register: u16) -> u8 {
        let value: u8;
        // SAFETY: the platform says that the timer has four ports from `base` on, and check gives the
        // timer to this instance only; a port of a timer touches no memory.
        unsafe {
            asm!("in al, dx", in("dx") self.base + register, out("al") value,
                options(nomem, nostack, preserves_flags));
        }
        value
    }

    fn write(&self, register: u16, value: u8) {
        // SAFETY: as for `read`; the timer's interrupt line is masked where nobody has claimed it.
        unsafe {
            asm!("out dx, al", in("dx") self.base + register, in("al") value,
                options(nomem, nostack, preserves_flags));
        }
    }
}

const CHANNEL_0: u16 = 0;
const CONTROL: u16 = 3;

impl timer::Timer for Timer {
    fn run(&self) {
        self.write(CONTROL, CONTROL_MODE);
        self.write(CHANNEL_0, 0);
        self.write(CHANNEL_0, 0);
    }

    fn stamp(&self) -> u64 {
        counter()
    }

    fn count(&self) -> u16 {
        self.write(CONTROL, CONTROL_LATCH);
        let low = self.read(CHANNEL_0);
        u16::from_le_bytes([low, self.read(CHANNEL_0)])
    }
}
