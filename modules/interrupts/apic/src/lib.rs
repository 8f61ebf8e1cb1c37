//! The interrupt controllers of a PC: the local APIC of its CPU (Intel SDM volume 3, chapter 11), and
//! the I/O APIC that the lines of devices lead to (Intel 82093AA).
//!
//! Lines are active high, which the platforms' devices are; one that is level-triggered is masked while
//! its device is being served. Messages (volume 3, 11.11) go to the local APIC without a line.
#![no_std]
#![forbid(unsafe_code)]

mod controller;
mod timer;

use controller::Controller;
use core::marker::PhantomData;
use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_abi::{Config, Device, Line, StartError};
use oscomp_interfaces::{Alarm, Clock, CpuInterrupts, InterruptHandler, Interrupts, Memory, Message, place};
use oscomp_macros::{Options, module};
use oscomp_registers::Window;
use timer::Timer;

/// The local APIC, with its timer, and the I/O APIC.
#[module(provides(Alarm, Interrupts), arch("x86_64"), environment = "bare-metal", memory = "4KiB")]
pub struct Apic<
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
    cpu: Cpu,
    time: Time,
    parameters: PhantomData<(Room, Settings)>,
}

/// Where the controllers are.
#[derive(Options)]
pub struct Options {
    /// The local APIC.
    #[option(device = "local-apic")]
    pub local: Device,
    /// The I/O APIC.
    #[option(device = "io-apic")]
    pub io: Device,
}

/// Bytes of the local APIC's registers.
const LOCAL_LENGTH: usize = 0x400;
/// Bytes of the I/O APIC's two registers.
const IO_LENGTH: usize = 0x14;

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>>
    Apic<Cpu, Room, Time, Settings>
{
    /// Masks all lines, and measures the timer if nothing says how fast it is.
    ///
    /// # Errors
    /// When the registers are not where they should be, or the interrupts are taken by another instance.
    pub fn start(cpu: Cpu, room: Room, time: Time) -> Result<Self, StartError> {
        let (local, io) = (Settings::OPTIONS.local.registers, Settings::OPTIONS.io.registers);
        let local =
            Window::open(local, LOCAL_LENGTH, "the device does not have the registers of a local APIC")?;
        let io = Window::open(io, IO_LENGTH, "the device does not have the registers of an I/O APIC")?;
        let controller: &'static Controller<Window> = place(room, Controller::new(local, io))
            .ok_or(StartError::new("no memory is left for the interrupt lines"))?;
        let handler: &'static dyn InterruptHandler = controller;
        if !controller.vectors().all(|vector| cpu.handle(vector, handler)) {
            return Err(StartError::new("another instance handles interrupts"));
        }
        controller.set_up();
        let timer = Timer::new(controller, || time.now())?;
        Ok(Self { controller, timer, cpu, time, parameters: PhantomData })
    }
}

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>> Interrupts
    for &Apic<Cpu, Room, Time, Settings>
{
    fn open(self, line: Line) -> bool {
        if let Some(vector) = controller::message_vector(line)
            && !self.cpu.handle(vector, self.controller)
        {
            return false;
        }
        self.controller.open(line)
    }

    fn message(self, line: Line) -> Option<Message> {
        self.controller.message(line)
    }

    fn poll_raised(self, line: Line, context: &mut Context<'_>) -> Poll<()> {
        self.controller.poll_raised(self.cpu, line, context)
    }
}

impl<Cpu: CpuInterrupts, Room: Memory, Time: Clock, Settings: Config<Options>> Alarm
    for &Apic<Cpu, Room, Time, Settings>
{
    fn set(self, at: Option<Duration>) {
        let wait = at.map(|at| at.saturating_sub(self.time.now()));
        self.controller.set_timer(wait.map_or(0, |wait| self.timer.count(wait)));
    }
}
