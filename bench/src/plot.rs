//! The report as plots: SVG by hand, since bars and labels are all there is.

use crate::report::Report;
use crate::statistics::Figures;
use crate::storage::Report as Storage;
use crate::table::short;
use std::fmt::Write as _;

const WIDTH: f64 = 900.0;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 270.0;
const LONGEST: f64 = 470.0;
const BAR: f64 = 15.0;
const HEAD: f64 = 60.0;

const OURS: &str = "#2a6f97";
const LINUX: &str = "#c9a227";
const THIRD: &str = "#8a5a83";

/// A bar with what is written behind it.
struct Bar<'a> {
    colour: &'a str,
    figures: &'a Figures,
    note: String,
    /// The value that was to be reached.
    goal: Option<f64>,
}

/// Answers per second of both, load by load. The scale is each load's own, since only the ratios are of interest.
pub fn loads(report: &Report) -> Option<String> {
    let groups = report.loads.iter().map(|row| {
        let ratio = row.ratio.map(|ratio| format!("{ratio:.1}"));
        (row.name.as_str(), against_linux(&row.ours, &row.linux, ratio, row.goal))
    });
    draw(
        "Answers per second, medians; thin lines: least to most; red: the goal",
        &AGAINST_LINUX,
        &groups.collect::<Vec<_>>(),
        false,
    )
}

const AGAINST_LINUX: [(&str, &str); 2] = [(OURS, "ours"), (LINUX, "Linux guest")];

/// The bars of what both do. The goal is a ratio.
fn against_linux<'f>(
    ours: &'f Figures,
    linux: &'f Figures,
    ratio: Option<String>,
    goal: Option<f64>,
) -> Vec<Bar<'f>> {
    let note = ratio.map_or(String::new(), |ratio| format!(" = {ratio}×"));
    let goal = goal.map(|goal| goal * linux.median);
    vec![
        Bar { colour: OURS, figures: ours, note, goal },
        Bar { colour: LINUX, figures: linux, note: String::new(), goal: None },
    ]
}

/// Answers per second with each allocator.
pub fn allocators(report: &Report) -> Option<String> {
    let groups = report.allocators.iter().map(|row| {
        let kinds = [(OURS, &row.http), (LINUX, &row.set), (THIRD, &row.get)];
        let bars = kinds.into_iter().filter_map(|(colour, figures)| {
            Some(Bar { colour, figures: figures.as_ref()?, note: String::new(), goal: None })
        });
        (row.name.as_str(), bars.collect())
    });
    let legend = [(OURS, "httpd: pages"), (LINUX, "kv: SET, 16 at once"), (THIRD, "kv: GET, 16 at once")];
    draw("Answers per second with each allocator, medians", &legend, &groups.collect::<Vec<_>>(), true)
}

/// What both do in a second. The scale is each group's own.
pub fn storage(report: &Storage) -> Option<String> {
    let groups = report.rows.iter().map(|row| {
        let ratio = row.ratio.map(|ratio| format!("{ratio:.2}"));
        (row.name.as_str(), against_linux(&row.ours, &row.linux, ratio, row.goal))
    });
    draw(
        "SQLite and files: per second, or MiB/s of blocks; medians; thin lines: least to most; red: the goal",
        &AGAINST_LINUX,
        &groups.collect::<Vec<_>>(),
        false,
    )
}

/// Inserts per second with each allocator.
pub fn inserts(report: &Storage) -> Option<String> {
    let groups = report.allocators.iter().filter_map(|row| {
        let note = row.instructions.map_or(String::new(), |count| format!(", {count:.0} instructions"));
        let bar = Bar { colour: OURS, figures: row.inserts.as_ref()?, note, goal: None };
        Some((row.name.as_str(), vec![bar]))
    });
    let legend = [(OURS, "inserts per second")];
    draw("Inserts per second with each allocator, medians", &legend, &groups.collect::<Vec<_>>(), true)
}

