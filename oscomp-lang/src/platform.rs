//! `platform.kdl`: a machine's facts, devices and default modules.

use crate::diagnostic::Diagnostic;
use crate::plan::{
    Accelerator, Configuration, DeviceRegisters, Flat, Line, Optimize, Platform, PlatformDevice, Runner,
    RunnerFile, RunnerStatus,
};
use crate::signature::{Environment, is_instance_name};
use crate::source::SourcePath;
use crate::syntax::{Codes, Node, Reader, Spanned};
use crate::system::Field;
use crate::value::{Literal, parse_bytes};
use std::collections::BTreeMap;
use std::ops::Range;

/// What a `platform.kdl` says.
#[derive(Clone)]
pub(crate) struct PlatformFile {
    pub file: SourcePath,
    pub doc: String,
    pub platform: Platform,
    pub memory: MemoryFacts,
    pub defaults: Vec<Default>,
    /// Where each device is written, in the order of `platform.devices`.
    pub device_spans: Vec<Range<usize>>,
    /// Where `arch` and `environment` are written.
    pub arch_span: Range<usize>,
    pub environment_span: Range<usize>,
}

/// Bytes of memory that the machine can have.
#[derive(Clone)]
pub(crate) struct MemoryFacts {
    pub default: u64,
    pub least: u64,
    pub most: u64,
    /// What the platform itself takes at the least.
    pub reserved: u64,
    /// The address at which it begins.
    pub base: u64,
    pub span: Range<usize>,
}

/// The module that provides an interface where a system says nothing.
#[derive(Clone)]
pub(crate) struct Default {
    pub interface: Spanned<String>,
    pub module: Spanned<String>,
    /// The name of the instance.
    pub name: Spanned<String>,
    /// Only in images that are optimised for that.
    pub optimize: Option<Optimize>,
    pub fields: Vec<Field>,
    pub head: Range<usize>,
}

const TOP: [&str; 11] = [
    "doc",
    "arch",
    "environment",
    "target",
    "linker-script",
    "flat",
    "memory",
    "device",
    "default",
    "runner",
    "platform",
];

/// Reads a `platform.kdl` in the folder of a platform.
pub(crate) fn read(
    folder: &SourcePath,
    name: &str,
    file: &SourcePath,
    nodes: &[Node],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<PlatformFile> {
    let codes =
        Codes { unknown_node: "E0952", unknown_property: "E0952", arguments: "E0952", twice: "E0952" };
    let mut reader = Reader { file, codes, diagnostics: Vec::new() };
    let platform = read_nodes(&mut reader, folder, name, nodes);
    diagnostics.append(&mut reader.diagnostics);
    platform
}

fn read_nodes(
    reader: &mut Reader<'_>,
    folder: &SourcePath,
    name: &str,
    nodes: &[Node],
) -> Option<PlatformFile> {
    let Some(node) = nodes.iter().find(|node| node.name.value == "platform") else {
        reader.error("E0952", &(0..0), "the file has no platform", "expected `platform \"name\" { … }`");
        return None;
    };
    for other in nodes {
        if !std::ptr::eq(other, node) {
            reader.unknown_node(other, "the top of the file", &["platform"]);
        }
    }
    reader.properties(node, &[]);
    if let Some(written) = reader.string_argument(node, "the name of the platform", "platform \"name\" { … }")
        && written.value != name
    {
        let message = format!("the platform in the folder `{name}` is called `{}`", written.value);
        reader.error("E0952", &written.span, message, &format!("expected `{name}`"));
    }
    let mut facts = Facts::default();
    for child in node.children() {
        facts.read(reader, child);
    }
    facts.finish(reader, folder, name, node)
}

#[derive(std::default::Default)]
struct Facts<'n> {
    doc: Option<&'n Node>,
    arch: Option<&'n Node>,
    environment: Option<&'n Node>,
    target: Option<&'n Node>,
    linker_script: Option<&'n Node>,
    flat: Option<&'n Node>,
    memory: Option<&'n Node>,
    runner: Option<&'n Node>,
    devices: Vec<(PlatformDevice, Range<usize>)>,
    defaults: Vec<Default>,
}

