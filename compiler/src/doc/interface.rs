//! The page of an interface.

use super::{Frame, Kind, Links, Reference};
use crate::page::escape;
use oscomp_lang::catalog::InterfaceEntry;
use oscomp_lang::signature::Edge;
use std::fmt::Write;

/// The page of an interface.
pub fn page(reference: &Reference, links: &Links, entry: &InterfaceEntry) -> String {
    let name = escape(&entry.name);
    let ambient = if entry.ambient {
        "<p><span class=\"tag\">ambient</span> An image has exactly one provider of it, which all reach without being bound to it.</p>\n"
    } else {
        ""
    };
    let mut body = format!(
        "<h1>{name}</h1>\n<p class=\"quiet small\">interface of {} ({})</p>\n{ambient}{}",
        escape(&entry.package),
        escape(&entry.file),
        links.document(&entry.doc)
    );
    if !entry.methods.is_empty() {
        body.push_str("<h2 id=\"methods\">Methods</h2>\n");
    }
    for method in &entry.methods {
        let id = escape(&method.name);
        let _ = write!(
            body,
            "<section class=\"item\" id=\"method.{id}\">\n<h3><a href=\"#method.{id}\">{id}</a></h3>\n\
             <pre><code>{}</code></pre>\n{}</section>\n",
            escape(&method.signature),
            links.document(&method.doc)
        );
    }
    if let Some(specification) = reference.specifications.get(&entry.file).filter(|text| !text.is_empty()) {
        let _ = write!(
            body,
            "<h2 id=\"specification\">More on it</h2>\n<p class=\"quiet small\">from {}</p>\n{}",
            escape(&entry.file),
            links.document(specification)
        );
    }
    body.push_str("<h2 id=\"providers\">Provided by</h2>\n");
    let own = reference.platform_providers(entry);
    if !entry.providers.is_empty() {
        let _ = writeln!(body, "<p>{}</p>", links.list(Kind::Module, &entry.providers));
    } else if own.is_empty() {
        body.push_str("<p>No module.</p>\n");
    }
    if !own.is_empty() {
        let _ = writeln!(body, "<p>By the platform itself on {}.</p>", links.list(Kind::Platform, own));
    }
    let platforms: Vec<&String> = reference
        .listing
        .platforms
        .iter()
        .filter(|platform| platform.defaults.iter().any(|default| default.interface == entry.name))
        .map(|platform| &platform.name)
        .collect();
    if !platforms.is_empty() {
        let _ =
            writeln!(body, "<p>By default there is one on {}.</p>", links.list(Kind::Platform, platforms));
    }
    body.push_str("<h2 id=\"users\">Required by</h2>\n");
    let users = reference.users(entry);
    if users.is_empty() {
        body.push_str("<p>No module.</p>\n");
    } else {
        body.push_str("<ul>\n");
        for user in users {
            let requirements = user
                .requirements
                .iter()
                .filter(|requirement| requirement.interfaces.contains(&entry.name))
                .map(|requirement| {
                    let call = if requirement.edge == Edge::Call { ", when called" } else { "" };
                    format!("<code>{}</code>{call}", escape(&requirement.name))
                })
                .collect::<Vec<_>>();
            let how = if requirements.is_empty() {
                "as an ambient one".to_owned()
            } else {
                requirements.join(", ")
            };
            let _ = writeln!(
                body,
                "<li>{} <span class=\"quiet small\">{how}</span></li>",
                links.link(Kind::Module, &user.name)
            );
        }
        body.push_str("</ul>\n");
    }
    Frame { title: &entry.name, kind: "interface", body }.html()
}
