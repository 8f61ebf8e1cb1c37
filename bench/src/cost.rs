//! What it costs to have a server at all: bytes, memory, and the time to the first answer.

use crate::Arguments;
use crate::initramfs::Guests;
use crate::machine::{Line, Machine};
use crate::network::{LINUX, OURS, Side};
use crate::plan::{BOOT, Compositions};
use crate::probe::{Question, first_answer};
use crate::problem::Problem;
use crate::report::CostRow;
use crate::statistics::{Figures, ratio};
use crate::systems::System;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A server on one kind of machine.
struct Server<'a> {
    side: Side,
    line: Line,
    log: &'a Path,
    question: Question,
    port: u16,
}

impl Server<'_> {
    fn first_answer(&self, line: &Line, limit: Duration) -> Result<Option<Duration>, Problem> {
        let mut machine = Machine::start(line, self.log, None)?;
        first_answer(self.question, self.side.address, self.port, &mut machine, limit)
    }

    /// Milliseconds from the start of QEMU to the first answer.
    fn boot(&self) -> Result<f64, Problem> {
        let time = self.first_answer(&self.line, BOOT)?;
        let time = time.ok_or_else(|| Problem(format!("{} does not answer", self.side.tap)))?;
        Ok(time.as_secs_f64() * 1000.0)
    }

    /// The least memory in KiB with which the first request is answered, in about the time that it takes with plenty.
    fn least_memory(&self, step: u64, plenty: u64) -> Result<u64, Problem> {
        let usual = self.boot()?;
        let limit = Duration::from_secs_f64(usual / 1000.0 * 4.0 + 2.0);
        least(step, plenty, |kib| {
            Ok(self.first_answer(&self.line.clone().with_memory(kib), limit)?.is_some())
        })
    }
}

/// The least multiple of `step`, up to `plenty`, that is enough, when everything above it is.
pub fn least(
    step: u64,
    plenty: u64,
    mut enough: impl FnMut(u64) -> Result<bool, Problem>,
) -> Result<u64, Problem> {
    let (mut low, mut high) = (0, plenty / step);
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if enough(middle * step)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high * step)
}

/// All costs of the two servers.
pub fn costs(
    compositions: &Compositions,
    guests: &Guests,
    arguments: &Arguments,
) -> Result<Vec<CostRow>, Problem> {
    let log = compositions.logs.join("cost.log");
    let mut rows = Vec::new();
    let small = compositions.small.as_ref();
    for (name, system, small, guest, question, port, loaded, memory) in [
        (
            "httpd",
            &compositions.httpd,
            small.map(|small| &small.0),
            &guests.nginx,
            Question::Http,
            80,
            Some(200),
            3,
        ),
        ("kv", &compositions.kv, small.map(|small| &small.1), &guests.redis, Question::Redis, 6379, None, 4),
    ] {
        let linux_bytes = (size(&guest.kernel)? + size(&guest.initramfs)?) as f64;
        rows.push(CostRow::new(
            format!("{name}: file"),
            "KiB",
            size(&system.image)? as f64 / 1024.0,
            linux_bytes / 1024.0,
        ));
        rows.push(
            CostRow::new(
                format!("{name}: loaded"),
                "KiB",
                system.loaded as f64 / 1024.0,
                linux_bytes / 1024.0,
            )
            .with_goal(loaded.map(f64::from)),
        );
        let linux = server(LINUX, Line::linux(guest, &compositions.accelerator()), &log, question, port);
        let mut linux_boots = Vec::new();
        let ours: Vec<&System> = [Some(system), small].into_iter().flatten().collect();
        let mut boots = vec![Vec::new(); ours.len()];
        for _ in 0..arguments.rounds() {
            linux_boots.push(linux.boot()?);
            for (system, boots) in ours.iter().zip(&mut boots) {
                boots.push(server(OURS, system.line.clone(), &log, question, port).boot()?);
            }
        }
        let linux_memory = linux.least_memory(1024, 256 * 1024)? as f64 / 1024.0;
        let Some(linux_boot) = Figures::of(linux_boots) else { continue };
        for (system, boots) in ours.iter().zip(boots) {
            let Some(boot) = Figures::of(boots) else { continue };
            let on = &system.platform;
            let mut row =
                CostRow::new(format!("{name}: first answer, {on}"), "ms", boot.median, linux_boot.median);
            row.spread = Some([boot.least, boot.most, linux_boot.least, linux_boot.most]);
            rows.push(row);
            let server = server(OURS, system.line.clone(), &log, question, port);
            let least = server.least_memory(64, 64 * 1024)? as f64 / 1024.0;
            rows.push(
                CostRow::new(format!("{name}: least memory, {on}"), "MiB", least, linux_memory)
                    .with_goal(Some(f64::from(memory))),
            );
            eprintln!("{name} on {on}: {:.0} ms, {least:.2} MiB", boot.median);
        }
    }
    Ok(rows)
}

fn server(side: Side, line: Line, log: &Path, question: Question, port: u16) -> Server<'_> {
    Server { side, line, log, question, port }
}

fn size(path: &Path) -> Result<u64, Problem> {
    fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| Problem::file(path, error))
}

impl CostRow {
    /// Of two figures, the less the better.
    pub fn new(name: String, unit: &'static str, ours: f64, linux: f64) -> Self {
        Self { name, unit, ours, linux, ratio: ratio(ours, linux, false), goal: None, spread: None }
    }

    /// With what ours should be at the most.
    #[must_use]
    pub fn with_goal(self, goal: Option<f64>) -> Self {
        Self { goal, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_is_enough_is_found() {
        for bound in [1, 63, 64, 65, 1000, 1024] {
            assert_eq!(least(64, 1024, |kib| Ok(kib >= bound)).unwrap(), bound.next_multiple_of(64));
        }
    }
}
