//! The crates of this machine that a crate is compiled with.

use crate::build::workspace;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The folders of some crates, and of all that they depend on by a path, directly or by their workspace.
pub fn closure(crates: impl IntoIterator<Item = PathBuf>) -> BTreeSet<PathBuf> {
    let mut pending: Vec<PathBuf> = crates.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(folder) = pending.pop() {
        // The same by whatever way it is reached.
        let folder = folder.canonicalize().unwrap_or(folder);
        if found.contains(&folder) {
            continue;
        }
        pending.extend(direct(&folder));
        found.insert(folder);
    }
    found
}

/// What one crate depends on by a path. Whoever cannot be read depends on nothing: Cargo says more about it.
fn direct(folder: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let Ok(manifest) = DeTable::parse(&text) else { return Vec::new() };
    let manifest = manifest.get_ref();
    let targets = manifest.get("target").and_then(|table| table.get_ref().as_table());
    let targets = targets.into_iter().flatten().filter_map(|(_, target)| target.get_ref().as_table());
    let mut paths = Vec::new();
    let mut of_workspace = Vec::new();
    for table in targets.chain([manifest]) {
        for kind in ["dependencies", "build-dependencies"] {
            let listed = table.get(kind).and_then(|table| table.get_ref().as_table());
            for (name, dependency) in listed.into_iter().flatten() {
                if let Some(path) = path(dependency.get_ref()) {
                    paths.push(folder.join(path));
                } else if dependency.get_ref().get("workspace").is_some() {
                    of_workspace.push(name.get_ref().as_ref());
                }
            }
        }
    }
    if !of_workspace.is_empty() {
        paths.extend(inherited(folder, &of_workspace));
    }
    paths
}

/// The folders of dependencies that are specified in the workspace of a crate.
fn inherited(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    let Some(root) = workspace(folder) else { return Vec::new() };
    let text = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let Ok(manifest) = DeTable::parse(&text) else { return Vec::new() };
    let specified = |name: &&str| {
        let workspace = manifest.get_ref().get("workspace")?.get_ref();
        let dependency = workspace.get("dependencies")?.get_ref().get(*name)?;
        Some(root.join(path(dependency.get_ref())?))
    };
    names.iter().filter_map(specified).collect()
}

fn path<'a>(dependency: &'a DeValue<'_>) -> Option<&'a str> {
    dependency.get("path")?.get_ref().as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_followed_by_the_crate_and_by_its_workspace() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().canonicalize().unwrap();
        let manifests = [
            ("", "[workspace.dependencies]\nnear = { path = \"libraries/near\" }\nfar = \"1\"\n"),
            (
                "module",
                "[dependencies]\nnear.workspace = true\nfar = { workspace = true }\nserde = \"1\"\n\
                 [target.'cfg(unix)'.dependencies]\nown = { path = \"../libraries/own\" }\n\
                 [dev-dependencies]\nfake = { path = \"../libraries/fake\" }\n",
            ),
            ("libraries/near", "[build-dependencies]\nmodule = { path = \"../../module\" }\n"),
            ("libraries/own", "what is no manifest"),
        ];
        for (folder, manifest) in manifests {
            fs::create_dir_all(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("Cargo.toml"), manifest).unwrap();
        }
        let expected = ["libraries/near", "libraries/own", "module"].map(|folder| root.join(folder));
        assert_eq!(closure([root.join("module")]), expected.into());
        assert_eq!(closure([root.join("nowhere")]), [root.join("nowhere")].into());
    }
}
