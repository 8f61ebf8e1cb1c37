//! Interfaces: from a name in a signature to the trait that it means.

use super::rust::{RustFile, bytes, each};
use super::{Catalog, unreadable};
use crate::diagnostic::Diagnostic;
use crate::plan::InterfacePath;
use crate::signature::{Ambient, InterfaceSignature};
use crate::source::SourcePath;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Identifies an interface within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct InterfaceId(usize);

/// One interface.
pub(crate) struct Interface {
    pub path: InterfacePath,
    pub signature: InterfaceSignature,
    pub ambient: Option<Ambient>,
    /// Where its name is declared.
    pub file: SourcePath,
    pub span: Range<usize>,
}

/// The interfaces that have been looked up.
#[derive(Default)]
pub(super) struct Interfaces {
    all: Vec<Rc<Interface>>,
    by_trait: HashMap<(SourcePath, String), InterfaceId>,
    /// Answers by the crate, the file and the path as written.
    answers: HashMap<(SourcePath, String), Result<InterfaceId, Unresolved>>,
}

/// Why a name is no interface.
#[derive(Clone)]
pub(crate) enum Unresolved {
    /// A sentence for the label at the name.
    Unknown(String),
    /// The interface itself has mistakes.
    Broken(Rc<Vec<Diagnostic>>),
}

/// How many `use` items are followed from one name.
const FUEL: usize = 16;

