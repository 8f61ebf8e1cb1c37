//! Why rustc or the linker refused an image, in terms of the system.
//!
//! What check passes compiles; when it does not, the reader gets the instance and its line in
//! `system.kdl`, and who is to mend it: the module whose source is refused, or oscomp.

use super::cargo::{self, RustcError};
use super::files::write_changed;
use super::progress::Progress;
use super::project::Project;
use super::{Place, Profile};
use crate::catalog::Catalog;
use crate::failure::{Failure, Message};
use crate::output::Output;
use crate::session::{Session, relative};
use oscomp_lang::glue;
use oscomp_lang::plan::{Instance, Plan, Reason};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

/// Prints the errors and says whose they are.
pub fn explain(
    session: &Session,
    plan: &Plan,
    project: &Project,
    place: &Place,
    profile: Profile,
    errors: &[RustcError],
    output: &Output,
) -> Failure {
    if let Some(message) = errors.iter().find_map(|error| linker(session, plan, &error.message)) {
        return Failure::Refused(message);
    }
    let (in_glue, in_sources): (Vec<_>, Vec<_>) =
        errors.iter().partition(|error| error.package == project.package);
    if !in_sources.is_empty() {
        return Failure::Refused(sources(session, plan, place, &in_sources, output));
    }
    match explain_glue(session, plan, project, place, profile, output) {
        Ok(Some(message)) => Failure::Refused(message),
        Ok(None) => {
            in_glue.iter().for_each(|error| output.note(shown(session, place, &error.rendered)));
            Failure::refused(
                format!("rustc refuses the glue of {} for {}", plan.system, plan.platform.name),
                format!(
                    "check should have found this: it is a bug of oscomp; please report it with {}",
                    place.project.join("plan.json").display()
                ),
            )
        }
        Err(failure) => failure,
    }
}

/// Errors in the sources of modules.
fn sources(
    session: &Session,
    plan: &Plan,
    place: &Place,
    errors: &[&RustcError],
    output: &Output,
) -> Message {
    let mut packages = BTreeSet::new();
    for error in errors {
        output.note(shown(session, place, &error.rendered));
        packages.insert(error.package.as_str());
    }
    let mut what = String::new();
    for package in &packages {
        if !what.is_empty() {
            what.push_str("; ");
        }
        match plan.instances.iter().find(|instance| instance.package == *package) {
            Some(instance) => {
                let _ = write!(
                    what,
                    "the source of module `{}` does not compile ({})",
                    instance.module,
                    wanted(session, instance)
                );
            }
            None => {
                let _ = write!(what, "the crate `{package}` does not compile");
            }
        }
    }
    Message {
        what,
        help: Some("the errors above are in its own source, not in the composition: mend them there".into()),
    }
}

/// Expands the glue into a file, compiles that, and says which instances its errors are about.
fn explain_glue(
    session: &Session,
    plan: &Plan,
    project: &Project,
    place: &Place,
    profile: Profile,
    output: &Output,
) -> Result<Option<Message>, Failure> {
    let Some(text) = formatted(plan) else { return Ok(None) };
    let path = project.folder.join("src/glue.rs");
    write_changed(&path, text.source.as_bytes())?;
    let progress = Progress::new(plan, output);
    let errors = cargo::errors_in_glue(project, plan, profile, place, &progress);
    progress.finish();
    let errors = errors?;
    if errors.is_empty() {
        return Ok(None);
    }
    let mut names = BTreeSet::new();
    for error in &errors {
        output.note(shown(session, place, &error.rendered));
        let lines = error.spans.iter().filter(|span| span.file_name.ends_with("src/glue.rs"));
        if let Some(name) = lines.filter_map(|span| text.instance(plan, span.line_start)).next() {
            names.insert(name);
        }
    }
    let mut what = format!("rustc refuses the glue of {} for {}", plan.system, plan.platform.name);
    for name in names {
        if let Some(instance) = plan.instance(&name) {
            let _ = write!(
                what,
                "\n  instance `{name}` of module `{}` ({})",
                instance.module,
                wanted(session, instance)
            );
        }
    }
    Ok(Some(Message {
        what,
        help: Some(format!(
            "check should have found this: it is a bug of oscomp, or of the module if its signature lies; the glue is in {}",
            path.display()
        )),
    }))
}

