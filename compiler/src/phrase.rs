//! How the parts of a plan read, wherever they are shown.

use oscomp_lang::plan::Place;

/// A number with its thousands set apart: `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The first sentence of a doc comment, or its first paragraph, without a full stop.
pub fn first_sentence(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    match paragraph.split_once(". ") {
        Some((sentence, _)) => sentence.to_owned(),
        None => paragraph.trim_end_matches('.').to_owned(),
    }
}

/// `file:line`.
pub fn at(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

/// Columns as wide as their widest cell, two spaces apart; the last one is not padded.
pub fn table(rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get::<usize>(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = widths[column];
            if right.contains(&column) {
                format!("{cell:>width$}")
            } else if column + 1 == row.len() {
                cell.clone()
            } else {
                format!("{cell:<width$}")
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }

    #[test]
    fn a_line_has_the_first_sentence() {
        assert_eq!(first_sentence("A clock. It ticks.\n\nMore."), "A clock");
        assert_eq!(first_sentence("A clock\nthat ticks."), "A clock that ticks");
    }

    #[test]
    fn columns_align() {
        let rows =
            vec![vec!["a".into(), "1".into(), "x".into()], vec!["bcd".into(), "23".into(), "y".into()]];
        assert_eq!(table(&rows, &[1]), ["a     1  x", "bcd  23  y"]);
    }
}
