//! `Cargo.toml`, as far as the composition needs it: the package's name and where its interfaces come from.

use crate::source::SourcePath;
use std::collections::HashMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// One crate.
pub(crate) struct Package {
    pub name: String,
    /// Dependencies by the name that Rust sees.
    pub dependencies: HashMap<String, Dependency>,
}

/// Where a dependency comes from.
pub(crate) struct Dependency {
    /// The package.
    pub package: String,
    /// Its folder, where it is one of the project's.
    pub path: Option<SourcePath>,
}

impl Package {
    /// Reads a manifest in that folder.
    pub fn read(folder: &SourcePath, text: &str) -> Result<Self, (Range<usize>, String)> {
        let table = DeTable::parse(text).map_err(|error| {
            (error.span().unwrap_or(0..0), error.message().lines().next().unwrap_or_default().to_owned())
        })?;
        let table = table.get_ref();
        let name = table.get("package").and_then(|package| package.get_ref().get("name"));
        let name = name.and_then(|name| name.get_ref().as_str());
        let name = name.ok_or((0..0, "it has no `[package]` with a `name`".to_owned()))?.to_owned();
        if let Some(library) = table.get("lib") {
            library_as_expected(&name, library.get_ref())?;
        }
        let mut dependencies = HashMap::new();
        if let Some(specifications) = table.get("dependencies").and_then(|table| table.get_ref().as_table()) {
            for (key, specification) in specifications {
                let text = |field: &str| specification.get_ref().get(field)?.get_ref().as_str();
                let key: &str = key.get_ref();
                dependencies.insert(
                    key.replace('-', "_"),
                    Dependency {
                        package: text("package").unwrap_or(key).to_owned(),
                        path: text("path").map(|path| folder.join(path)),
                    },
                );
            }
        }
        Ok(Self { name, dependencies })
    }
}

/// The glue names a module's library by its package, and its signature is read in `src/lib.rs`.
fn library_as_expected(package: &str, library: &DeValue<'_>) -> Result<(), (Range<usize>, String)> {
    let field = |field: &str| library.get(field).map(|value| (value.span(), value.get_ref()));
    if let Some((span, name)) = field("name")
        && name.as_str() != Some(&package.replace('-', "_"))
    {
        return Err((span, format!("the library of a module has the name of its package, `{package}`")));
    }
    if let Some((span, path)) = field("path")
        && path.as_str() != Some("src/lib.rs")
    {
        return Err((span, "the signature of a module is in `src/lib.rs`".to_owned()));
    }
    if let Some((span, makes_macros)) = field("proc-macro")
        && makes_macros.as_bool() == Some(true)
    {
        return Err((span, "a module is no macro".to_owned()));
    }
    Ok(())
}
