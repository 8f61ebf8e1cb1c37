//! Modules: what the root of a crate says of the struct with `#[module]`.

use super::interface::{InterfaceId, Unresolved};
use super::rust::{RustFile, bytes, each};
use super::{Catalog, unreadable};
use crate::diagnostic::Diagnostic;
use crate::signature::{
    ChoiceSignature, Condition, Edge, Environment, ExportCall, ExportsSignature, ModuleParameter,
    ModuleSignature, OptionSignature, OptionType, OptionsSignature,
};
use crate::source::SourcePath;
use crate::value::Value;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use syn::Path;

/// One module, with all that its signature names looked up.
pub(crate) struct Module {
    pub package: String,
    /// The folder of its crate.
    pub folder: SourcePath,
    /// The file that all spans are of.
    pub file: SourcePath,
    pub ident: String,
    pub ident_span: Range<usize>,
    pub doc: String,
    pub provides: Vec<(InterfaceId, Range<usize>)>,
    /// The ambient interfaces that it uses.
    pub ambient: Vec<(InterfaceId, Range<usize>)>,
    pub arch: Vec<(String, Range<usize>)>,
    pub environment: Option<(Environment, Range<usize>)>,
    pub memory: u64,
    pub stop: bool,
    /// The functions that C programs can link against.
    pub exports: Vec<ModuleExport>,
    /// The folder of its headers for C, in its own.
    pub headers: Option<String>,
    pub parameters: Vec<Parameter>,
    pub options: Vec<ModuleOption>,
    pub conditions: Vec<(Condition, Range<usize>)>,
}

/// One type parameter.
pub(crate) enum Parameter {
    Requirement(ModuleRequirement),
    Options { ident: String },
}

/// One requirement.
pub(crate) struct ModuleRequirement {
    pub name: String,
    pub doc: String,
    pub interfaces: Vec<(InterfaceId, Range<usize>)>,
    pub edge: Edge,
    pub span: Range<usize>,
}

/// One function for C programs.
pub(crate) struct ModuleExport {
    pub name: String,
    pub doc: String,
    pub parameters: usize,
    pub call: ExportCall,
    /// Where it is declared.
    pub file: SourcePath,
    pub span: Range<usize>,
}

/// One option.
pub(crate) struct ModuleOption {
    pub signature: OptionSignature,
    pub span: Range<usize>,
    pub type_span: Range<usize>,
    pub range_span: Option<Range<usize>>,
    /// The names that a choice takes.
    pub choice: Option<Rc<ChoiceSignature>>,
}

impl Module {
    pub fn provides(&self, interface: InterfaceId) -> bool {
        self.provides.iter().any(|(provided, _)| *provided == interface)
    }

    /// The requirements in source order.
    pub fn requirements(&self) -> impl Iterator<Item = &ModuleRequirement> {
        self.parameters.iter().filter_map(|parameter| match parameter {
            Parameter::Requirement(requirement) => Some(requirement),
            Parameter::Options { .. } => None,
        })
    }

    pub fn option(&self, name: &str) -> Option<&ModuleOption> {
        self.options.iter().find(|option| option.signature.name == name)
    }

    pub fn requirement(&self, name: &str) -> Option<(usize, &ModuleRequirement)> {
        self.requirements().enumerate().find(|(_, requirement)| requirement.name == name)
    }

    /// Whether its options name sources in C.
    pub fn takes_c_sources(&self) -> bool {
        self.options.iter().any(|option| *option.element() == OptionType::CSource)
    }

    /// The names of all its fields.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let requirements = self.requirements().map(|requirement| requirement.name.as_str());
        requirements.chain(self.options.iter().map(|option| option.signature.name.as_str()))
    }
}

impl ModuleOption {
    /// The type without `Option` and list.
    pub fn element(&self) -> &OptionType {
        match self.signature.scalar() {
            OptionType::List(element) => element,
            other => other,
        }
    }

    /// Whether somebody has to set it: a device can be found, a list can be empty.
    pub fn is_required(&self) -> bool {
        let optional = matches!(self.signature.ty, OptionType::Optional(_)) || self.is_list();
        !optional && self.signature.default.is_none() && *self.element() != OptionType::Device
    }

    /// Whether it takes any number of values.
    pub fn is_list(&self) -> bool {
        matches!(self.signature.scalar(), OptionType::List(_))
    }
}

