//! The report as tables in Markdown.

use super::report::Report;
use crate::statistics::{Figures, ratio};
use crate::table::{costs, machine, short, times, verdict, whole};
use std::fmt::Write as _;

/// The tables that have rows.
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{}. Medians of {} rounds, in turns; the least and the most in brackets. {} processes were busy before.\n",
        machine(&report.machine),
        report.rounds,
        report.machine.busy_before,
    );
    if !report.rows.is_empty() {
        text.push_str(
            "| | unit | ours | Linux guest | ratio | goal | | instructions: ours | Linux guest | ratio | goal | |\n\
             |---|---|---:|---:|---:|---:|---|---:|---:|---:|---:|---|\n",
        );
    }
    for row in &report.rows {
        let [ours, linux] = row.instructions;
        let fewer = ours.zip(linux).and_then(|(ours, linux)| ratio(ours, linux, false));
        let holds = |ratio: Option<f64>, goal: Option<f64>| {
            verdict(ratio.zip(goal).map(|(ratio, goal)| ratio >= goal))
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.name,
            row.unit,
            spread(&row.ours),
            spread(&row.linux),
            fine(row.ratio),
            fine(row.goal),
            holds(row.ratio, row.goal),
            whole(ours),
            whole(linux),
            fine(fewer),
            times(row.instructions_goal),
            holds(fewer, row.instructions_goal),
        );
    }
    text.push_str(&costs(&report.costs));
    if !report.allocators.is_empty() {
        text.push_str(
            "\n| allocator | inserts per second | instructions for each | image loaded, KiB |\n|---|---:|---:|---:|\n",
        );
    }
    for row in &report.allocators {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            row.name,
            row.inserts.as_ref().map_or("did not last".into(), spread),
            whole(row.instructions),
            row.loaded.div_ceil(1024),
        );
    }
    text
}

fn spread(figures: &Figures) -> String {
    format!("{} ({}–{})", short(figures.median), short(figures.least), short(figures.most))
}

/// Ratios here are often near one.
fn fine(ratio: Option<f64>) -> String {
    ratio.map_or(String::new(), |ratio| format!("{ratio:.2}×"))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::storage::report::{AllocatorRow, Row};
    use crate::table::tests::sample as servers;

    /// A report with one row of each kind.
    pub fn sample() -> Report {
        let servers = servers();
        let mut report = Report::new(servers.machine, 2);
        report.rows.push(Row {
            name: "insert".into(),
            unit: "1/s",
            ours: Figures::of(vec![20_000.0, 30_000.0]).unwrap(),
            linux: Figures::of(vec![20_000.0]).unwrap(),
            ratio: Some(1.25),
            goal: Some(1.25),
            instructions: [Some(500.0), Some(4000.0)],
            instructions_goal: Some(10.0),
        });
        report.costs = servers.costs;
        report.allocators.push(AllocatorRow {
            name: "bump".into(),
            inserts: None,
            instructions: None,
            loaded: 1025,
        });
        report.allocators.push(AllocatorRow {
            name: "talc".into(),
            inserts: Figures::of(vec![40_000.0]),
            instructions: Some(9.0),
            loaded: 1024,
        });
        report
    }

    #[test]
    fn rows_say_whether_both_goals_hold() {
        let text = markdown(&sample());
        let row = "| insert | 1/s | 25,000 (20,000–30,000) | 20,000 (20,000–20,000) | 1.25× | 1.25× | holds | 500 | \
                   4,000 | 8.00× | 10.0× | **missed** |\n";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("| kv: first answer | ms | 42.0"), "{text}");
        assert!(text.contains("| bump | did not last |  | 2 |\n"), "{text}");
    }
}
