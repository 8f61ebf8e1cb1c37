//! What there is to compose, for people: `oscomp list` and the editor.

use super::{Catalog, InterfaceId, MODULES, Module, ModuleOption};
use crate::diagnostic::Diagnostic;
use crate::files::Files;
use crate::plan::{Optimize, PlatformDevice};
use crate::signature::{Edge, Environment, OptionType, Protocol};
use crate::source::{SourcePath, Sources};
use crate::value::{Value, format_bytes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Everything in a catalog, by name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Listing {
    /// The interfaces.
    pub interfaces: Vec<InterfaceEntry>,
    /// The modules, apps included.
    pub modules: Vec<ModuleEntry>,
    /// The platforms.
    pub platforms: Vec<PlatformEntry>,
    /// What is wrong with those that could not be read.
    #[serde(skip)]
    pub diagnostics: Vec<Diagnostic>,
    /// The texts of the files that the diagnostics mention.
    #[serde(skip)]
    pub texts: BTreeMap<SourcePath, Arc<str>>,
}

/// One interface.
#[derive(Clone, Debug, Serialize)]
pub struct InterfaceEntry {
    /// The trait.
    pub name: String,
    /// The package that declares it.
    pub package: String,
    /// The file that declares it.
    pub file: String,
    /// What it is.
    pub doc: String,
    /// Whether an image has exactly one provider of it.
    pub ambient: bool,
    /// Its methods in source order.
    pub methods: Vec<MethodEntry>,
    /// The modules that provide it.
    pub providers: Vec<String>,
}

/// One method of an interface.
#[derive(Clone, Debug, Serialize)]
pub struct MethodEntry {
    /// Its name.
    pub name: String,
    /// Its signature, from `fn` to the return type.
    pub signature: String,
    /// What it does.
    pub doc: String,
}

/// One module.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleEntry {
    /// Its name, which is its folder's.
    pub name: String,
    /// The family, which is the folder around it; empty for a module of the project.
    pub family: String,
    /// Its package.
    pub package: String,
    /// The folder of its crate.
    pub folder: SourcePath,
    /// What it is.
    pub doc: String,
    /// Whether it provides `App`.
    pub app: bool,
    /// The interfaces that it provides.
    pub provides: Vec<String>,
    /// The ambient interfaces that it uses.
    pub ambient: Vec<String>,
    /// The only architectures that it can serve; empty for all.
    pub arch: Vec<String>,
    /// The only environment that it can serve.
    pub environment: Option<Environment>,
    /// Bytes that an instance needs at the least, besides what its options ask for.
    pub memory: u64,
    /// What it requires, in source order.
    pub requirements: Vec<RequirementEntry>,
    /// What can be set, in source order.
    pub options: Vec<OptionEntry>,
    /// The functions that C programs can link against, in source order.
    pub functions: Vec<FunctionEntry>,
    /// The folder of its headers for C, in that of its crate.
    pub headers: Option<String>,
}

/// One function for C programs.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionEntry {
    /// Its name.
    pub name: String,
    /// What it does.
    pub doc: String,
}

/// One requirement.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementEntry {
    /// Its name in `system.kdl`.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// The interfaces that the bound instance has to provide.
    pub interfaces: Vec<String>,
    /// When the bound instance has to be live.
    pub edge: Edge,
}

/// One option.
#[derive(Clone, Debug, Serialize)]
pub struct OptionEntry {
    /// Its name in `system.kdl`.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// Its type.
    #[serde(skip)]
    pub ty: OptionType,
    /// What a value looks like.
    pub takes: String,
    /// Whether it takes any number of values.
    pub list: bool,
    /// Whether it has to be set.
    pub required: bool,
    /// The value when nobody sets it, as it would be written.
    pub default: Option<String>,
    /// The least and the greatest value, as they are declared: `1..=64`.
    pub range: Option<String>,
    /// What one of it is.
    pub unit: Option<String>,
    /// The name space within which no two instances may have the same value.
    pub exclusive: Option<String>,
    /// The protocol if it is a port on which the instance listens.
    pub listens: Option<Protocol>,
    /// The kind of device that it takes.
    pub device: Option<String>,
    /// The names that it takes, if it is a choice.
    pub choices: Vec<ChoiceEntry>,
}

