//! The interrupt controllers of a Raspberry Pi 2 or 3: the one beside its cores ("ARM Quad A7 core", BCM2836), where
//! their timers arrive, and behind it the one of its peripherals ("BCM2835 ARM Peripherals", chapter 7); and the
//! alarm by the core's virtual timer.
//!
//! Lines are numbered as in the table of 7.5: 0 to 63 are those that the graphics processor shares, 64 to 71 the basic
//! ones. They are level-triggered; a line is masked while its device is being served. Core 0 takes them.
#![no_std]
#![forbid(unsafe_code)]

mod controller;

use controller::{Controller, LOCAL_LENGTH, PERIPHERALS_LENGTH};
use core::marker::PhantomData;
use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_abi::{Config, Device, Line, StartError};
use oscomp_arm_timer::Timer;
use oscomp_interfaces::{Alarm, Clock, CpuInterrupts, InterruptHandler, Interrupts, Memory, Message, place};
use oscomp_macros::{Options, module};
use oscomp_registers::Window;

/// The interrupt controllers of a BCM2836 or BCM2837, and the core's virtual timer.
#[module(provides(Alarm, Interrupts), arch("aarch64"), environment = "bare-metal", memory = "4KiB")]
pub struct Bcm2836<
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

/// Where the controllers are.
#[derive(Options)]
pub struct Options {
    /// The controller of the cores.
    #[option(device = "bcm2836-interrupts")]
    pub cores: Device,
    /// The controller of the peripherals.
    #[option(device = "bcm2835-interrupts")]
    pub peripherals: Device,
}

/// The only cause of interrupts that an Arm CPU has for them.
const IRQ: usize = 0;

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>>
    Bcm2836<Cpu, Room, Time, Settings>
{
    /// Masks all lines.
    ///
    /// # Errors
    /// When the registers are not where they should be, the timer's rate is not known, or the interrupts are
    /// taken by another instance.
    pub fn start(cpu: Cpu, room: Room, time: Time) -> Result<Self, StartError> {
        let otherwise = "the device does not have the registers of an interrupt controller of a Raspberry Pi";
        let cores = Window::open(Settings::OPTIONS.cores.registers, LOCAL_LENGTH, otherwise)?;
        let peripherals =
            Window::open(Settings::OPTIONS.peripherals.registers, PERIPHERALS_LENGTH, otherwise)?;
        let timer =
            Timer::open().ok_or(StartError::new("the firmware does not say how fast the timer counts"))?;
        let controller: &'static Controller<Window> =
            place(room, Controller::new(cores, peripherals, oscomp_arm_timer::stop))
                .ok_or(StartError::new("no memory is left for the interrupt lines"))?;
        controller.set_up();
        if !cpu.handle(IRQ, controller as &'static dyn InterruptHandler) {
            return Err(StartError::new("another instance handles interrupts"));
        }
        Ok(Self { controller, timer, time, parameters: PhantomData })
    }
}

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>> Interrupts
    for &Bcm2836<Cpu, Room, Time, Settings>
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
    for &Bcm2836<Cpu, Room, Time, Settings>
{
    fn set(self, at: Option<Duration>) {
        self.timer.set(at.map(|at| at.saturating_sub(self.time.now())));
    }
}
