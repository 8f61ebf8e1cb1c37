//! The interrupt controller of Arm machines: Generic Interrupt Controller architecture, version 2 (Arm IHI 0048)
//! and version 3 (Arm IHI 0069); and the alarm by the CPU's virtual timer, whose interrupt is one of its lines.
//!
//! Lines are numbered as the controller does: 16 to 31 are the CPU's own, devices' begin at 32. They are
//! level-triggered; a line is masked while its device is being served.
#![no_std]

mod controller;
mod version_3;

use controller::{Controller, Version};
use core::marker::PhantomData;
use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_abi::{Config, Device, Line, StartError};
use oscomp_arm_timer::Timer;
use oscomp_interfaces::{Alarm, Clock, CpuInterrupts, InterruptHandler, Interrupts, Memory, Message, place};
use oscomp_macros::{Options, module};
use oscomp_registers::Window;

/// The generic interrupt controller, version 2 or 3, whichever the CPU has, and its virtual timer.
#[module(provides(Alarm, Interrupts), arch("aarch64"), environment = "bare-metal", memory = "8KiB")]
pub struct Gic<
    /// What takes the interrupts.
    Cpu: CpuInterrupts,
    /// Where the state lives that interrupts change.
    Room: Memory,
    /// What the alarm goes by.
    Time: Clock,
    Settings: Config<Options>,
> {
    controller: &'static Controller<Window>,
    timer: Timer,
    time: Time,
    parameters: PhantomData<(Cpu, Room, Settings)>,
}

/// Where the controller is.
#[derive(Options)]
#[options(require(interface % 4 == 0, "registers are words"))]
#[options(require(redistributor % 65536 == 0, "a redistributor is whole pages of 64 KiB"))]
pub struct Options {
    /// The controller, from the distributor's first register on.
    #[option(device = "gic")]
    pub device: Device,
    /// How far behind the distributor the CPU's interface of version 2 is, in bytes.
    #[option(default = 0x10000, range = 0x1000..=0x1000000)]
    pub interface: u32,
    /// How far behind the distributor the CPU's redistributor of version 3 is, in bytes.
    #[option(default = 0xa0000, range = 0x10000..=0x1000000)]
    pub redistributor: u32,
}

/// The only cause of interrupts that an Arm CPU has for them.
const IRQ: usize = 0;

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>>
    Gic<Cpu, Room, Time, Settings>
{
    /// Masks all lines.
    ///
    /// # Errors
    /// When the registers are not where they should be, the timer's rate is not known, or the interrupts are
    /// taken by another instance.
    pub fn start(cpu: Cpu, room: Room, time: Time) -> Result<Self, StartError> {
        let options = &Settings::OPTIONS;
        let version = if version_3::cpu_has_registers() {
            Version::Three { redistributor: options.redistributor as usize }
        } else {
            Version::Two { cpu: options.interface as usize }
        };
        let window = Window::open(
            options.device.registers,
            version.length(),
            "the device does not have the registers of a GIC",
        )?;
        let timer =
            Timer::open().ok_or(StartError::new("the firmware does not say how fast the timer counts"))?;
        let controller: &'static Controller<Window> = place(room, Controller::new(window, version))
            .ok_or(StartError::new("no memory is left for the interrupt lines"))?;
        if !cpu.handle(IRQ, controller as &'static dyn InterruptHandler) {
            return Err(StartError::new("another instance handles interrupts"));
        }
        controller.set_up();
        Ok(Self { controller, timer, time, parameters: PhantomData })
    }
}

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>> Interrupts
    for &Gic<Cpu, Room, Time, Settings>
{
    fn open(self, line: Line) -> bool {
        matches!(line, Line::Level(line) if self.controller.open(line))
    }

    fn message(self, _line: Line) -> Option<Message> {
        None
    }

    fn poll_raised(self, line: Line, context: &mut Context<'_>) -> Poll<()> {
        match line {
            Line::Level(line) => self.controller.poll_raised(line, context),
            Line::Edge(_) | Line::Message(_) => panic!("a line was not opened"),
        }
    }
}

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>> Alarm
    for &Gic<Cpu, Room, Time, Settings>
{
    fn set(self, at: Option<Duration>) {
        self.timer.set(at.map(|at| at.saturating_sub(self.time.now())));
    }
}
