//! A tiny catalog in memory.
#![allow(dead_code, reason = "each test uses its part")]

use oscomp_lang::check::{CheckOptions, Report, check};
use oscomp_lang::diagnostic::{Diagnostic, Fix};
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Files by path: `catalog/…` of the catalog, all others of the project.
#[derive(Clone, Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Memory {
    pub fn with(mut self, path: &str, text: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), text.into());
        self
    }

    /// Adds a module with that lib.rs.
    pub fn module(self, folder: &str, source: &str) -> Self {
        let name = folder.rsplit('/').next().unwrap();
        let source = format!(
            "#![no_std]\nuse oscomp_abi::{{Bytes, Config, Device, StartError}};\nuse oscomp_interfaces::*;\nuse oscomp_macros::{{Choice, Options, module}};\n{source}"
        );
        self.with(&format!("{folder}/Cargo.toml"), manifest(&format!("oscomp-{name}")))
            .with(&format!("{folder}/src/lib.rs"), source)
    }

    pub fn check_with(&self, system: &str, options: &CheckOptions) -> Report {
        let sources = self.clone().with("system.kdl", system);
        check(&sources, &SourcePath::Project("system.kdl".into()), options)
    }

    pub fn check(&self, system: &str) -> Report {
        self.check_with(system, &CheckOptions::default())
    }
}

pub fn manifest(name: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\n\n[dependencies]\noscomp-abi.workspace = true\noscomp-interfaces.workspace = true\noscomp-macros.workspace = true\n"
    )
}

impl Sources for Memory {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        let name = file.to_string();
        match self.0.get(&name) {
            Some(bytes) => std::str::from_utf8(bytes)
                .map(Arc::from)
                .map_err(|error| ReadError::NotText { offset: error.valid_up_to() }),
            None if self.list(file).is_ok() => Err(ReadError::IsFolder),
            None => Err(ReadError::NotFound),
        }
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        let name = folder.to_string();
        let prefix = if name.is_empty() { String::new() } else { format!("{}/", name.trim_end_matches('/')) };
        let entries: BTreeSet<String> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next())
            .map(str::to_owned)
            .collect();
        if entries.is_empty() { Err(ReadError::NotFound) } else { Ok(entries.into_iter().collect()) }
    }
}

