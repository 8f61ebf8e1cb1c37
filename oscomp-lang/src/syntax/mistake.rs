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
    let (unclosed, unopened) = super::scan::unmatched(text);
    for diagnostic in &error.diagnostics {
        let message = diagnostic.message.as_deref().unwrap_or("not KDL");
        // Whether braces match is better known from the scan: one slip of the parser unbalances them.
        if message.starts_with("Closing '}'") || message.starts_with("No closing '}'") {
            continue;
        }
        let span = trimmed(text, super::range(text, diagnostic.span));
        if message.starts_with("Expected end of document") && text[span.clone()].starts_with('}') {
            continue;
        }
        if mistakes.iter().any(|mistake| mistake.span == span) {
            continue;
        }
        let mistake =
            version_one(text, &span).or_else(|| unquoted(text, &span)).or_else(|| equals(text, &span));
        mistakes.push(mistake.unwrap_or_else(|| sentence(span, message)));
    }
    mistakes.extend(unclosed.map(|span| Mistake {
        code: "E0105",
        message: "a brace is never closed".to_owned(),
        label: "opened here".to_owned(),
        span,
        help: Some("add a `}` where the node ends".to_owned()),
        fix: None,
    }));
    mistakes.extend(unopened.map(|span| Mistake {
        code: "E0105",
        span,
        message: "a brace is closed that was never opened".to_owned(),
        label: "no `{` belongs to it".to_owned(),
        help: Some("delete it, or look for a `}` too many above".to_owned()),
        fix: None,
    }));
    mistakes.sort_by_key(|mistake| mistake.span.start);
    // What comes behind a mistake on its line is rarely another one, unless it is one of KDL 1.
    let mut last = None;
    mistakes.retain(|mistake| {
        let line = text[..mistake.span.start].matches('\n').count();
        let follows = last.replace(line) == Some(line) && mistake.code == "E0105";
        !follows
    });
    if mistakes.is_empty() {
        mistakes.push(sentence(trimmed(text, 0..text.len()), "not KDL 2"));
    }
    mistakes
}

/// A report of the parser in this crate's words.
fn sentence(span: Range<usize>, message: &str) -> Mistake {
    let (known, label, help) = if message.contains("newline in single-line") {
        (
            "a string is not closed on its line",
            "expected a closing `\"`",
            Some("add a `\"`; a string of several lines begins and ends with `\"\"\"`"),
        )
    } else if message.contains("node name") || message.contains("child block instead") {
        (
            "this is not the name of a node",
            "expected a node",
            Some("a node is a name, its values and, in braces, the nodes within it"),
        )
    } else if message.starts_with("Expected end of document") {
        ("this cannot follow what stands before it", "expected the end of the node", None)
    } else if message.starts_with("Expected identifier") {
        (
            "this is neither a name nor a value",
            "expected a string in quotes, a number or a name",
            Some("put text in quotes"),
        )
    } else if message.starts_with("Expected") && message.contains("string") {
        ("this is not a string", "expected `\"…\"`, with a space behind it", None)
    } else if message.contains("float")
        || message.contains("integer")
        || message.contains("digit")
        || message.contains("number")
    {
        (
            "this is not a number",
            "expected digits",
            Some("put text in quotes; a number has digits, and may begin with `-`, `0x`, `0o` or `0b`"),
        )
    } else if message == "not KDL 2" {
        ("this is not KDL 2", "cannot be read", None)
    } else {
        ("", "expected something else", None)
    };
    // What is left are the parser's own words, in this crate's style.
    let mut characters = message.trim_end_matches('.').chars();
    let own: String = characters.next().into_iter().flat_map(char::to_lowercase).chain(characters).collect();
    Mistake {
        code: "E0105",
        span,
        message: if known.is_empty() { own } else { known.to_owned() },
        label: label.to_owned(),
        help: help.map(str::to_owned),
        fix: None,
    }
}

