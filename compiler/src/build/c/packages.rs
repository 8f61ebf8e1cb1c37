use crate::build::files::{unwritable, write_changed};
use crate::failure::Failure;
use crate::toolchain::{cannot_start_cargo, cargo};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of a package of Cargo's registry, fetched if it is not on this machine yet. Nothing of it is built.
pub fn folder(name: &str, version: &str, build: &Path) -> Result<PathBuf, Failure> {
    let place = build.join("c-packages").join(format!("{name}-{version}"));
    let note = place.join("folder.txt");
    if let Ok(known) = fs::read_to_string(&note)
        && Path::new(&known).join("Cargo.toml").is_file()
    {
        return Ok(PathBuf::from(known));
    }
    let manifest = format!(
        "[package]\nname = \"sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{name} = {{ version = \"={version}\", default-features = false }}\n"
    );
    write_changed(&place.join("Cargo.toml"), manifest.as_bytes())?;
    write_changed(&place.join("src/lib.rs"), b"")?;
    let found = match metadata(&place, name, true)? {
        Ok(found) => found,
        Err(_) => metadata(&place, name, false)?.map_err(|said| {
            Failure::environment(
                format!("the package {name} {version} cannot be had: {said}"),
                "the sources of the system are in it: check its name, its version and the network",
            )
        })?,
    };
    fs::write(&note, found.to_string_lossy().as_bytes()).map_err(|error| unwritable(&note, &error))?;
    Ok(found)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

/// What Cargo knows of the packages; else the last line of what it says.
fn metadata(place: &Path, name: &str, offline: bool) -> Result<Result<PathBuf, String>, Failure> {
    let said = Command::new(cargo())
        .args(["metadata", "--format-version", "1", "--quiet"])
        .args(offline.then_some("--offline"))
        .current_dir(place)
        .output()
        .map_err(|error| cannot_start_cargo(&error))?;
    let metadata: Option<Metadata> = serde_json::from_slice(&said.stdout).ok();
    let package = metadata.and_then(|known| known.packages.into_iter().find(|package| package.name == name));
    Ok(package.and_then(|package| package.manifest_path.parent().map(Path::to_owned)).ok_or_else(|| {
        let text = String::from_utf8_lossy(&said.stderr);
        text.lines().last().unwrap_or("Cargo says nothing of it").trim().to_owned()
    }))
}