impl OptionEntry {
    /// What can be said of its values: the type, the range, the default.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let mut facts = vec![self.takes.clone()];
        if self.list {
            facts.push("any number of them".to_owned());
        }
        if let Some(range) = &self.range {
            facts.push(format!("in {range}"));
        }
        if let Some(unit) = &self.unit {
            facts.push(format!("counted in {unit}"));
        }
        if let Some(kind) = &self.device {
            facts.push(format!("a device of kind {kind}"));
        }
        if let Some(space) = &self.exclusive {
            facts.push(format!("no two instances may have the same ({space})"));
        }
        if let Some(protocol) = self.listens {
            facts.push(format!("a {} on which it listens", protocol.space()));
        }
        facts.push(match &self.default {
            Some(default) => format!("default {default}"),
            None if self.required => "has to be set".to_owned(),
            None => "optional".to_owned(),
        });
        facts
    }
}

/// One name that an option takes.
#[derive(Clone, Debug, Serialize)]
pub struct ChoiceEntry {
    /// The name.
    pub name: String,
    /// What it means.
    pub doc: String,
}

/// One platform.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformEntry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// Its architecture.
    pub arch: String,
    /// Where its images run.
    pub environment: Environment,
    /// The Rust target whose core its images are built from.
    pub target: String,
    /// The program that runs its images; none where they are programs themselves.
    pub runner: Option<String>,
    /// Memory: by default, at the least and, if there is a limit, at the most.
    pub memory: String,
    /// The interfaces that its own instance provides.
    pub provides: Vec<String>,
    /// Its devices.
    pub devices: Vec<PlatformDevice>,
    /// Its defaults.
    pub defaults: Vec<DefaultEntry>,
    /// What can be set on it.
    pub options: Vec<OptionEntry>,
}

/// One default of a platform.
#[derive(Clone, Debug, Serialize)]
pub struct DefaultEntry {
    /// The interface.
    pub interface: String,
    /// The module that provides it.
    pub module: String,
    /// The name of its instance.
    pub name: String,
    /// What a system has to be built for so that it holds; none if it always does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimize: Option<Optimize>,
}

/// Lists a catalog.
#[must_use]
pub fn list(sources: &dyn Sources) -> Listing {
    let catalog = Catalog::new(Files::new(sources));
    let mut listing = Listing::default();
    let mut providers: BTreeMap<InterfaceId, Vec<String>> = BTreeMap::new();
    for (name, folders) in catalog.modules() {
        for folder in folders {
            match catalog.module(folder) {
                Ok(module) => {
                    for (interface, _) in &module.provides {
                        providers.entry(*interface).or_default().push(name.clone());
                    }
                    listing.modules.push(entry(&catalog, name, &module));
                }
                // A library that modules of a family share.
                Err(problems) if problems.iter().all(|problem| problem.code == "E0903") => {}
                Err(problems) => listing.diagnostics.extend(problems.iter().cloned()),
            }
        }
    }
    for name in catalog.platforms() {
        match catalog.platform(name) {
            Ok(facts) => {
                let module = catalog.module(&facts.platform.source);
                let (file, platform, memory) = (&facts, &facts.platform, &facts.memory);
                let most = if memory.most == u64::MAX {
                    String::new()
                } else {
                    format!(", at most {}", format_bytes(memory.most))
                };
                listing.platforms.push(PlatformEntry {
                    name: name.clone(),
                    doc: file.doc.clone(),
                    arch: platform.arch.clone(),
                    environment: platform.environment,
                    target: platform.target.clone(),
                    runner: platform.runner.as_ref().map(|runner| runner.program.clone()),
                    memory: format!(
                        "{}, at least {}{most}",
                        format_bytes(memory.default),
                        format_bytes(memory.least)
                    ),
                    provides: module
                        .as_ref()
                        .map(|module| names(&catalog, &module.provides))
                        .unwrap_or_default(),
                    devices: platform.devices.clone(),
                    defaults: file
                        .defaults
                        .iter()
                        .map(|default| DefaultEntry {
                            interface: default.interface.value.clone(),
                            module: default.module.value.clone(),
                            name: default.name.value.clone(),
                            optimize: default.optimize,
                        })
                        .collect(),
                    options: module
                        .map(|module| module.options.iter().map(option).collect())
                        .unwrap_or_default(),
                });
            }
            Err(problems) => listing.diagnostics.extend(problems.iter().cloned()),
        }
    }
    for (id, interface) in catalog.all_interfaces() {
        let path = &interface.path;
        listing.interfaces.push(InterfaceEntry {
            name: path.ident.clone(),
            package: path.package.clone(),
            file: interface.file.to_string(),
            doc: interface.signature.doc.clone(),
            ambient: interface.ambient.is_some(),
            methods: interface
                .signature
                .methods
                .iter()
                .map(|method| MethodEntry {
                    name: method.ident.to_string(),
                    signature: signature(&method.tokens.to_string()),
                    doc: method.doc.clone(),
                })
                .collect(),
            providers: providers.get(&id).cloned().unwrap_or_default(),
        });
    }
    listing.interfaces.sort_by(|one, two| one.name.cmp(&two.name));
    let mentioned = listing.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels);
    listing.texts = catalog.files.texts(mentioned.map(|label| &label.file));
    proc_macro2::extra::invalidate_current_thread_spans();
    listing
}

