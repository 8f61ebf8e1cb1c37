//! What could be written at a place.
//!
//! The node that is being typed is taken out of the text first: what is left can be read, whatever state
//! that node is in, and what it would add is not mistaken for something that is there.

mod field;
mod head;
mod value;

use super::{Span, View, Workspace};
use crate::check::readable;
use crate::source::SourcePath;
use crate::syntax::{Cursor, cursor};
use std::ops::Range;
use std::sync::Arc;

/// Something that could be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it is called.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What to say of it in a line.
    pub detail: String,
    /// What to say of it at length, as Markdown.
    pub text: String,
    /// What it replaces.
    pub span: Span,
    /// What is written.
    pub insert: String,
    /// What is written where the editor has snippets, in their syntax.
    pub snippet: Option<String>,
    /// Lower ones come first.
    pub rank: usize,
}

/// What something is that could be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A node or a property of the language.
    Keyword,
    /// A platform.
    Platform,
    /// A module.
    Module,
    /// An instance.
    Instance,
    /// An option.
    Option,
    /// A requirement.
    Requirement,
    /// One of the names that an option takes.
    Choice,
    /// Another value.
    Value,
    /// A device.
    Device,
    /// A file.
    File,
    /// A folder.
    Folder,
}

impl Workspace {
    /// What could be written at a place of a system.
    #[must_use]
    pub fn complete(&self, system: &SourcePath, offset: usize) -> Vec<Completion> {
        let Ok(text) = readable(self.files(), system) else { return Vec::new() };
        let Some(cursor) = cursor(&text, offset) else { return Vec::new() };
        let rest = without(&text, &cursor);
        let mut found = self.look_at(system, Arc::from(rest), |view| {
            let place = Place { view, text: &text, cursor: &cursor, offset };
            place.complete()
        });
        for item in &mut found {
            item.stay_within_quotes(&text, offset);
        }
        found.retain(|item| item.is_begun(&text, offset));
        // What goes on where the cursor is comes before what has the same characters somewhere.
        found.sort_by_cached_key(|item| {
            (!item.label.starts_with(item.typed(&text, offset)), item.rank, item.label.clone())
        });
        found.dedup_by(|second, first| second.label == first.label && second.kind == first.kind);
        found
    }
}

impl Completion {
    /// Replaces what is between the quotes only, where the cursor is between them: what editors compare with
    /// what has been typed is then the name alone.
    fn stay_within_quotes(&mut self, text: &str, offset: usize) {
        let old = &text[self.span.start..self.span.end];
        if !old.starts_with('"') || !self.insert.starts_with('"') || offset == self.span.start {
            return;
        }
        let closed = old.len() > 1 && old.ends_with('"');
        if closed && offset == self.span.end {
            return;
        }
        self.span.start += 1;
        self.insert.remove(0);
        if closed && self.insert.ends_with('"') {
            self.span.end -= 1;
            self.insert.pop();
        }
    }

    /// What has been typed of it.
    fn typed<'t>(&self, text: &'t str, offset: usize) -> &'t str {
        unquoted(&text[self.span.start..offset.max(self.span.start)])
    }

    /// Whether its name has the characters that have been typed, in their order.
    fn is_begun(&self, text: &str, offset: usize) -> bool {
        let mut name = self.label.chars().flat_map(char::to_lowercase);
        let mut typed = self.typed(text, offset).chars().flat_map(char::to_lowercase);
        typed.all(|character| name.any(|other| other == character))
    }
}

/// The text without the node at the cursor; its braces, if it has any, stay, so that all places do.
fn without(text: &str, cursor: &Cursor) -> String {
    let head = cursor.head();
    let braces = text[head.end..].trim_start_matches([' ', '\t']).starts_with('{');
    let mut rest = String::with_capacity(text.len());
    rest.push_str(&text[..head.start]);
    for (number, byte) in text.as_bytes()[head.clone()].iter().enumerate() {
        rest.push(match byte {
            b'\n' => '\n',
            _ if number == 0 && braces => '_',
            _ => ' ',
        });
    }
    // A semicolon has to end something.
    let behind = &text[head.end..];
    let spaces = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    rest.push_str(&behind[..spaces]);
    match behind[spaces..].strip_prefix(';') {
        Some(behind) => {
            rest.push(' ');
            rest.push_str(behind);
        }
        None => rest.push_str(&behind[spaces..]),
    }
    rest
}

/// A place, with what is around it.
pub(super) struct Place<'p, 'a, 's> {
    /// The system without the node at the cursor.
    pub view: &'p View<'a, 's>,
    /// The text with it.
    pub text: &'p str,
    pub cursor: &'p Cursor,
    pub offset: usize,
}

