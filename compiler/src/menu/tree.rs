//! The instances of an image as a tree: the app, what its requirements are bound to, and so on.

use oscomp_lang::inventory::{FieldKind, Image, Origin};
use std::collections::HashSet;

/// A line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How deep it is.
    pub depth: usize,
    /// What it is there for: `app`, a requirement, an ambient interface.
    pub label: String,
    /// The instance; none for a heading, and where nothing is bound.
    pub instance: Option<String>,
    /// What it is.
    pub kind: RowKind,
    /// Whether what the instance requires is shown at a line above.
    pub again: bool,
}

/// What a line of the tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A heading.
    Heading,
    /// An instance that is there for its own sake: the app, the platform's own, one that nothing uses.
    Own,
    /// What an instance requires.
    Requirement {
        /// Who requires it.
        user: String,
    },
    /// What every part of the image may use.
    Ambient,
}

/// The lines for an image.
pub fn rows(image: &Image) -> Vec<Row> {
    let mut tree = Tree { image, rows: Vec::new(), seen: HashSet::new() };
    if let Some(app) = image.members.iter().find(|member| member.origin == Origin::App) {
        tree.own("app", &app.name);
    }
    if !image.ambient.is_empty() {
        tree.heading("ambient");
    }
    for ambient in &image.ambient {
        tree.instance(1, ambient.interface.clone(), Some(&ambient.instance), RowKind::Ambient);
    }
    tree.heading("machine");
    for member in &image.members {
        if member.origin == Origin::Platform {
            tree.instance(1, image.platform.clone(), Some(&member.name), RowKind::Own);
        }
    }
    let left: Vec<&str> = image
        .members
        .iter()
        .map(|member| member.name.as_str())
        .filter(|name| !tree.seen.contains(name))
        .collect();
    if !left.is_empty() {
        tree.heading("not used");
    }
    for name in left {
        tree.instance(1, "module".to_owned(), Some(name), RowKind::Own);
    }
    tree.rows
}

struct Tree<'i> {
    image: &'i Image,
    rows: Vec<Row>,
    /// The instances whose requirements are shown.
    seen: HashSet<&'i str>,
}

impl<'i> Tree<'i> {
    fn heading(&mut self, label: &str) {
        let label = label.to_owned();
        self.rows.push(Row { depth: 0, label, instance: None, kind: RowKind::Heading, again: false });
    }

    fn own(&mut self, label: &str, name: &'i str) {
        self.instance(0, label.to_owned(), Some(name), RowKind::Own);
    }

    /// An instance with what it requires, each shown in full once. Walked without recursion: a system can be a chain of
    /// thousands.
    fn instance(&mut self, depth: usize, label: String, name: Option<&'i str>, kind: RowKind) {
        let mut stack = vec![(depth, label, name, kind)];
        while let Some((depth, label, name, kind)) = stack.pop() {
            let member = name.and_then(|name| self.image.member(name));
            let again = member.is_some_and(|member| !self.seen.insert(&member.name));
            let required: Vec<_> = member
                .iter()
                .filter(|_| !again)
                .flat_map(|member| member.fields.iter().map(|field| (member.name.as_str(), field)))
                .filter(|(_, field)| matches!(field.kind, FieldKind::Requirement(_)))
                .collect();
            for (user, field) in required.iter().rev() {
                let kind = RowKind::Requirement { user: (*user).to_owned() };
                stack.push((depth + 1, field.name.clone(), field.value.as_deref(), kind));
            }
            let instance = name.map(str::to_owned);
            self.rows.push(Row { depth, label, instance, kind, again: again && !required_nothing(member) });
        }
    }
}

fn required_nothing(member: Option<&oscomp_lang::inventory::Member>) -> bool {
    member.is_none_or(|member| {
        !member.fields.iter().any(|field| matches!(field.kind, FieldKind::Requirement(_)))
    })
}