type OptionsAndConditions = (Vec<ModuleOption>, Vec<(Condition, Range<usize>)>);

/// The module of one crate with what is wrong with it.
struct Loading<'c, 's> {
    catalog: &'c Catalog<'s>,
    root: &'c RustFile,
    folder: &'c SourcePath,
    diagnostics: Vec<Diagnostic>,
}

pub(super) fn load(catalog: &Catalog<'_>, folder: &SourcePath) -> Result<Module, Vec<Diagnostic>> {
    let package = catalog.package(folder).map_err(|diagnostics| (*diagnostics).clone())?;
    let file = folder.join("src/lib.rs");
    if let Err(problem) = catalog.files.read(&file) {
        return Err(vec![
            Diagnostic::error(
                "E0902",
                format!("`{folder}` is not a module: {}", unreadable("src/lib.rs", &problem)),
            )
            .help("a module is a library crate whose src/lib.rs has a struct with `#[module]`"),
        ]);
    }
    let Some(root) = catalog.rust(&file) else { return Err(Vec::new()) };
    let mut loading = Loading { catalog, root: &root, folder, diagnostics: Vec::new() };
    for (span, problem) in &root.mistakes {
        loading.diagnostics.push(Diagnostic::error("E0905", format!("`{file}` is not Rust")).at(
            &file,
            &crate::syntax::clamp(&root.text, span.clone()),
            problem.clone(),
        ));
    }
    let module = loading.module(&package.name);
    match module {
        Some(module) if loading.diagnostics.is_empty() => Ok(module),
        _ => Err(loading.diagnostics),
    }
}