/// What rustc renders, with paths as the user would write them instead of those through the links.
pub fn shown(session: &Session, place: &Place, rendered: &str) -> String {
    let mut links = vec![("project", relative(&session.folder))];
    if let Catalog::Folder(root) = &session.catalog {
        links.push(("catalog", relative(root)));
    }
    if let Some(root) = &place.workspace {
        links.push(("workspace", relative(root)));
    }
    let mut text = rendered.trim_end().to_owned();
    for (link, folder) in links {
        let folder = if folder.is_empty() { folder } else { format!("{folder}/") };
        for mark in ["--> ", "::: "] {
            text = text.replace(&format!("{mark}{link}/"), &format!("{mark}{folder}"));
        }
    }
    text
}

/// Why an instance is in the system, with the place that says so.
fn wanted(session: &Session, instance: &Instance) -> String {
    match &instance.reason {
        Reason::Written(place) => {
            format!("{}:{}:{}", session.show_place(&place.file), place.line, place.column)
        }
        Reason::PlatformDefault(place) | Reason::ModuleDefault(place) => {
            format!("by default: {}:{}:{}", session.show_place(&place.file), place.line, place.column)
        }
        Reason::OnlyProvider | Reason::OnlyDevice | Reason::Unset => {
            format!("instance `{}`", instance.name)
        }
        Reason::Platform => "the platform's own".to_owned(),
    }
}

/// The glue as a file.
struct Formatted {
    source: String,
    /// The lines of each instance's part, from 1.
    parts: Vec<(String, Range<usize>)>,
}

fn formatted(plan: &Plan) -> Option<Formatted> {
    let body = prettyplease::unparse(&syn::parse2(glue::expand(plan)).ok()?);
    let source = format!("#![no_std]\n#![no_main]\n{body}");
    let lines: Vec<&str> = source.lines().collect();
    // Each part begins with the doc comment of its tag, and ends where the next one begins or the items
    // around it end.
    let begins = |line: &str| line.trim_start().starts_with("///") && line.contains("Instance `");
    let mut parts = Vec::new();
    for instance in &plan.instances {
        let mark = format!("Instance `{}` of module", instance.name);
        let begin = lines.iter().position(|line| begins(line) && line.contains(&mark))?;
        let rest = &lines[begin + 1..];
        let end = rest.iter().position(|line| begins(line) || *line == "}").unwrap_or(rest.len());
        parts.push((instance.name.clone(), begin + 1..begin + 2 + end));
    }
    Some(Formatted { source, parts })
}

impl Formatted {
    /// The instance that a line is about: the one whose part it is in, else the one that is started
    /// there or next.
    fn instance(&self, plan: &Plan, line: usize) -> Option<String> {
        if let Some((name, _)) = self.parts.iter().find(|(_, lines)| lines.contains(&line)) {
            return Some(name.clone());
        }
        let rest = self.source.lines().skip(line.checked_sub(1)?);
        rest.take(12).find_map(|text| {
            let named = |instance: &&Instance| {
                let slot = instance.name.replace('-', "_").to_ascii_uppercase();
                text.contains(&format!("{slot}.start("))
                    || text.contains(&format!("failed(\"{}\"", instance.name))
            };
            plan.instances.iter().find(named).map(|instance| instance.name.clone())
        })
    }
}

