//! Adding and removing instances, and giving one another module.

use super::{Refusal, SystemText, quoted};
use crate::diagnostic::Fix;
use crate::signature::is_instance_name;
use crate::syntax::{Node, are_apart, insertion, insertion_after, removal};
use crate::system::InstanceNode;

/// An instance to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewInstance {
    /// The module.
    pub module: String,
    /// Its name; the module's where there is none.
    pub name: Option<String>,
    /// The folder of a module of the project.
    pub path: Option<String>,
    /// The only platform that has it.
    pub on: Option<String>,
    /// Its fields with their values, which are literals of KDL.
    pub fields: Vec<(String, Vec<String>)>,
}

impl NewInstance {
    /// The node without its fields.
    fn head(&self) -> String {
        let mut head = format!("module {}", quoted(&self.module));
        for (property, value) in [("as", &self.name), ("path", &self.path), ("on", &self.on)] {
            let needless = property == "as" && value.as_ref() == Some(&self.module);
            if let (Some(value), false) = (value, needless) {
                head.push_str(&format!(" {property}={}", quoted(value)));
            }
        }
        head
    }

    /// The node on one line.
    pub(crate) fn one_line(&self) -> String {
        let (head, fields) = (self.head(), self.field_lines());
        if fields.is_empty() { head } else { format!("{head} {{ {} }}", fields.join("; ")) }
    }

    /// The node in lines without indentation of their own.
    fn lines(&self) -> String {
        match self.field_lines().as_slice() {
            [] | [_] => self.one_line(),
            several => format!("{} {{\n    {}\n}}", self.head(), several.join("\n    ")),
        }
    }

    fn field_lines(&self) -> Vec<String> {
        let line = |(name, values): &(String, Vec<String>)| format!("{name} {}", values.join(" "));
        self.fields.iter().map(|field| line(field).trim_end().to_owned()).collect()
    }
}

impl SystemText<'_> {
    /// Adds an instance of a module: behind the last one, else behind the app.
    ///
    /// # Errors
    /// Its name is taken, or cannot name an instance.
    pub fn add(&self, instance: &NewInstance) -> Result<Fix, Refusal> {
        let name = instance.name.as_ref().unwrap_or(&instance.module);
        free_name(self, name, instance.on.as_deref())?;
        let nodes = self.system.node.children();
        let last = |kind: &str| nodes.iter().rposition(|node| node.name.value == kind);
        let is_module = |node: &Node| node.name.value == "module";
        let (one_line, lines) = (instance.one_line(), instance.lines());
        let (at, text) = match last("module").or_else(|| last("app")) {
            Some(index) => {
                let sibling = &nodes[index];
                // As far from the one before as that is from its own; groups are apart as groups are here.
                let before = index.checked_sub(1).map(|before| &nodes[before]);
                let apart = before.is_some_and(|before| {
                    (is_module(before) || !is_module(sibling)) && are_apart(self.text, before, sibling)
                });
                insertion_after(self.text, sibling, &one_line, &lines, apart)
            }
            None => insertion(self.text, &self.system.node, &one_line),
        };
        Ok(self.fix(format!("add `{}`", instance.head()), at, text))
    }

    /// Removes an instance that is not the app.
    ///
    /// # Errors
    /// The file has no such instance, or it is the app.
    pub fn remove(&self, name: &str, on: Option<&str>) -> Result<Fix, Refusal> {
        let instance = self.instance(name, on)?;
        if instance.is_app {
            return Err(Refusal::App { name: name.to_owned() });
        }
        Ok(self.fix(format!("remove `{name}`"), removal(self.text, &instance.node), ""))
    }

    /// Gives an instance another module of the catalog. It keeps its name, and those of its fields that `keeps` wants.
    ///
    /// # Errors
    /// The file has no such instance.
    pub fn replace_module(
        &self,
        name: &str,
        module: &str,
        on: Option<&str>,
        keeps: &dyn Fn(&str) -> bool,
    ) -> Result<Fix, Refusal> {
        Ok(self.with_module(self.instance(name, on)?, module, keeps))
    }

    /// The same for an instance that is known.
    pub(crate) fn with_module(
        &self,
        instance: &InstanceNode,
        module: &str,
        keeps: &dyn Fn(&str) -> bool,
    ) -> Fix {
        let name = &instance.name.value;
        let has_alias = instance.name.span != instance.module.span;
        let mut written = quoted(module);
        if !has_alias && module != *name {
            // Others may know it by its name.
            written.push_str(&format!(" as={}", quoted(name)));
        }
        let mut edits = vec![self.edit(instance.module.span.clone(), written)];
        if let Some(path) = instance.node.properties.iter().find(|property| property.name.value == "path") {
            edits.push(self.edit(self.property(path), ""));
        }
        let lost: Vec<&Node> = instance.node.children().iter().filter(|it| !keeps(&it.name.value)).collect();
        if let [only] = lost.as_slice() {
            edits.push(self.edit(self.without(&instance.node, only), ""));
        } else if !lost.is_empty() && lost.len() == instance.node.children().len() {
            let head = instance.node.head().end;
            edits.push(self.edit(head..instance.node.span.end, ""));
        } else {
            let spans = lost.iter().map(|node| removal(self.text, node));
            edits.extend(merged(spans.collect()).into_iter().map(|span| self.edit(span, "")));
        }
        Fix { title: format!("make `{name}` an instance of `{module}`"), edits }
    }

    /// A property with the white space before it.
    pub(super) fn property(&self, property: &crate::syntax::Property) -> std::ops::Range<usize> {
        let start = self.text[..property.name.span.start].trim_end_matches([' ', '\t']).len();
        start..property.value.span.end
    }
}

/// Spans without those that lie within or against each other.
fn merged(mut spans: Vec<std::ops::Range<usize>>) -> Vec<std::ops::Range<usize>> {
    spans.sort_by_key(|span| span.start);
    let mut merged: Vec<std::ops::Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// Whether an instance can have that name.
pub(super) fn free_name(system: &SystemText<'_>, name: &str, on: Option<&str>) -> Result<(), Refusal> {
    if !is_instance_name(name) || name == "platform" {
        return Err(Refusal::NotAName { name: name.to_owned() });
    }
    let clash = system.system.instances.iter().any(|instance| {
        let elsewhere = matches!((&instance.on, on), (Some(one), Some(two)) if one.value != two);
        instance.name.value == name && !elsewhere
    });
    if clash { Err(Refusal::Taken { name: name.to_owned() }) } else { Ok(()) }
}
