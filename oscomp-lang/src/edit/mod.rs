//! Changes to a `system.kdl` that tools make: the text and what is asked for in, edits out.
//!
//! What is not changed stays as it is written, byte for byte: layout, comments, the form of values. Whether the system
//! is sound afterwards is for [`check`](crate::check::check) to say.

mod apply;
mod field;
mod instance;
mod literal;
mod refusal;
mod remedy;
mod rename;

pub use apply::{Misfit, apply};
pub use instance::NewInstance;
pub(crate) use literal::written;
pub use literal::{literal, quoted, typed};
pub use refusal::Refusal;
pub use remedy::remedies;

use crate::diagnostic::{Edit, Fix};
use crate::source::SourcePath;
use crate::syntax::{self, Node};
use crate::system::{self, InstanceNode, SystemFile};
use std::ops::Range;

/// The text of a system, ready to be changed.
pub struct SystemText<'a> {
    file: &'a SourcePath,
    text: &'a str,
    system: SystemFile,
}

/// What has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The app or the instance of a module, by its name.
    Instance(&'a str),
    /// A platform: its memory and what can be set on it.
    Platform(&'a str),
}

/// An instance that the file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its module.
    pub module: &'a str,
    /// Whether it is the app.
    pub is_app: bool,
    /// The folder of a module of the project.
    pub path: Option<&'a str>,
    /// The only platform that has it.
    pub on: Option<&'a str>,
    /// The node, in bytes of the file.
    pub span: Range<usize>,
}

impl<'a> SystemText<'a> {
    /// Reads a text.
    ///
    /// # Errors
    /// It has mistakes of syntax, or no system.
    pub fn read(file: &'a SourcePath, text: &'a str) -> Result<Self, Refusal> {
        let (nodes, mistakes) = syntax::parse(text);
        // A type annotation is a mistake that hides nothing.
        if let Some(found) = mistakes.into_iter().find(|found| found.code != "E0220") {
            return Err(Refusal::Mistake { offset: found.span.start, message: found.message });
        }
        let system = system::read(file, text, nodes, &[], &mut Vec::new()).ok_or(Refusal::NoSystem)?;
        Ok(Self { file, text, system })
    }

    /// What a view has read, with or without mistakes.
    pub(crate) const fn of(file: &'a SourcePath, text: &'a str, system: SystemFile) -> Self {
        Self { file, text, system }
    }

    /// The instances in the order of the file, the app among them.
    pub fn instances(&self) -> impl Iterator<Item = Written<'_>> {
        self.system.instances.iter().map(|instance| Written {
            name: &instance.name.value,
            module: &instance.module.value,
            is_app: instance.is_app,
            path: instance.path.as_ref().map(|path| path.value.as_str()),
            on: instance.on.as_ref().map(|on| on.value.as_str()),
            span: instance.node.span.clone(),
        })
    }

    /// The names of the platforms in the order of the file.
    pub fn platforms(&self) -> impl Iterator<Item = &str> {
        self.system.platforms.iter().map(|platform| platform.name.value.as_str())
    }

    /// The values of a field as they are written; none where the file does not set it.
    pub fn values(&self, owner: Owner<'_>, field: &str, on: Option<&str>) -> Option<Vec<&'a str>> {
        let node = self.node(owner, on).ok()?.node;
        let field = node.children().iter().find(|child| {
            child.name.value == field && (on.is_none() || limit(child).is_none() || limit(child) == on)
        })?;
        Some(field.arguments.iter().map(|argument| &self.text[argument.span.clone()]).collect())
    }

    /// The only instance of a name, or that of one platform.
    fn instance(&self, name: &str, on: Option<&str>) -> Result<&InstanceNode, Refusal> {
        let mut named = self.system.instances.iter().filter(|instance| {
            instance.name.value == name && on.is_none_or(|platform| instance.holds_on(platform))
        });
        let first = named.next().ok_or_else(|| Refusal::NoInstance { name: name.to_owned() })?;
        if named.next().is_some() {
            return Err(Refusal::Several { name: name.to_owned() });
        }
        Ok(first)
    }

    fn node(&self, owner: Owner<'_>, on: Option<&str>) -> Result<Owning<'_>, Refusal> {
        match owner {
            Owner::Instance(name) => {
                let instance = self.instance(name, on)?;
                Ok(Owning {
                    name: &instance.name.value,
                    node: &instance.node,
                    on: instance.on.as_ref().map(|on| on.value.as_str()),
                })
            }
            Owner::Platform(name) => {
                let mut platforms = self.system.platforms.iter();
                let platform = platforms
                    .find(|platform| platform.name.value == name)
                    .ok_or_else(|| Refusal::NoPlatform { name: name.to_owned() })?;
                let name = platform.name.value.as_str();
                Ok(Owning { name, node: &platform.node, on: Some(name) })
            }
        }
    }

    fn edit(&self, span: Range<usize>, text: impl Into<String>) -> Edit {
        Edit { file: self.file.clone(), span, text: text.into() }
    }

    fn fix(&self, title: String, span: Range<usize>, text: impl Into<String>) -> Fix {
        Fix { title, edits: vec![self.edit(span, text)] }
    }
}

/// The node of what has fields.
struct Owning<'a> {
    name: &'a str,
    node: &'a Node,
    /// The only platform that has it.
    on: Option<&'a str>,
}

/// The platform that a node is limited to.
fn limit(node: &Node) -> Option<&str> {
    node.properties.iter().find(|property| property.name.value == "on").and_then(|property| {
        match &property.value.value {
            crate::value::Literal::String(platform) => Some(platform.as_str()),
            _ => None,
        }
    })
}