impl<'n> Facts<'n> {
    fn read(&mut self, reader: &mut Reader<'_>, node: &'n Node) {
        let slot = match node.name.value.as_str() {
            "doc" => &mut self.doc,
            "arch" => &mut self.arch,
            "environment" => &mut self.environment,
            "target" => &mut self.target,
            "linker-script" => &mut self.linker_script,
            "flat" => &mut self.flat,
            "memory" => &mut self.memory,
            "runner" => &mut self.runner,
            "device" => {
                if let Some(device) = read_device(reader, node) {
                    if let Some((_, first)) = self.devices.iter().find(|(other, _)| other.name == device.name)
                    {
                        reader.diagnostics.push(
                            Diagnostic::error("E0952", format!("two devices are named `{}`", device.name))
                                .at(reader.file, &node.head(), "again here")
                                .at(reader.file, first, "first here"),
                        );
                        return;
                    }
                    self.devices.push((device, node.head()));
                }
                return;
            }
            "default" => {
                self.defaults.extend(read_default(reader, node));
                return;
            }
            _ => {
                reader.unknown_node(node, "a platform", &TOP[..10]);
                return;
            }
        };
        reader.once(slot, node);
    }

    fn finish(
        self,
        reader: &mut Reader<'_>,
        folder: &SourcePath,
        name: &str,
        node: &Node,
    ) -> Option<PlatformFile> {
        let doc = self.doc.and_then(|doc| plain(reader, doc, "doc \"…\""));
        let arch = required(reader, node, self.arch, "arch", "arch \"x86_64\"");
        let environment =
            required(reader, node, self.environment, "environment", "environment \"bare-metal\"").and_then(
                |value| {
                    let environment = Environment::from_name(&value.value);
                    if environment.is_none() {
                        let message = format!("there is no environment `{}`", value.value);
                        reader.error("E0952", &value.span, message, "expected `bare-metal` or `hosted`");
                    }
                    environment
                },
            );
        let target = required(reader, node, self.target, "target", "target \"x86_64-unknown-linux-gnu\"");
        let linker_script =
            self.linker_script.and_then(|node| plain(reader, node, "linker-script \"image.ld\""));
        let flat = self.flat.and_then(|node| read_flat(reader, node));
        let memory: Option<MemoryFacts> = self.memory.and_then(|node| read_memory(reader, node));
        if self.memory.is_none() {
            reader.error(
                "E0952",
                &node.head(),
                format!("platform `{name}` has no `memory`"),
                "expected `memory default=…` within it",
            );
        }
        let runner = self.runner.and_then(|node| read_runner(reader, node));
        overlaps(reader, &self.devices);
        shared_lines(reader, &self.devices);
        lost_entries(reader, &self.devices, runner.as_ref());
        let (devices, device_spans) = self.devices.into_iter().unzip();
        Some(PlatformFile {
            file: reader.file.clone(),
            doc: doc.map(|doc| doc.value).unwrap_or_default(),
            platform: Platform {
                name: name.to_owned(),
                arch: arch?.value,
                environment: environment?,
                target: target?.value,
                linker_script: linker_script.map(|script| script.value),
                flat,
                memory_base: memory.as_ref()?.base,
                source: folder.clone(),
                devices,
                runner,
            },
            memory: memory?,
            defaults: self.defaults,
            device_spans,
            arch_span: self.arch.map(Node::head).unwrap_or_default(),
            environment_span: self.environment.map(Node::head).unwrap_or_default(),
        })
    }
}

/// The flat form of images, and what lies beside it.
fn read_flat(reader: &mut Reader<'_>, node: &Node) -> Option<Flat> {
    reader.properties(node, &[]);
    let name = file_name(reader, node, "flat \"kernel8.img\"");
    let mut beside = Vec::new();
    for child in node.children() {
        if child.name.value == "beside" {
            reader.properties(child, &[]);
            reader.no_children(child);
            beside.extend(file_name(reader, child, "beside \"config.txt\""));
        } else {
            reader.unknown_node(child, "a flat image", &["beside"]);
        }
    }
    Some(Flat { name: name?, beside })
}

