//! `system.kdl` as it is written, before anything that it names is looked up.

use crate::check::fields::mended;
use crate::diagnostic::Diagnostic;
use crate::plan::Optimize;
use crate::signature::{OptionType, is_instance_name};
use crate::source::SourcePath;
use crate::suggest::{listing, nearest, skeleton};
use crate::syntax::{Codes, Node, Reader, Spanned, did_you_mean_string};
use crate::value::{Literal, parse_bytes};
use std::collections::HashMap;
use std::ops::Range;

/// A system as its file says it.
#[derive(Clone)]
pub(crate) struct SystemFile {
    pub name: String,
    /// `system "name"`.
    pub head: Range<usize>,
    pub node: Node,
    pub platforms: Vec<PlatformNode>,
    pub instances: Vec<InstanceNode>,
    /// The index of the app among the instances.
    pub app: Option<usize>,
    pub optimize: Optimize,
    /// Whether a node could not be read at all, so that it is not known what the system has.
    pub lost: bool,
}

/// `platform "name" { memory "16MiB" }`.
#[derive(Clone)]
pub(crate) struct PlatformNode {
    pub name: Spanned<String>,
    pub memory: Option<Spanned<u64>>,
    /// The fields of the platform's own instance.
    pub fields: Vec<Field>,
    pub node: Node,
}

/// `app` or `module`.
#[derive(Clone)]
pub(crate) struct InstanceNode {
    pub is_app: bool,
    pub module: Spanned<String>,
    /// `as`, else the module's name.
    pub name: Spanned<String>,
    /// The folder of a module of the project.
    pub path: Option<Spanned<String>>,
    /// The only platform that has the instance.
    pub on: Option<Spanned<String>>,
    pub fields: Vec<Field>,
    /// Whether some of its fields could not be read, so that it is not known what it says.
    pub broken: bool,
    pub node: Node,
}

/// A child node of an instance.
#[derive(Clone)]
pub(crate) struct Field {
    pub name: Spanned<String>,
    pub values: Vec<Spanned<Literal>>,
    /// The only platform for which it holds.
    pub on: Option<Spanned<String>>,
    /// The node without children.
    pub head: Range<usize>,
}

impl InstanceNode {
    /// Whether that platform has the instance.
    pub fn holds_on(&self, platform: &str) -> bool {
        self.on.as_ref().is_none_or(|on| on.value == platform)
    }
}

const IN_SYSTEM: [&str; 4] = ["platform", "app", "module", "build"];

