//! The platform-level interrupt controller of RISC-V machines: RISC-V PLIC specification 1.0.0.
//!
//! A line is masked by its priority: 0 is no interrupt, every other line has 1. So each line has a
//! register of its own, and what one task does to a line cannot undo what an interrupt does to another.
#![no_std]
#![forbid(unsafe_code)]

mod controller;

use controller::Controller;
use core::marker::PhantomData;
use core::task::{Context, Poll};
use oscomp_abi::{Config, Device, Line, StartError};
use oscomp_interfaces::{CpuInterrupts, InterruptHandler, Interrupts, Memory, Message, place};
use oscomp_macros::{Options, module};
use oscomp_registers::Window;

/// The platform-level interrupt controller.
#[module(provides(Interrupts), arch("riscv64"), environment = "bare-metal", memory = "8KiB")]
pub struct Plic<
    /// What takes the interrupts.
    Cpu: CpuInterrupts,
    /// Where the state lives that interrupts change.
    Room: Memory,
    Settings: Config<Options>,
> {
    controller: &'static Controller<Window>,
    parameters: PhantomData<(Cpu, Room, Settings)>,
}

/// Where the controller is.
#[derive(Options)]
pub struct Options {
    /// The controller.
    #[option(device = "plic")]
    pub device: Device,
    /// Which of its outputs leads to supervisor mode of the hart that the image runs on.
    #[option(default = 1, range = 0..=15871)]
    pub context: u32,
}

/// The external interrupt of supervisor mode: RISC-V privileged architecture, 12.1.3.
const EXTERNAL: usize = 9;

impl<Cpu: CpuInterrupts, Room: Memory, Settings: Config<Options>> Plic<Cpu, Room, Settings> {
    /// Masks all lines.
    ///
    /// # Errors
    /// When the registers are not where they should be, or the interrupts are taken by another instance.
    pub fn start(cpu: Cpu, room: Room) -> Result<Self, StartError> {
        let context = Settings::OPTIONS.context as usize;
        let window = Window::open(
            Settings::OPTIONS.device.registers,
            controller::length(context),
            "the device does not have the registers of that context of a PLIC",
        )?;
        let controller: &'static Controller<Window> = place(room, Controller::new(window, context))
            .ok_or(StartError::new("no memory is left for the interrupt lines"))?;
        controller.set_up();
        if !cpu.handle(EXTERNAL, controller as &'static dyn InterruptHandler) {
            return Err(StartError::new("another instance handles interrupts"));
        }
        Ok(Self { controller, parameters: PhantomData })
    }
}

impl<Cpu: CpuInterrupts, Room: Memory, Settings: Config<Options>> Interrupts for &Plic<Cpu, Room, Settings> {
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
