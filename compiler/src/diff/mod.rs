//! What differs between two plans: what has come, gone and changed, and what that makes of the image.
//!
//! Reasons are no difference: what matters is what the image is, not which line says so.

mod text;

pub use text::lines;

use crate::size::{Bytes, Sizes};
use oscomp_lang::plan::{Instance, InterfacePath, Parameter, Plan};
use oscomp_lang::signature::Edge;
use oscomp_lang::source::SourcePath;
use oscomp_lang::value::format_bytes;
use serde::Serialize;
use std::collections::BTreeMap;

/// What differs between two systems.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The platforms that only the one is for.
    pub only_from: Vec<String>,
    /// The platforms that only the other is for.
    pub only_to: Vec<String>,
    /// What differs on each platform that both are for, or on the two that are compared.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether the two are the same.
    pub fn is_empty(&self) -> bool {
        self.only_from.is_empty()
            && self.only_to.is_empty()
            && self.differences.iter().all(Difference::is_empty)
    }
}

/// What differs between two plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The one, as `system on platform`.
    pub from: String,
    /// The other.
    pub to: String,
    /// Facts of the image as a whole: `platform`, `memory`, `optimize`, `app`.
    pub facts: Vec<Change>,
    /// The instances that differ, by name.
    pub instances: Vec<InstanceChange>,
    /// The ambient interfaces whose provider differs.
    pub ambient: Vec<Change>,
    /// What instances claim.
    pub claims: Vec<Change>,
    /// The order in which those instances start that are in both, where it differs.
    pub order: Option<Order>,
    /// Bytes of both images, where both have been built and differ.
    pub bytes: Option<BytesChange>,
}

/// Something that is other than before; none where it is not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is.
    pub name: String,
    /// What it was.
    pub from: Option<String>,
    /// What it is now.
    pub to: Option<String>,
}

/// An instance that has come, gone or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstanceChange {
    /// The instance.
    pub name: String,
    /// Its module; the same on both sides if it only has other fields.
    pub module: Change,
    /// The interfaces that it provides and did not.
    pub provides: Vec<String>,
    /// The interfaces that it provided and does not.
    pub provided: Vec<String>,
    /// Its requirements: the instances that they are bound to.
    pub bindings: Vec<Change>,
    /// Its options.
    pub options: Vec<Change>,
}

/// Two orders of the same instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    /// The one.
    pub from: Vec<String>,
    /// The other.
    pub to: Vec<String>,
}

/// What images differ by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BytesChange {
    /// All of it.
    pub total: Pair,
    /// By instance, the largest difference first.
    pub instances: Vec<Pair>,
}

/// Bytes on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// Whose they are.
    pub name: String,
    /// What they were.
    pub from: Bytes,
    /// What they are.
    pub to: Bytes,
}

impl Difference {
    /// What differs. Sizes are those of the images that were built of these plans, if they were.
    pub fn of(from: (&Plan, Option<&Sizes>), to: (&Plan, Option<&Sizes>)) -> Self {
        let (one, other) = (from.0, to.0);
        let title = |plan: &Plan| format!("{} on {}", plan.system, plan.platform.name);
        Self {
            from: title(one),
            to: title(other),
            facts: changes(&facts(one), &facts(other)),
            instances: instances(one, other),
            ambient: changes(&ambient(one), &ambient(other)),
            claims: changes(&claims(one), &claims(other)),
            order: order(one, other),
            bytes: from.1.zip(to.1).and_then(|(one, other)| bytes(one, other)),
        }
    }

    /// Whether the two are the same.
    pub fn is_empty(&self) -> bool {
        let Self { facts, instances, ambient, claims, order, bytes, .. } = self;
        facts.is_empty()
            && instances.is_empty()
            && ambient.is_empty()
            && claims.is_empty()
            && order.is_none()
            && bytes.is_none()
    }
}

type Values = Vec<(String, String)>;

