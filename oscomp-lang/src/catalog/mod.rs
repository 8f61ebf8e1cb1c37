//! What there is to compose: modules, interfaces and platforms, found by their folders and read only
//! when something asks for them.

mod interface;
mod listing;
mod module;
mod outline;
mod package;
mod rust;

pub(crate) use interface::InterfaceId;
pub use listing::{
    ChoiceEntry, DefaultEntry, FunctionEntry, InterfaceEntry, Listing, MethodEntry, ModuleEntry, OptionEntry,
    PlatformEntry, RequirementEntry, describe, list,
};
pub(crate) use listing::{entry, option};
pub(crate) use module::{Module, ModuleExport, ModuleOption, ModuleRequirement, Parameter};

use crate::diagnostic::Diagnostic;
use crate::files::Files;
use crate::platform::{self, PlatformFile};
use crate::source::{ReadError, SourcePath};
use crate::syntax::{Mistake, Node, Pieces};
use package::Package;
use rust::RustFile;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// The folder of all modules.
const MODULES: &str = "modules";
/// The family of the crates that declare interfaces.
const INTERFACES: &str = "interfaces";
/// The family of the platforms.
const PLATFORMS: &str = "platform";

/// A result that is computed once; the error is what is wrong with a source.
pub(crate) type Loaded<T> = Result<Rc<T>, Rc<Vec<Diagnostic>>>;

/// Everything that can be composed.
pub(crate) struct Catalog<'s> {
    pub files: Files<'s>,
    /// Folders of modules by name; the same name in two families gives two.
    modules: OnceCell<BTreeMap<String, Vec<SourcePath>>>,
    platforms: OnceCell<Vec<String>>,
    /// Folders of interface crates by package.
    interface_crates: OnceCell<BTreeMap<String, SourcePath>>,
    packages: RefCell<HashMap<SourcePath, Loaded<Package>>>,
    rust: RefCell<HashMap<SourcePath, Option<Rc<RustFile>>>>,
    loaded: RefCell<HashMap<SourcePath, Loaded<Module>>>,
    platform_files: RefCell<HashMap<String, Loaded<PlatformFile>>>,
    interfaces: RefCell<interface::Interfaces>,
    pieces: RefCell<Pieces>,
}

impl<'s> Catalog<'s> {
    pub fn new(files: Files<'s>) -> Self {
        Self {
            files,
            modules: OnceCell::new(),
            platforms: OnceCell::new(),
            interface_crates: OnceCell::new(),
            packages: RefCell::default(),
            rust: RefCell::default(),
            loaded: RefCell::default(),
            platform_files: RefCell::default(),
            interfaces: RefCell::default(),
            pieces: RefCell::default(),
        }
    }

    /// Parses a system, of which most is what it was before.
    pub fn parse(&self, text: &str) -> (Vec<Node>, Vec<Mistake>) {
        self.pieces.borrow_mut().parse(text)
    }

    /// Forgets what depends on a file that has changed, appeared or vanished.
    pub fn changed(&mut self, file: &SourcePath) {
        self.files.forget(file);
        let (SourcePath::Catalog(path) | SourcePath::Project(path)) = file;
        if path.ends_with(".rs") {
            self.rust.get_mut().remove(file);
            self.forget_signatures();
        } else if path.ends_with("Cargo.toml") {
            self.packages.get_mut().clear();
            self.interface_crates.take();
            self.modules.take();
            self.forget_signatures();
        } else if path.ends_with("platform.kdl") {
            self.platforms.take();
            self.platform_files.get_mut().clear();
        }
    }

    /// Forgets everything. Spans of what was read are of no use afterwards.
    pub fn forget(&mut self) {
        self.files.forget_all();
        self.rust.get_mut().clear();
        self.packages.get_mut().clear();
        self.interface_crates.take();
        self.modules.take();
        self.platforms.take();
        self.platform_files.get_mut().clear();
        self.forget_signatures();
    }

    fn forget_signatures(&mut self) {
        self.loaded.get_mut().clear();
        *self.interfaces.get_mut() = interface::Interfaces::default();
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let names = self.files.list(&SourcePath::Catalog(folder.to_owned()));
        names
            .map(|names| names.iter().filter(|name| !name.starts_with('.')).cloned().collect())
            .unwrap_or_default()
    }

    /// The folders of the catalog's modules, by name.
    pub fn modules(&self) -> &BTreeMap<String, Vec<SourcePath>> {
        self.modules.get_or_init(|| {
            let mut modules: BTreeMap<String, Vec<SourcePath>> = BTreeMap::new();
            for family in self.names(MODULES) {
                if family == INTERFACES || family == PLATFORMS {
                    continue;
                }
                let folder = format!("{MODULES}/{family}");
                for name in self.names(&folder) {
                    let path = SourcePath::Catalog(format!("{folder}/{name}"));
                    modules.entry(name).or_default().push(path);
                }
            }
            modules
        })
    }