/// The one argument of a node, which names a file without a folder.
fn file_name(reader: &mut Reader<'_>, node: &Node, example: &str) -> Option<String> {
    let name = reader.string_argument(node, "a file", example)?;
    if name.value.is_empty() || name.value.starts_with('.') || name.value.contains(['/', '\\']) {
        let message = format!("`{}` is not the name of a file", name.value);
        reader.error("E0952", &name.span, message, "expected a name without a folder");
        return None;
    }
    Some(name.value)
}

/// A node with one string and nothing else.
fn plain(reader: &mut Reader<'_>, node: &Node, example: &str) -> Option<Spanned<String>> {
    reader.properties(node, &[]);
    reader.no_children(node);
    reader.string_argument(node, "a string", example)
}

fn required(
    reader: &mut Reader<'_>,
    platform: &Node,
    node: Option<&Node>,
    name: &str,
    example: &str,
) -> Option<Spanned<String>> {
    match node {
        Some(node) => plain(reader, node, example),
        None => {
            let message = format!("the platform has no `{name}`");
            reader.error("E0952", &platform.head(), message, &format!("expected `{example}` within it"));
            None
        }
    }
}

fn read_memory(reader: &mut Reader<'_>, node: &Node) -> Option<MemoryFacts> {
    reader.properties(node, &["default", "least", "most", "reserved", "base"]);
    reader.no_children(node);
    if let Some(extra) = node.arguments.first() {
        reader.error("E0952", &extra.span, "`memory` takes properties only", "not expected");
    }
    let mut size = |name: &str| {
        let text = reader.string_property(node, name)?;
        match parse_bytes(&text.value) {
            Ok(bytes) => Some(bytes),
            Err(problem) => {
                reader.error("E0952", &text.span, format!("`{name}` is not a size"), &problem);
                None
            }
        }
    };
    let (default, least, most, reserved) = (size("default"), size("least"), size("most"), size("reserved"));
    let base = size("base");
    let Some(default) = default else {
        if !node.properties.iter().any(|property| property.name.value == "default") {
            reader.error("E0952", &node.head(), "`memory` has no default", "expected `default=\"…\"`");
        }
        return None;
    };
    let facts = MemoryFacts {
        default,
        least: least.unwrap_or(0),
        most: most.unwrap_or(u64::MAX),
        reserved: reserved.unwrap_or(0),
        base: base.unwrap_or(0),
        span: node.head(),
    };
    if !(facts.least..=facts.most).contains(&facts.default) {
        reader.error(
            "E0952",
            &node.head(),
            "the default is not between the least and the most memory",
            "here",
        );
    }
    Some(facts)
}

fn read_device(reader: &mut Reader<'_>, node: &Node) -> Option<PlatformDevice> {
    reader.properties(node, &["kind"]);
    let name = reader.string_argument(node, "the name of a device", "device \"com1\" kind=\"uart-16550\"");
    let kind = reader.string_property(node, "kind");
    if !node.properties.iter().any(|property| property.name.value == "kind") {
        reader.error("E0952", &node.head(), "the device has no kind", "expected `kind=\"…\"`");
    }
    let (mut registers, mut line, mut arguments, mut entry) = (DeviceRegisters::None, None, Vec::new(), None);
    let (mut registers_seen, mut line_seen, mut entry_seen) = (None, None, None);
    for child in node.children() {
        let is_irq = child.name.value == "irq";
        reader.properties(child, if is_irq { &["trigger"] } else { &[] });
        reader.no_children(child);
        match child.name.value.as_str() {
            "ports" | "registers" | "pci" => {
                if reader.once(&mut registers_seen, child) {
                    registers = read_registers(reader, child).unwrap_or(DeviceRegisters::None);
                }
            }
            "irq" | "message" => {
                if reader.once(&mut line_seen, child) {
                    line = read_line(reader, child);
                }
            }
            "run" => arguments.extend(reader.strings(child, &child.arguments)),
            "entry" => {
                if reader.once(&mut entry_seen, child) {
                    let text = reader.string_argument(child, "a text for the runner's file", "entry \"…\"");
                    entry = text.map(|text| text.value);
                }
            }
            _ => reader.unknown_node(
                child,
                "a device",
                &["ports", "registers", "pci", "irq", "message", "run", "entry"],
            ),
        }
    }
    Some(PlatformDevice { name: name?.value, kind: kind?.value, registers, line, arguments, entry })
}