/// The catalog of the tests.
pub fn catalog() -> Memory {
    let platform = |name: &str, arch: &str, environment: &str, rest: &str| {
        format!(
            "platform \"{name}\" {{\n    doc \"For tests\"\n    arch \"{arch}\"\n    environment \"{environment}\"\n    target \"x\"\n{rest}}}\n"
        )
    };
    let pc = platform(
        "pc",
        "x86_64",
        "bare-metal",
        r#"    memory default="64MiB" least="1MiB" most="3GiB" reserved="64KiB"
    device "com1" kind="uart" { ports 0x3f8 8; irq 4; run "-serial" "stdio" }
    device "com2" kind="uart" { ports 0x2f8 8 }
    device "rng" kind="noise"
    default "Console" module="uart" as="console" { device "com1" }
    default "PanicHandler" module="reporter" as="panic"
    default "Heap" module="bump" as="heap"
    runner "qemu" status="shifted" { arguments "-M" "x"; accelerator "tcg" "-accel" "tcg" }
"#,
    );
    let host = platform(
        "host",
        "x86_64",
        "hosted",
        r#"    memory default="64MiB"
    device "stdout" kind="stream"
    default "Console" module="stream" as="console"
    default "PanicHandler" module="reporter" as="panic"
    default "Heap" module="bump" as="heap"
"#,
    );
    Memory::default()
        .with("catalog/modules/interfaces/core/Cargo.toml", manifest("oscomp-interfaces"))
        .with(
            "catalog/modules/interfaces/core/src/lib.rs",
            "pub mod app;\npub mod console;\npub mod ambient;\npub use app::{App, Status};\npub use console::Console;\npub use ambient::{Heap, PanicHandler, PowerOff};\n/// Time.\n#[interface]\npub trait Clock { fn now(self) -> u64; }\n#[interface]\npub trait Entropy { fn fill(self, buffer: &mut [u8]); }\n#[interface]\npub trait Memory { fn largest(self) -> usize; }\n#[interface]\npub trait Echo { fn echo(self); }\n",
        )
        .with(
            "catalog/modules/interfaces/core/src/app.rs",
            "/// What an image runs.\n#[interface]\npub trait App { fn run(self) -> Status; }\npub struct Status(pub u8);\n",
        )
        .with(
            "catalog/modules/interfaces/core/src/console.rs",
            "/// Bytes in and out.\n#[interface]\npub trait Console { fn write(self, bytes: &[u8]); }\n",
        )
        .with(
            "catalog/modules/interfaces/core/src/ambient.rs",
            "#[interface(ambient(by_hand))]\npub trait Heap { fn usage(self) -> usize; }\n#[interface(ambient(by_hand))]\npub trait PanicHandler { fn panicked(self, message: impl Display) -> !; }\n#[interface(ambient)]\npub trait PowerOff { fn power_off(self, status: u8) -> !; }\n",
        )
        .with("catalog/modules/platform/pc/platform.kdl", pc)
        .with("catalog/modules/platform/host/platform.kdl", host)
        .module(
            "catalog/modules/platform/pc",
            "#[module(provides(Memory, PowerOff), arch(\"x86_64\"), environment = \"bare-metal\")]\npub struct Pc<Settings: Config<Options>> { settings: Settings }\n#[derive(Options)]\npub struct Options {\n    #[option(default = \"64KiB\", range = \"8KiB\"..=\"1MiB\", memory)]\n    pub stack: Bytes,\n}\n",
        )
        .module(
            "catalog/modules/platform/host",
            "#[module(provides(Memory, PowerOff), environment = \"hosted\")]\npub struct Host;\n",
        )
        .module(
            "catalog/modules/console/uart",
            "/// A UART.\n#[module(provides(Console), environment = \"bare-metal\")]\npub struct Uart<Settings: Config<Options>> { settings: Settings }\n#[derive(Options)]\n#[options(require(clock % (16 * baud) == 0, \"the clock is a multiple of 16 times the baud rate\"))]\npub struct Options {\n    #[option(device = \"uart\")]\n    pub device: Device,\n    #[option(default = 115200, range = 50..=4000000, unit = \"baud\")]\n    pub baud: u32,\n    #[option(default = 1843200)]\n    pub clock: u32,\n    #[option(default = false)]\n    pub crlf: bool,\n}\n",
        )
        .module(
            "catalog/modules/console/stream",
            "#[module(provides(Console), environment = \"hosted\")]\npub struct Stream<Settings: Config<Options>> { settings: Settings }\n#[derive(Options)]\npub struct Options {\n    #[option(device = \"stream\")]\n    pub device: Device,\n}\n",
        )
        .module("catalog/modules/console/quiet", "#[module(provides(Console))]\npub struct Quiet;\n")
        .module(
            "catalog/modules/console/tee",
            "#[module(provides(Console))]\npub struct Tee<First: Console, Second: Console> { first: First, second: Second }\n",
        )
        .module("catalog/modules/panic/reporter", "#[module(provides(PanicHandler))]\npub struct Reporter<Output: Console> { output: Output }\n")
        .module(
            "catalog/modules/alloc/bump",
            "#[module(provides(Heap), memory = \"4KiB\")]\npub struct Bump<Ram: Memory, Settings: Config<Options>> { ram: Ram, settings: Settings }\n#[derive(Options)]\npub struct Options {\n    #[option(default = \"1MiB\", memory)]\n    pub size: Bytes,\n}\n",
        )
        .module("catalog/modules/alloc/other-heap", "#[module(provides(Heap))]\npub struct OtherHeap;\n")
        .module("catalog/modules/time/tick", "#[module(provides(Clock))]\npub struct Tick;\n")
        .module("catalog/modules/time/tock", "#[module(provides(Clock), arch(\"aarch64\"))]\npub struct Tock;\n")
        .module(
            "catalog/modules/entropy/noise",
            "#[module(provides(Entropy), environment = \"bare-metal\")]\npub struct Noise<Settings: Config<Options>> { settings: Settings }\n#[derive(Options)]\npub struct Options {\n    #[option(device = \"noise\")]\n    pub device: Device,\n}\n",
        )
        .module(
            "catalog/modules/net/port",
            "#[module(provides(Echo))]\npub struct Port<Settings: Config<Options>> { settings: Settings }\n#[derive(Options)]\npub struct Options {\n    #[option(default = 7, range = 1..=65535, exclusive = \"host port\")]\n    pub port: u16,\n}\n",
        )
        .module("catalog/modules/net/left", "#[module(provides(Echo))]\npub struct Left<Other: Echo> { other: Other }\n")
        .module("catalog/modules/net/right", "#[module(provides(Echo))]\npub struct Right<#[call] Other: Echo> { other: Other }\n")
        .module("catalog/modules/app/hello", "#[module(provides(App))]\npub struct Hello<Output: Console, Settings: Config<Options>> { output: Output, settings: Settings }\n#[derive(Options)]\npub struct Options {\n    #[option(default = \"Hello\")]\n    pub greeting: &'static str,\n    pub page: Option<&'static [u8]>,\n    #[option(default = \"plain\")]\n    pub style: Style,\n    pub names: &'static [&'static str],\n    #[option(default = \"10ms\")]\n    pub pause: Duration,\n}\n#[derive(Choice)]\npub enum Style { Plain, VeryFancy }\n")
        .module("catalog/modules/app/timed", "#[module(provides(App), ambient(Heap))]\npub struct Timed<Time: Clock> { time: Time }\n")
        .module("catalog/modules/app/echoing", "#[module(provides(App))]\npub struct Echoing<First: Echo, Second: Echo> { first: First, second: Second }\n")
        .module("catalog/modules/app/strict", "#[module(provides(App))]\npub struct Strict<Settings: Config<Options>> { settings: Settings }\n#[derive(Options)]\npub struct Options {\n    pub count: u8,\n}\n")
        .with("index.html", "<p>")
        .with("image.png", vec![0x89, 0xff, 0x00])
        .with("site/a.html", "<p>")
}

/// The text with a fix applied.
pub fn apply(text: &str, fix: &Fix) -> String {
    let mut text = text.to_owned();
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        text.replace_range(edit.span, &edit.text);
    }
    text
}

pub fn codes(report: &Report) -> Vec<&'static str> {
    report.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

/// A finding as text, with what its labels point at.
pub fn show(report: &Report, diagnostic: &Diagnostic) -> String {
    let mut shown = format!("{}: {}\n", diagnostic.code, diagnostic.message);
    for label in &diagnostic.labels {
        let text = report.texts.get(&label.file).map_or("?", |text| &text[label.span.clone()]);
        shown += &format!("  {} [{}] {}\n", label.file, text, label.text);
    }
    if let Some(help) = &diagnostic.help {
        shown += &format!("  help: {help}\n");
    }
    for fix in &diagnostic.fixes {
        shown += &format!("  fix: {}\n", fix.title);
    }
    shown
}
