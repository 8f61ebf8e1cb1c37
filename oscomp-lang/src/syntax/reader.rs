//! From nodes to what a file means: the mistakes that every kind of file can have.

use super::{Node, Property, Spanned};
use crate::diagnostic::Diagnostic;
use crate::source::SourcePath;
use crate::suggest::{listing, nearest, skeleton};
use crate::value::Literal;
use std::ops::Range;

/// The codes of a kind of file.
pub(crate) struct Codes {
    pub unknown_node: &'static str,
    pub unknown_property: &'static str,
    pub arguments: &'static str,
    pub twice: &'static str,
}

/// Reads the nodes of one file.
pub(crate) struct Reader<'a> {
    pub file: &'a SourcePath,
    pub codes: Codes,
    pub diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    pub fn error(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
        label: &str,
    ) {
        self.diagnostics.push(Diagnostic::error(code, message).at(self.file, span, label));
    }

    /// A node that has no place where it is.
    pub fn unknown_node(&mut self, node: &Node, place: &str, known: &[&str]) {
        let name = &node.name;
        let diagnostic =
            Diagnostic::error(self.codes.unknown_node, format!("unknown node `{}` in {place}", name.value))
                .at(self.file, &name.span, "not known here");
        let diagnostic = match nearest(&name.value, known.iter().copied()) {
            Some(near) => did_you_mean(diagnostic, self.file, name, near),
            None => diagnostic.help(format!("{place} can have {}", listing(known.iter().copied()))),
        };
        self.diagnostics.push(diagnostic);
    }

    /// Refuses all properties but the `known` ones, and all but the first of each name.
    pub fn properties(&mut self, node: &Node, known: &[&str]) {
        for (index, property) in node.properties.iter().enumerate() {
            let name = &property.name;
            if !known.contains(&name.value.as_str()) {
                let what = format!("unknown property `{}` on `{}`", name.value, node.name.value);
                let diagnostic = Diagnostic::error(self.codes.unknown_property, what).at(
                    self.file,
                    &name.span,
                    "not known here",
                );
                let diagnostic = match nearest(&name.value, known.iter().copied()) {
                    Some(near) => did_you_mean(diagnostic, self.file, name, near),
                    None => {
                        let other = match known {
                            [] => format!("`{}` has no properties", node.name.value),
                            _ => format!("`{}` can have {}", node.name.value, listing(known.iter().copied())),
                        };
                        // What has braces has fields, and who writes a property there means one.
                        let field = if matches!(node.name.value.as_str(), "app" | "module" | "platform") {
                            format!(
                                "; if a field is meant, write `{} {}` within braces",
                                name.value,
                                property.value.value.shown()
                            )
                        } else {
                            String::new()
                        };
                        diagnostic.help(other + &field)
                    }
                };
                self.diagnostics.push(diagnostic);
            } else if let Some(first) =
                node.properties[..index].iter().find(|other| other.name.value == name.value)
            {
                let diagnostic =
                    Diagnostic::error(self.codes.twice, format!("`{}` is set twice", name.value))
                        .at(self.file, &name.span, "again here")
                        .at(self.file, &first.name.span, "first set here")
                        .help("delete one of the two");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    pub fn no_children(&mut self, node: &Node) {
        if let Some(first) = node.children().first() {
            let message = format!("`{}` has no nodes within it", node.name.value);
            self.error(self.codes.unknown_node, &first.name.span.clone(), message, "not expected");
        }
    }

    /// The value of a property as a string.
    pub fn string_property(&mut self, node: &Node, name: &str) -> Option<Spanned<String>> {
        let property: &Property = node.properties.iter().find(|property| property.name.value == name)?;
        self.string(&property.value, &format!("`{name}`"))
    }

    /// A value that has to be a string.
    pub fn string(&mut self, value: &Spanned<Literal>, what: &str) -> Option<Spanned<String>> {
        if let Literal::String(text) = &value.value {
            return Some(Spanned { value: text.clone(), span: value.span.clone() });
        }
        let message = format!("{what} is a string, not {}", value.value.kind());
        self.error(self.codes.arguments, &value.span, message, "expected a string in quotes");
        None
    }

    /// The only argument of a node, which has to be there.
    pub fn argument<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        example: &str,
    ) -> Option<&'n Spanned<Literal>> {
        match node.arguments.as_slice() {
            [] => {
                let diagnostic =
                    Diagnostic::error(self.codes.arguments, format!("`{}` needs {what}", node.name.value))
                        .at(self.file, &node.head(), format!("expected {what} behind it"))
                        .help(format!("write `{example}`"));
                self.diagnostics.push(diagnostic);
                None
            }
            [first, rest @ ..] => {
                if let Some(extra) = rest.first() {
                    let message = format!("`{}` takes one argument: {what}", node.name.value);
                    let diagnostic = Diagnostic::error(self.codes.arguments, message)
                        .at(self.file, &extra.span, "one too many")
                        .help(format!("write `{example}`"));
                    self.diagnostics.push(diagnostic);
                }
                Some(first)
            }
        }
    }

    /// The only argument of a node as a string.
    pub fn string_argument(&mut self, node: &Node, what: &str, example: &str) -> Option<Spanned<String>> {
        let argument = self.argument(node, what, example)?;
        self.string(argument, what)
    }

    /// Every argument of a node, which are strings.
    pub fn strings(&mut self, node: &Node, arguments: &[Spanned<Literal>]) -> Vec<String> {
        let what = format!("an argument of `{}`", node.name.value);
        arguments.iter().filter_map(|argument| Some(self.string(argument, &what)?.value)).collect()
    }

    /// Whether this is the first node of its name; reports it otherwise.
    pub fn once<'n>(&mut self, seen: &mut Option<&'n Node>, node: &'n Node) -> bool {
        if let Some(first) = seen {
            let diagnostic =
                Diagnostic::error(self.codes.twice, format!("`{}` is set twice", node.name.value))
                    .at(self.file, &node.head(), "again here")
                    .at(self.file, &first.head(), "first set here")
                    .help("delete one of the two");
            self.diagnostics.push(diagnostic);
            return false;
        }
        *seen = Some(node);
        true
    }
}

/// Adds "did you mean" with its fix.
pub(crate) fn did_you_mean(
    diagnostic: Diagnostic,
    file: &SourcePath,
    written: &Spanned<String>,
    near: &str,
) -> Diagnostic {
    diagnostic.help(question(&written.value, near)).fix(
        format!("replace it by `{near}`"),
        file,
        &written.span,
        near,
    )
}

/// As [`did_you_mean`], where a string in quotes is replaced.
pub(crate) fn did_you_mean_string(
    diagnostic: Diagnostic,
    file: &SourcePath,
    written: &Spanned<String>,
    near: &str,
) -> Diagnostic {
    diagnostic.help(question(&written.value, near)).fix(
        format!("replace it by `{near}`"),
        file,
        &written.span,
        format!("{near:?}"),
    )
}

/// The question, with what no eye can see.
fn question(written: &str, near: &str) -> String {
    match written.chars().find(|character| skeleton(*character).is_some()) {
        Some(foreign) => format!(
            "did you mean `{near}`? `{foreign}` is U+{:04X}, which only looks like a Latin letter",
            u32::from(foreign)
        ),
        None => format!("did you mean `{near}`?"),
    }
}