/// Reads what the nodes of a `system.kdl` say. Mistakes go to `diagnostics`; what is sound is kept.
pub(crate) fn read(
    file: &SourcePath,
    text: &str,
    nodes: Vec<Node>,
    mistakes: &[Range<usize>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<SystemFile> {
    let codes =
        Codes { unknown_node: "E0203", unknown_property: "E0204", arguments: "E0205", twice: "E0219" };
    let mut reader = Reader { file, codes, diagnostics: Vec::new() };
    let system = read_nodes(&mut reader, text, nodes, mistakes);
    diagnostics.append(&mut reader.diagnostics);
    system
}

fn read_nodes(
    reader: &mut Reader<'_>,
    text: &str,
    nodes: Vec<Node>,
    mistakes: &[Range<usize>],
) -> Option<SystemFile> {
    let is_whole = mistakes.is_empty();
    let mut systems = Vec::new();
    let none = nodes.is_empty();
    let mut misspelt = false;
    for node in nodes {
        if node.name.value == "system" {
            systems.push(node);
        } else {
            let message = format!("unknown node `{}` at the top of the file", node.name.value);
            let near = nearest(&node.name.value, ["system"]);
            misspelt |= near.is_some() || IN_SYSTEM.contains(&node.name.value.as_str());
            let diagnostic =
                Diagnostic::error("E0203", message).at(reader.file, &node.name.span, "not known here");
            reader.diagnostics.push(match near {
                Some(near) => crate::syntax::did_you_mean(diagnostic, reader.file, &node.name, near),
                None if IN_SYSTEM.contains(&node.name.value.as_str()) => diagnostic.help(format!(
                    "move it into `system \"…\" {{ … }}`: `{}` is part of a system",
                    node.name.value
                )),
                None => diagnostic.help("a file has one node, `system \"name\" { … }`"),
            });
        }
    }
    let mut systems = systems.into_iter();
    let Some(node) = systems.next() else {
        if is_whole && !misspelt {
            let (code, message) =
                if none { ("E0108", "the file is empty") } else { ("E0201", "the file has no system") };
            let help = "write `system \"name\" { platform \"…\"; app \"…\" }`";
            let end = text.len();
            reader.diagnostics.push(
                Diagnostic::error(code, message)
                    .at(reader.file, &(end..end), "expected `system` here")
                    .help(help),
            );
        }
        return None;
    };
    for second in systems {
        reader.diagnostics.push(
            Diagnostic::error("E0202", "a file is one system, and this is one more")
                .at(reader.file, &second.head(), "the second system")
                .at(reader.file, &node.head(), "the first system")
                .help("move it to a folder of its own"),
        );
    }
    reader.properties(&node, &[]);
    let name = reader.string_argument(&node, "the name of the system", "system \"name\" { … }");
    if let Some(name) = &name {
        valid_name(reader, name, "a system");
    }
    let mut system = SystemFile {
        name: name.map_or_else(|| "system".to_owned(), |name| name.value),
        head: node.head(),
        platforms: Vec::new(),
        instances: Vec::new(),
        app: None,
        optimize: Optimize::default(),
        node: node.clone(),
        lost: false,
    };
    let mut build = None;
    for child in node.children() {
        let name = child.name.value.as_str();
        let kind = if IN_SYSTEM.contains(&name) {
            Some(name)
        } else {
            reader.unknown_node(child, "a system", &IN_SYSTEM);
            // What is in it is read as what was probably meant.
            nearest(name, IN_SYSTEM)
        };
        match kind {
            Some("platform") => read_platform(reader, child, &mut system),
            Some("app") => read_instance(reader, child, true, &mut system),
            Some("module") => read_instance(reader, child, false, &mut system),
            Some("build") if reader.once(&mut build, child) => system.optimize = read_build(reader, child),
            _ => {}
        }
    }
    if is_whole {
        complete(reader, &system);
    }
    for mistake in mistakes {
        let within = |node: &Node| node.span.start <= mistake.start && mistake.start < node.span.end;
        system.lost |= !node.children().iter().any(within);
        for instance in &mut system.instances {
            instance.broken |= within(&instance.node);
        }
    }
    names(reader, &system);
    limits(reader, &system);
    Some(system)
}

fn read_platform(reader: &mut Reader<'_>, node: &Node, system: &mut SystemFile) {
    reader.properties(node, &[]);
    let (mut seen, mut memory, mut fields) = (None, None, Vec::new());
    for child in node.children() {
        if child.name.value != "memory" {
            fields.push(read_field(reader, child));
            continue;
        }
        if reader.once(&mut seen, child) {
            memory = read_memory(reader, child);
        }
    }
    let Some(name) = reader.string_argument(node, "the name of a platform", "platform \"qemu-microvm\"")
    else {
        return;
    };
    if let Some(first) = system.platforms.iter().find(|first| first.name.value == name.value) {
        reader.diagnostics.push(
            Diagnostic::error("E0216", format!("platform `{}` is named twice", name.value))
                .at(reader.file, &name.span, "again here")
                .at(reader.file, &first.name.span, "first here")
                .help("delete one of the two: each platform gives one image"),
        );
        return;
    }
    system.platforms.push(PlatformNode { name, memory, fields, node: node.clone() });
}

fn read_memory(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<u64>> {
    reader.properties(node, &[]);
    reader.no_children(node);
    let size = reader.argument(node, "a size", "memory \"16MiB\"")?;
    let problem = match &size.value {
        Literal::String(text) => match parse_bytes(text) {
            Ok(bytes) => return Some(Spanned { value: bytes, span: size.span.clone() }),
            Err(problem) => problem,
        },
        Literal::Integer(number) => format!("expected a size with its unit, such as \"{number}MiB\""),
        other => format!("expected a size, such as \"16MiB\", found {}", other.kind()),
    };
    let mut diagnostic = Diagnostic::error("E0408", "`memory` is not a size")
        .at(reader.file, &size.span, problem)
        .help("write a whole number and `KiB`, `MiB` or `GiB`, in quotes");
    if let Some(text) = mended(&OptionType::Bytes, &size.value) {
        diagnostic = diagnostic.fix(format!("write {text}"), reader.file, &size.span, text);
    }
    reader.diagnostics.push(diagnostic);
    None
}

fn read_build(reader: &mut Reader<'_>, node: &Node) -> Optimize {
    reader.properties(node, &[]);
    if let Some(extra) = node.arguments.first() {
        reader.error("E0205", &extra.span, "`build` takes no argument", "not expected");
    }
    let mut seen = None;
    let mut optimize = Optimize::default();
    for child in node.children() {
        if child.name.value != "optimize" {
            reader.unknown_node(child, "`build`", &["optimize"]);
            continue;
        }
        if !reader.once(&mut seen, child) {
            continue;
        }
        reader.properties(child, &[]);
        reader.no_children(child);
        let Some(value) = reader.string_argument(child, "`speed` or `size`", "optimize \"size\"") else {
            continue;
        };
        match value.value.as_str() {
            "speed" => optimize = Optimize::Speed,
            "size" => optimize = Optimize::Size,
            other => {
                let diagnostic = Diagnostic::error("E0403", format!("`optimize` cannot be `{other}`")).at(
                    reader.file,
                    &value.span,
                    "expected `speed` or `size`",
                );
                reader.diagnostics.push(match nearest(other, ["speed", "size"]) {
                    Some(near) => did_you_mean_string(diagnostic, reader.file, &value, near),
                    None => diagnostic.help("write `optimize \"speed\"` or `optimize \"size\"`"),
                });
            }
        }
    }
    optimize
}

fn read_instance(reader: &mut Reader<'_>, node: &Node, is_app: bool, system: &mut SystemFile) {
    reader.properties(node, &["as", "path", "on"]);
    let (what, example) = if is_app {
        ("the name of the app", "app \"hello\"")
    } else {
        ("the name of a module", "module \"talc\" as=\"heap\"")
    };
    let module = reader.string_argument(node, what, example);
    let alias = reader.string_property(node, "as");
    let path = reader.string_property(node, "path");
    let on = reader.string_property(node, "on");
    let fields = node.children().iter().map(|child| read_field(reader, child)).collect();
    let Some(module) = module else { return };
    if let (true, Some(on)) = (is_app, &on) {
        reader.diagnostics.push(
            Diagnostic::error("E0204", "the app cannot be limited to a platform")
                .at(reader.file, &on.span, "every image has the app")
                .help("delete `on`; for another app, write another system"),
        );
    }
    if let Some(alias) = &alias {
        valid_name(reader, alias, "an instance");
    } else if !is_instance_name(&module.value) && path.is_some() {
        valid_name(reader, &module, "an instance");
    }
    let name = alias.unwrap_or_else(|| module.clone());
    if name.value == "platform" {
        reader.diagnostics.push(
            Diagnostic::error("E0211", "`platform` is the name of the platform's own instance")
                .at(reader.file, &name.span, "this name is taken")
                .help("give the instance another name with `as=\"…\"`"),
        );
        return;
    }
    let mut broken = false;
    if is_app {
        if let Some(first) = system.app {
            // Whatever it lacks, it should not be there.
            broken = true;
            let first = &system.instances[first];
            reader.diagnostics.push(
                Diagnostic::error("E0214", "a system has one app, and this is one more")
                    .at(reader.file, &node.head(), "the second app")
                    .at(reader.file, &first.node.head(), "the first app")
                    .help("make it a `module` if the app needs it, else a system of its own"),
            );
        } else {
            system.app = Some(system.instances.len());
        }
    }
    system.instances.push(InstanceNode {
        is_app,
        module,
        name,
        path,
        on,
        fields,
        broken,
        node: node.clone(),
    });
}

fn read_field(reader: &mut Reader<'_>, node: &Node) -> Field {
    reader.properties(node, &["on"]);
    reader.no_children(node);
    Field {
        name: node.name.clone(),
        values: node.arguments.clone(),
        on: reader.string_property(node, "on"),
        head: node.head(),
    }
}

/// Says what is wrong with a name, if anything is.
fn valid_name(reader: &mut Reader<'_>, name: &Spanned<String>, what: &str) {
    if is_instance_name(&name.value) {
        return;
    }
    let folded: String = name
        .value
        .chars()
        .map(|character| skeleton(character).unwrap_or(character))
        .flat_map(char::to_lowercase)
        .map(|character| if matches!(character, '_' | ' ' | '.') { '-' } else { character })
        .collect();
    let foreign = name.value.chars().find(|character| skeleton(*character).is_some());
    let diagnostic = match foreign {
        Some(foreign) => Diagnostic::error(
            "E0212",
            format!("the name `{}` has a letter that only looks like a Latin one", name.value),
        )
        .at(
            reader.file,
            &name.span,
            format!("`{foreign}` is U+{:04X}, not the Latin letter", u32::from(foreign)),
        ),
        None => Diagnostic::error("E0211", format!("`{}` cannot name {what}", name.value)).at(
            reader.file,
            &name.span,
            "expected lower-case words and digits, joined by hyphens",
        ),
    };
    let diagnostic = if is_instance_name(&folded) {
        did_you_mean_string(diagnostic, reader.file, name, &folded)
    } else {
        diagnostic
            .help("a name has lower-case ASCII letters, digits and single hyphens, and begins with a letter")
    };
    reader.diagnostics.push(diagnostic);
}

/// What a system cannot do without.
fn complete(reader: &mut Reader<'_>, system: &SystemFile) {
    let children = || system.node.children().iter().map(|child| child.name.value.as_str());
    let misspelt =
        |name: &str| children().any(|child| !IN_SYSTEM.contains(&child) && nearest(child, [name]).is_some());
    let written = |name: &str| children().any(|child| child == name);
    if !written("platform") && !misspelt("platform") {
        reader.diagnostics.push(
            Diagnostic::error("E0215", format!("system `{}` has no platform", system.name))
                .at(reader.file, &system.head, "nothing says where it runs")
                .help("add a line such as `platform \"qemu-microvm\"`"),
        );
    }
    if !written("app") && !misspelt("app") {
        reader.diagnostics.push(
            Diagnostic::error("E0213", format!("system `{}` has no app", system.name))
                .at(reader.file, &system.head, "nothing says what it is for")
                .help("add a line such as `app \"hello\"`: the app decides what else the system needs"),
        );
    }
}

/// Two instances of one name cannot be told apart, unless no platform has both.
fn names(reader: &mut Reader<'_>, system: &SystemFile) {
    let mut by_name: HashMap<&str, Vec<&InstanceNode>> = HashMap::new();
    for instance in &system.instances {
        let others = by_name.entry(&instance.name.value).or_default();
        let clash = others.iter().find(|other| match (&other.on, &instance.on) {
            (Some(one), Some(two)) => one.value == two.value,
            _ => true,
        });
        if let Some(first) = clash {
            reader.diagnostics.push(
                Diagnostic::error("E0210", format!("two instances are named `{}`", instance.name.value))
                    .at(reader.file, &instance.name.span, "again here")
                    .at(reader.file, &first.name.span, "first here")
                    .help("give one of them another name with `as=\"…\"`"),
            );
        }
        // One of a crowd is enough to report the next against.
        if others.len() < 16 {
            others.push(instance);
        }
    }
}

/// `on` names platforms of this file.
fn limits(reader: &mut Reader<'_>, system: &SystemFile) {
    let known: Vec<&str> = system.platforms.iter().map(|platform| platform.name.value.as_str()).collect();
    if known.is_empty() {
        return;
    }
    let fields = system.instances.iter().flat_map(|instance| instance.fields.iter().map(|field| &field.on));
    let limits = system.instances.iter().map(|instance| &instance.on).chain(fields).flatten();
    for on in limits {
        if known.contains(&on.value.as_str()) {
            continue;
        }
        let diagnostic = Diagnostic::error(
            "E0217",
            format!("`on` names the platform `{}`, which this system does not have", on.value),
        )
        .at(reader.file, &on.span, "not a platform of this system");
        reader.diagnostics.push(match nearest(&on.value, known.iter().copied()) {
            Some(near) => did_you_mean_string(diagnostic, reader.file, on, near),
            None => diagnostic.help(format!("the system's platforms: {}", listing(known.iter().copied()))),
        });
    }
}
