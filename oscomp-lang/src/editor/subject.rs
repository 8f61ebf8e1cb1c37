//! What a place in a system is about.

use super::View;
use super::view::Owner;
use crate::syntax::Node;
use std::ops::Range;

/// What a place is about, with the place of all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub span: Range<usize>,
    pub kind: SubjectKind,
}

/// Kinds of what a place can be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SubjectKind {
    /// The name of a node or a property that the language has.
    Keyword(&'static str),
    /// The name of a platform of the file, by number.
    Platform(usize),
    /// The name of a platform behind `on=`.
    OnlyOn(String),
    /// The module of an instance of the file.
    Module(usize),
    /// The name of an instance of the file.
    Name(usize),
    /// The folder of an instance's module.
    Path(usize),
    /// The name of a field.
    Field(Owner, usize),
    /// A value of a field.
    Value(Owner, usize, usize),
}

impl View<'_, '_> {
    /// What a place is about, if it is about anything.
    pub(crate) fn subject(&self, offset: usize) -> Option<Subject> {
        let system = self.system?;
        let touches = |span: &Range<usize>| span.start <= offset && offset <= span.end;
        let found = |span: &Range<usize>, kind| Some(Subject { span: span.clone(), kind });
        if touches(&system.node.name.span) {
            return found(&system.node.name.span, SubjectKind::Keyword("system"));
        }
        for (number, platform) in system.platforms.iter().enumerate() {
            if !touches(&platform.node.span) {
                continue;
            }
            if touches(&platform.name.span) {
                return found(&platform.name.span, SubjectKind::Platform(number));
            }
            return self
                .field(Owner::Platform(number), &touches)
                .or_else(|| keyword(&platform.node, &["platform"], &touches))
                .or_else(|| {
                    platform.node.children().iter().find_map(|node| keyword(node, &["memory"], &touches))
                });
        }
        for (number, instance) in system.instances.iter().enumerate() {
            if !touches(&instance.node.span) {
                continue;
            }
            if touches(&instance.module.span) {
                return found(&instance.module.span, SubjectKind::Module(number));
            }
            if touches(&instance.name.span) {
                return found(&instance.name.span, SubjectKind::Name(number));
            }
            if let Some(path) = instance.path.as_ref().filter(|path| touches(&path.span)) {
                return found(&path.span, SubjectKind::Path(number));
            }
            if let Some(on) = instance.on.as_ref().filter(|on| touches(&on.span)) {
                return found(&on.span, SubjectKind::OnlyOn(on.value.clone()));
            }
            return self
                .field(Owner::Instance(number), &touches)
                .or_else(|| keyword(&instance.node, &["app", "module"], &touches));
        }
        system.node.children().iter().find_map(|node| {
            keyword(node, &["build"], &touches)
                .or_else(|| node.children().iter().find_map(|node| keyword(node, &["optimize"], &touches)))
        })
    }

    fn field(&self, owner: Owner, touches: &impl Fn(&Range<usize>) -> bool) -> Option<Subject> {
        for (number, field) in self.fields(owner).iter().enumerate() {
            if touches(&field.name.span) {
                return Some(Subject {
                    span: field.name.span.clone(),
                    kind: SubjectKind::Field(owner, number),
                });
            }
            if let Some(value) = field.values.iter().position(|value| touches(&value.span)) {
                let span = field.values[value].span.clone();
                return Some(Subject { span, kind: SubjectKind::Value(owner, number, value) });
            }
            if let Some(on) = field.on.as_ref().filter(|on| touches(&on.span)) {
                let kind = SubjectKind::OnlyOn(on.value.clone());
                return Some(Subject { span: on.span.clone(), kind });
            }
        }
        None
    }
}

/// The name of a node, or of one of its properties, if it is one of the language's.
fn keyword(node: &Node, names: &[&'static str], touches: &impl Fn(&Range<usize>) -> bool) -> Option<Subject> {
    let properties = node.properties.iter().map(|property| (&property.name, ["as", "path", "on"].as_slice()));
    let name = std::iter::once((&node.name, names)).chain(properties).find(|(name, _)| touches(&name.span));
    let (name, known) = name?;
    let keyword = known.iter().find(|known| **known == name.value)?;
    Some(Subject { span: name.span.clone(), kind: SubjectKind::Keyword(keyword) })
}
