//! What a command is expected to print: `...` alone on a line is any lines, `…` in a line is any text.

use regex::Regex;

/// The lines that a command is expected to print.
pub struct Expected(Vec<Line>);

enum Line {
    /// As many as there are.
    Any,
    One(Regex),
}

impl Expected {
    /// Reads the lines of a document; with `any_numbers` each number in them stands for any.
    pub fn new(lines: &[String], any_numbers: bool) -> Self {
        Self(
            lines
                .iter()
                .map(|line| if line == "..." { Line::Any } else { Line::One(regex(line, any_numbers)) })
                .collect(),
        )
    }

    /// Whether all of the output is as expected.
    pub fn is(&self, output: &[String]) -> bool {
        matches(&self.0, output, false)
    }

    /// Whether the output begins as expected.
    pub fn begins(&self, output: &[String]) -> bool {
        matches(&self.0, output, true)
    }
}

fn regex(line: &str, any_numbers: bool) -> Regex {
    let mut pattern = regex::escape(line).replace('…', ".*");
    if any_numbers {
        let number = Regex::new(r"\d(\d|,|\\\.\d)*").expect("the pattern is right");
        pattern = number.replace_all(&pattern, r"\d[\d,.]*").into_owned();
        // Numbers are set flush right.
        let spaces = Regex::new(" +").expect("the pattern is right");
        pattern = format!(" *{}", spaces.replace_all(pattern.trim_start(), " +"));
    }
    Regex::new(&format!("^{pattern}$")).expect("an escaped line is a pattern")
}

fn matches(expected: &[Line], output: &[String], beginning: bool) -> bool {
    // Which of the expected lines can come next, for each line of the output.
    let mut next = vec![false; expected.len() + 1];
    next[0] = true;
    let skip = |next: &mut Vec<bool>| {
        for (index, line) in expected.iter().enumerate() {
            next[index + 1] |= next[index] && matches!(line, Line::Any);
        }
    };
    skip(&mut next);
    for line in output {
        if beginning && next[expected.len()] {
            return true;
        }
        let mut then = vec![false; expected.len() + 1];
        for (index, wanted) in expected.iter().enumerate().filter(|(index, _)| next[*index]) {
            match wanted {
                Line::Any => then[index] = true,
                Line::One(regex) => then[index + 1] |= regex.is_match(line),
            }
        }
        skip(&mut then);
        next = then;
    }
    next[expected.len()]
}