/// What is on one side alone or differs, in the order of the first and then of the second.
fn changes(from: &Values, to: &Values) -> Vec<Change> {
    let find = |values: &Values, name: &str| {
        values.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    };
    let gone_or_changed = from.iter().map(|(name, value)| Change {
        name: name.clone(),
        from: Some(value.clone()),
        to: find(to, name),
    });
    let come = to.iter().filter(|(name, _)| find(from, name).is_none()).map(|(name, value)| Change {
        name: name.clone(),
        from: None,
        to: Some(value.clone()),
    });
    gone_or_changed.chain(come).filter(|change| change.from != change.to).collect()
}

fn facts(plan: &Plan) -> Values {
    let optimize = serde_json::to_value(plan.optimize).unwrap_or_default();
    vec![
        ("platform".to_owned(), plan.platform.name.clone()),
        ("architecture".to_owned(), plan.platform.arch.clone()),
        ("memory".to_owned(), format_bytes(plan.memory)),
        ("optimize".to_owned(), optimize.as_str().unwrap_or_default().to_owned()),
        ("app".to_owned(), plan.app.clone()),
    ]
}

fn ambient(plan: &Plan) -> Values {
    plan.ambient.iter().map(|binding| (binding.interface.ident.clone(), binding.instance.clone())).collect()
}

fn claims(plan: &Plan) -> Values {
    let claim = |space: &str, value: &str| format!("{space} {value}");
    plan.resources
        .iter()
        .map(|resource| (claim(&resource.space, &resource.value), resource.instance.clone()))
        .collect()
}

