//! Renaming an instance wherever the file names it.

use super::{Refusal, SystemText, instance::free_name, quoted};
use crate::diagnostic::Fix;
use crate::editor::View;
use std::ops::Range;

impl View<'_, '_> {
    /// Renames an instance of the file: all of that name where several platforms have one each, and every field that
    /// binds a requirement to it.
    ///
    /// # Errors
    /// The file has no such instance, or the new name cannot be had.
    pub fn rename_instance(&self, from: &str, to: &str) -> Result<Fix, Refusal> {
        let fields = self.prepared.iter().flat_map(|instance| &instance.fields.bindings);
        let targets = fields.filter_map(|binding| binding.target.as_ref());
        let bindings: Vec<Range<usize>> =
            targets.filter(|target| target.value == from).map(|target| target.span.clone()).collect();
        SystemText::read(self.file(), self.text())?.rename(from, to, &bindings)
    }
}

impl SystemText<'_> {
    fn rename(&self, from: &str, to: &str, bindings: &[Range<usize>]) -> Result<Fix, Refusal> {
        let named: Vec<_> = self.system.instances.iter().filter(|it| it.name.value == from).collect();
        if named.is_empty() {
            return Err(Refusal::NoInstance { name: from.to_owned() });
        }
        free_name(self, to, None)?;
        let mut edits = Vec::new();
        for instance in named {
            let alias = instance.node.properties.iter().find(|property| property.name.value == "as");
            edits.push(match alias {
                Some(alias) if instance.module.value == to => self.edit(self.property(alias), ""),
                Some(alias) => self.edit(alias.value.span.clone(), quoted(to)),
                None => {
                    let end = instance.module.span.end;
                    self.edit(end..end, format!(" as={}", quoted(to)))
                }
            });
        }
        edits.extend(bindings.iter().map(|span| self.edit(span.clone(), quoted(to))));
        Ok(Fix { title: format!("rename `{from}` to `{to}`"), edits })
    }
}