impl Catalog<'_> {
    pub fn interface(&self, id: InterfaceId) -> Rc<Interface> {
        self.interfaces.borrow().all[id.0].clone()
    }

    /// The interface of the oscomp interfaces that has this name.
    pub fn known_interface(&self, name: &str) -> Option<InterfaceId> {
        let folder = self.interface_crates().get("oscomp-interfaces")?.clone();
        self.lookup(&folder, &[], &[name.to_owned()], FUEL).ok()
    }

    /// The interfaces of that name, in any interface crate of the catalog.
    pub fn interfaces_named(&self, name: &str) -> Vec<InterfaceId> {
        let folders: Vec<SourcePath> = self.interface_crates().values().cloned().collect();
        folders.iter().filter_map(|folder| self.lookup(folder, &[], &[name.to_owned()], FUEL).ok()).collect()
    }

    /// The interface that a path in the root of a crate means.
    pub fn resolve(
        &self,
        folder: &SourcePath,
        root: &RustFile,
        path: &syn::Path,
    ) -> Result<InterfaceId, Unresolved> {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let key = (folder.clone(), segments.join("::"));
        if let Some(answer) = self.interfaces.borrow().answers.get(&key) {
            return answer.clone();
        }
        let answer = self.resolve_in(folder, &[], root, &segments, FUEL);
        self.interfaces.borrow_mut().answers.insert(key, answer.clone());
        answer
    }

    fn resolve_in(
        &self,
        folder: &SourcePath,
        modules: &[String],
        file: &RustFile,
        segments: &[String],
        fuel: usize,
    ) -> Result<InterfaceId, Unresolved> {
        let [first, rest @ ..] = segments else { return Err(unknown("expected the name of an interface")) };
        let Some(fuel) = fuel.checked_sub(1) else {
            return Err(unknown("its `use` items lead in a circle"));
        };
        match first.as_str() {
            "crate" => return self.lookup(folder, &[], rest, fuel),
            "self" => return self.lookup(folder, modules, rest, fuel),
            _ => {}
        }
        if let Some(path) = file.uses.get(first)
            && path.first() != Some(first)
        {
            let mut path = path.clone();
            path.extend_from_slice(rest);
            return self.resolve_in(folder, modules, file, &path, fuel);
        }
        if rest.is_empty() {
            if file.interfaces.contains_key(first) || file.traits.contains_key(first) {
                return self.declared(folder, modules, file, first);
            }
            for glob in &file.globs {
                let mut path = glob.clone();
                path.push(first.clone());
                if let Ok(found) = self.resolve_in(folder, modules, file, &path, fuel) {
                    return Ok(found);
                }
            }
            return Err(unknown(format!("`{first}` is not in scope: no `use` item names it")));
        }
        if file.modules.contains(first) {
            let mut inner = modules.to_vec();
            inner.push(first.clone());
            return self.lookup(folder, &inner, rest, fuel);
        }
        let Some(folder) = self.crate_folder(folder, first) else {
            return Err(unknown(format!(
                "`{first}` is neither a path dependency of this crate nor an interface crate of the catalog"
            )));
        };
        self.lookup(&folder, &[], rest, fuel)
    }

    /// The interface at `segments` of a module of a crate.
    fn lookup(
        &self,
        folder: &SourcePath,
        modules: &[String],
        segments: &[String],
        fuel: usize,
    ) -> Result<InterfaceId, Unresolved> {
        let name = if modules.is_empty() {
            "src/lib.rs".to_owned()
        } else {
            format!("src/{}.rs", modules.join("/"))
        };
        let path = folder.join(&name);
        let Some(file) = self.rust(&path) else {
            let problem = self.files.read(&path).err();
            return Err(unknown(problem.map_or_else(String::new, |problem| {
                format!("in `{folder}`, {}", unreadable(&name, &problem))
            })));
        };
        if let [name] = segments
            && !file.uses.contains_key(name)
            && !file.interfaces.contains_key(name)
            && !file.traits.contains_key(name)
            && file.globs.is_empty()
        {
            return Err(unknown(format!("there is no interface `{name}` in `{folder}`")));
        }
        self.resolve_in(folder, modules, &file, segments, fuel)
    }

    fn declared(
        &self,
        folder: &SourcePath,
        modules: &[String],
        file: &RustFile,
        name: &str,
    ) -> Result<InterfaceId, Unresolved> {
        let key = (file.file.clone(), name.to_owned());
        if let Some(id) = self.interfaces.borrow().by_trait.get(&key) {
            return Ok(*id);
        }
        let Some((arguments, item)) = file.interfaces.get(name) else {
            return Err(unknown(format!("`{name}` is a trait without `#[interface]`")));
        };
        let broken = |(span, problem): (Range<usize>, String)| {
            Diagnostic::error(
                "E0906",
                format!("the interface `{name}` departs from the grammar of interfaces"),
            )
            .at(&file.file, &span, problem)
            .help("the grammar is documented on `#[interface]`")
        };
        let signature = InterfaceSignature::read(arguments.clone(), item)
            .map_err(|error| Unresolved::Broken(Rc::new(each(error).map(broken).collect())))?;
        let package = self.package(folder).map_err(Unresolved::Broken)?;
        let interface = Interface {
            path: InterfacePath {
                package: package.name.clone(),
                source: folder.clone(),
                modules: modules.to_vec(),
                ident: name.to_owned(),
            },
            ambient: signature.ambient,
            file: file.file.clone(),
            span: bytes(signature.ident.span()),
            signature,
        };
        let mut interfaces = self.interfaces.borrow_mut();
        let id = InterfaceId(interfaces.all.len());
        interfaces.all.push(Rc::new(interface));
        interfaces.by_trait.insert(key, id);
        Ok(id)
    }

    /// The folder of the crate that Rust code in `folder` calls `name`.
    fn crate_folder(&self, folder: &SourcePath, name: &str) -> Option<SourcePath> {
        let package = self.package(folder).ok()?;
        let dependency = package.dependencies.get(name)?;
        let of_catalog = |package: &str| self.interface_crates().get(package).cloned();
        of_catalog(&dependency.package).or_else(|| dependency.path.clone())
    }

    /// Every interface of the catalog's interface crates, in the order of their crates and files.
    pub fn all_interfaces(&self) -> Vec<(InterfaceId, Rc<Interface>)> {
        let mut all = Vec::new();
        let folders: Vec<SourcePath> = self.interface_crates().values().cloned().collect();
        for folder in folders {
            let Some(root) = self.rust(&folder.join("src/lib.rs")) else { continue };
            let mut modules: Vec<Vec<String>> = root.modules.iter().map(|name| vec![name.clone()]).collect();
            modules.push(Vec::new());
            modules.sort();
            for modules in modules {
                let file = if modules.is_empty() {
                    Some(root.clone())
                } else {
                    self.rust(&folder.join(&format!("src/{}.rs", modules.join("/"))))
                };
                let Some(file) = file else { continue };
                let mut names: Vec<&String> = file.interfaces.keys().collect();
                names.sort();
                for name in names {
                    if let Ok(id) = self.declared(&folder, &modules, &file, name) {
                        all.push((id, self.interface(id)));
                    }
                }
            }
        }
        all
    }
}

fn unknown(text: impl Into<String>) -> Unresolved {
    Unresolved::Unknown(text.into())
}
