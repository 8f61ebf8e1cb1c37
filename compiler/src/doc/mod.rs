//! What can be composed, as a site of pages that link to each other: made of the sources alone, and read without a
//! network.
//!
//! [`Reference`] is what there is to say; every kind of thing has a file here that makes its pages, [`frame`] is
//! around each of them, and [`write`] puts the site in its place.

mod code;
mod frame;
mod index;
mod interface;
mod module;
mod platform;
mod search;
mod write;

pub use write::write;

use crate::page::{self, escape, markdown};
use frame::Frame;
use oscomp_lang::catalog::{InterfaceEntry, Listing, ModuleEntry, OptionEntry};
use oscomp_lang::explain::ALL;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What a site is about.
pub struct Reference {
    /// The system whose modules are among those of the listing; none for a catalog alone.
    pub system: Option<String>,
    /// The catalog, and the modules of the system's project.
    pub listing: Listing,
    /// What the files that declare interfaces say of themselves, by file.
    pub specifications: BTreeMap<String, String>,
}

/// The files of a site, by their paths in it.
pub type Site = BTreeMap<String, String>;

impl Reference {
    /// All pages, with what they need.
    pub fn site(&self) -> Site {
        let links = Links::of(self);
        let mut site = Site::new();
        site.insert("index.html".to_owned(), index::page(self, &links));
        for (index, entry) in self.listing.interfaces.iter().enumerate() {
            site.insert(links.interfaces[index].clone(), interface::page(self, &links, entry));
        }
        for (index, entry) in self.listing.modules.iter().enumerate() {
            site.insert(links.modules[index].clone(), module::page(&links, entry));
        }
        for (index, entry) in self.listing.platforms.iter().enumerate() {
            site.insert(links.platforms[index].clone(), platform::page(&links, entry));
        }
        for explanation in ALL {
            site.insert(code::path(explanation.code), code::page(&links, explanation));
        }
        site.insert("search-index.js".to_owned(), search::index(self, &links));
        site.insert("site.js".to_owned(), include_str!("page/site.js").to_owned());
        site.insert("site.css".to_owned(), format!("{}{}", page::STYLE, include_str!("page/site.css")));
        site
    }

    /// The platforms that provide an interface themselves.
    fn platform_providers(&self, interface: &InterfaceEntry) -> Vec<&String> {
        let platforms = self.listing.platforms.iter();
        platforms.filter(|one| one.provides.contains(&interface.name)).map(|one| &one.name).collect()
    }

    /// The modules that require an interface or use it as an ambient one.
    fn users(&self, interface: &InterfaceEntry) -> Vec<&ModuleEntry> {
        let named = |names: &[String]| names.contains(&interface.name);
        let uses = |module: &&ModuleEntry| {
            named(&module.ambient)
                || module.requirements.iter().any(|requirement| named(&requirement.interfaces))
        };
        self.listing.modules.iter().filter(uses).collect()
    }
}

/// Where the page of each thing is, from the root of the site; in the order of the listing.
struct Links {
    interfaces: Vec<String>,
    modules: Vec<String>,
    platforms: Vec<String>,
    /// The same by name; of several of one name the first.
    by_name: BTreeMap<(Kind, String), String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Interface,
    Module,
    Platform,
}

impl Links {
    fn of(reference: &Reference) -> Self {
        let mut links = Self {
            interfaces: Vec::new(),
            modules: Vec::new(),
            platforms: Vec::new(),
            by_name: BTreeMap::new(),
        };
        let Listing { interfaces, modules, platforms, .. } = &reference.listing;
        links.interfaces =
            links.paths(Kind::Interface, "interface", interfaces.iter().map(|entry| &entry.name));
        links.modules = links.paths(Kind::Module, "module", modules.iter().map(|entry| &entry.name));
        links.platforms = links.paths(Kind::Platform, "platform", platforms.iter().map(|entry| &entry.name));
        links
    }

