//! Why something is in a plan: the rule that decided, its place, and how to decide otherwise.

mod text;

pub use text::lines;

use crate::phrase;
use oscomp_lang::plan::{Instance, Parameter, Place, Plan, Reason, Setting};
use oscomp_lang::source::SourcePath;
use serde::Serialize;

/// Why something is as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Answer {
    /// Of an instance.
    Instance(InstanceAnswer),
    /// Of an option or a requirement.
    Field(FieldAnswer),
    /// Of an ambient interface.
    Ambient(FieldAnswer),
}

/// Why an instance is in the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstanceAnswer {
    /// The instance.
    pub instance: String,
    /// Its module.
    pub module: String,
    /// The folder of the module.
    pub source: String,
    /// The rule that brought it in.
    pub because: Because,
    /// Who is bound to it, as `instance.requirement`.
    pub users: Vec<String>,
    /// The ambient interfaces that it provides to everybody.
    pub ambient: Vec<String>,
    /// Resources that nobody else can claim, as `space value`.
    pub claims: Vec<String>,
    /// Its fields in source order.
    pub fields: Vec<FieldAnswer>,
    /// Its position in the start order, from 1.
    pub start: usize,
    /// How many instances there are.
    pub instances: usize,
    /// How to have it otherwise.
    pub otherwise: Vec<String>,
}

/// Why a field has its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldAnswer {
    /// `instance.field`, or the ambient interface.
    pub name: String,
    /// The value as it is written in `system.kdl`; for a requirement the instance.
    pub value: String,
    /// What it is: the type of an option, the interfaces of a requirement.
    pub what: String,
    /// The rule that chose the value.
    pub because: Because,
    /// How to have it otherwise.
    pub otherwise: Vec<String>,
}

/// A rule, and where the text is that it goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    /// The rule as a sentence.
    pub rule: &'static str,
    /// The place, as `file:line`.
    pub place: Option<String>,
    /// The same, in parts.
    #[serde(flatten)]
    pub exact: Option<Place>,
}

impl Because {
    fn of(reason: &Reason) -> Self {
        let place = reason.place();
        Self { rule: reason.rule(), place: place.map(phrase::at), exact: place.cloned() }
    }
}

/// That a plan has nothing of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What there is not: "instance `nci`".
    pub what: String,
    /// What there is.
    pub candidates: Vec<String>,
    /// What was asked for, without what is known.
    pub name: String,
}

/// Why `subject` (`INSTANCE`, `INSTANCE.FIELD` or an ambient interface) is as it is.
///
/// # Errors
/// The plan has nothing of that name.
pub fn why(plan: &Plan, subject: &str) -> Result<Answer, Unknown> {
    let (name, field) = subject.split_once('.').map_or((subject, None), |(name, field)| (name, Some(field)));
    let Some(instance) = plan.instance(name) else {
        if let Some(binding) = plan.ambient.iter().find(|binding| binding.interface.ident == name) {
            let otherwise = format!("give the system an instance of another module that provides {name}");
            return Ok(Answer::Ambient(FieldAnswer {
                name: name.to_owned(),
                value: binding.instance.clone(),
                what: "ambient: exactly one provider in an image".to_owned(),
                because: Because::of(&binding.reason),
                otherwise: vec![otherwise],
            }));
        }
        let instances = plan.instances.iter().map(|instance| instance.name.clone());
        let ambient = plan.ambient.iter().map(|binding| binding.interface.ident.clone());
        return Err(Unknown {
            what: format!("instance `{name}`"),
            candidates: instances.chain(ambient).collect(),
            name: name.to_owned(),
        });
    };
    let Some(field) = field else { return Ok(Answer::Instance(explain_instance(plan, instance))) };
    let mut fields = fields(plan, instance);
    match fields.iter().position(|answer| short(&answer.name) == field) {
        Some(index) => Ok(Answer::Field(fields.swap_remove(index))),
        None => Err(Unknown {
            what: format!("field `{field}` of instance `{name}`"),
            candidates: fields.iter().map(|answer| short(&answer.name).to_owned()).collect(),
            name: field.to_owned(),
        }),
    }
}

/// A name as KDL writes it.
fn quoted(name: &str) -> String {
    format!("{name:?}")
}

/// The field's own name in `instance.field`.
fn short(name: &str) -> &str {
    name.split_once('.').map_or(name, |(_, field)| field)
}

fn explain_instance(plan: &Plan, instance: &Instance) -> InstanceAnswer {
    let users = plan.instances.iter().flat_map(|user| {
        user.parameters.iter().filter_map(|parameter| match parameter {
            Parameter::Binding { requirement, instance: target, .. } if *target == instance.name => {
                Some(format!("{}.{requirement}", user.name))
            }
            _ => None,
        })
    });
    let ambient = plan.ambient.iter().filter(|binding| binding.instance == instance.name);
    let claims = plan.resources.iter().filter(|resource| resource.instance == instance.name);
    InstanceAnswer {
        instance: instance.name.clone(),
        module: instance.module.clone(),
        source: match &instance.source {
            SourcePath::Project(path) if path.is_empty() => "the folder of system.kdl".to_owned(),
            source => source.to_string(),
        },
        because: Because::of(&instance.reason),
        users: users.collect(),
        ambient: ambient.map(|binding| binding.interface.ident.clone()).collect(),
        claims: claims.map(|resource| format!("{} {}", resource.space, resource.value)).collect(),
        fields: fields(plan, instance),
        start: plan
            .instances
            .iter()
            .position(|other| other.name == instance.name)
            .map_or(0, |index| index + 1),
        instances: plan.instances.len(),
        otherwise: other_instance(plan, instance),
    }
}