/// `shared`: whether all groups have one scale. Bars of one group with another's would be too short to see, where the
/// groups are different loads.
fn draw(
    title: &str,
    legend: &[(&str, &str)],
    groups: &[(&str, Vec<Bar<'_>>)],
    shared: bool,
) -> Option<String> {
    let highest = |bars: &[Bar<'_>]| {
        bars.iter().flat_map(|bar| [bar.figures.most, bar.goal.unwrap_or(0.0)]).fold(0.0, f64::max)
    };
    let all = groups.iter().map(|(_, bars)| highest(bars)).fold(0.0, f64::max);
    if all <= 0.0 {
        return None;
    }
    let mut body = String::new();
    let mut top = HEAD;
    for (name, bars) in groups {
        let scale = LONGEST / if shared { all } else { highest(bars).max(0.001) };
        let height = BAR * bars.len().max(1) as f64;
        // Writing to a string does not fail.
        let _ = writeln!(
            body,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            top + height / 2.0 + 4.0,
            escaped(name)
        );
        for (place, bar) in bars.iter().enumerate() {
            let y = BAR.mul_add(place as f64, top);
            let Figures { median, least, most, .. } = *bar.figures;
            let (middle, end) = (y + BAR / 2.0, LEFT + most.max(bar.goal.unwrap_or(0.0)) * scale);
            let _ = writeln!(
                body,
                "<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\" fill=\"{}\"/>\n\
                 <path d=\"M{:.1} {middle:.1}H{:.1}\" stroke=\"#222\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}{}</text>",
                y + 1.0,
                median * scale,
                BAR - 2.0,
                bar.colour,
                LEFT + least * scale,
                LEFT + most * scale,
                end + 6.0,
                middle + 4.0,
                thousands(median),
                escaped(&bar.note),
            );
            if let Some(goal) = bar.goal {
                let x = LEFT + goal * scale;
                let _ = writeln!(
                    body,
                    "<path d=\"M{x:.1} {y:.1}v{BAR}\" stroke=\"#c1121f\" stroke-width=\"2\"/>"
                );
            }
        }
        top += height + 12.0;
    }
    let mut head = String::new();
    for (place, (colour, name)) in legend.iter().enumerate() {
        let x = 180.0f64.mul_add(place as f64, LEFT);
        let _ = writeln!(
            head,
            "<rect x=\"{x}\" y=\"34\" width=\"12\" height=\"12\" fill=\"{colour}\"/>\n\
             <text x=\"{}\" y=\"44\">{}</text>",
            x + 18.0,
            escaped(name)
        );
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{top}\" viewBox=\"0 0 {WIDTH} {top}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"20\" y=\"22\" font-size=\"15\">{}</text>\n{head}{body}</svg>\n",
        escaped(title)
    ))
}

fn thousands(value: f64) -> String {
    match value {
        10_000.0.. => format!("{:.0} k", value / 1000.0),
        1000.0.. => format!("{:.1} k", value / 1000.0),
        _ => short(value),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::sample;

    #[test]
    fn the_longest_bar_is_as_long_as_there_is_room() {
        let mut report = sample();
        report.loads[0].goal = None;
        let plot = loads(&report).unwrap();
        // The most of all is 30,000; the median 25,000.
        assert!(plot.contains(&format!("width=\"{:.1}\"", LONGEST * 25.0 / 30.0)), "{plot}");
        assert!(plot.contains("GET &amp; SET") && plot.contains("25 k = 2.5×"));
        assert!(plot.starts_with("<svg ") && plot.ends_with("</svg>\n"));
    }

    #[test]
    fn allocators_that_did_not_last_have_no_bar() {
        let report = crate::storage::tests::sample();
        let plot = inserts(&report).unwrap();
        assert!(plot.contains("40 k, 9 instructions") && !plot.contains("bump"), "{plot}");
        assert!(storage(&report).unwrap().contains("25 k = 1.25×"));
    }

    #[test]
    fn nothing_measured_is_no_plot() {
        let mut report = sample();
        report.loads.clear();
        report.allocators[0].http = None;
        assert_eq!((loads(&report), allocators(&report)), (None, None));
    }
}
