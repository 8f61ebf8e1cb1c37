//! How a device tells that it has done something: by its interrupt line.

use crate::any::AnyTransport;
use crate::device::Transport;
use crate::queue::{Queue, Ring};
use core::task::{Context, Waker};
use oscomp_abi::{Device, Line, StartError};
use oscomp_interfaces::{Idle, Interrupts};

/// The interrupt line of a device, or one that no controller has.
#[must_use]
pub const fn line(device: &Device) -> Line {
    match device.line {
        Some(line) => line,
        None => Line::Level(u32::MAX),
    }
}

/// The device, with its line open.
///
/// # Errors
/// When nothing there follows version 1 of the specification, or no controller has the line.
#[inline(always)]
pub fn open(device: &Device, lines: impl Interrupts) -> Result<AnyTransport, StartError> {
    let mut transport = AnyTransport::open(device.registers)?;
    let line = line(device);
    if !lines.open(line) {
        return Err(StartError::new("the interrupt controller does not have the device's line"));
    }
    if let Some(message) = lines.message(line) {
        transport.signal_by(message.address, message.data)?;
    }
    Ok(transport)
}

/// Waits until something has come back to a queue; the processor is halted meanwhile.
pub fn wait(
    queue: &mut Queue<impl Ring>,
    transport: &impl Transport,
    lines: impl Interrupts,
    line: Line,
    cpu: impl Idle,
) {
    let mut context = Context::from_waker(Waker::noop());
    while queue.wait(1) {
        if lines.poll_raised(line, &mut context).is_ready() {
            transport.acknowledge();
        } else {
            cpu.wait(|| queue.has_used());
        }
    }
    queue.stop_waiting();
}
