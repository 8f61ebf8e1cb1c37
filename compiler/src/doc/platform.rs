//! The page of a platform.

use super::{Frame, Kind, Links, options, table};
use crate::listing::{environment, registers};
use crate::page::escape;
use oscomp_lang::catalog::PlatformEntry;
use std::fmt::Write;

/// The page of a platform.
pub fn page(links: &Links, entry: &PlatformEntry) -> String {
    let runner = entry.runner.as_deref().unwrap_or("the image is a program of the host");
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"quiet small\">platform</p>\n{}<dl class=\"facts\">\n",
        escape(&entry.name),
        links.document(&entry.doc)
    );
    for (name, value) in [
        ("architecture", entry.arch.as_str()),
        ("environment", environment(entry.environment)),
        ("Rust target", &entry.target),
        ("memory", &entry.memory),
        ("run by", runner),
    ] {
        let _ = writeln!(body, "<dt>{name}</dt><dd>{}</dd>", escape(value));
    }
    if !entry.provides.is_empty() {
        let _ = writeln!(body, "<dt>provides</dt><dd>{}</dd>", links.list(Kind::Interface, &entry.provides));
    }
    body.push_str("</dl>\n");
    let _ = write!(
        body,
        "<h2 id=\"use\">In system.kdl</h2>\n<pre><code>{}</code></pre>\n",
        escape(&format!("platform {:?}", entry.name))
    );
    if !entry.defaults.is_empty() {
        body.push_str("<h2 id=\"defaults\">Defaults</h2>\n<p class=\"quiet\">What provides an interface where a system names nothing for it.</p>\n");
        let rows: Vec<_> = entry
            .defaults
            .iter()
            .map(|default| {
                vec![
                    links.link(Kind::Interface, &default.interface),
                    links.link(Kind::Module, &default.module),
                    escape(&default.name),
                ]
            })
            .collect();
        body.push_str(&table(&["interface", "module", "instance"], &rows));
    }
    body.push_str(&options(links, &entry.options));
    if !entry.devices.is_empty() {
        body.push_str("<h2 id=\"devices\">Devices</h2>\n");
        let rows: Vec<_> = entry
            .devices
            .iter()
            .map(|device| {
                let line = device.line.map_or_else(String::new, |line| line.to_string());
                vec![
                    format!("<code>{}</code>", escape(&device.name)),
                    escape(&device.kind),
                    escape(&registers(device)),
                    escape(&line),
                ]
            })
            .collect();
        body.push_str(&table(&["device", "kind", "registers", "interrupts by"], &rows));
    }
    Frame { title: &entry.name, kind: "platform", body }.html()
}
