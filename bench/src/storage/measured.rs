//! What programs print of what they measured.

/// So many of something, and the time that they took.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Of what.
    pub name: String,
    /// How many.
    pub count: f64,
    /// The time.
    pub nanoseconds: f64,
}

/// The lines `NAME COUNT NANOSECONDS` in what a machine printed, and speedtest1's last line, `TOTAL....  SECONDSs`.
pub fn measured(text: &str) -> Vec<Measured> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, count, nanoseconds) = match words[..] {
            [name, count, nanoseconds] => (name, count.parse().ok()?, nanoseconds.parse().ok()?),
            [name, seconds] if name.starts_with("TOTAL.") => {
                ("speedtest1", 1.0, seconds.strip_suffix('s')?.parse::<f64>().ok()? * 1e9)
            }
            _ => return None,
        };
        (count > 0.0 && nanoseconds > 0.0).then(|| Measured { name: name.to_owned(), count, nanoseconds })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_console_are_sorted_out() {
        let text =
            "[ 1.9] reboot: Power down\r\ninserts 60000 943071159\r\nstatus 0\r\nopen 1 x\nread-512 0 5\n";
        let one = |name: &str, count, nanoseconds| Measured { name: name.to_owned(), count, nanoseconds };
        assert_eq!(measured(text), [one("inserts", 60_000.0, 943_071_159.0)]);
        let text = " 990 - ANALYZE.......  0.004s\n       TOTAL...........................  0.533s\n";
        assert_eq!(measured(text), [one("speedtest1", 1.0, 533_000_000.0)]);
    }
}
