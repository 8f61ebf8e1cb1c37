//! The page of a module.

use super::{Frame, Kind, Links, options, table};
use crate::listing::environment;
use crate::page::escape;
use oscomp_lang::catalog::ModuleEntry;
use oscomp_lang::signature::Edge;
use oscomp_lang::value::format_bytes;
use std::fmt::Write;

/// The page of a module.
pub fn page(links: &Links, entry: &ModuleEntry) -> String {
    let what = if entry.app { "app" } else { "module" };
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"quiet small\">{what} in {} ({})</p>\n{}",
        escape(&entry.name),
        escape(&entry.package),
        escape(&entry.folder.to_string()),
        links.document(&entry.doc)
    );
    let mut facts: Vec<(&str, String)> = Vec::new();
    if !entry.provides.is_empty() {
        facts.push(("provides", links.list(Kind::Interface, &entry.provides)));
    }
    if !entry.ambient.is_empty() {
        facts.push(("uses the ambient", links.list(Kind::Interface, &entry.ambient)));
    }
    let arch = if entry.arch.is_empty() { "all".to_owned() } else { escape(&entry.arch.join(", ")) };
    facts.push(("architectures", arch));
    let platforms = entry.environment.map_or("all".to_owned(), |only| format!("{} alone", environment(only)));
    facts.push(("platforms", platforms));
    if entry.memory > 0 {
        facts.push(("memory", format!("{} at the least", format_bytes(entry.memory))));
    }
    if let Some(headers) = &entry.headers {
        facts.push(("headers for C", format!("<code>{}</code>", escape(headers))));
    }
    body.push_str("<dl class=\"facts\">\n");
    for (name, value) in facts {
        let _ = writeln!(body, "<dt>{name}</dt><dd>{value}</dd>");
    }
    body.push_str("</dl>\n");
    let _ = write!(
        body,
        "<h2 id=\"use\">In system.kdl</h2>\n<pre><code>{}</code></pre>\n",
        escape(&example(entry))
    );
    if !entry.requirements.is_empty() {
        body.push_str("<h2 id=\"requirements\">Requires</h2>\n");
        for requirement in &entry.requirements {
            let name = escape(&requirement.name);
            let call =
                if requirement.edge == Edge::Call { ", live when it is called" } else { ", started before" };
            let _ = write!(
                body,
                "<section class=\"item\" id=\"requirement.{name}\">\n<h3><a href=\"#requirement.{name}\"><code>{name}</code></a></h3>\n\
                 <p class=\"small\">{}<span class=\"quiet\">{call}</span></p>\n{}</section>\n",
                links.list(Kind::Interface, &requirement.interfaces),
                links.document(&requirement.doc)
            );
        }
    }
    body.push_str(&options(links, &entry.options));
    if !entry.functions.is_empty() {
        body.push_str("<h2 id=\"functions\">Functions for C</h2>\n");
        let rows: Vec<_> = entry
            .functions
            .iter()
            .map(|function| {
                let name = escape(&function.name);
                vec![format!("<code id=\"function.{name}\">{name}</code>"), links.document(&function.doc)]
            })
            .collect();
        body.push_str(&table(&["function", ""], &rows));
    }
    Frame { title: &entry.name, kind: what, body }.html()
}

/// The node of an instance, with what has to be set.
fn example(entry: &ModuleEntry) -> String {
    let what = if entry.app { "app" } else { "module" };
    let needed: Vec<_> = entry.options.iter().filter(|option| option.required).collect();
    if needed.is_empty() {
        return format!("{what} {:?}", entry.name);
    }
    let mut text = format!("{what} {:?} {{\n", entry.name);
    for option in needed {
        let _ = writeln!(text, "    {} …  // {}", option.name, option.takes);
    }
    text + "}"
}