    /// The names of the catalog's platforms.
    pub fn platforms(&self) -> &[String] {
        self.platforms.get_or_init(|| {
            let folder = format!("{MODULES}/{PLATFORMS}");
            let mut names = self.names(&folder);
            names.retain(|name| {
                let entries = self.files.list(&SourcePath::Catalog(format!("{folder}/{name}")));
                entries.is_ok_and(|entries| entries.iter().any(|entry| entry == "platform.kdl"))
            });
            names
        })
    }

    fn interface_crates(&self) -> &BTreeMap<String, SourcePath> {
        self.interface_crates.get_or_init(|| {
            let folder = format!("{MODULES}/{INTERFACES}");
            let mut crates = BTreeMap::new();
            for name in self.names(&folder) {
                let path = SourcePath::Catalog(format!("{folder}/{name}"));
                if let Ok(package) = self.package(&path) {
                    crates.insert(package.name.clone(), path);
                }
            }
            crates
        })
    }

    /// The crate in a folder.
    pub fn package(&self, folder: &SourcePath) -> Loaded<Package> {
        if let Some(package) = self.packages.borrow().get(folder) {
            return package.clone();
        }
        let file = folder.join("Cargo.toml");
        let package = match self.files.read(&file) {
            Ok(text) => Package::read(folder, &text).map(Rc::new).map_err(|(span, problem)| {
                let span = crate::syntax::clamp(&text, span);
                vec![
                    Diagnostic::error("E0901", format!("`{file}` is not the manifest of a module"))
                        .at(&file, &span, problem)
                        .help("a module is a crate: give it a Cargo.toml with `[package] name = \"…\"`"),
                ]
            }),
            Err(problem) => Err(vec![
                Diagnostic::error(
                    "E0901",
                    format!("`{folder}` is not a crate: {}", unreadable("Cargo.toml", &problem)),
                )
                .help("a module is a crate: a folder with a Cargo.toml and a src/lib.rs"),
            ]),
        }
        .map_err(Rc::new);
        self.packages.borrow_mut().insert(folder.clone(), package.clone());
        package
    }

    /// The items of a Rust source; none if it cannot be read.
    pub fn rust(&self, file: &SourcePath) -> Option<Rc<RustFile>> {
        if let Some(read) = self.rust.borrow().get(file) {
            return read.clone();
        }
        let read = self.files.read(file).ok().map(|text| Rc::new(RustFile::read(file.clone(), text)));
        self.rust.borrow_mut().insert(file.clone(), read.clone());
        read
    }

    /// The module in a folder.
    pub fn module(&self, folder: &SourcePath) -> Loaded<Module> {
        if let Some(module) = self.loaded.borrow().get(folder) {
            return module.clone();
        }
        let module = module::load(self, folder).map(Rc::new).map_err(Rc::new);
        self.loaded.borrow_mut().insert(folder.clone(), module.clone());
        module
    }

    /// The facts of a platform of the catalog.
    pub fn platform(&self, name: &str) -> Loaded<PlatformFile> {
        if let Some(platform) = self.platform_files.borrow().get(name) {
            return platform.clone();
        }
        let folder = SourcePath::Catalog(format!("{MODULES}/{PLATFORMS}/{name}"));
        let platform = self.load_platform(&folder, name).map(Rc::new).map_err(Rc::new);
        self.platform_files.borrow_mut().insert(name.to_owned(), platform.clone());
        platform
    }

    fn load_platform(&self, folder: &SourcePath, name: &str) -> Result<PlatformFile, Vec<Diagnostic>> {
        let file = folder.join("platform.kdl");
        let text = self.files.read(&file).map_err(|problem| {
            vec![Diagnostic::error(
                "E0951",
                format!("platform `{name}`: {}", unreadable("platform.kdl", &problem)),
            )]
        })?;
        let (nodes, mistakes) = crate::syntax::parse(&text);
        let mut diagnostics: Vec<Diagnostic> =
            mistakes.into_iter().map(|mistake| crate::check::mistake(&file, mistake)).collect();
        let platform = platform::read(folder, name, &file, &nodes, &mut diagnostics);
        platform.filter(|_| diagnostics.is_empty()).ok_or(diagnostics)
    }

    /// Every module of the catalog that can be read and that `wanted` accepts, by name. For reports only:
    /// it reads the whole catalog.
    pub fn candidates(&self, wanted: impl Fn(&Module) -> bool) -> Vec<String> {
        let folders = self.modules().iter().filter_map(|(name, folders)| Some((name, folders.first()?)));
        folders
            .filter(|(_, folder)| self.module(folder).is_ok_and(|module| wanted(&module)))
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// Why a file of a crate is of no use.
fn unreadable(file: &str, problem: &ReadError) -> String {
    match problem {
        ReadError::NotFound => format!("there is no {file}"),
        other => format!("{file} cannot be read, {other}"),
    }
}
