//! What the search looks through: a script, since a page on a disk may read nothing else.

use super::{Links, Reference, code};
use crate::page::{data, markdown};
use oscomp_lang::explain::ALL;
use serde::Serialize;

/// One page that can be found.
#[derive(Serialize)]
struct Found<'r> {
    kind: &'static str,
    name: &'r str,
    path: String,
    about: String,
    /// More that leads to it: names of methods, options, interfaces.
    terms: Vec<&'r str>,
}

/// The script.
pub fn index(reference: &Reference, links: &Links) -> String {
    let listing = &reference.listing;
    let mut all = Vec::new();
    for (entry, path) in listing.interfaces.iter().zip(&links.interfaces) {
        all.push(Found {
            kind: "interface",
            name: &entry.name,
            path: path.clone(),
            about: markdown::summary(&entry.doc),
            terms: entry.methods.iter().map(|method| method.name.as_str()).collect(),
        });
    }
    for (entry, path) in listing.modules.iter().zip(&links.modules) {
        let requirements = entry.requirements.iter().map(|requirement| &requirement.name);
        let options = entry.options.iter().map(|option| &option.name);
        let functions = entry.functions.iter().map(|function| &function.name);
        let terms = entry.provides.iter().chain(requirements).chain(options).chain(functions);
        all.push(Found {
            kind: if entry.app { "app" } else { "module" },
            name: &entry.name,
            path: path.clone(),
            about: markdown::summary(&entry.doc),
            terms: terms.map(String::as_str).chain([entry.family.as_str()]).collect(),
        });
    }
    for (entry, path) in listing.platforms.iter().zip(&links.platforms) {
        let devices = entry.devices.iter().map(|device| device.kind.as_str());
        let mut terms: Vec<&str> = devices.chain([entry.arch.as_str()]).collect();
        terms.dedup();
        all.push(Found {
            kind: "platform",
            name: &entry.name,
            path: path.clone(),
            about: markdown::summary(&entry.doc),
            terms,
        });
    }
    for one in ALL {
        all.push(Found {
            kind: if one.code.starts_with('W') { "warning" } else { "error" },
            name: one.code,
            path: code::path(one.code),
            about: one.title.replace('`', ""),
            terms: Vec::new(),
        });
    }
    format!("\"use strict\";\nconst pages = {};\n", data(&all))
}