/// The first line of a span, without the white space around it.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let part = &text[span.clone()];
    let start = span.start + (part.len() - part.trim_start().len());
    let line = text[start.min(span.end)..span.end].lines().next().unwrap_or_default().trim_end();
    if line.is_empty() { span } else { start..start + line.len() }
}

/// `size = "1MiB"`, as in many other languages.
fn equals(text: &str, span: &Range<usize>) -> Option<Mistake> {
    let rest = text[span.start..].strip_prefix('=')?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let lone = text[..span.start].ends_with([' ', '\t']) && blanks > 0;
    let name = text[..span.start].split([' ', '\t', '\n', '{', ';']).rfind(|word| !word.is_empty())?;
    let value = rest.split(['\n', ';', '}']).next().unwrap_or_default().trim();
    lone.then(|| Mistake {
        code: "E0105",
        span: span.start..span.start + 1,
        message: "a field has no `=`".to_owned(),
        label: "its value follows its name".to_owned(),
        help: Some(format!("delete the `=`: write `{name} {value}`")),
        fix: Some(("delete the `=`".to_owned(), String::new())),
    })
}

/// Text that has to be in quotes since it begins with a digit: `16MiB`, `10.0.2.15/24`.
fn unquoted(text: &str, span: &Range<usize>) -> Option<Mistake> {
    let ends = |character: char| character.is_whitespace() || "\"{}();=\\#".contains(character);
    let start = text[..span.start].rfind(ends).map_or(0, |at| at + 1);
    let end = text[span.start..].find(ends).map_or(text.len(), |at| span.start + at);
    let word = text.get(start..end)?;
    if word.len() > 30 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return Some(Mistake {
            code: "E0105",
            span: start..end,
            message: "this number is larger than any that an option takes".to_owned(),
            label: "too many digits".to_owned(),
            help: None,
            fix: None,
        });
    }
    let is_number = word.starts_with("0x") || word.starts_with("0o") || word.starts_with("0b");
    let has_more =
        word.contains(|character: char| character.is_ascii_alphabetic() || "/:".contains(character));
    if !word.starts_with(|character: char| character.is_ascii_digit()) || is_number || !has_more {
        return None;
    }
    Some(Mistake {
        code: "E0105",
        span: start..end,
        message: format!("`{word}` is not a number"),
        label: "text that begins with a digit".to_owned(),
        help: Some(format!("put it in quotes: `\"{word}\"`")),
        fix: Some(("put it in quotes".to_owned(), format!("\"{word}\""))),
    })
}

/// What was right in KDL 1, with what it is in KDL 2.
fn version_one(text: &str, span: &Range<usize>) -> Option<Mistake> {
    let written = &text[span.clone()];
    let (span, message, new) = match written {
        "true" | "false" | "null" => (span.clone(), format!("`{written}` is KDL 1"), format!("#{written}")),
        "inf" | "-inf" | "nan" => {
            (span.clone(), format!("`{written}` is not a value"), format!("#{written}"))
        }
        _ => {
            let raw = text[span.start..].strip_prefix('r')?;
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            let body = raw[hashes..].strip_prefix('"')?;
            let length = body.find(&format!("\"{}", "#".repeat(hashes)))?;
            // Without a number sign it would be an ordinary string.
            let sign = "#".repeat(hashes.max(1));
            let new = format!("{sign}\"{}\"{sign}", &body[..length]);
            let end = span.start + 1 + 2 * hashes + 2 + length;
            (span.start..end, "a raw string that begins with `r` is KDL 1".to_owned(), new)
        }
    };
    let written = &text[span.clone()];
    Some(Mistake {
        code: "E0106",
        message,
        label: format!("in KDL 2: `{new}`"),
        help: Some(format!("write `{new}`: systems are written in KDL 2")),
        fix: Some((format!("replace `{written}` by `{new}`"), new)),
        span,
    })
}
