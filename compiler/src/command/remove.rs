//! `oscomp remove`: one instance less.

use super::set::unknown;
use super::{Global, SystemArgument};
use crate::complete;
use crate::edit::{Editing, Writing};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use oscomp_lang::inventory::Member;

/// Arguments of `oscomp remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// An instance that the file has
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    instance: String,
    #[command(flatten)]
    writing: Writing,
}

impl Remove {
    /// Changes the file, unless the system is refused then.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let mut editing = Editing::open(global, &SystemArgument::default())?;
        let name = self.instance.as_str();
        let written: Vec<String> = editing.read(output, |text| {
            text.instances().filter(|it| !it.is_app).map(|it| it.name.to_owned()).collect()
        })?;
        let inventory = editing.inventory();
        let members: Vec<&Member> = inventory.images.iter().filter_map(|image| image.member(name)).collect();
        if members.is_empty() && !written.iter().any(|known| known == name) {
            let what = format!("the file has no instance `{name}`");
            return Err(unknown(what, name, written.iter().map(String::as_str)));
        }
        if members.iter().all(|member| !member.is_written()) && !members.is_empty() {
            return Err(Failure::environment(
                format!("`{name}` is the platform's, not the file's"),
                format!("to have another module in its place: `oscomp add MODULE --as {name}`"),
            ));
        }
        let fix = editing.change(output, |text| text.remove(name, global.platform.as_deref()))?;
        editing.finish(&fix, self.writing, output)
    }
}