/// What of an error is the linker's, in terms of the system.
fn linker(session: &Session, plan: &Plan, message: &str) -> Option<Message> {
    if message.contains("no global memory allocator found") {
        return Some(Message {
            what: "the image allocates memory, but nothing in the system provides `Heap`".into(),
            help: Some(
                "a crate uses `alloc` without its module saying so: add `ambient(Heap)` to that module's \
                 #[module(..)], or a heap to system.kdl: `module \"talc\" as=\"heap\"`"
                    .into(),
            ),
        });
    }
    if let Some(interface) = ambient_symbol(message) {
        let users: Vec<&str> = plan.instances.iter().map(|instance| instance.name.as_str()).collect();
        return Some(Message {
            what: format!(
                "something in the image calls the ambient interface `{interface}`, which nothing provides"
            ),
            help: Some(format!(
                "the module that calls it does not say `ambient({interface})` in its #[module(..)]: add it there \
                 (instances: {})",
                users.join(", ")
            )),
        });
    }
    if let Some(message) = super::c::missing_functions(session, plan, message) {
        return Some(message);
    }
    let Some(symbol) = message.split("undefined symbol: ").nth(1) else {
        let said = message.split("rust-lld: error: ").nth(1)?.lines().next()?.trim();
        let is_of_a_thread = said.contains(".tbss") || said.contains(".tdata");
        return Some(Message {
            what: format!("the linker refuses the image: {said}"),
            help: is_of_a_thread.then(|| {
                "an image has no variables of threads (`_Thread_local`): C has `pthread_getspecific`, from the module `posix-threads`"
                    .into()
            }),
        });
    };
    let symbol = symbol.lines().next()?.trim();
    let from = message.split(">>> referenced by ").nth(1).and_then(referrer);
    Some(Message {
        what: match from {
            Some(from) => {
                format!("the image needs `{symbol}`, which nothing in it has (referenced by {from})")
            }
            None => format!("the image needs `{symbol}`, which nothing in it has"),
        },
        help: Some(
            "an `extern` function without its library: a module for bare metal must bring all that it calls"
                .into(),
        ),
    })
}

/// The function in what rust-lld says after `referenced by`: an object, then `object:(function)`.
pub fn referrer(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    let object = lines.next()?.trim();
    let function = lines.next().and_then(|line| line.split_once(":(")?.1.trim().strip_suffix(')'));
    Some(function.unwrap_or(object))
}

/// The interface in `oscomp ambient Log 0123456789abcdef`, a symbol that is missing.
fn ambient_symbol(message: &str) -> Option<&str> {
    let rest = &message[message.find("oscomp ambient ")? + "oscomp ambient ".len()..];
    let name = rest.split(|character: char| !character.is_ascii_alphanumeric()).next()?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{ambient_symbol, formatted, referrer};
    use crate::sample;

    #[test]
    fn lines_of_the_glue_lead_to_instances() {
        let plan = sample::hello();
        let text = formatted(&plan).unwrap();
        assert_eq!(text.parts.len(), plan.instances.len());
        for instance in &plan.instances {
            let slot = instance.name.replace('-', "_").to_ascii_uppercase();
            for mark in [format!("Instance `{}`", instance.name), format!("{slot}.start(")] {
                let line = text.source.lines().position(|line| line.contains(&mark)).unwrap() + 1;
                assert_eq!(text.instance(&plan, line).as_deref(), Some(instance.name.as_str()), "{mark}");
            }
        }
    }

    #[test]
    fn the_function_that_refers_is_named() {
        let text = "image.cgu.0\n>>>               /a b/image.o:(<hello::Hello as App>::run)\n";
        assert_eq!(referrer(text), Some("<hello::Hello as App>::run"));
        assert_eq!(referrer("image.cgu.0"), Some("image.cgu.0"));
    }

    #[test]
    fn ambient_symbols_name_their_interface() {
        let message = "rust-lld: error: undefined symbol: oscomp ambient Log 0011223344556677";
        assert_eq!(ambient_symbol(message), Some("Log"));
        assert_eq!(ambient_symbol("undefined symbol: memcpy"), None);
    }
}
