//! `oscomp add`: one more instance of a module.

use super::set::{field_of, split, unknown};
use super::{Global, SystemArgument};
use crate::complete;
use crate::edit::{Editing, Writing};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use oscomp_lang::catalog::{ModuleEntry, describe, list};
use oscomp_lang::diagnostic::Diagnostic;
use oscomp_lang::edit::{NewInstance, literal, quoted};
use oscomp_lang::inventory::{FieldKind, Inventory, Place};
use oscomp_lang::source::SourcePath;

/// Arguments of `oscomp add`.
#[derive(Debug, Args)]
pub struct Add {
    /// A module of the catalog, or one of the project by its folder: `./modules/mine`
    #[arg(value_name = "MODULE", add = ArgValueCompleter::new(complete::modules))]
    module: String,
    /// The name of the instance [default: the module's]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// What it is for: `volume.disk`. What that had is bound to the new one, if it requires the same
    #[arg(long = "for", value_name = "INSTANCE.REQUIREMENT", add = ArgValueCompleter::new(complete::fields))]
    requirement: Option<String>,
    /// Its fields; one that takes several values is named once for each
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    #[command(flatten)]
    writing: Writing,
}

impl Add {
    /// Changes the file, unless the system is refused then.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let mut editing = Editing::open(global, &SystemArgument::default())?;
        let (entry, path) = self.find(&editing)?;
        let mut new = NewInstance {
            module: path.as_deref().map_or(self.module.as_str(), base).to_owned(),
            name: self.name.clone(),
            path,
            on: None,
            fields: fields(&entry, &self.fields)?,
        };
        let purpose = self.requirement.as_deref();
        let purpose = purpose.map(|it| Purpose::of(it, &editing, global, output)).transpose()?;
        let fix = editing.change(output, |text| {
            // A system of one platform has nothing to limit.
            new.on = global.platform.clone().filter(|_| text.platforms().count() > 1);
            match &purpose {
                Some(Purpose { inventory, place, requirement }) => {
                    inventory.add_for(text, &new, &entry, *place, requirement)
                }
                None => text.add(&new),
            }
        })?;
        editing.finish(&fix, self.writing, output)
    }

    /// The module, and its folder if it is the project's.
    fn find(&self, editing: &Editing) -> Result<(ModuleEntry, Option<String>), Failure> {
        if self.module.contains('/') {
            let path = self.module.trim_start_matches("./").trim_end_matches('/').to_owned();
            let folder = SourcePath::Project(String::new()).join(&path);
            let entry =
                describe(&editing.session, &folder).map_err(|found| no_module(&self.module, &found))?;
            return Ok((entry, Some(path)));
        }
        let listing = list(&editing.session);
        match listing.modules.iter().find(|entry| entry.name == self.module) {
            Some(entry) => Ok((entry.clone(), None)),
            None => {
                let names = listing.modules.iter().map(|entry| entry.name.as_str());
                Err(unknown(format!("there is no module `{}`", self.module), &self.module, names))
            }
        }
    }
}

/// What an instance is added for.
struct Purpose<'a> {
    inventory: Inventory,
    place: Place<'a>,
    requirement: &'a str,
}

impl<'a> Purpose<'a> {
    fn of(
        requirement: &'a str,
        editing: &Editing,
        global: &'a Global,
        output: &Output,
    ) -> Result<Self, Failure> {
        let (instance, requirement) = split(requirement, "volume.disk")?;
        let place = Place { instance, platform: global.platform.as_deref() };
        let inventory = editing.read(output, |_| editing.inventory())?;
        match field_of(&inventory, place, requirement)? {
            FieldKind::Requirement(_) => Ok(Self { inventory, place, requirement }),
            FieldKind::Option(_) => Err(Failure::environment(
                format!("`{requirement}` of `{instance}` is an option"),
                "name one of its requirements: `oscomp list MODULE` shows them",
            )),
        }
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn no_module(folder: &str, found: &[Diagnostic]) -> Failure {
    let what = found.first().map_or_else(String::new, |found| format!(": {}", found.message));
    Failure::environment(
        format!("{folder} is no module{what}"),
        "a module is the folder of a crate, named relative to the folder of system.kdl",
    )
}

/// Fields with their values as literals of KDL.
fn fields(entry: &ModuleEntry, given: &[String]) -> Result<Vec<(String, Vec<String>)>, Failure> {
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    for field in given {
        let (name, value) = field.split_once('=').ok_or_else(|| {
            Failure::environment(format!("`{field}` sets no field"), "write it as `FIELD=VALUE`")
        })?;
        let option = entry.options.iter().find(|option| option.name == name);
        let value = match option {
            Some(option) => literal(&option.ty, value),
            None if entry.requirements.iter().any(|requirement| requirement.name == name) => quoted(value),
            None => {
                let requirements = entry.requirements.iter().map(|requirement| requirement.name.as_str());
                let names = requirements.chain(entry.options.iter().map(|option| option.name.as_str()));
                return Err(unknown(format!("module `{}` has no field `{name}`", entry.name), name, names));
            }
        };
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => fields.push((name.to_owned(), vec![value])),
        }
    }
    Ok(fields)
}
