//! The plan: the one value that checking ends in and building starts from.
//!
//! Everything is decided in it, and for everything that was filled in it says which rule decided. It
//! holds no absolute path, so the same input gives the same plan on every machine.

use crate::signature::{Edge, Environment, ExportCall, OptionType, Protocol};
use crate::source::SourcePath;
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// One system on one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The system's name.
    pub system: String,
    /// Where the image runs.
    pub platform: Platform,
    /// What the image is optimised for.
    pub optimize: Optimize,
    /// Name of the application's instance.
    pub app: String,
    /// Every instance, in start order.
    pub instances: Vec<Instance>,
    /// Which instance each ambient interface is bound to, by interface.
    pub ambient: Vec<AmbientBinding>,
    /// Resources that exactly one instance may claim, by name space and value.
    pub resources: Vec<Resource>,
    /// Bytes of memory that the machine has.
    pub memory: u64,
}

/// What an image is optimised for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimize {
    /// Speed, and reports with function names.
    #[default]
    Speed,
    /// Bytes.
    Size,
}

/// A platform's facts, as far as an image depends on them. From `platform.kdl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Its name, which is its folder's.
    pub name: String,
    /// The architecture, as Rust names it (`x86_64`).
    pub arch: String,
    /// Where images for it run.
    pub environment: Environment,
    /// The Rust target whose core and alloc the image is built from.
    pub target: String,
    /// The linker script, if it has one; relative to the crate of the platform.
    pub linker_script: Option<String>,
    /// What else its images are, for loaders that do not read ELF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<Flat>,
    /// The address at which its memory begins, in bytes.
    pub memory_base: u64,
    /// The folder of the platform's crate.
    pub source: SourcePath,
    /// Every device of the platform.
    pub devices: Vec<PlatformDevice>,
    /// How an image is run; none where the image is a program of the host.
    pub runner: Option<Runner>,
}

/// An image as its loader copies it to memory: the bytes from its first address on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flat {
    /// The name of the file, beside the image.
    pub name: String,
    /// Files of the platform's folder that its loader wants beside it.
    pub beside: Vec<String>,
}

/// The program that runs images of a platform.
///
/// Arguments, also those of devices, may hold `{image}` (its path), `{flat}` (that of [`Flat`]), `{memory}` (whole KiB), `{disk}` (the
/// file behind a block device, its commas doubled), `{share}` (likewise the folder behind a share) and `{network}`
/// (what is behind a network device, as QEMU's `-netdev` has it, without an `id`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    /// The program, looked up in `PATH`.
    pub program: String,
    /// Its arguments, in order.
    pub arguments: Vec<String>,
    /// Arguments for each accelerator that the program can use, best first; the last one always works.
    pub accelerators: Vec<Accelerator>,
    /// How the image's status is packed into the program's.
    pub status: RunnerStatus,
    /// A file that it wants beside the image, `{file}` in its arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<RunnerFile>,
    /// A text in the last line that the machine's firmware prints before the image does.
    pub firmware_ends: Option<String>,
}

/// A file that a runner reads. Its text may hold what arguments may hold; `{mebibytes}`, the memory in whole
/// MiB, rounded up; and `{devices KIND}`, the entries of the devices of that kind which an instance claims, with
/// commas between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerFile {
    /// Its name, beside the image.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// One accelerator of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accelerator {
    /// Its name: `kvm`, `tcg`.
    pub name: String,
    /// The arguments that choose it.
    pub arguments: Vec<String>,
}

/// How the status of an image is packed into the status of its runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunnerStatus {
    /// As it is.
    Plain,
    /// `status * 2 + 3`: QEMU's `isa-debug-exit` device doubles what is written and adds 1, and the
    /// image writes one more than its status, so that 1 stays QEMU's own failure.
    Shifted,
}

/// One device of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformDevice {
    /// Its name, unique on the platform.
    pub name: String,
    /// What it is; a driver's option asks for a kind.
    pub kind: String,
    /// Where its registers are.
    pub registers: DeviceRegisters,
    /// What it interrupts by.
    pub line: Option<Line>,
    /// Arguments that the runner needs when an instance claims the device.
    pub arguments: Vec<String>,
    /// What the runner's file says of it then.
    pub entry: Option<String>,
}