impl Loading<'_, '_> {
    fn report(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: String,
        label: impl Into<String>,
        help: &str,
    ) {
        let diagnostic = Diagnostic::error(code, message).at(&self.root.file, span, label);
        self.diagnostics.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// The value of a signature in the root, with its mistakes reported.
    fn keep<T>(&mut self, what: &str, result: syn::Result<T>) -> Option<T> {
        self.keep_of(self.root, what, result)
    }

    /// The same in a file of the crate.
    fn keep_of<T>(&mut self, file: &RustFile, what: &str, result: syn::Result<T>) -> Option<T> {
        result
            .map_err(|error| {
                self.diagnostics.extend(each(error).map(|(span, problem)| {
                    let span = crate::syntax::clamp(&file.text, span);
                    Diagnostic::error("E0906", "the module's signature departs from the grammar")
                        .at(&file.file, &span, problem)
                        .help(format!("the grammar is documented on `#[{what}]`"))
                }));
            })
            .ok()
    }

    fn module(&mut self, package: &str) -> Option<Module> {
        let root = self.root;
        let (arguments, item) = match root.module_structs.as_slice() {
            [] => {
                // A file that is not Rust says nothing about modules.
                if self.diagnostics.is_empty() {
                    self.report(
                        "E0903",
                        &(0..0),
                        format!("`{}` has no struct with `#[module]`", root.file),
                        "expected one at the root of the crate",
                        "put `#[module(provides(…))]` on the struct that holds the state of an instance",
                    );
                }
                return None;
            }
            [one] => one,
            [first, second, ..] => {
                self.diagnostics.push(
                    Diagnostic::error("E0904", format!("`{}` has two structs with `#[module]`", root.file))
                        .at(&root.file, &bytes(second.1.ident.span()), "the second")
                        .at(&root.file, &bytes(first.1.ident.span()), "the first")
                        .help("a crate is one module: move the second to a crate of its own"),
                );
                first
            }
        };
        let signature = self.keep("module", ModuleSignature::read(arguments.clone(), item))?;
        let provides = self.interfaces(&signature.provides);
        let ambient = self.interfaces(&signature.ambient);
        for (id, span) in &ambient {
            let interface = self.catalog.interface(*id);
            if interface.ambient.is_none() {
                let name = &interface.path.ident;
                self.diagnostics.push(
                    Diagnostic::error("E0911", format!("`{name}` is not an ambient interface"))
                        .at(&root.file, span, "named as ambient here")
                        .at(&interface.file, &interface.span, "declared as a wired interface here")
                        .help(format!("make it a requirement: a type parameter with the bound `{name}`")),
                );
            }
        }
        self.allocation(&ambient);
        let (options, conditions) = match signature.options() {
            Some(parameter) => {
                self.options(&parameter.options.to_string(), &bytes(parameter.options.span()))?
            }
            None => (Vec::new(), Vec::new()),
        };
        let mut parameters = Vec::new();
        for parameter in &signature.parameters {
            parameters.push(match parameter {
                ModuleParameter::Requirement(requirement) => Parameter::Requirement(ModuleRequirement {
                    name: requirement.name.clone(),
                    doc: requirement.doc.clone(),
                    interfaces: self.interfaces(&requirement.interfaces),
                    edge: requirement.edge,
                    span: bytes(requirement.ident.span()),
                }),
                ModuleParameter::Options(options) => {
                    Parameter::Options { ident: options.options.to_string() }
                }
            });
        }
        let exports = self.exports(&signature);
        let headers =
            signature.headers.as_ref().and_then(|(folder, span)| self.headers(folder, &bytes(*span)));
        let module = Module {
            package: package.to_owned(),
            folder: self.folder.clone(),
            file: root.file.clone(),
            ident: signature.ident.to_string(),
            ident_span: bytes(signature.ident.span()),
            doc: signature.doc,
            provides,
            ambient,
            arch: signature.arch.into_iter().map(|(name, span)| (name, bytes(span))).collect(),
            environment: signature.environment.map(|(environment, span)| (environment, bytes(span))),
            memory: signature.memory,
            stop: signature.stop,
            exports,
            headers,
            parameters,
            options,
            conditions,
        };
        self.fields(&module);
        Some(module)
    }

    /// The functions for C programs, of the root and of the files that it declares.
    fn exports(&mut self, signature: &ModuleSignature) -> Vec<ModuleExport> {
        let root = self.root;
        let Some(flag) = signature.exports else {
            if let Some(item) = root.exports.first() {
                self.report(
                    "E0914",
                    &bytes(syn::spanned::Spanned::span(&item.self_ty)),
                    "the module has functions for C, but does not say so".to_owned(),
                    "marked `#[exports]`",
                    "add `exports` to its `#[module(…)]`",
                );
            }
            return Vec::new();
        };
        let known = self.diagnostics.len();
        let mut exports = self.exports_of(root);
        let mut modules: Vec<&String> = root.modules.iter().collect();
        modules.sort_unstable();
        for name in modules {
            if let Some(file) = self.catalog.rust(&self.folder.join(&format!("src/{name}.rs"))) {
                exports.extend(self.exports_of(&file));
            }
        }
        if exports.is_empty() && self.diagnostics.len() == known && root.mistakes.is_empty() {
            self.report(
                "E0914",
                &bytes(flag),
                "the module says that it has functions for C, and has none".to_owned(),
                "says so here",
                "mark an `impl` with `#[exports]`, in src/lib.rs or in a file that it declares with `mod`",
            );
        }
        exports
    }

    /// Those of one file.
    fn exports_of(&mut self, file: &RustFile) -> Vec<ModuleExport> {
        let mut exports = Vec::new();
        for item in &file.exports {
            let signature = self.keep_of(file, "exports", ExportsSignature::read(item));
            let functions = signature.into_iter().flat_map(|signature| signature.functions);
            exports.extend(functions.map(|function| ModuleExport {
                name: function.ident.to_string(),
                doc: function.doc,
                parameters: function.parameters.len(),
                call: function.call,
                file: file.file.clone(),
                span: bytes(function.ident.span()),
            }));
        }
        exports
    }

    /// The folder of headers, if it is there.
    fn headers(&mut self, folder: &str, span: &Range<usize>) -> Option<String> {
        if self.catalog.files.list(&self.folder.join(folder)).is_ok() {
            return Some(folder.to_owned());
        }
        self.report(
            "E0915",
            span,
            format!("the module has no folder `{folder}`"),
            "its headers for C are to be there",
            "the folder is in that of its crate, beside Cargo.toml",
        );
        None
    }

    /// A field of `system.kdl` means one thing.
    fn fields(&mut self, module: &Module) {
        let mut seen: HashMap<&str, &Range<usize>> = HashMap::new();
        let requirements =
            module.requirements().map(|requirement| (requirement.name.as_str(), &requirement.span));
        let options = module.options.iter().map(|option| (option.signature.name.as_str(), &option.span));
        for (name, span) in requirements.chain(options) {
            if let Some(first) = seen.insert(name, span) {
                self.diagnostics.push(
                    Diagnostic::error("E0913", format!("two fields of the module are called `{name}`"))
                        .at(&module.file, span, "the second")
                        .at(&module.file, first, "the first")
                        .help("rename one of them: requirements and options share one name space"),
                );
            }
        }
    }

    fn interfaces(&mut self, paths: &[Path]) -> Vec<(InterfaceId, Range<usize>)> {
        let mut interfaces = Vec::new();
        for path in paths {
            let span = bytes(syn::spanned::Spanned::span(path));
            match self.catalog.resolve(self.folder, self.root, path) {
                Ok(id) => interfaces.push((id, span)),
                Err(Unresolved::Broken(diagnostics)) => self.diagnostics.extend(diagnostics.iter().cloned()),
                Err(Unresolved::Unknown(reason)) => {
                    let name =
                        path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                    self.report(
                        "E0909",
                        &span,
                        format!("`{name}` does not name an interface"),
                        reason,
                        "an interface is a trait with `#[interface]` in an interface crate, in a path dependency or in this crate",
                    );
                }
            }
        }
        interfaces
    }

    /// A module that allocates says so, so that the image has a heap.
    fn allocation(&mut self, ambient: &[(InterfaceId, Range<usize>)]) {
        let Some(span) = &self.root.alloc else { return };
        let Some(heap) = self.catalog.known_interface("Heap") else { return };
        if !ambient.iter().any(|(id, _)| *id == heap) {
            self.report(
                "E0910",
                &span.clone(),
                "the module allocates, but does not say that it uses the heap".to_owned(),
                "uses `alloc`",
                "add `ambient(Heap)` to its `#[module(…)]` and `use oscomp_interfaces::Heap`",
            );
        }
    }

    fn options(&mut self, name: &str, used: &Range<usize>) -> Option<OptionsAndConditions> {
        let Some(item) = self.root.options.get(name) else {
            if self.root.mistakes.is_empty() {
                self.report(
                    "E0907",
                    used,
                    format!("there is no struct `{name}` with `#[derive(Options)]` at the root of the crate"),
                    "the options",
                    "declare the options in src/lib.rs, beside the module",
                );
            }
            return None;
        };
        let signature = self.keep("derive(Options)", OptionsSignature::read(item))?;
        let mut options = Vec::new();
        for mut option in signature.options {
            let mut module_option = ModuleOption {
                span: bytes(option.ident.span()),
                type_span: bytes(option.ty_span),
                range_span: option.range.as_ref().map(|range| bytes(range.span)),
                choice: None,
                signature: option.clone(),
            };
            if let OptionType::Choice(name) = module_option.element() {
                let choice = self.choice(name, &module_option.type_span)?;
                if let Some(Value::Variant(written)) = &option.default {
                    match choice.variants.iter().find(|variant| variant.name == *written) {
                        Some(variant) => option.default = Some(Value::Variant(variant.ident.to_string())),
                        None => {
                            let message =
                                format!("the default `{written}` is not one of the names of `{name}`");
                            self.report(
                                "E0912",
                                &module_option.span,
                                message,
                                "the default of this option",
                                "",
                            );
                        }
                    }
                }
                module_option.choice = Some(choice);
                module_option.signature = option;
            }
            options.push(module_option);
        }
        let conditions = signature
            .conditions
            .into_iter()
            .map(|condition| (bytes(condition.span), condition))
            .map(|(span, condition)| (condition, span))
            .collect();
        Some((options, conditions))
    }

    fn choice(&mut self, name: &str, used: &Range<usize>) -> Option<Rc<ChoiceSignature>> {
        match self.root.choices.get(name) {
            Some(item) => self.keep("derive(Choice)", ChoiceSignature::read(item)).map(Rc::new),
            None => {
                self.report(
                    "E0908",
                    used,
                    format!("there is no enum `{name}` with `#[derive(Choice)]` at the root of the crate"),
                    "the type of this option",
                    "declare the enum in src/lib.rs, beside the options; or use one of the types that `#[derive(Options)]` documents",
                );
                None
            }
        }
    }
}
