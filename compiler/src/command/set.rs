//! `oscomp set`: gives a field another value.

use super::{Global, SystemArgument};
use crate::complete;
use crate::edit::{Editing, Writing};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use oscomp_lang::inventory::{FieldKind, Inventory, Place};
use oscomp_lang::suggest::nearest;

/// Arguments of `oscomp set`.
#[derive(Debug, Args)]
pub struct Set {
    /// A field of an instance: `console.baud`, or of a platform: `qemu-microvm.memory`
    #[arg(value_name = "INSTANCE.FIELD", add = ArgValueCompleter::new(complete::fields))]
    field: String,
    /// Its value, without quotes of its own; several for a field that takes several
    #[arg(value_name = "VALUE", required_unless_present = "default", allow_negative_numbers = true)]
    values: Vec<String>,
    /// Takes the field out of the file, so that a default decides
    #[arg(long, conflicts_with = "values")]
    default: bool,
    #[command(flatten)]
    writing: Writing,
}

impl Set {
    /// Changes the file, unless the value is refused.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let mut editing = Editing::open(global, &SystemArgument::default())?;
        let (instance, field) = split(&self.field, "console.baud")?;
        let place = Place { instance, platform: global.platform.as_deref() };
        // A text with mistakes has a report that says more than that a name is not known.
        let inventory = editing.read(output, |_| editing.inventory())?;
        let kind = field_of(&inventory, place, field)?;
        let fix = editing.change(output, |text| {
            if self.default {
                inventory.unset(text, place, field)
            } else {
                inventory.set(text, place, field, &kind.literals(&self.values))
            }
        })?;
        editing.finish(&fix, self.writing, output)
    }
}

/// An instance and its field.
pub(super) fn split<'a>(field: &'a str, example: &str) -> Result<(&'a str, &'a str), Failure> {
    field.split_once('.').ok_or_else(|| {
        Failure::environment(
            format!("`{field}` names no field"),
            format!("write it as `INSTANCE.FIELD`, such as `{example}`"),
        )
    })
}

/// What a field is.
pub(super) fn field_of<'i>(
    inventory: &'i Inventory,
    place: Place<'i>,
    field: &str,
) -> Result<&'i FieldKind, Failure> {
    let (system, instance) = (&inventory.system, place.instance);
    let images = || inventory.images.iter();
    if let Some(platform) = place.platform
        && inventory.image(platform).is_none()
    {
        let names = images().map(|image| image.platform.as_str());
        return Err(unknown(format!("system `{system}` has no platform `{platform}`"), platform, names));
    }
    let members: Vec<_> = inventory.members(place).collect();
    if members.is_empty() {
        let platforms = images().map(|image| image.platform.as_str());
        let names = images().flat_map(|image| &image.members).map(|member| member.name.as_str());
        let what = format!("system `{system}` has no instance `{instance}`");
        return Err(unknown(what, instance, names.chain(platforms)));
    }
    let fields = || members.iter().flat_map(|member| &member.fields);
    match fields().find(|known| known.name == field) {
        Some(field) => Ok(&field.kind),
        None => {
            let names = fields().map(|field| field.name.as_str());
            Err(unknown(format!("`{instance}` has no field `{field}`"), field, names))
        }
    }
}

/// That there is nothing of a name, with what was probably meant.
pub(super) fn unknown<'a>(what: String, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let mut names: Vec<&str> = known.collect();
    names.sort_unstable();
    names.dedup();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there is none".to_owned(),
        None => format!("there is: {}", names.join(", ")),
    };
    Failure::environment(what, help)
}
