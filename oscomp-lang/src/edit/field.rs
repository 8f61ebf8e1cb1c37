//! Setting and removing a field.

use super::{Owner, Refusal, SystemText, limit, quoted};
use crate::diagnostic::Fix;
use crate::suggest::listing;
use crate::syntax::{Node, insertion, insertion_after, removal};

impl SystemText<'_> {
    /// Sets a field to values, which are written as they are given: literals of KDL. `on` limits it to a platform.
    ///
    /// # Errors
    /// There is no such owner in the file, or the field is limited in another way than is asked for.
    pub fn set(
        &self,
        owner: Owner<'_>,
        field: &str,
        values: &[String],
        on: Option<&str>,
    ) -> Result<Fix, Refusal> {
        let owning = self.node(owner, on)?;
        // What the owner is limited to goes without saying.
        let on = on.filter(|on| owning.on != Some(*on));
        let written = values.join(" ");
        let title = format!("set `{field}` of `{}` to {written}", owning.name);
        let named: Vec<&Node> = owning.node.children().iter().filter(|it| it.name.value == field).collect();
        let (owner, field) = (owning.name.to_owned(), field.to_owned());
        if let Some(node) = named.iter().find(|node| limit(node) == on) {
            return Ok(Fix { title, edits: self.values_edits(node, values) });
        }
        let mut line = field.clone();
        if !values.is_empty() {
            line = format!("{line} {written}");
        }
        if let Some(on) = on {
            line = format!("{line} on={}", quoted(on));
        }
        let (at, text) = match named.last() {
            None => insertion(self.text, owning.node, &line),
            Some(_) if on.is_none() => return Err(Refusal::SetByPlatform { owner, field }),
            Some(_) if named.iter().any(|node| limit(node).is_none()) => {
                return Err(Refusal::SetForAll { owner, field });
            }
            Some(last) => insertion_after(self.text, last, &line, &line, false),
        };
        Ok(self.fix(title, at, text))
    }

    /// Values put in the place of those of a field, each that differs on its own.
    fn values_edits(&self, node: &Node, values: &[String]) -> Vec<crate::diagnostic::Edit> {
        let mut edits = Vec::new();
        let mut values = values.iter();
        let mut end = node.name.span.end;
        for argument in &node.arguments {
            match values.next() {
                Some(value) if self.text[argument.span.clone()] == *value => {}
                Some(value) => edits.push(self.edit(argument.span.clone(), value)),
                None => {
                    // A line that is continued goes with what it is continued for; a comment stays.
                    let between = &self.text[end..argument.span.start];
                    let start = if between.contains('/') {
                        end + between.trim_end_matches([' ', '\t']).len()
                    } else {
                        end
                    };
                    edits.push(self.edit(start..argument.span.end, ""));
                }
            }
            end = argument.span.end;
        }
        let more: String = values.map(|value| format!(" {value}")).collect();
        if !more.is_empty() {
            edits.push(self.edit(end..end, more));
        }
        edits
    }

    /// Removes a field, so that it is chosen as if nobody had set it.
    ///
    /// # Errors
    /// The file does not set it.
    pub fn unset(&self, owner: Owner<'_>, field: &str, on: Option<&str>) -> Result<Fix, Refusal> {
        let owning = self.node(owner, on)?;
        let named = || owning.node.children().iter().filter(|node| node.name.value == field);
        let on = on.filter(|on| owning.on != Some(*on));
        let none = || Refusal::NoField { owner: owning.name.to_owned(), field: field.to_owned() };
        let node = match (named().find(|node| limit(node) == on), named().next()) {
            (Some(node), _) => node,
            (None, None) => return Err(none()),
            (None, Some(_)) if on.is_none() => {
                return Err(Refusal::SetByPlatform {
                    owner: owning.name.to_owned(),
                    field: field.to_owned(),
                });
            }
            (None, Some(node)) if limit(node).is_none() => {
                return Err(Refusal::SetForAll { owner: owning.name.to_owned(), field: field.to_owned() });
            }
            (None, Some(_)) => return Err(none()),
        };
        let title = format!("remove {} of `{}`", listing([field]), owning.name);
        Ok(self.fix(title, self.without(owning.node, node), ""))
    }

    /// What goes when a child goes: with the braces if nothing else is in them.
    pub(super) fn without(&self, owner: &Node, child: &Node) -> std::ops::Range<usize> {
        let head = owner.head().end;
        let open = self.text[head..child.span.start].find('{').map(|at| head + at);
        if let Some(open) = open {
            let before = &self.text[open + 1..child.span.start];
            let after = &self.text[child.span.end..owner.span.end];
            let nothing =
                |text: &str| text.trim_matches(|it: char| it.is_whitespace() || it == ';').is_empty();
            if nothing(before) && after.strip_suffix('}').is_some_and(nothing) {
                let start = self.text[..open].trim_end_matches([' ', '\t']).len();
                return start..owner.span.end;
            }
        }
        removal(self.text, child)
    }
}
