//! What was filled in, to be shown where it could have been written.

use super::view::Owner;
use super::{Location, View, describe};
use crate::plan::Reason;
use crate::resolve::Instance;
use crate::signature::OptionType;
use crate::value::Value;

/// What was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where to show it: behind the head of a node.
    pub offset: usize,
    /// The line that says the same: `output "console"`.
    pub label: String,
    /// Which rule decided, as Markdown.
    pub text: String,
    /// What it names.
    pub target: Option<Location>,
}

impl View<'_, '_> {
    /// Bindings, devices and memory that the file leaves out, behind the node of their instance. Defaults of
    /// other options are left to [`View::hover`]: there are too many of them.
    #[must_use]
    pub fn hints(&self) -> Vec<Hint> {
        let platforms = (0..self.platforms().len()).map(Owner::Platform);
        let instances = (0..self.instances().len()).map(Owner::Instance);
        let mut hints: Vec<Hint> =
            platforms.chain(instances).flat_map(|owner| self.filled_in(owner)).collect();
        hints.sort_by_key(|hint| hint.offset);
        hints
    }

    fn filled_in(&self, owner: Owner) -> Vec<Hint> {
        let Some(module) = self.module_of(owner) else { return Vec::new() };
        let head = match owner {
            Owner::Platform(number) => self.platforms()[number].node.head(),
            Owner::Instance(number) => self.instances()[number].node.head(),
        };
        let mut hints = Vec::new();
        for field in module.field_names() {
            let mut values: Vec<String> = Vec::new();
            let mut target = None;
            for (world, instance) in self.resolved(owner) {
                let value = match module.requirement(field) {
                    Some((number, _)) => {
                        let Some(Some(binding)) = instance.bindings.get(number) else { continue };
                        let bound = &world.instances[binding.target];
                        // Who is named by a line of its own is not told from one that the field names.
                        if binding.spot.file == *self.file() {
                            continue;
                        }
                        target = Some(Location::new(&bound.spot.file, &bound.spot.span));
                        format!("{:?}", bound.name)
                    }
                    None => match filled_option(instance, field) {
                        Some(value) => value,
                        None => continue,
                    },
                };
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            if !values.is_empty() {
                let label = format!("{field} {}", values.join(" or "));
                let text = describe::outcome(self, owner, field);
                let target = target.filter(|_| values.len() == 1);
                hints.push(Hint { offset: head.end, label, text, target });
            }
        }
        hints
    }
}

/// The value of an option that the platform gave.
fn filled_option(instance: &Instance, field: &str) -> Option<String> {
    let (setting, _) = instance.settings.iter().flatten().find(|(setting, _)| setting.name == field)?;
    let given = matches!(setting.reason, Reason::OnlyDevice | Reason::PlatformDefault(_));
    let shown = given && (setting.ty != OptionType::Bool) && setting.value != Value::None;
    shown.then(|| setting.value.to_string())
}