impl Place<'_, '_, '_> {
    fn complete(&self) -> Vec<Completion> {
        let parents: Vec<&str> = self.cursor.parents.iter().map(|head| head.name(self.text)).collect();
        let name = self.cursor.before.first().map(|word| self.written(word));
        match (parents.as_slice(), name) {
            ([], None) => self.top(),
            (["system"], None) => self.in_system(),
            (["system"], Some(node @ ("platform" | "app" | "module"))) => self.head(node),
            (["system", "build"], None) => vec![self.keyword("optimize", "optimize \"${1|speed,size|}\"")],
            (["system", "build"], Some("optimize")) => ["speed", "size"]
                .into_iter()
                .map(|value| self.quoted(value, CompletionKind::Choice, self.cursor.word.clone()))
                .collect(),
            (["system", "platform" | "app" | "module"], None) => self.fields(),
            (["system", "platform" | "app" | "module"], Some(field)) => self.values(field),
            _ => Vec::new(),
        }
    }

    fn top(&self) -> Vec<Completion> {
        if self.view.system.is_some() {
            return Vec::new();
        }
        let snippet = "system \"${1:name}\" {\n    platform \"${2:qemu-microvm}\"\n\n    app \"${3:app}\"\n}";
        vec![self.keyword("system", snippet)]
    }

    fn in_system(&self) -> Vec<Completion> {
        let Some(system) = self.view.system else { return Vec::new() };
        let mut found =
            vec![self.keyword("module", "module \"$1\"$0"), self.keyword("platform", "platform \"$1\"$0")];
        if system.app.is_none() {
            found.push(self.keyword("app", "app \"$1\"$0"));
        }
        if system.node.children().iter().all(|node| node.name.value != "build") {
            found.push(self.keyword("build", "build { optimize \"${1|speed,size|}\" }"));
        }
        found
    }

    /// A word of the text without its quotes.
    fn written(&self, word: &Range<usize>) -> &str {
        unquoted(&self.text[word.clone()])
    }

    /// The word at the cursor as a property: its name, and the place of its value.
    fn property(&self) -> Option<(&str, Range<usize>)> {
        let word = &self.text[self.cursor.word.clone()];
        let (name, _) = word.split_once('=').filter(|(name, _)| !name.contains('"'))?;
        let start = self.cursor.word.start + name.len() + 1;
        (start <= self.offset).then_some((name, start..self.cursor.word.end))
    }

    /// The arguments of the node before the cursor.
    fn arguments(&self) -> impl Iterator<Item = &str> {
        let words = self.cursor.before.iter().skip(1).map(|word| &self.text[word.clone()]);
        words.filter(|word| word.starts_with('"') || !word.contains('=')).map(unquoted)
    }

    /// Whether the node has that property, elsewhere than at the cursor.
    fn has_property(&self, name: &str) -> bool {
        let words = self.cursor.before.iter().chain(&self.cursor.after);
        words
            .into_iter()
            .any(|word| self.text[word.clone()].strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
    }

    fn item(&self, label: &str, kind: CompletionKind, span: Range<usize>) -> Completion {
        Completion {
            label: label.to_owned(),
            kind,
            detail: String::new(),
            text: String::new(),
            span: Span { start: span.start, end: span.end },
            insert: label.to_owned(),
            snippet: None,
            rank: 1,
        }
    }

    fn keyword(&self, label: &str, snippet: &str) -> Completion {
        let item = self.item(label, CompletionKind::Keyword, self.cursor.word.clone());
        // Where a name only is replaced, what stands behind it stays.
        let alone = self.cursor.after.is_empty();
        Completion { snippet: alone.then(|| snippet.to_owned()), ..item }
    }

    /// A string as a value.
    fn quoted(&self, value: &str, kind: CompletionKind, span: Range<usize>) -> Completion {
        Completion { insert: format!("{value:?}"), ..self.item(value, kind, span) }
    }

    /// A value as it is written.
    fn literal(&self, value: &str, kind: CompletionKind, span: Range<usize>) -> Completion {
        Completion { insert: value.to_owned(), ..self.item(value.trim_matches('"'), kind, span) }
    }
}

/// A word without its quotes, closed or not.
fn unquoted(word: &str) -> &str {
    let word = word.trim_matches('#');
    let word = word.strip_prefix('"').unwrap_or(word);
    word.strip_suffix('"').unwrap_or(word)
}

/// A text as a part of a snippet that stands for itself.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

/// A part of a snippet that is one of several texts, or a text to begin with.
fn placeholder(values: &[String]) -> String {
    match values {
        [] => "$1".to_owned(),
        // What is typed in its place stays between the quotes.
        [only] if only.len() > 1 && only.starts_with('"') && only.ends_with('"') => {
            format!("\"${{1:{}}}\"", escaped(&only[1..only.len() - 1]))
        }
        [only] => format!("${{1:{}}}", escaped(only)),
        several => {
            let values = several.iter().map(|value| escaped(value).replace(',', "\\,").replace('|', "\\|"));
            format!("${{1|{}|}}", values.collect::<Vec<_>>().join(","))
        }
    }
}
