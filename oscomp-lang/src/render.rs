//! Findings for `miette`.
//!
//! The labels of a finding may lie in several files, and `miette` knows one source per report. So the
//! files are strung together, and each snippet is handed out under its own file's name: both sides of a
//! contradiction are seen in one report.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::SourcePath;
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A finding with the texts that its labels point into.
#[derive(Debug)]
pub struct Rendered<'a> {
    diagnostic: &'a Diagnostic,
    help: Option<String>,
    texts: Texts,
}

impl<'a> Rendered<'a> {
    /// Prepares a finding. `texts` are those of the report; `name` gives a file the name that is shown.
    pub fn new(
        diagnostic: &'a Diagnostic,
        texts: &BTreeMap<SourcePath, Arc<str>>,
        name: impl Fn(&SourcePath) -> String,
    ) -> Self {
        let mut shown = Texts::default();
        let mut lost = Vec::new();
        for label in &diagnostic.labels {
            match texts.get(&label.file) {
                Some(text) => shown.add(&label.file, name(&label.file), text),
                // Labels in files that cannot be shown are not lost.
                None => lost.push(format!("{}: {}", name(&label.file), label.text)),
            }
        }
        let fixes = diagnostic.fixes.iter().map(|fix| format!("fix: {}", fix.title));
        let help: Vec<String> = diagnostic.help.iter().cloned().chain(lost).chain(fixes).collect();
        Self { diagnostic, help: (!help.is_empty()).then(|| escaped(&help.join("\n"))), texts: shown }
    }
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&escaped(&self.diagnostic.message))
    }
}

impl std::error::Error for Rendered<'_> {}

impl miette::Diagnostic for Rendered<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.texts)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.diagnostic.labels.iter().enumerate().filter_map(|(index, label)| {
            let span = SourceSpan::from((self.texts.offset(label)?, label.span.len()));
            let text = (!label.text.is_empty()).then(|| escaped(&label.text));
            Some(if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            })
        })))
    }
}

/// Whether a terminal does something with a character other than show it: moves, colours, turns the
/// direction of the text. A report shows what others wrote, so none of them may get there.
fn acts(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    character.is_control() && !matches!(character, '\n' | '\t') || turns
}

/// A text in which such characters are written as escapes.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A source in which such characters are replaced by others of the same length in bytes; none if it has no
/// such characters.
fn masked(text: &str) -> Option<String> {
    let ends_line = |at: usize| text[at..].starts_with("\r\n");
    if !text.char_indices().any(|(at, character)| acts(character) && !ends_line(at)) {
        return None;
    }
    let mask = |(at, character): (usize, char)| match character {
        _ if !acts(character) || ends_line(at) => character.to_string(),
        _ if character.len_utf8() == 3 => '\u{fffd}'.to_string(),
        _ => "?".repeat(character.len_utf8()),
    };
    Some(text.char_indices().map(mask).collect())
}

/// Several files as one source, each with a byte between it and the next.
#[derive(Debug, Default)]
struct Texts(Vec<Text>);

#[derive(Debug)]
struct Text {
    file: SourcePath,
    shown: String,
    begin: usize,
    text: Arc<str>,
}

impl Texts {
    fn add(&mut self, file: &SourcePath, shown: String, text: &Arc<str>) {
        if self.0.iter().all(|known| known.file != *file) {
            let begin = self.0.last().map_or(0, |last| last.begin + last.text.len() + 1);
            let text = masked(text).map_or_else(|| text.clone(), Arc::from);
            self.0.push(Text { file: file.clone(), shown, begin, text });
        }
    }

    fn offset(&self, label: &Label) -> Option<usize> {
        let text = self.0.iter().find(|text| text.file == label.file)?;
        (label.span.end <= text.text.len()).then_some(text.begin + label.span.start)
    }
}

impl SourceCode for Texts {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let inside = |text: &&Text| text.begin <= start && end <= text.begin + text.text.len();
        let text = self.0.iter().find(inside).ok_or(MietteError::OutOfBounds)?;
        let local = SourceSpan::from((start - text.begin, span.len()));
        let contents = text.text.as_bytes().read_span(&local, before, after)?;
        let moved = SourceSpan::from((contents.span().offset() + text.begin, contents.span().len()));
        Ok(Box::new(MietteSpanContents::new_named(
            text.shown.clone(),
            contents.data(),
            moved,
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(escaped("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\n");
        let text = "a\u{1b}\u{9b}\u{202e}\r\nb\r";
        let masked = masked(text).unwrap();
        assert_eq!(masked, "a???\u{fffd}\r\nb?");
        assert_eq!(masked.len(), text.len());
        assert_eq!(super::masked("plain\r\n\ttext"), None);
    }

    #[test]
    fn snippets_come_from_their_own_file() {
        let mut texts = Texts::default();
        let (system, module) =
            (SourcePath::Project("system.kdl".into()), SourcePath::Catalog("lib.rs".into()));
        texts.add(&system, "system.kdl".into(), &"one\ntwo\n".into());
        texts.add(&module, "catalog/lib.rs".into(), &"three\nfour\n".into());
        let label = |file: &SourcePath, span| Label { file: file.clone(), span, text: String::new() };
        let offset = texts.offset(&label(&module, 6..10)).unwrap();
        let contents = texts.read_span(&(offset, 4).into(), 0, 0).unwrap();
        assert_eq!(contents.name(), Some("catalog/lib.rs"));
        assert_eq!((contents.line(), contents.data()), (1, b"four".as_slice()));
        let across = texts.offset(&label(&system, 4..7)).unwrap();
        assert!(texts.read_span(&(across, offset - across).into(), 0, 0).is_err());
    }
}