fn instances(from: &Plan, to: &Plan) -> Vec<InstanceChange> {
    let mut names: Vec<&str> =
        from.instances.iter().chain(&to.instances).map(|instance| instance.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(|name| instance(name, from.instance(name), to.instance(name))).collect()
}

fn instance(name: &str, from: Option<&Instance>, to: Option<&Instance>) -> Option<InstanceChange> {
    let module = Change { name: "module".to_owned(), from: from.map(module), to: to.map(module) };
    let empty = Vec::new();
    let provides = |instance: Option<&Instance>| interfaces(instance.map_or(&empty, |one| &one.provides));
    let (before, after) = (provides(from), provides(to));
    let only = |these: &[String], those: &[String]| {
        these.iter().filter(|name| !those.contains(name)).cloned().collect::<Vec<_>>()
    };
    let values =
        |instance: Option<&Instance>, of: fn(&Instance) -> Values| instance.map(of).unwrap_or_default();
    let change = InstanceChange {
        name: name.to_owned(),
        provides: only(&after, &before),
        provided: only(&before, &after),
        bindings: changes(&values(from, bindings), &values(to, bindings)),
        options: changes(&values(from, options), &values(to, options)),
        module,
    };
    let same = change.module.from == change.module.to
        && change.provides.is_empty()
        && change.provided.is_empty()
        && change.bindings.is_empty()
        && change.options.is_empty();
    (!same).then_some(change)
}

/// A module by its name; the folder tells those of one name apart.
fn module(instance: &Instance) -> String {
    match &instance.source {
        SourcePath::Project(path) if path.is_empty() => instance.module.clone(),
        source => format!("{} ({source})", instance.module),
    }
}

fn interfaces(paths: &[InterfacePath]) -> Vec<String> {
    paths.iter().map(|path| path.ident.clone()).collect()
}

fn bindings(instance: &Instance) -> Values {
    let binding = |parameter: &Parameter| match parameter {
        Parameter::Binding { requirement, instance, interfaces: asked, edge, .. } => {
            let call = if *edge == Edge::Call { ", when called" } else { "" };
            let value = format!("{instance} ({}{call})", interfaces(asked).join(" + "));
            Some((requirement.clone(), value))
        }
        Parameter::Options { .. } => None,
    };
    instance.parameters.iter().filter_map(binding).collect()
}

fn options(instance: &Instance) -> Values {
    instance.options.iter().map(|setting| (setting.name.clone(), setting.value.to_string())).collect()
}

/// The order of what is on both sides: an instance that has come or gone moves no other.
fn order(from: &Plan, to: &Plan) -> Option<Order> {
    let shared = |plan: &Plan, other: &Plan| {
        let names = plan.instances.iter().map(|instance| instance.name.clone());
        names.filter(|name| other.instance(name).is_some()).collect::<Vec<_>>()
    };
    let (from, to) = (shared(from, to), shared(to, from));
    (from != to).then_some(Order { from, to })
}

fn bytes(from: &Sizes, to: &Sizes) -> Option<BytesChange> {
    let mut pairs: BTreeMap<&str, (Bytes, Bytes)> = BTreeMap::new();
    for share in &from.instances {
        pairs.entry(&share.name).or_default().0 = share.bytes;
    }
    for share in &to.instances {
        pairs.entry(&share.name).or_default().1 = share.bytes;
    }
    let mut instances: Vec<Pair> = pairs
        .into_iter()
        .filter(|(_, (from, to))| from != to)
        .map(|(name, (from, to))| Pair { name: name.to_owned(), from, to })
        .collect();
    let by =
        |pair: &Pair| (pair.from.loaded.abs_diff(pair.to.loaded), pair.from.zeroed.abs_diff(pair.to.zeroed));
    instances.sort_by(|one, other| by(other).cmp(&by(one)).then_with(|| one.name.cmp(&other.name)));
    let total = Pair { name: "total".to_owned(), from: from.total, to: to.total };
    (total.from != total.to || !instances.is_empty()).then_some(BytesChange { total, instances })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use oscomp_lang::plan::Reason;
    use oscomp_lang::value::Value;

    fn difference(from: &Plan, to: &Plan) -> Difference {
        Difference::of((from, None), (to, None))
    }

    #[test]
    fn reasons_are_no_difference() {
        let one = sample::hello();
        let mut other = one.clone();
        for instance in &mut other.instances {
            instance.reason = Reason::Written(sample::place("elsewhere.kdl", 99));
            for setting in &mut instance.options {
                setting.reason = Reason::Unset;
            }
        }
        assert!(difference(&one, &other).is_empty());
    }

    #[test]
    fn what_came_went_and_changed_is_told() {
        let one = sample::hello();
        let mut other = one.clone();
        other.memory = 32 << 20;
        other.instances[1].options[1].value = Value::Integer(9600);
        other.instances[2].parameters.clear();
        other.instances[0].provides.pop();
        other.instances.insert(1, sample::instance("clock", "tsc", "time", &["Clock"], Reason::OnlyProvider));
        let found = difference(&one, &other);
        assert_eq!(
            found.facts,
            [Change { name: "memory".into(), from: Some("64MiB".into()), to: Some("32MiB".into()) }]
        );
        let names: Vec<&str> = found.instances.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["clock", "console", "panic", "platform"]);
        assert_eq!(found.instances[0].module.from, None);
        assert_eq!(found.instances[0].provides, ["Clock"]);
        assert_eq!(
            found.instances[1].options,
            [Change { name: "baud".into(), from: Some("115200".into()), to: Some("9600".into()) }]
        );
        assert_eq!(
            found.instances[2].bindings,
            [Change { name: "output".into(), from: Some("console (Console)".into()), to: None }]
        );
        assert_eq!(found.instances[3].provided, ["PowerOff"]);
        // The others start in the order in which they did.
        assert_eq!(found.order, None);
    }

    #[test]
    fn another_order_is_a_difference() {
        let one = sample::hello();
        let mut other = one.clone();
        other.instances.swap(1, 2);
        let found = difference(&one, &other);
        assert!(!found.is_empty());
        assert_eq!(found.order.unwrap().to, ["platform", "panic", "console", "hello"]);
    }
}