/// What a device interrupts by: `irq 4`, `irq 5 trigger="edge"` or `message 0`.
fn read_line(reader: &mut Reader<'_>, node: &Node) -> Option<Line> {
    let is_message = node.name.value == "message";
    let example = if is_message { "message 0" } else { "irq 4" };
    let trigger = if is_message { None } else { reader.string_property(node, "trigger") };
    let argument = reader.argument(node, "an interrupt line", example)?;
    let number = match argument.value {
        Literal::Integer(number) => u32::try_from(number).ok(),
        _ => None,
    };
    let Some(number) = number else {
        let message = format!("`{}` is not an interrupt line", node.name.value);
        reader.error("E0952", &argument.span, message, "expected a whole number");
        return None;
    };
    match trigger {
        _ if is_message => Some(Line::Message(number)),
        None => Some(Line::Level(number)),
        Some(trigger) => match trigger.value.as_str() {
            "level" => Some(Line::Level(number)),
            "edge" => Some(Line::Edge(number)),
            _ => {
                let message = "an interrupt line is not triggered by that";
                reader.error("E0952", &trigger.span, message, "expected `level` or `edge`");
                None
            }
        },
    }
}

fn read_registers(reader: &mut Reader<'_>, node: &Node) -> Option<DeviceRegisters> {
    let numbers: Vec<i128> = node
        .arguments
        .iter()
        .filter_map(|argument| match argument.value {
            Literal::Integer(number) => Some(number),
            _ => None,
        })
        .collect();
    // A function of PCI behind I/O ports has its place as a string.
    let function = match node.arguments.first() {
        Some(Spanned { value: Literal::String(text), .. }) if node.name.value == "pci" => pci_function(text),
        _ => None,
    };
    let whole = numbers.len() + usize::from(function.is_some()) == node.arguments.len();
    let within = |base: i128, length: i128, greatest: i128| {
        base >= 0 && length > 0 && base.checked_add(length - 1).is_some_and(|last| last <= greatest)
    };
    let memory = |base: i128, length: i128| {
        within(base, length, u64::MAX.into())
            .then_some((base, length))
            .and_then(|(base, length)| Some((u64::try_from(base).ok()?, u64::try_from(length).ok()?)))
    };
    let registers = match (node.name.value.as_str(), numbers.as_slice()) {
        _ if !whole => None,
        ("ports", [base, length]) if within(*base, *length, 0xffff) => u16::try_from(*base)
            .ok()
            .zip(u16::try_from(*length).ok())
            .map(|(base, length)| DeviceRegisters::Port { base, length }),
        ("registers", [base, length]) => {
            memory(*base, *length).map(|(base, length)| DeviceRegisters::Memory { base, length })
        }
        ("pci", [configuration, base, length]) => memory(*configuration, 4096)
            .zip(memory(*base, *length))
            .map(|((configuration, _), (base, length))| DeviceRegisters::Pci {
                configuration: Configuration::Memory(configuration),
                base,
                length,
            }),
        ("pci", [base, length]) => function.zip(memory(*base, *length)).map(|(function, (base, length))| {
            DeviceRegisters::Pci { configuration: Configuration::Ports(function), base, length }
        }),
        _ => None,
    };
    if registers.is_none() {
        let (what, example) = match node.name.value.as_str() {
            "ports" => ("a range of I/O ports", "expected the first and how many: `ports 0x3f8 8`"),
            "pci" => (
                "a function of PCI",
                "expected where its configuration space is, and memory for its registers and how much: \
                 `pci 0xb0010000 0xe0000000 0x4000`, or `pci \"00:02.0\" 0xe0000000 0x4000`",
            ),
            _ => ("a range of addresses", "expected the first and how many: `registers 0xfeb00000 0x200`"),
        };
        reader.error("E0952", &node.head(), format!("`{}` is not {what}", node.name.value), example);
    }
    registers
}