/// Describes the module in one folder, of the catalog or of a project.
///
/// # Errors
/// What is wrong with it.
pub fn describe(sources: &dyn Sources, folder: &SourcePath) -> Result<ModuleEntry, Vec<Diagnostic>> {
    let catalog = Catalog::new(Files::new(sources));
    let (SourcePath::Catalog(path) | SourcePath::Project(path)) = folder;
    let name = path.rsplit('/').next().unwrap_or_default();
    let described = catalog
        .module(folder)
        .map(|module| entry(&catalog, if name.is_empty() { &module.package } else { name }, &module))
        .map_err(|problems| (*problems).clone());
    proc_macro2::extra::invalidate_current_thread_spans();
    described
}

/// The names of interfaces.
fn names(catalog: &Catalog<'_>, interfaces: &[(InterfaceId, Range<usize>)]) -> Vec<String> {
    interfaces.iter().map(|(id, _)| catalog.interface(*id).path.ident.clone()).collect()
}

/// What there is to say of a module by that name.
pub(crate) fn entry(catalog: &Catalog<'_>, name: &str, module: &Module) -> ModuleEntry {
    let names = |interfaces: &[(InterfaceId, Range<usize>)]| names(catalog, interfaces);
    let provides = names(&module.provides);
    let family = match &module.folder {
        SourcePath::Catalog(path) => path
            .strip_prefix(MODULES)
            .and_then(|path| path.trim_start_matches('/').split('/').next())
            .unwrap_or_default(),
        SourcePath::Project(_) => "",
    };
    let app = catalog.known_interface("App").is_some_and(|app| module.provides(app));
    ModuleEntry {
        name: name.to_owned(),
        family: family.to_owned(),
        package: module.package.clone(),
        folder: module.folder.clone(),
        doc: module.doc.clone(),
        app,
        provides,
        ambient: names(&module.ambient),
        arch: module.arch.iter().map(|(arch, _)| arch.clone()).collect(),
        environment: module.environment.as_ref().map(|(environment, _)| *environment),
        memory: module.memory,
        requirements: module
            .requirements()
            .map(|requirement| RequirementEntry {
                name: requirement.name.clone(),
                doc: requirement.doc.clone(),
                interfaces: names(&requirement.interfaces),
                edge: requirement.edge,
            })
            .collect(),
        options: module.options.iter().map(option).collect(),
        functions: module
            .exports
            .iter()
            .map(|export| FunctionEntry { name: export.name.clone(), doc: export.doc.clone() })
            .collect(),
        headers: module.headers.clone(),
    }
}

/// What there is to say of an option.
pub(crate) fn option(option: &ModuleOption) -> OptionEntry {
    let signature = &option.signature;
    let choices: Vec<ChoiceEntry> = option
        .choice
        .iter()
        .flat_map(|choice| &choice.variants)
        .map(|variant| ChoiceEntry { name: variant.name.clone(), doc: variant.doc.clone() })
        .collect();
    OptionEntry {
        name: signature.name.clone(),
        doc: signature.doc.clone(),
        ty: signature.ty.clone(),
        takes: if choices.is_empty() {
            option.element().describe()
        } else {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
            format!("one of {}", names.join(", "))
        },
        list: option.is_list(),
        required: option.is_required(),
        default: signature.default.as_ref().filter(|value| **value != Value::None).map(ToString::to_string),
        range: signature.range.as_ref().map(|range| range.text.clone()),
        unit: signature.unit.clone(),
        exclusive: signature.exclusive.clone(),
        listens: signature.listens,
        device: signature.device.clone(),
        choices,
    }
}

/// Tokens as a person would space them.
fn signature(tokens: &str) -> String {
    let mut text = tokens.to_owned();
    for (wide, narrow) in [
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" :", ":"),
        (" < ", "<"),
        (" >", ">"),
        ("& ", "&"),
        ("[ ", "["),
        (" ]", "]"),
        (" ;", ";"),
        (":: ", "::"),
        (" ::", "::"),
        ("< ", "<"),
    ] {
        text = text.replace(wide, narrow);
    }
    text.replace(" ->", " -> ").replace("->  ", "-> ").replace("- >", "->")
}
