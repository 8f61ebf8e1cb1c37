//! `oscomp list`: what can be composed.

use super::{Global, SystemArgument};
use crate::catalog::{Catalog, CatalogSources};
use crate::complete;
use crate::failure::{Exit, Failure};
use crate::listing;
use crate::output::{Format, Output};
use crate::session::Session;
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use oscomp_lang::catalog::{Listing, list};
use oscomp_lang::suggest::nearest;
use serde_json::{Value, json};
use std::env;

/// Arguments of `oscomp list`.
#[derive(Debug, Args)]
pub struct List {
    /// What to list: `interfaces`, `modules` or `platforms`, or one thing by its name; everything when left out
    #[arg(value_name = "WHAT", add = ArgValueCompleter::new(complete::kinds_and_names))]
    what: Option<String>,
    /// One of that kind, in full
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::names))]
    name: Option<String>,
}

/// What of the catalog is asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// None for all kinds.
    kind: Option<Kind>,
    /// One thing, in full.
    name: Option<&'a str>,
}

/// What there is in a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Contracts between modules
    #[value(alias = "interface")]
    Interfaces,
    /// Implementations of interfaces, apps included
    #[value(alias = "module")]
    Modules,
    /// What images run on
    #[value(alias = "platform")]
    Platforms,
}

impl List {
    /// Prints one line for each, or all about one.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let listing = match &global.system {
            Some(_) => list(&Session::open(global, &SystemArgument::default())?),
            None => {
                let here = env::current_dir().unwrap_or_default();
                list(&CatalogSources(Catalog::find(global.catalog.as_deref(), &here)?))
            }
        };
        let asked = self.asked()?;
        match asked.name {
            Some(name) => asked.print_one(&listing, name, output)?,
            None => asked.print_all(&listing, output),
        }
        for diagnostic in &listing.diagnostics {
            let file =
                diagnostic.labels.first().map_or_else(String::new, |label| format!("{}: ", label.file));
            output.note(format!("{file}{}: {}", diagnostic.code, diagnostic.message));
        }
        Ok(if listing.diagnostics.is_empty() { Exit::Sound } else { Exit::Refused })
    }

    /// A name alone is looked up among all kinds.
    fn asked(&self) -> Result<Asked<'_>, Failure> {
        let what = self.what.as_deref();
        let kind = what.and_then(|what| Kind::from_str(what, false).ok());
        match (what, kind, self.name.as_deref()) {
            (Some(what), None, Some(_)) => Err(Failure::environment(
                format!("`{what}` is not a kind of what there is to compose"),
                "`oscomp list modules NAME`, or `interfaces`, or `platforms`",
            )),
            (what, None, _) => Ok(Asked { kind: None, name: what }),
            (_, kind, name) => Ok(Asked { kind, name }),
        }
    }
}

impl Asked<'_> {
    fn wants(self, kind: Kind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }

    fn print_all(self, listing: &Listing, output: &Output) {
        if output.format == Format::Json {
            match self.kind {
                None => output.json(listing),
                Some(Kind::Interfaces) => output.json(&listing.interfaces),
                Some(Kind::Modules) => output.json(&listing.modules),
                Some(Kind::Platforms) => output.json(&listing.platforms),
            }
            return;
        }
        let sections = [
            (Kind::Interfaces, "interfaces", listing::interfaces(listing)),
            (Kind::Modules, "modules", listing::modules(listing)),
            (Kind::Platforms, "platforms", listing::platforms(listing)),
        ];
        let mut first = true;
        for (kind, heading, lines) in sections {
            if !self.wants(kind) {
                continue;
            }
            if self.kind.is_none() {
                if !first {
                    output.line("");
                }
                output.line(output.paint(heading, "1"));
            }
            first = false;
            lines.iter().for_each(|line| output.line(line));
        }
    }

    fn print_one(self, listing: &Listing, name: &str, output: &Output) -> Result<(), Failure> {
        let mut found: Vec<(Value, Vec<String>)> = Vec::new();
        if self.wants(Kind::Interfaces) {
            let all = listing.interfaces.iter().filter(|entry| entry.name == name);
            found.extend(all.map(|entry| (json!(entry), listing::interface(entry))));
        }
        if self.wants(Kind::Modules) {
            let all = listing.modules.iter().filter(|entry| entry.name == name);
            found.extend(all.map(|entry| (json!(entry), listing::module(entry))));
        }
        if self.wants(Kind::Platforms) {
            let all = listing.platforms.iter().filter(|entry| entry.name == name);
            found.extend(all.map(|entry| (json!(entry), listing::platform(entry))));
        }
        if found.is_empty() {
            return Err(self.absent(listing, name));
        }
        match output.format {
            Format::Json => output.json(&found.iter().map(|(value, _)| value).collect::<Vec<_>>()),
            _ => found.iter().flat_map(|(_, lines)| lines).for_each(|line| output.line(line)),
        }
        Ok(())
    }

    fn absent(self, listing: &Listing, name: &str) -> Failure {
        let mut names: Vec<&str> = Vec::new();
        if self.wants(Kind::Interfaces) {
            names.extend(listing.interfaces.iter().map(|entry| entry.name.as_str()));
        }
        if self.wants(Kind::Modules) {
            names.extend(listing.modules.iter().map(|entry| entry.name.as_str()));
        }
        if self.wants(Kind::Platforms) {
            names.extend(listing.platforms.iter().map(|entry| entry.name.as_str()));
        }
        let (what, command) = match self.kind {
            None => {
                names.extend(["interfaces", "modules", "platforms"]);
                ("nothing named", "oscomp list")
            }
            Some(Kind::Interfaces) => ("no interface named", "oscomp list interfaces"),
            Some(Kind::Modules) => ("no module named", "oscomp list modules"),
            Some(Kind::Platforms) => ("no platform named", "oscomp list platforms"),
        };
        let help = match nearest(name, names) {
            Some(meant) => format!("did you mean `{meant}`? `{command}` lists all there are"),
            None => format!("`{command}` lists all there are"),
        };
        Failure::environment(format!("the catalog has {what} `{name}`"), help)
    }
}
