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
                .filter(|line| !is_progress(line))
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

/// Whether a line only says that something is built, which is said if it was not built before.
fn is_progress(line: &str) -> bool {
    line.strip_prefix("building ").is_some_and(|rest| rest.contains(" for "))
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
    for line in output.iter().filter(|line| !is_progress(line)) {
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

/// What is expected is neither more nor less than it says.
pub fn means_what_it_says() -> Result<(), libtest_mimic::Failed> {
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    for (expected, any_numbers, output, is, begins) in [
        ("", false, "", true, true),
        ("", false, "a", false, true),
        ("a", false, "", false, false),
        ("a\nb", false, "a\nb", true, true),
        ("a\nb", false, "a", false, false),
        ("a", false, "a\nb", false, true),
        ("a.c", false, "abc", false, false),
        ("...", false, "", true, true),
        ("a\n...\nd", false, "a\nb\nc\nd", true, true),
        ("a\n...\nd", false, "a\nd", true, true),
        ("a\n...\nd", false, "a\nb\nc", false, false),
        ("...\nb", false, "a\nb\nc", false, true),
        ("a … c", false, "a b c", true, true),
        ("a … c", false, "a b", false, false),
        ("1,234 bytes", false, "1,235 bytes", false, false),
        ("1,234 bytes", true, "98 bytes", true, true),
        ("  12.5 s", true, "7 s", true, true),
        ("12 bytes", true, "no bytes", false, false),
        ("12 bytes", true, "12 bits", false, false),
        ("building a for b\nc", false, "c", true, true),
        ("c", false, "building a for b\nc", true, true),
        ("building blocks", false, "", false, false),
    ] {
        let (wanted, printed) = (Expected::new(&lines(expected), any_numbers), lines(output));
        if (wanted.is(&printed), wanted.begins(&printed)) != (is, begins) {
            return Err(format!("{expected:?} of {output:?} is not {is}, begins {begins}").into());
        }
    }
    Ok(())
}