/// What a device interrupts by, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A line that stays raised until the device has been served.
    Level(u32),
    /// A line that is raised for a moment.
    Edge(u32),
    /// A message to the interrupt controller.
    Message(u32),
}

impl std::fmt::Display for Line {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Level(number) => write!(formatter, "irq {number}"),
            Self::Edge(number) => write!(formatter, "irq {number}, edge"),
            Self::Message(number) => write!(formatter, "message {number}"),
        }
    }
}

/// Where the registers of a device are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "space")]
pub enum DeviceRegisters {
    /// None.
    None,
    /// x86 I/O ports.
    Port {
        /// The first port.
        base: u16,
        /// How many ports.
        length: u16,
    },
    /// Physical memory.
    Memory {
        /// The first address.
        base: u64,
        /// How many bytes.
        length: u64,
    },
    /// A function of PCI.
    Pci {
        /// Where its configuration space is.
        configuration: Configuration,
        /// The first address of memory for its other registers.
        base: u64,
        /// How many bytes.
        length: u64,
    },
}

/// Where the configuration space of a function of PCI is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Configuration {
    /// 4096 bytes of memory (PCI Express), from that address on.
    Memory(u64),
    /// Behind the I/O ports of a PC: the function's bus in 8 bits, device in 5 and number in 3.
    Ports(u16),
}

impl std::fmt::Display for Configuration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory(address) => write!(formatter, "PCI configuration at {address:#x}"),
            Self::Ports(function) => {
                write!(formatter, "PCI {:02x}:{:02x}.{}", function >> 8, function >> 3 & 31, function & 7)
            }
        }
    }
}

/// One instance of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its name, unique in the system.
    pub name: String,
    /// The module's name.
    pub module: String,
    /// Name of the module's package.
    pub package: String,
    /// Folder of the module's crate.
    pub source: SourcePath,
    /// The module's struct, at the root of its crate.
    pub ident: String,
    /// The interfaces that it provides.
    pub provides: Vec<InterfacePath>,
    /// What fills the struct's type parameters, in source order.
    pub parameters: Vec<Parameter>,
    /// Its options in source order, each with a value; empty if it takes none.
    pub options: Vec<Setting>,
    /// The functions that C programs can link against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<ExportedFunction>,
    /// The folder of its headers for C, in that of its crate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    /// Whether it wants to be stopped.
    pub stop: bool,
    /// Whether it can be reached before it has started (by a call edge or as an ambient interface), so
    /// that each call has to look.
    pub guarded: bool,
    /// Why it is in the system.
    pub reason: Reason,
}

/// A function of an instance that C programs can link against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedFunction {
    /// Its name, in Rust and in C.
    pub name: String,
    /// How many parameters it has.
    pub parameters: usize,
    /// How it is reached.
    pub call: ExportCall,
}

/// What fills one type parameter of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parameter {
    /// The instance's own tag, as `Config<…>` of the struct of that name.
    Options {
        /// The options struct, at the root of the module's crate.
        ident: String,
    },
    /// The tag of another instance.
    Binding {
        /// The requirement.
        requirement: String,
        /// The instance that it is bound to.
        instance: String,
        /// The interfaces that the requirement asks for.
        interfaces: Vec<InterfacePath>,
        /// When the bound instance has to be live.
        edge: Edge,
        /// Which rule bound it.
        reason: Reason,
    },
}

/// One option with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The option.
    pub name: String,
    /// Its field.
    pub ident: String,
    /// Its type.
    pub ty: OptionType,
    /// Its value.
    pub value: Value,
    /// Which rule chose the value.
    pub reason: Reason,
}

/// Where an interface is in Rust.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InterfacePath {
    /// Name of its package.
    pub package: String,
    /// Folder of its crate.
    pub source: SourcePath,
    /// The modules that lead to it from the crate's root: `["console"]`.
    pub modules: Vec<String>,
    /// The trait.
    pub ident: String,
}

/// Which instance an ambient interface is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbientBinding {
    /// The interface.
    pub interface: InterfacePath,
    /// The instance.
    pub instance: String,
    /// Which rule bound it.
    pub reason: Reason,
}

/// A resource that exactly one instance may claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Resource {
    /// The name space: `device`, that of a [`Protocol`], or what an option says it is exclusive in.
    pub space: String,
    /// The value.
    pub value: String,
    /// The instance that claims it.
    pub instance: String,
    /// The option by which it does.
    pub option: String,
}

