//! `Cargo.toml`, as far as the composition needs it: the package's name and where its interfaces come from.

use crate::source::SourcePath;
use std::collections::HashMap;
use std::ops::Range;
use toml::{Table, Value};

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
        let table: Table = toml::from_str(text).map_err(|error| {
            (error.span().unwrap_or(0..0), error.message().lines().next().unwrap_or_default().to_owned())
        })?;
        let name = table.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let name = name.ok_or((0..0, "it has no `[package]` with a `name`".to_owned()))?.to_owned();
        let mut dependencies = HashMap::new();
        if let Some(Value::Table(table)) = table.get("dependencies") {
            for (key, specification) in table {
                let text = |field: &str| specification.get(field).and_then(Value::as_str);
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