    fn paths<'n>(
        &mut self,
        kind: Kind,
        folder: &str,
        names: impl Iterator<Item = &'n String>,
    ) -> Vec<String> {
        let mut taken = BTreeSet::new();
        let mut paths = Vec::new();
        for name in names {
            let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
            let stem: String = name.chars().map(|found| if plain(found) { found } else { '_' }).collect();
            // Two families may have a module of one name; some file systems do not tell cases apart.
            let mut file = stem.clone();
            let mut number = 1;
            while !taken.insert(file.to_lowercase()) {
                number += 1;
                file = format!("{stem}-{number}");
            }
            let path = format!("{folder}/{file}.html");
            self.by_name.entry((kind, name.clone())).or_insert_with(|| path.clone());
            paths.push(path);
        }
        paths
    }

    /// The name of a thing, as a link to its page from one in a folder of the site.
    fn link(&self, kind: Kind, name: &str) -> String {
        let text = escape(name);
        match self.by_name.get(&(kind, name.to_owned())) {
            Some(path) => format!("<a href=\"../{path}\">{text}</a>"),
            None => text,
        }
    }

    /// Several of them, with commas between them.
    fn list<'n>(&self, kind: Kind, names: impl IntoIterator<Item = &'n String>) -> String {
        names.into_iter().map(|name| self.link(kind, name)).collect::<Vec<_>>().join(", ")
    }

    /// A doc comment on a page in a folder of the site.
    fn document(&self, doc: &str) -> String {
        markdown::html(doc, &|name| {
            let path = self.by_name.get(&(Kind::Interface, name.to_owned()))?;
            Some(format!("../{path}"))
        })
    }
}

/// A table; cells are markup.
fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<div class=\"scrolls\"><table>\n<thead><tr>");
    for head in heads {
        let _ = write!(out, "<th>{}</th>", escape(head));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{cell}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
    out
}

/// The options of a module or a platform.
fn options(links: &Links, options: &[OptionEntry]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let mut out = String::from("<h2 id=\"options\">Options</h2>\n");
    for option in options {
        let name = escape(&option.name);
        let facts = option.facts().join("; ");
        let _ = write!(
            out,
            "<section class=\"item\" id=\"option.{name}\">\n<h3><a href=\"#option.{name}\"><code>{name}</code></a></h3>\n\
             <p class=\"small quiet\">{}</p>\n{}",
            escape(&facts),
            links.document(&option.doc)
        );
        if !option.choices.is_empty() {
            let rows: Vec<_> = option
                .choices
                .iter()
                .map(|choice| {
                    vec![format!("<code>\"{}\"</code>", escape(&choice.name)), links.document(&choice.doc)]
                })
                .collect();
            out.push_str(&table(&["value", "meaning"], &rows));
        }
        out.push_str("</section>\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use oscomp_lang::catalog::MethodEntry;
    use oscomp_lang::source::SourcePath;

    fn interface(name: &str, doc: &str) -> InterfaceEntry {
        InterfaceEntry {
            name: name.into(),
            package: "p".into(),
            file: "catalog/p/src/lib.rs".into(),
            doc: doc.into(),
            ambient: false,
            methods: vec![MethodEntry {
                name: "now".into(),
                signature: "fn now(self) -> Vec<u8>".into(),
                doc: doc.into(),
            }],
            providers: vec!["tick".into()],
        }
    }

    fn module(name: &str, doc: &str) -> ModuleEntry {
        ModuleEntry {
            name: name.into(),
            family: "time".into(),
            package: format!("oscomp-{name}"),
            folder: SourcePath::Catalog("modules/time/tick".into()),
            doc: doc.into(),
            app: false,
            provides: vec!["Clock".into()],
            ambient: Vec::new(),
            arch: Vec::new(),
            environment: None,
            memory: 0,
            requirements: Vec::new(),
            options: Vec::new(),
            functions: Vec::new(),
            headers: None,
        }
    }

    fn reference(doc: &str) -> Reference {
        let listing = Listing {
            interfaces: vec![interface("Clock", doc)],
            modules: vec![module("tick", doc), module("tick", doc), module("../up", doc)],
            ..Listing::default()
        };
        let specifications = [("catalog/p/src/lib.rs".to_owned(), doc.to_owned())].into();
        Reference { system: Some(doc.into()), listing, specifications }
    }

    #[test]
    fn everything_has_a_page_of_its_own_within_the_site() {
        let site = reference("A [`Clock`].").site();
        for path in [
            "module/tick.html",
            "module/tick-2.html",
            "module/___up.html",
            "interface/Clock.html",
            "error/E0101.html",
        ] {
            assert!(site.contains_key(path), "{path}");
        }
        assert!(
            site["module/tick.html"].contains("<a href=\"../interface/Clock.html\"><code>Clock</code></a>")
        );
    }

    #[test]
    fn names_and_comments_are_text() {
        let site = reference("</script><script>alert(1)</script> <img src=x onerror=alert(2)> \"'").site();
        for (path, text) in site {
            assert!(!text.contains("<script>alert"), "{path}");
            assert!(!text.contains("<img"), "{path}");
        }
    }
}
