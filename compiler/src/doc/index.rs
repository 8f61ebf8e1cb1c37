//! The first page: everything there is.

use super::{Frame, Links, Reference, code, table};
use crate::listing::environment;
use crate::page::{escape, markdown};
use crate::report::counted;
use oscomp_lang::catalog::ModuleEntry;
use oscomp_lang::explain::{ALL, FAMILIES};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A table of things, which is a list where there is little room.
fn listed(heads: &[&str], rows: &[Vec<String>]) -> String {
    format!("<div class=\"listed\">{}</div>\n", table(heads, rows))
}

/// The first page.
pub fn page(reference: &Reference, links: &Links) -> String {
    let listing = &reference.listing;
    let title = match &reference.system {
        Some(system) => format!("What {system} is composed from"),
        None => "What can be composed".to_owned(),
    };
    let mut body = format!(
        "<h1>{}</h1>\n<p>{} <a href=\"#interfaces\">interfaces</a>, {} <a href=\"#modules\">modules</a>, \
         {} <a href=\"#platforms\">platforms</a>, {} <a href=\"#codes\">codes</a> of errors and warnings.</p>\n",
        escape(&title),
        listing.interfaces.len(),
        listing.modules.len(),
        listing.platforms.len(),
        ALL.len()
    );
    body.push_str(
        "<h2 id=\"interfaces\">Interfaces</h2>\n<p class=\"quiet\">Contracts between modules.</p>\n",
    );
    let rows: Vec<_> = listing
        .interfaces
        .iter()
        .zip(&links.interfaces)
        .map(|(entry, path)| {
            let ambient = if entry.ambient { " <span class=\"tag\">ambient</span>" } else { "" };
            vec![
                format!("<a href=\"{path}\">{}</a>{ambient}", escape(&entry.name)),
                escape(&markdown::summary(&entry.doc)),
                match (entry.providers.as_slice(), reference.platform_providers(entry).len()) {
                    ([], 0) => "nobody".to_owned(),
                    ([], _) => "platforms".to_owned(),
                    ([only], 0) => escape(only),
                    (modules, 0) => format!("{} modules", modules.len()),
                    (modules, _) => format!("{}, and platforms", counted(modules.len(), "module")),
                },
            ]
        })
        .collect();
    body.push_str(&listed(&["interface", "", "provided by"], &rows));

    body.push_str(
        "<h2 id=\"modules\">Modules</h2>\n<p class=\"quiet\">What provides interfaces, apps included.</p>\n",
    );
    let mut families: BTreeMap<&str, Vec<(&ModuleEntry, &String)>> = BTreeMap::new();
    for (entry, path) in listing.modules.iter().zip(&links.modules) {
        families.entry(&entry.family).or_default().push((entry, path));
    }
    for (family, modules) in families {
        let heading = if family.is_empty() { "of the project" } else { family };
        let _ = writeln!(body, "<h3>{}</h3>", escape(heading));
        let rows: Vec<_> = modules
            .iter()
            .map(|(entry, path)| {
                vec![
                    format!("<a href=\"{path}\">{}</a>", escape(&entry.name)),
                    escape(&markdown::summary(&entry.doc)),
                    escape(&entry.provides.join(", ")),
                ]
            })
            .collect();
        body.push_str(&listed(&["module", "", "provides"], &rows));
    }

    body.push_str("<h2 id=\"platforms\">Platforms</h2>\n<p class=\"quiet\">What images run on.</p>\n");
    let rows: Vec<_> = listing
        .platforms
        .iter()
        .zip(&links.platforms)
        .map(|(entry, path)| {
            vec![
                format!("<a href=\"{path}\">{}</a>", escape(&entry.name)),
                escape(&markdown::summary(&entry.doc)),
                format!("{}, {}", escape(&entry.arch), environment(entry.environment)),
            ]
        })
        .collect();
    body.push_str(&listed(&["platform", "", "machine"], &rows));

    body.push_str("<h2 id=\"codes\">Errors and warnings</h2>\n");
    for (start, heading) in FAMILIES {
        let rows: Vec<_> = ALL
            .iter()
            .filter(|one| one.code.starts_with(start))
            .map(|one| {
                vec![
                    format!("<a href=\"{}\">{}</a>", code::path(one.code), one.code),
                    markdown::inline(one.title),
                ]
            })
            .collect();
        if !rows.is_empty() {
            let _ = writeln!(body, "<h3>{heading}</h3>");
            body.push_str(&listed(&["code", "meaning"], &rows));
        }
    }
    Frame { title: &title, kind: "", body }.html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_one_group() {
        for explanation in ALL {
            let groups = FAMILIES.iter().filter(|(start, _)| explanation.code.starts_with(start)).count();
            assert_eq!(groups, 1, "{}", explanation.code);
        }
    }
}
