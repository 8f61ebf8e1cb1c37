//! Renaming an instance wherever the file names it.

use super::{Refusal, SystemText, instance::free_name, quoted};
use crate::catalog::Catalog;
use crate::check::modules::prepare;
use crate::check::{Scope, readable};
use crate::diagnostic::Fix;
use crate::files::Files;
use crate::source::{SourcePath, Sources};
use std::ops::Range;
use std::rc::Rc;

/// Renames an instance of the file: all of that name where several platforms have one each, and every field that binds a
/// requirement to it.
///
/// Frees the source maps of `proc-macro2` on this thread when it is done, as [`check`](crate::check::check) does.
///
/// # Errors
/// The file has no such instance, or the new name cannot be had.
pub fn rename(sources: &dyn Sources, file: &SourcePath, from: &str, to: &str) -> Result<Fix, Refusal> {
    let fix = renamed(sources, file, from, to);
    proc_macro2::extra::invalidate_current_thread_spans();
    fix
}

fn renamed(sources: &dyn Sources, file: &SourcePath, from: &str, to: &str) -> Result<Fix, Refusal> {
    let catalog = Rc::new(Catalog::new(Files::new(sources)));
    let text = readable(&catalog.files, file)
        .map_err(|found| Refusal::Mistake { offset: 0, message: found.message })?;
    rename_in(&Scope { catalog, file: file.clone(), text }, from, to)
}

/// Renames an instance with what a catalog has read already.
pub(crate) fn rename_in(scope: &Scope<'_>, from: &str, to: &str) -> Result<Fix, Refusal> {
    let system = SystemText::read(&scope.file, &scope.text)?;
    let bindings = bindings(scope, &system, from);
    system.rename(from, to, &bindings)
}

/// The values that bind a requirement to an instance.
fn bindings(scope: &Scope<'_>, system: &SystemText<'_>, name: &str) -> Vec<Range<usize>> {
    let prepared = prepare(scope, &system.system, &mut Vec::new());
    let targets =
        prepared.iter().flat_map(|instance| &instance.fields.bindings).filter_map(|it| it.target.as_ref());
    targets.filter(|target| target.value == name).map(|target| target.span.clone()).collect()
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
