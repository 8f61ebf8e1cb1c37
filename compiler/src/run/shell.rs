//! Command lines as a shell reads them.

use super::CommandLine;
use std::ffi::OsStr;

/// A command line that can be pasted into a shell.
pub fn quoted(line: &CommandLine) -> String {
    let mut text = word(&line.program);
    for argument in &line.arguments {
        text.push(' ');
        text.push_str(&word(argument));
    }
    text
}

/// One word; quoted only if it has to be.
pub fn word(text: &OsStr) -> String {
    let text = text.to_string_lossy();
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_=+:,./@%".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::word;
    use std::ffi::OsStr;

    #[test]
    fn only_what_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(word(OsStr::new("-m")), "-m");
        assert_eq!(word(OsStr::new("/a b/c")), "'/a b/c'");
        assert_eq!(word(OsStr::new("it's")), r"'it'\''s'");
        assert_eq!(word(OsStr::new("")), "''");
    }
}