/// A function of PCI as `lspci` writes it, `00:02.0`: bus and device in hexadecimal, and number.
fn pci_function(text: &str) -> Option<u16> {
    let (bus, rest) = text.split_once(':')?;
    let (device, number) = rest.split_once('.')?;
    let field = |text: &str, most: u16| {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(text, 16).ok().filter(|value| is_plain && *value <= most)
    };
    Some(field(bus, 255)? << 8 | field(device, 31)? << 3 | field(number, 7)?)
}

fn read_default(reader: &mut Reader<'_>, node: &Node) -> Option<Default> {
    reader.properties(node, &["module", "as", "optimize"]);
    let example = "default \"Console\" module=\"uart-16550\" as=\"console\"";
    let interface = reader.string_argument(node, "the name of an interface", example);
    let module = reader.string_property(node, "module");
    let name = reader.string_property(node, "as");
    for required in ["module", "as"] {
        if !node.properties.iter().any(|property| property.name.value == required) {
            let message = format!("the default has no `{required}`");
            reader.error("E0952", &node.head(), message, &format!("expected `{example}`"));
        }
    }
    if let Some(name) = &name
        && (!is_instance_name(&name.value) || name.value == "platform")
    {
        let message = format!("`{}` cannot name an instance", name.value);
        reader.error("E0952", &name.span, message, "expected lower-case words and digits, joined by hyphens");
    }
    let optimize = reader.string_property(node, "optimize").and_then(|value| match value.value.as_str() {
        "speed" => Some(Optimize::Speed),
        "size" => Some(Optimize::Size),
        _ => {
            reader.error(
                "E0952",
                &value.span,
                "a default can depend on `speed` or `size` only",
                "expected one of them",
            );
            None
        }
    });
    let mut fields: Vec<Field> = Vec::new();
    for child in node.children() {
        reader.properties(child, &[]);
        reader.no_children(child);
        fields.push(Field {
            name: child.name.clone(),
            values: child.arguments.clone(),
            on: None,
            head: child.head(),
        });
    }
    Some(Default { interface: interface?, module: module?, name: name?, optimize, fields, head: node.head() })
}

fn read_runner(reader: &mut Reader<'_>, node: &Node) -> Option<Runner> {
    reader.properties(node, &["status"]);
    let program = reader.string_argument(node, "the name of a program", "runner \"qemu-system-x86_64\"");
    let status = match reader.string_property(node, "status") {
        None => RunnerStatus::Plain,
        Some(status) => match status.value.as_str() {
            "plain" => RunnerStatus::Plain,
            "shifted" => RunnerStatus::Shifted,
            _ => {
                reader.error(
                    "E0952",
                    &status.span,
                    "there is no such packing of a status",
                    "expected `plain` or `shifted`",
                );
                RunnerStatus::Plain
            }
        },
    };
    let (mut arguments, mut accelerators) = (Vec::new(), Vec::new());
    let (mut firmware_ends, mut file) = (None, None);
    for child in node.children() {
        reader.properties(child, &[]);
        reader.no_children(child);
        match child.name.value.as_str() {
            "arguments" => arguments.extend(reader.strings(child, &child.arguments)),
            "accelerator" => match reader.strings(child, &child.arguments).split_first() {
                Some((name, arguments)) => {
                    accelerators.push(Accelerator { name: name.clone(), arguments: arguments.to_vec() });
                }
                None => reader.error(
                    "E0952",
                    &child.head(),
                    "the accelerator has no name",
                    "expected `accelerator \"tcg\" …`",
                ),
            },
            "firmware-ends" => {
                let example = "firmware-ends \"Boot HART MEDELEG\"";
                let text = reader.string_argument(child, "a text of its last line", example);
                firmware_ends = text.map(|text| text.value);
            }
            "file" => match reader.strings(child, &child.arguments).as_slice() {
                [name, text] if !name.is_empty() && !name.starts_with('.') && !name.contains('/') => {
                    file = Some(RunnerFile { name: name.clone(), text: format!("{text}\n") });
                }
                _ => reader.error(
                    "E0952",
                    &child.head(),
                    "`file` is not the name of a file, without a folder, and its text",
                    "expected `file \"vm.json\" \"…\"`",
                ),
            },
            _ => {
                reader.unknown_node(
                    child,
                    "a runner",
                    &["arguments", "accelerator", "firmware-ends", "file"],
                );
            }
        }
    }
    Some(Runner { program: program?.value, arguments, accelerators, status, file, firmware_ends })
}

