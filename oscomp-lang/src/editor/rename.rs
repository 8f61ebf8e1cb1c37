//! Renaming an instance.

use super::subject::SubjectKind;
use super::view::Owner;
use super::{Location, View};
use crate::diagnostic::Fix;

use crate::value::Literal;
use std::ops::Range;

impl View<'_, '_> {
    /// The name of an instance that is at a place, if the file has that instance, and its name.
    #[must_use]
    pub fn renamable(&self, offset: usize) -> Option<(Location, String)> {
        let subject = self.subject(offset)?;
        let name = match subject.kind {
            SubjectKind::Module(number) | SubjectKind::Name(number) => {
                let node = &self.instances()[number];
                (node.name.span == subject.span).then(|| node.name.value.clone())?
            }
            SubjectKind::Value(owner, field, value) => self.bound_name(owner, field, value)?,
            _ => return None,
        };
        let named = self.instances().iter().any(|node| node.name.value == name);
        // The quotes are no part of the name.
        let Range { start, end } = subject.span;
        let text = &self.text()[start..end];
        let quote = usize::from(text.len() >= 2 && text.starts_with('"') && text.ends_with('"'));
        named.then(|| (Location::new(self.file(), &(start + quote..end - quote)), name))
    }

    fn bound_name(&self, owner: Owner, field: usize, value: usize) -> Option<String> {
        let field = &self.fields(owner)[field];
        self.module_of(owner)?.requirement(&field.name.value)?;
        match &field.values[value].value {
            Literal::String(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// The edits that give the instance at a place another name, everywhere in the file.
    ///
    /// # Errors
    /// Why it cannot have that name.
    pub fn rename(&self, offset: usize, to: &str) -> Result<Fix, String> {
        let Some((_, name)) = self.renamable(offset) else {
            return Err("an instance of the file can be renamed, and here is the name of none".to_owned());
        };
        self.rename_instance(&name, to).map_err(|refusal| refusal.to_string())
    }
}
