//! What an image costs at run time: instructions until its application begins, and the least memory.

mod bisect;
mod code;
mod qemu;
mod trace;

use crate::failure::Failure;
use crate::phrase::thousands;
use code::Code;
use oscomp_lang::plan::Plan;
use qemu::{How, INSTRUCTIONS, Machine, Until};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
pub use trace::Count;

/// The processor time that a machine may take. What takes much longer with less memory than with plenty
/// does not work with less.
const EFFORT: Duration = Duration::from_secs(60);
/// Memory is given in multiples of so many KiB.
const STEP: u64 = 4;

/// What an image costs at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// From the first instruction to the application.
    pub start: Option<Count>,
    /// The least memory in KiB with which it ends as it does with plenty.
    pub memory: Option<Memory>,
    /// Why there is less than that.
    pub missing: Vec<String>,
}

/// The least memory of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// KiB.
    pub kib: u64,
    /// Whether the application ended by itself; else all that is known is that it began.
    pub ended: bool,
}

/// Measures an image; `linked` is the file with symbols that it was made of.
pub fn measure(plan: &Plan, image: &Path, linked: &[u8]) -> Result<Measured, Failure> {
    let Some(runner) = &plan.platform.runner else {
        let missing = vec!["instructions and memory: the image is a program of this machine".to_owned()];
        return Ok(Measured { start: None, memory: None, missing });
    };
    if !qemu::can_trace(runner) {
        let missing = vec![format!("instructions and memory: {} has no translator to ask", runner.program)];
        return Ok(Measured { start: None, memory: None, missing });
    }
    if crate::run::find(&runner.program).is_none() {
        return Err(crate::run::missing(&runner.program));
    }
    let malformed = |error: object::Error| {
        Failure::environment(
            format!("the linked file cannot be read: {error}"),
            "remove the folder of the build; `oscomp build` makes it again",
        )
    };
    let code = Code::read(linked).map_err(malformed)?;
    let machine = Machine { plan, image, code: &code };
    let mut missing = Vec::new();
    let Some(app) = code::app(linked).map_err(malformed)? else {
        missing.push("instructions and memory: the image has no symbol for its application".to_owned());
        return Ok(Measured { start: None, memory: None, missing });
    };
    let start = start(&machine, app, &mut missing)?;
    let memory = if start.is_some() { memory(&machine, app, &mut missing)? } else { None };
    Ok(Measured { start, memory, missing })
}

fn start(machine: &Machine<'_>, app: u64, missing: &mut Vec<String>) -> Result<Option<Count>, Failure> {
    let ended = machine.run(Until::Counted(app), machine.plan.memory / 1024, EFFORT)?;
    let why = match ended.how {
        How::Reached => return Ok(Some(ended.count)),
        How::Limit => format!("more than {} before the app begins", thousands(INSTRUCTIONS)),
        How::Status(Some(status)) => format!("it ended with status {status} before the app began"),
        How::Status(None) => "the machine stopped before the app began".to_owned(),
        How::Halted => "it halted before the app began".to_owned(),
    };
    missing.push(format!("instructions: {why}"));
    Ok(None)
}

fn memory(machine: &Machine<'_>, app: u64, missing: &mut Vec<String>) -> Result<Option<Memory>, Failure> {
    let runner = machine.plan.platform.runner.iter().flat_map(|runner| &runner.arguments);
    if !runner.into_iter().any(|argument| argument.contains("{memory}")) {
        missing.push("memory: the machine always has the same".to_owned());
        return Ok(None);
    }
    let plenty = machine.plan.memory / 1024;
    let reference = machine.run(Until::End, plenty, EFFORT)?;
    let limit = reference.effort * 4 + Duration::from_secs(1);
    let (until, ended) = match reference.how {
        How::Status(Some(0)) => (Until::End, true),
        How::Limit | How::Halted => (Until::Reached(app), false),
        How::Reached | How::Status(_) => {
            missing.push("memory: the application does not end with status 0".to_owned());
            return Ok(None);
        }
    };
    // Less than the image itself takes, from the first address on, cannot do.
    let end = machine.code.end().saturating_sub(machine.plan.platform.memory_base);
    let kib = bisect::least(end / 1024, plenty, STEP, |kib| {
        let run = machine.run(until, kib, limit);
        // QEMU itself refuses what is too little for its machine.
        Ok(run.is_ok_and(|run| run.how == if ended { How::Status(Some(0)) } else { How::Reached }))
    })?;
    if kib.is_none() {
        missing.push("memory: the image does not behave the same twice".to_owned());
    }
    Ok(kib.map(|kib| Memory { kib, ended }))
}

/// What was measured, as lines.
pub fn lines(plan: &Plan, file: u64, loaded: u64, measured: &Measured) -> Vec<String> {
    let mut lines = vec![
        format!("{} on {}", plan.system, plan.platform.name),
        format!("  {:>10} bytes of file", thousands(file)),
        format!("  {:>10} bytes loaded", thousands(loaded)),
    ];
    if let Some(count) = &measured.start {
        lines.push(format!(
            "  {:>10} instructions from the first one to the app, {} of them turns of repeated ones",
            thousands(count.instructions),
            thousands(count.repeated)
        ));
        if count.loops.is_empty() {
            lines.push("             no loops that only wait".to_owned());
        } else {
            lines.push(format!("  {:>10} of them in loops that only wait", thousands(count.waiting)));
            lines.push(format!("  {:>10} without those", thousands(count.working())));
        }
    }
    if let Some(memory) = &measured.memory {
        let how = if memory.ended { "with which it ends with status 0" } else { "with which the app begins" };
        lines.push(format!("  {:>10} KiB, the least memory {how}", thousands(memory.kib)));
    }
    lines.extend(measured.missing.iter().map(|missing| format!("  not measured: {missing}")));
    lines
}