fn other_instance(plan: &Plan, instance: &Instance) -> Vec<String> {
    if instance.name == plan.app {
        return vec!["name another application in the `app` node".to_owned()];
    }
    match &instance.reason {
        Reason::Platform => vec!["name another platform in the `platform` node".to_owned()],
        Reason::Written(place) => vec![format!("change or remove its node at {}", phrase::at(place))],
        _ => vec![format!(
            "add `module \"MODULE\" as={}` to system.kdl: it takes the place of the default",
            quoted(&instance.name)
        )],
    }
}

fn fields(plan: &Plan, instance: &Instance) -> Vec<FieldAnswer> {
    let bindings = instance.parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Binding { requirement, instance: target, interfaces, reason, .. } => {
            let interfaces: Vec<&str> = interfaces.iter().map(|interface| interface.ident.as_str()).collect();
            let interfaces = interfaces.join(" + ");
            Some(FieldAnswer {
                name: format!("{}.{requirement}", instance.name),
                value: target.clone(),
                what: format!("requires {interfaces}"),
                because: Because::of(reason),
                otherwise: other_value(plan, instance, requirement, "\"INSTANCE\"", reason),
            })
        }
        Parameter::Options { .. } => None,
    });
    let options = instance.options.iter().map(|setting| option(plan, instance, setting));
    bindings.chain(options).collect()
}

fn option(plan: &Plan, instance: &Instance, setting: &Setting) -> FieldAnswer {
    FieldAnswer {
        name: format!("{}.{}", instance.name, setting.name),
        value: setting.value.to_string(),
        what: setting.ty.describe(),
        because: Because::of(&setting.reason),
        otherwise: other_value(plan, instance, &setting.name, "VALUE", &setting.reason),
    }
}

fn other_value(plan: &Plan, instance: &Instance, field: &str, value: &str, reason: &Reason) -> Vec<String> {
    if let Reason::Written(place) = reason {
        return vec![format!("change or remove the line at {}", phrase::at(place))];
    }
    let name = quoted(&instance.name);
    let node = if instance.source == plan.platform.source {
        format!("platform {}", quoted(&plan.platform.name))
    } else if instance.name == plan.app {
        format!("app {}", quoted(&instance.module))
    } else if instance.name == instance.module {
        format!("module {name}")
    } else {
        format!("module {} as={name}", quoted(&instance.module))
    };
    let verb = if matches!(instance.reason, Reason::PlatformDefault(_)) { "add" } else { "write" };
    vec![format!("{verb} `{node} {{ {field} {value} }}` in system.kdl")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn field(subject: &str) -> FieldAnswer {
        match why(&sample::hello(), subject) {
            Ok(Answer::Field(answer) | Answer::Ambient(answer)) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_instance_says_who_needs_it() {
        let Ok(Answer::Instance(answer)) = why(&sample::hello(), "console") else { panic!("no instance") };
        assert_eq!(answer.users, ["panic.output", "hello.output"]);
        assert_eq!(answer.claims, ["device com1"]);
        assert_eq!((answer.start, answer.instances), (2, 4));
        assert_eq!(
            answer.because.place.as_deref(),
            Some("catalog/modules/platform/qemu-microvm/platform.kdl:35")
        );
        assert!(answer.otherwise[0].contains("as=\"console\""), "{:?}", answer.otherwise);
    }

    #[test]
    fn a_field_says_which_rule_chose() {
        let baud = field("console.baud");
        assert_eq!(baud.value, "115200");
        assert_eq!(baud.because.rule, "the module's default");
        assert_eq!(
            baud.otherwise,
            ["add `module \"uart-16550\" as=\"console\" { baud VALUE }` in system.kdl"]
        );
        let greeting = field("hello.greeting");
        assert_eq!(greeting.because.place.as_deref(), Some("system.kdl:6"));
        let output = field("hello.output");
        assert_eq!((output.value.as_str(), output.what.as_str()), ("console", "requires Console"));
        assert_eq!(output.otherwise, ["write `app \"hello\" { output \"INSTANCE\" }` in system.kdl"]);
        assert_eq!(field("PanicHandler").value, "panic");
    }

    #[test]
    fn unknown_names_come_with_what_there_is() {
        let unknown = why(&sample::hello(), "cosnole").unwrap_err();
        assert!(unknown.candidates.contains(&"console".to_owned()));
        let unknown = why(&sample::hello(), "console.buad").unwrap_err();
        assert_eq!(unknown.candidates, ["device", "baud"]);
        assert_eq!(unknown.name, "buad");
    }
}