/// Which rule decided something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "rule")]
pub enum Reason {
    /// A line of `system.kdl` says so.
    Written(Place),
    /// The platform's `default` for an interface; the place is in `platform.kdl`.
    PlatformDefault(Place),
    /// The only instance of the system that provides what is required.
    OnlyProvider,
    /// The only unclaimed device of the right kind.
    OnlyDevice,
    /// The default that the module's source declares; the place is there.
    ModuleDefault(Place),
    /// The option is optional and nobody set it.
    Unset,
    /// Every image has one: the platform itself.
    Platform,
}

impl Reason {
    /// The rule as a sentence, without a full stop and without its place.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Written(_) => "system.kdl says so",
            Self::PlatformDefault(_) => "the platform's default",
            Self::OnlyProvider => "the only instance that provides what is required",
            Self::OnlyDevice => "the only device of its kind that no other instance claims",
            Self::ModuleDefault(_) => "the module's default",
            Self::Unset => "optional, and nobody set it",
            Self::Platform => "every image has the platform itself",
        }
    }

    /// Where the text is that decided, if there is one.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Written(place) | Self::PlatformDefault(place) | Self::ModuleDefault(place) => Some(place),
            _ => None,
        }
    }
}

/// A place in a source file. The path is relative to the folder of `system.kdl`, or begins with
/// `catalog/` and is relative to the catalog's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Plan {
    /// The folders, relative to that of `system.kdl`, whose files the image holds; each once, in order.
    #[must_use]
    pub fn archives(&self) -> Vec<&str> {
        fn find<'p>(value: &'p Value, found: &mut Vec<&'p str>) {
            match value {
                Value::Archive { path, packed: false } => found.push(path),
                Value::List(values) => values.iter().for_each(|value| find(value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        let settings = self.instances.iter().flat_map(|instance| &instance.options);
        settings.for_each(|setting| find(&setting.value, &mut found));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether it is compiled from sources in C too.
    #[must_use]
    pub fn has_c(&self) -> bool {
        self.instances
            .iter()
            .any(|instance| instance.c_values().any(|value| matches!(value, Value::CSource(_))))
    }

    /// Whether something in it follows the frames on a stack.
    #[must_use]
    pub fn walks_stacks(&self) -> bool {
        self.instances
            .iter()
            .flat_map(|instance| &instance.provides)
            .any(|interface| interface.ident == "Backtrace")
    }

    /// The instance of that name.
    #[must_use]
    pub fn instance(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.name == name)
    }

    /// The ports on which the image listens.
    pub fn ports(&self) -> impl Iterator<Item = (Protocol, u16)> {
        self.resources.iter().filter_map(|resource| {
            let protocol = Protocol::ALL.into_iter().find(|protocol| protocol.space() == resource.space)?;
            Some((protocol, resource.value.parse().ok()?))
        })
    }
}

impl Instance {
    /// What its options say of sources in C, in order.
    pub fn c_values(&self) -> impl Iterator<Item = &Value> {
        let values = self.options.iter().flat_map(|setting| match &setting.value {
            Value::List(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        });
        values.filter(|value| {
            matches!(value, Value::CSource(_) | Value::CInclude(_) | Value::CDefine(_) | Value::CHot(_))
        })
    }
}

impl Platform {
    /// The device of that name.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&PlatformDevice> {
        self.devices.iter().find(|device| device.name == name)
    }
}

/// The file within an image's project that holds the files of a folder: a name that differs when the
/// folder does.
#[must_use]
pub fn archive_file(folder: &str) -> String {
    let mut name = String::from("archives/");
    for byte in folder.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_".contains(&byte) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name + ".cpio"
}

impl DeviceRegisters {
    /// The ranges of physical memory: first addresses and lengths in bytes.
    pub fn windows(self) -> impl Iterator<Item = (u64, u64)> {
        let windows = match self {
            Self::None | Self::Port { .. } => [None, None],
            Self::Memory { base, length } => [Some((base, length)), None],
            Self::Pci { configuration, base, length } => {
                let configuration = match configuration {
                    Configuration::Memory(configuration) => Some((configuration, 4096)),
                    Configuration::Ports(_) => None,
                };
                [configuration, Some((base, length))]
            }
        };
        windows.into_iter().flatten()
    }
}
