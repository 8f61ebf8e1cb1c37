//! What is wrong with a text as KDL, in terms of what to write instead.

use kdl::KdlError;
use std::ops::Range;

/// One departure from KDL 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub code: &'static str,
    pub span: Range<usize>,
    pub message: String,
    pub label: String,
    pub help: Option<String>,
    /// What a fix does, and the text that replaces the span.
    pub fix: Option<(String, String)>,
}

/// A type annotation: KDL has them, systems and platforms do not.
pub(super) fn annotation(span: Range<usize>) -> Mistake {
    Mistake {
        code: "E0220",
        span,
        message: "a type annotation has no meaning here".to_owned(),
        label: "not expected".to_owned(),
        help: Some("delete it: the module's signature says what type a value has".to_owned()),
        fix: None,
    }
}

/// The parser's report, without what only follows from something else.
pub(super) fn translate(text: &str, error: &KdlError) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = Vec::new();
    for diagnostic in &error.diagnostics {
        let message = diagnostic.message.as_deref().unwrap_or("not KDL");
        if message.starts_with("Closing '}'") {
            continue;
        }
        let span = super::range(text, diagnostic.span);
        let span = trimmed(text, span);
        if mistakes.iter().any(|mistake| mistake.span == span) {
            continue;
        }
        mistakes.push(version_one(text, &span).unwrap_or_else(|| Mistake {
            code: "E0105",
            message: sentence(message),
            label: place(message).to_owned(),
            help: diagnostic.help.clone().map(|help| sentence(&help)),
            fix: None,
            span,
        }));
    }
    // Only the innermost of the braces that are not closed says something.
    let unclosed = |mistake: &Mistake| mistake.label == UNCLOSED;
    if let Some(innermost) =
        mistakes.iter().filter(|mistake| unclosed(mistake)).map(|mistake| mistake.span.start).max()
    {
        // An open string swallows the brace that would close.
        let open_string = mistakes.iter().any(|mistake| mistake.message.contains("newline"));
        mistakes.retain(|mistake| !unclosed(mistake) || mistake.span.start == innermost && !open_string);
    }
    if mistakes.is_empty() {
        mistakes.push(Mistake {
            code: "E0105",
            span: trimmed(text, 0..text.len()),
            message: "not KDL 2".to_owned(),
            label: "cannot be read".to_owned(),
            help: None,
            fix: None,
        });
    }
    mistakes.sort_by_key(|mistake| mistake.span.start);
    mistakes
}

const UNCLOSED: &str = "never closed";

fn place(message: &str) -> &'static str {
    if message.starts_with("No closing '}'") {
        UNCLOSED
    } else if message.contains("newline") {
        "the string is not closed on its line"
    } else {
        "here"
    }
}

/// A sentence in this crate's style: no capital, no full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if characters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}

/// The first line of a span, without the white space around it.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let part = &text[span.clone()];
    let start = span.start + (part.len() - part.trim_start().len());
    let line = text[start.min(span.end)..span.end].lines().next().unwrap_or_default().trim_end();
    if line.is_empty() { span } else { start..start + line.len() }
}

/// What was right in KDL 1, with what it is in KDL 2.
fn version_one(text: &str, span: &Range<usize>) -> Option<Mistake> {
    let written = &text[span.clone()];
    let (message, new) = match written {
        "true" | "false" | "null" => (format!("`{written}` is KDL 1"), format!("#{written}")),
        "inf" | "-inf" | "nan" => (format!("`{written}` is not a value"), format!("#{written}")),
        _ => {
            let raw = written.strip_prefix('r')?;
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            let body = raw[hashes..].strip_prefix('"')?;
            let close = format!("\"{}", "#".repeat(hashes));
            let new = match body.find(&close) {
                Some(end) if hashes == 0 => format!("#\"{}\"#", &body[..end]),
                _ => raw.to_owned(),
            };
            ("a raw string that begins with `r` is KDL 1".to_owned(), new)
        }
    };
    Some(Mistake {
        code: "E0106",
        span: span.clone(),
        message,
        label: format!("in KDL 2: `{new}`"),
        help: Some(format!("write `{new}`: systems are written in KDL 2")),
        fix: Some((format!("replace `{written}` by `{new}`"), new)),
    })
}