/// What is said for the runner's file has to be taken by it.
fn lost_entries(
    reader: &mut Reader<'_>,
    devices: &[(PlatformDevice, Range<usize>)],
    runner: Option<&Runner>,
) {
    let text = runner.and_then(|runner| runner.file.as_ref()).map_or("", |file| file.text.as_str());
    for (device, span) in devices {
        let place = format!("{{devices {}}}", device.kind);
        if device.entry.is_some() && !text.contains(&place) {
            let message = format!("nothing takes the entry of `{}`", device.name);
            reader.error("E0952", span, message, &format!("expected `{place}` in the file of the runner"));
        }
    }
}

/// An interrupt line belongs to one device: lines that several share need drivers that ask each other.
fn shared_lines(reader: &mut Reader<'_>, devices: &[(PlatformDevice, Range<usize>)]) {
    let mut lines: BTreeMap<(&str, u32), (&str, &Range<usize>)> = BTreeMap::new();
    for (device, span) in devices {
        let (kind, line) = match device.line {
            None => continue,
            Some(Line::Level(line) | Line::Edge(line)) => ("line", line),
            Some(Line::Message(message)) => ("message", message),
        };
        match lines.get(&(kind, line)) {
            None => {
                lines.insert((kind, line), (&device.name, span));
            }
            Some((first, first_span)) => reader.diagnostics.push(
                Diagnostic::error(
                    "E0953",
                    format!("`{first}` and `{}` have the same interrupt {kind}", device.name),
                )
                .at(reader.file, span, format!("{kind} {line} again"))
                .at(reader.file, first_span, format!("{kind} {line}")),
            ),
        }
    }
}

/// Registers belong to one device.
fn overlaps(reader: &mut Reader<'_>, devices: &[(PlatformDevice, Range<usize>)]) {
    let extents = |device: &PlatformDevice| -> Vec<(i32, u128, u128)> {
        match device.registers {
            DeviceRegisters::Port { base, length } => vec![(0, base.into(), length.into())],
            others => {
                let function = match others {
                    DeviceRegisters::Pci { configuration: Configuration::Ports(function), .. } => {
                        Some(function)
                    }
                    _ => None,
                };
                let windows = others.windows().map(|(base, length)| (1, base.into(), length.into()));
                windows.chain(function.map(|function| (2, function.into(), 1))).collect()
            }
        }
    };
    let mut extents: Vec<_> = devices
        .iter()
        .flat_map(|(device, span)| extents(device).into_iter().map(move |extent| (extent, device, span)))
        .collect();
    extents.sort_by_key(|(extent, ..)| *extent);
    for pair in extents.windows(2) {
        let [((space, base, length), one, one_span), ((other_space, other_base, _), two, two_span)] = pair
        else {
            continue;
        };
        if space == other_space && base + length > *other_base {
            reader.diagnostics.push(
                Diagnostic::error(
                    "E0953",
                    format!("the registers of `{}` and `{}` overlap", one.name, two.name),
                )
                .at(reader.file, two_span, format!("begins at {other_base:#x}"))
                .at(reader.file, one_span, format!("ends at {:#x}", base + length - 1)),
            );
        }
    }
}
