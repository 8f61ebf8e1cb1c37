//! The fields of an instance, with what they have become.

use crate::catalog::{ModuleEntry, OptionEntry, RequirementEntry};
use crate::edit::{literal, quoted};
use crate::plan::Reason;
use crate::resolve::{Instance, Origin, World};
use crate::signature::OptionType;
use crate::value::{Value, format_bytes};

/// A field of an instance.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in `system.kdl`.
    pub name: String,
    /// What it is.
    pub kind: FieldKind,
    /// Its value as it would be written, without the quotes of a name; none where there is none or a mistake in it.
    pub value: Option<String>,
    /// The same as it would be typed, value by value: without quotes.
    pub typed: Vec<String>,
    /// The rule that chose the value.
    pub reason: Option<Reason>,
    /// Whether the file sets it.
    pub written: bool,
}

/// What a field is.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// It names an instance.
    Requirement(RequirementEntry),
    /// It has a value.
    Option(OptionEntry),
}

impl FieldKind {
    /// What is typed for values of the field as literals of KDL.
    #[must_use]
    pub fn literals(&self, typed: &[String]) -> Vec<String> {
        let literal = |typed: &String| match self {
            Self::Requirement(_) => quoted(typed),
            Self::Option(option) => literal(&option.ty, typed),
        };
        typed.iter().map(literal).collect()
    }

    /// What it is for.
    #[must_use]
    pub fn doc(&self) -> &str {
        match self {
            Self::Requirement(requirement) => &requirement.doc,
            Self::Option(option) => &option.doc,
        }
    }
}

pub(super) fn fields(world: &World<'_, '_>, instance: &Instance, entry: &ModuleEntry) -> Vec<Field> {
    let is_default = matches!(instance.origin, Origin::Default(_));
    let platform = world.platform();
    let mut fields = Vec::new();
    for (number, requirement) in entry.requirements.iter().enumerate() {
        let bound = instance.bindings.get(number).and_then(Option::as_ref);
        let set = instance.fields.binding(number, platform);
        let target = set.and_then(|set| set.target.as_ref());
        fields.push(Field {
            name: requirement.name.clone(),
            kind: FieldKind::Requirement(requirement.clone()),
            value: bound
                .map(|bound| world.instances[bound.target].name.clone())
                .or_else(|| target.map(|target| target.value.clone())),
            typed: Vec::new(),
            reason: bound.map(|bound| bound.reason.clone()),
            written: !is_default && set.is_some(),
        });
    }
    let is_memory = |option: &OptionEntry| option.name == "memory" && option.ty == OptionType::Bytes;
    let is_platform = instance.origin == Origin::Platform;
    if is_platform {
        fields.push(memory(world));
    }
    for (number, option) in entry.options.iter().enumerate() {
        if is_platform && is_memory(option) {
            continue;
        }
        let setting = instance.settings.get(number).and_then(Option::as_ref).map(|(setting, _)| setting);
        let set = instance.fields.option(number, platform);
        fields.push(Field {
            name: option.name.clone(),
            kind: FieldKind::Option(option.clone()),
            value: setting.map(|setting| setting.value.to_string()),
            typed: setting.map(|setting| typed(&setting.value)).unwrap_or_default(),
            reason: setting.map(|setting| setting.reason.clone()),
            written: !is_default && set.is_some(),
        });
    }
    fields
}

/// A value as it would be typed.
fn typed(value: &Value) -> Vec<String> {
    match value {
        Value::None => Vec::new(),
        Value::List(values) => values.iter().flat_map(typed).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string().trim_matches('"').to_owned()],
    }
}

/// The memory of the machine, which every platform has.
fn memory(world: &World<'_, '_>) -> Field {
    let facts = &world.facts.memory;
    let files = &world.scope.catalog.files;
    let (bytes, reason) = match &world.node.memory {
        Some(memory) => (memory.value, Reason::Written(files.place(&world.scope.file, memory.span.start))),
        None => (facts.default, Reason::PlatformDefault(files.place(&world.facts.file, facts.span.start))),
    };
    let range = if facts.most == u64::MAX {
        None
    } else {
        Some(format!("{:?}..={:?}", format_bytes(facts.least), format_bytes(facts.most)))
    };
    Field {
        name: "memory".to_owned(),
        kind: FieldKind::Option(OptionEntry {
            name: "memory".to_owned(),
            doc: "Memory of the machine.".to_owned(),
            ty: OptionType::Bytes,
            takes: OptionType::Bytes.describe(),
            list: false,
            required: false,
            default: Some(format!("{:?}", format_bytes(facts.default))),
            range,
            unit: None,
            exclusive: None,
            listens: None,
            device: None,
            choices: Vec::new(),
        }),
        value: Some(format!("{:?}", format_bytes(bytes))),
        typed: vec![format_bytes(bytes)],
        reason: Some(reason),
        written: world.node.memory.is_some(),
    }
}
