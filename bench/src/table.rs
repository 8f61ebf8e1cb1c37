//! The report as tables in Markdown.

use crate::report::{CostRow, Machine, Report};
use crate::statistics::{Figures, ratio};
use std::fmt::Write as _;

/// The tables that have rows.
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{}. Medians of {} rounds of {} s, in turns; the least and the most in brackets. {} processes were busy before.\n",
        machine(&report.machine),
        report.rounds,
        report.seconds,
        report.machine.busy_before,
    );
    if !report.loads.is_empty() {
        text.push_str("| answers per second | ours | Linux guest | ratio | goal | |\n");
        text.push_str("|---|---:|---:|---:|---:|---|\n");
    }
    for row in &report.loads {
        let verdict = verdict(row.ratio.zip(row.goal).map(|(ratio, goal)| ratio >= goal));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {verdict} |",
            row.name,
            figures(Some(&row.ours)),
            figures(Some(&row.linux)),
            times(row.ratio),
            times(row.goal),
        );
    }
    if !report.loads.is_empty() {
        text.push_str(
            "\n| for one answer | instructions: ours | Linux guest | ratio | µs of the guest's CPU: ours | Linux guest | \
             ratio | µs of QEMU's devices: ours | Linux guest |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        );
    }
    for row in &report.loads {
        let compared =
            |[ours, linux]: [Option<f64>; 2]| ours.zip(linux).and_then(|(o, l)| ratio(o, l, false));
        let [our_guest, linux_guest] = row.guest.map(|time| time.map_or(String::new(), short));
        let [our_devices, linux_devices] = row.devices.map(|time| time.map_or(String::new(), short));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {our_guest} | {linux_guest} | {} | {our_devices} | {linux_devices} |",
            row.name,
            whole(row.instructions[0]),
            whole(row.instructions[1]),
            times(compared(row.instructions)),
            times(compared(row.guest)),
        );
    }
    text.push_str(&costs(&report.costs));
    if !report.allocators.is_empty() {
        text.push_str(
            "\n| allocator | pages per second | SET, 16 at once | GET, 16 at once | µs of the guest's CPU: page | SET | GET | \
             httpd loaded, KiB | kv loaded, KiB |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        );
    }
    for row in &report.allocators {
        let [page, set, get] = row.guest.map(|time| time.map_or(String::new(), short));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {page} | {set} | {get} | {} | {} |",
            row.name,
            figures(row.http.as_ref()),
            figures(row.set.as_ref()),
            figures(row.get.as_ref()),
            row.httpd_loaded.div_ceil(1024),
            row.kv_loaded.div_ceil(1024),
        );
    }
    text
}

/// What an image takes; nothing of no rows.
pub fn costs(rows: &[CostRow]) -> String {
    let mut text = String::new();
    if !rows.is_empty() {
        text.push_str(
            "\n| cost | unit | ours | Linux guest | ratio | goal | |\n|---|---|---:|---:|---:|---:|---|\n",
        );
    }
    for row in rows {
        let verdict = verdict(row.goal.map(|goal| row.ours <= goal));
        let goal = row.goal.map_or(String::new(), |goal| format!("≤ {goal:.0}"));
        let spread = |from: usize| {
            row.spread.map_or(String::new(), |spread| {
                format!(" ({}–{})", short(spread[from]), short(spread[from + 1]))
            })
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {}{} | {}{} | {} | {goal} | {verdict} |",
            row.name,
            row.unit,
            short(row.ours),
            spread(0),
            short(row.linux),
            spread(2),
            times(row.ratio),
        );
    }
    text
}

/// On what it was measured.
pub fn machine(machine: &Machine) -> String {
    format!(
        "{}, {} x {}, {}, `{}`; Linux {}, {}",
        machine.date,
        machine.processors,
        machine.processor,
        machine.qemu,
        machine.accelerator,
        machine.kernel,
        machine.programs,
    )
}

fn figures(figures: Option<&Figures>) -> String {
    figures.map_or("did not last".into(), |figures| {
        format!(
            "{} ({}–{})",
            whole(Some(figures.median)),
            whole(Some(figures.least)),
            whole(Some(figures.most))
        )
    })
}

/// Whether a goal holds, where there is one.
pub fn verdict(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "holds",
        Some(false) => "**missed**",
        None => "",
    }
}

/// So many times as good.
pub fn times(ratio: Option<f64>) -> String {
    ratio.map_or(String::new(), |ratio| format!("{ratio:.1}×"))
}

/// With as many digits as mean something.
pub fn short(value: f64) -> String {
    match value {
        100.0.. => whole(Some(value)),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Without a fraction, in groups of three digits.
pub fn whole(value: Option<f64>) -> String {
    let Some(value) = value else { return String::new() };
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::report::{AllocatorRow, LoadRow};

    /// A report with one row of each kind.
    pub fn sample() -> Report {
        let machine = Machine {
            date: "2026-01-02".into(),
            processor: "a <processor>".into(),
            processors: 2,
            qemu: "QEMU".into(),
            accelerator: "-accel tcg".into(),
            kernel: "6".into(),
            programs: "nginx 1".into(),
            busy_before: "0.1".into(),
        };
        let mut report = Report::new(machine, 1, 2);
        report.loads.push(LoadRow {
            name: "GET & SET".into(),
            ours: Figures::of(vec![20_000.0, 30_000.0]).unwrap(),
            linux: Figures::of(vec![10_000.0]).unwrap(),
            ratio: Some(2.5),
            goal: Some(4.0),
            instructions: [Some(1234.4), None],
            guest: [Some(1.5), Some(30.0)],
            devices: [Some(2.0), Some(140.0)],
        });
        report.costs.push(CostRow {
            name: "kv: first answer".into(),
            unit: "ms",
            ours: 42.0,
            linux: 2100.0,
            ratio: Some(50.0),
            goal: Some(50.0),
            spread: Some([40.0, 44.0, 2000.0, 2200.0]),
        });
        report.allocators.push(AllocatorRow {
            name: "bump".into(),
            http: Figures::of(vec![9.0]),
            set: None,
            get: None,
            guest: [Some(7.0), None, None],
            httpd_loaded: 1025,
            kv_loaded: 1024,
        });
        report
    }

    #[test]
    fn rows_say_whether_goals_hold() {
        let text = markdown(&sample());
        let load =
            "| GET & SET | 25,000 (20,000–30,000) | 10,000 (10,000–10,000) | 2.5× | 4.0× | **missed** |\n";
        assert!(text.contains(load), "{text}");
        let cost =
            "| kv: first answer | ms | 42.0 (40.0–44.0) | 2,100 (2,000–2,200) | 50.0× | ≤ 50 | holds |\n";
        assert!(text.contains(cost), "{text}");
        assert!(
            text.contains("| bump | 9 (9–9) | did not last | did not last | 7.00 |  |  | 2 | 1 |\n"),
            "{text}"
        );
    }

    #[test]
    fn digits_are_in_groups() {
        let text: Vec<String> = [0.0, 999.0, 1000.0, 1_234_567.0].map(|value| whole(Some(value))).into();
        assert_eq!(text, ["0", "999", "1,000", "1,234,567"]);
    }
}
