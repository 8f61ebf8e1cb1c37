//! `oscomp doc`: what can be composed, as a site.

use super::{Global, SystemArgument};
use crate::build::{Place, Profile};
use crate::catalog::{Catalog, CatalogSources};
use crate::doc::{self, Reference};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::page;
use crate::session::{Session, relative};
use clap::Args;
use oscomp_lang::catalog::{Listing, describe, list};
use oscomp_lang::plan::Plan;
use oscomp_lang::source::{SourcePath, Sources};
use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

/// Arguments of `oscomp doc`.
#[derive(Debug, Args)]
pub struct Doc {
    #[command(flatten)]
    system: SystemArgument,
    /// The folder of the site [default: target/oscomp/doc]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Shows it in the browser
    #[arg(long)]
    open: bool,
}

impl Doc {
    /// Writes the site: of the catalog, and of the project's own modules if a system is named or lies here.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let named = self.system.positional.is_some() || global.system.is_some();
        let (reference, default) = if named || Path::new("system.kdl").is_file() {
            let session = Session::open(global, &self.system)?;
            let plans = session.plans(output)?;
            let place = Place::of(&session, &plans[0], Profile::Release)?;
            (of_system(&session, &plans), place.system().join("doc"))
        } else {
            let here = env::current_dir().unwrap_or_default();
            let catalog = Catalog::find(global.catalog.as_deref(), &here)?;
            let sources = CatalogSources(catalog);
            (of_listing(None, list(&sources), &sources), PathBuf::from("target/oscomp/doc"))
        };
        for problem in &reference.listing.diagnostics {
            output.note(format!("left out: {}: {}", problem.code, problem.message));
        }
        let folder = self.output.clone().unwrap_or(default);
        let site = reference.site();
        doc::write(&folder, &site)?;
        let first = folder.join("index.html");
        output.note(format!("wrote {} ({} pages)", relative(&first), site.len() - 3));
        if self.open {
            page::open(&first, output);
        }
        Ok(if reference.listing.diagnostics.is_empty() { Exit::Sound } else { Exit::Refused })
    }
}

/// The catalog, with the modules that a system takes from its own project.
fn of_system(session: &Session, plans: &[Plan]) -> Reference {
    let mut listing = list(session);
    let mut own: Vec<(&SourcePath, &str)> = Vec::new();
    for instance in plans.iter().flat_map(|plan| &plan.instances) {
        if matches!(instance.source, SourcePath::Project(_))
            && own.iter().all(|(source, _)| *source != &instance.source)
        {
            own.push((&instance.source, &instance.module));
        }
    }
    for (source, name) in own {
        // A sound system has no module that cannot be described.
        if let Ok(mut entry) = describe(session, source) {
            name.clone_into(&mut entry.name);
            for interface in &mut listing.interfaces {
                if entry.provides.contains(&interface.name) {
                    interface.providers.push(entry.name.clone());
                }
            }
            listing.modules.push(entry);
        }
    }
    let system = plans.first().map(|plan| plan.system.clone());
    of_listing(system, listing, session)
}

fn of_listing(system: Option<String>, listing: Listing, sources: &dyn Sources) -> Reference {
    let mut specifications = BTreeMap::new();
    for entry in &listing.interfaces {
        let Some(path) = entry.file.strip_prefix("catalog/") else { continue };
        if let Ok(text) = sources.read(&SourcePath::Catalog(path.to_owned())) {
            specifications.insert(entry.file.clone(), about_the_file(&text));
        }
    }
    Reference { system, listing, specifications }
}

/// What a Rust source says of itself at its beginning.
fn about_the_file(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_speaks_at_its_beginning() {
        assert_eq!(about_the_file("//! One.\n//!\n//!  - two\n\nuse x;\n//! no"), "One.\n\n - two");
        assert_eq!(about_the_file("use x;"), "");
    }
}
