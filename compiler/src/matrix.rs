//! What else a system could be, as a table.

use crate::output::{Format, Output};
use oscomp_lang::check::{Matrix, Verdict};
use std::collections::BTreeMap;

/// Whether the system is sound on the platforms that it names.
pub fn is_sound(matrix: &Matrix) -> bool {
    matrix.platforms.iter().filter(|column| column.named).all(|column| column.verdict == Verdict::Sound)
}

/// Prints the table, and below it the reasons.
pub fn print(matrix: &Matrix, output: &Output) {
    if output.format == Format::Json {
        output.json(matrix);
    } else {
        table(matrix).iter().for_each(|line| output.line(line));
    }
}

/// What a module cannot change about itself is said in a word: nearly all reasons are of these kinds.
const WORDS: [(&str, &str, &str); 3] = [
    ("E0601", "arch", "the module is for another architecture"),
    ("E0602", "env", "the module is for bare metal, or for processes, and the platform is the other"),
    ("E0605", "device", "the platform has no device for the module, or none is left"),
];

fn word(verdict: &Verdict) -> Option<&'static str> {
    let Verdict::Refused { code, .. } = verdict else { return None };
    WORDS.iter().find(|(known, ..)| known == code).map(|(_, word, _)| *word)
}

/// Reasons, by the number that stands for them.
#[derive(Default)]
struct Reasons(BTreeMap<Verdict, usize>);

impl Reasons {
    fn cell(&mut self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Sound => "yes".to_owned(),
            Verdict::Written => "written".to_owned(),
            Verdict::Absent => "-".to_owned(),
            Verdict::Refused { .. } => {
                let next = self.0.len() + 1;
                format!("[{}]", self.0.entry(verdict.clone()).or_insert(next))
            }
        }
    }

    /// What the numbers mean, in their order.
    fn lines(&self) -> Vec<String> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(_, number)| **number);
        let lines = all.into_iter().filter_map(|(verdict, number)| match verdict {
            Verdict::Refused { code, message } => {
                Some(format!("{:>5} {code}: {message}", format!("[{number}]")))
            }
            _ => None,
        });
        lines.collect()
    }
}

/// One row for each platform, with the system as it is written; then one for each module that could take the
/// place of an instance's, with a column for each platform on which there is something to choose.
fn table(matrix: &Matrix) -> Vec<String> {
    let mut reasons = Reasons::default();
    let mut rows = vec![vec!["platform".to_owned(), "as written".to_owned()]];
    for column in &matrix.platforms {
        let name = if column.named { column.platform.clone() } else { format!("({})", column.platform) };
        rows.push(vec![name, reasons.cell(&column.verdict)]);
    }
    let mut lines = aligned(&rows);

    let columns: Vec<usize> = (0..matrix.platforms.len())
        .filter(|index| matrix.alternatives.iter().any(|row| row.verdicts[*index] != Verdict::Absent))
        .collect();
    if !columns.is_empty() {
        let mut head = vec!["instance".to_owned(), "module".to_owned()];
        head.extend(columns.iter().map(|index| matrix.platforms[*index].platform.clone()));
        let mut rows = vec![head];
        let mut last = "";
        for row in &matrix.alternatives {
            let name = if row.instance == last { String::new() } else { row.instance.clone() };
            let mut cells = vec![name, row.module.clone()];
            cells.extend(columns.iter().map(|index| {
                let verdict = &row.verdicts[*index];
                word(verdict).map_or_else(|| reasons.cell(verdict), str::to_owned)
            }));
            rows.push(cells);
            last = &row.instance;
        }
        lines.push(String::new());
        lines.extend(aligned(&rows));
        let verdicts = || matrix.alternatives.iter().flat_map(|row| &row.verdicts);
        let used =
            WORDS.iter().filter(|(_, known, _)| verdicts().any(|verdict| word(verdict) == Some(known)));
        let legend: Vec<_> =
            used.map(|(code, word, meaning)| format!("{word:>6}  {code}: {meaning}")).collect();
        if !legend.is_empty() {
            lines.push(String::new());
            lines.extend(legend);
        }
    }
    if !reasons.0.is_empty() {
        lines.push(String::new());
        lines.extend(reasons.lines());
    }
    lines
}

fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
    let widths: Vec<usize> =
        (0..columns).map(|column| rows.iter().map(|row| cell(row, column)).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oscomp_lang::check::{Alternative, Column};

    fn refused(code: &'static str, message: &str) -> Verdict {
        Verdict::Refused { code, message: message.to_owned() }
    }

    #[test]
    fn reasons_are_numbered_once_and_columns_without_a_choice_left_out() {
        let column = |platform: &str, named, verdict| Column { platform: platform.into(), named, verdict };
        let matrix = Matrix {
            system: "web".into(),
            platforms: vec![
                column("board", false, refused("E0605", "`uart` cannot serve `arm`")),
                column("pc", true, Verdict::Sound),
                column("virt", false, refused("E0605", "`uart` cannot serve `arm`")),
            ],
            alternatives: vec![
                Alternative {
                    instance: "heap".into(),
                    module: "bump".into(),
                    verdicts: vec![Verdict::Absent, Verdict::Sound, Verdict::Absent],
                },
                Alternative {
                    instance: "heap".into(),
                    module: "arm-heap".into(),
                    verdicts: vec![
                        Verdict::Absent,
                        refused("E0601", "`arm-heap` is for `arm`"),
                        Verdict::Absent,
                    ],
                },
                Alternative {
                    instance: "heap".into(),
                    module: "pool".into(),
                    verdicts: vec![Verdict::Absent, refused("E0302", "no field `size`"), Verdict::Absent],
                },
            ],
        };
        let expected = "\
platform  as written
(board)   [1]
pc        yes
(virt)    [1]

instance  module    pc
heap      bump      yes
          arm-heap  arch
          pool      [2]

  arch  E0601: the module is for another architecture

  [1] E0605: `uart` cannot serve `arm`
  [2] E0302: no field `size`";
        assert_eq!(table(&matrix).join("\n"), expected);
        assert!(is_sound(&matrix));
    }
}
