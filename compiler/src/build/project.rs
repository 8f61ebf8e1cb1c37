//! The Cargo project of an image: real files, which anybody can read and build again.
//!
//! ```text
//! Cargo.toml  Cargo.lock  plan.json  src/main.rs  archives/
//! catalog -> the catalog's root
//! project -> the folder of system.kdl
//! workspace -> the root of the Cargo workspace that it lies in, if it does
//! ```
//! Everything is named through the links, so that neither package ids nor paths in the image depend
//! on where the folders are.

use super::files::{link_folder, write_changed};
use super::{Place, Profile, archive, flags};
use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::session::Session;
use oscomp_lang::plan::{InterfacePath, Parameter, Plan, Reason, archive_file};
use oscomp_lang::signature::Environment;
use oscomp_lang::source::SourcePath;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The Cargo project of an image, as it is on disk.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// The name of its package and of its program.
    pub package: String,
    /// The program that holds the expanded glue, for errors in it.
    pub glue: String,
    /// The platform's linker script, relative to the folder.
    pub linker_script: Option<String>,
}

/// Writes the project of a plan. Files whose contents do not change are left alone.
pub fn write(
    session: &Session,
    plan: &Plan,
    profile: Profile,
    catalog: &Path,
    place: &Place,
) -> Result<Project, Failure> {
    let folder = &place.project;
    let links = Links { session, catalog, place };
    link_folder(&folder.join("catalog"), catalog)?;
    link_folder(&folder.join("project"), &session.folder)?;
    if let Some(workspace) = &place.workspace {
        link_folder(&folder.join("workspace"), workspace)?;
    }
    let package = format!("image-{}-{}", plan.system, plan.platform.name);
    let glue = format!("glue-{}-{}", plan.system, plan.platform.name);
    let manifest = manifest(&package, &glue, plan, profile, &links)?;
    let renewed = write_changed(&folder.join("Cargo.toml"), manifest.as_bytes())?;
    write_lock(session, place, catalog, renewed)?;
    write_developer_config(session, catalog, place)?;
    write_changed(&folder.join(".cargo/config.toml"), config().as_bytes())?;
    write_changed(&folder.join("src/main.rs"), main_file(plan).as_bytes())?;
    write_changed(&folder.join("plan.json"), pretty(plan).as_bytes())?;
    for archive in plan.archives() {
        archive::pack(&session.folder.join(archive), &folder.join(archive_file(archive)))?;
    }
    let glue_file = folder.join("src/glue.rs");
    if !glue_file.exists() {
        write_changed(&glue_file, b"fn main() {}\n")?;
    }
    let linker_script = match &plan.platform.linker_script {
        Some(script) => Some(links.path(&plan.platform.source.join(script))?),
        None => None,
    };
    Ok(Project { folder: folder.clone(), package, glue, linker_script })
}

/// How the project reaches folders.
pub struct Links<'a> {
    /// The system.
    pub session: &'a Session,
    /// The root of the catalog.
    pub catalog: &'a Path,
    /// The folders of the build.
    pub place: &'a Place,
}

impl Links<'_> {
    /// A source as the project reaches it.
    pub fn path(&self, source: &SourcePath) -> Result<String, Failure> {
        let path = match source {
            SourcePath::Catalog(path) => return Ok(format!("catalog/{path}")),
            SourcePath::Project(path) => normal(&self.session.folder.join(path)),
        };
        // The catalog comes first: one package must not have two paths.
        let roots = [
            (matches!(self.session.catalog, Catalog::Folder(_)).then_some(self.catalog), "catalog"),
            (self.place.workspace.as_deref(), "workspace"),
            (Some(self.session.folder.as_path()), "project"),
        ];
        for (root, link) in roots {
            if let Some(rest) = root.and_then(|root| path.strip_prefix(root).ok()) {
                let rest = rest.to_str().ok_or_else(|| {
                    Failure::environment(
                        format!("the path {} is not UTF-8", path.display()),
                        "rename that folder",
                    )
                })?;
                return Ok(if rest.is_empty() { link.to_owned() } else { format!("{link}/{rest}") });
            }
        }
        Err(Failure::environment(
            format!("{} lies outside of the project", path.display()),
            format!(
                "move it into {}, or put a Cargo.toml with a [workspace] above both",
                self.session.folder.display()
            ),
        ))
    }
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

const ABI: (&str, &str) = ("oscomp-abi", "modules/interfaces/abi");
const INTERFACES: (&str, &str) = ("oscomp-interfaces", "modules/interfaces/core");
const MACROS: (&str, &str) = ("oscomp-macros", "oscomp-macros");

/// The crates that projects outside of the catalog depend on by version.
const PATCHED: [(&str, &str); 3] = [ABI, INTERFACES, MACROS];

fn manifest(
    package: &str,
    glue: &str,
    plan: &Plan,
    profile: Profile,
    links: &Links,
) -> Result<String, Failure> {
    let mut dependencies = BTreeMap::new();
    for (name, path) in PATCHED {
        dependencies.insert(name, format!("catalog/{path}"));
    }
    for (name, source) in packages(plan) {
        dependencies.insert(name, links.path(source)?);
    }
    let mut text = format!(
        "# Written by `oscomp build`; it is written again whenever the system changes.\n\
         [package]\nname = {package:?}\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\
         autobins = false\n\n\
         [[bin]]\nname = {package:?}\npath = \"src/main.rs\"\n\n\
         [[bin]]\nname = {glue:?}\npath = \"src/glue.rs\"\n\n\
         [workspace]\nmembers = []\nexclude = [\"catalog\", \"project\", \"workspace\"]\n\n\
         [dependencies]\n"
    );
    for (name, path) in &dependencies {
        let _ = writeln!(text, "{name} = {{ path = {} }}", quoted(path));
    }
    let _ = writeln!(text, "\n[profile.{}]", profile.cargo_name());
    if profile == Profile::Whole {
        text.push_str("inherits = \"release\"\n");
    }
    let keys = profile_keys(plan, profile);
    for (key, value) in keys {
        let _ = writeln!(text, "{key} = {value}");
    }
    // It changes nothing in an image without debug information, but Cargo keeps crates apart by it, so
    // that building for a machine does not evict what was built for the host.
    let split = match plan.platform.environment {
        Environment::Hosted => "packed",
        Environment::BareMetal => "off",
    };
    let _ = writeln!(text, "split-debuginfo = \"{split}\"");
    let _ = writeln!(text, "\n[profile.{}.build-override]", profile.cargo_name());
    text.push_str("split-debuginfo = \"off\"\n");
    Ok(text)
}

fn profile_keys(plan: &Plan, profile: Profile) -> Vec<(&'static str, &'static str)> {
    let release = flags::profile(plan.optimize);
    match profile {
        Profile::Release => release.to_vec(),
        Profile::Whole => release
            .into_iter()
            .map(|(key, value)| (key, if key == "lto" { "\"off\"" } else { value }))
            .collect(),
        Profile::Debug => release
            .into_iter()
            .map(|(key, value)| match key {
                "opt-level" => (key, "1"),
                "lto" => (key, "\"off\""),
                "codegen-units" => (key, "16"),
                "debug" => (key, "\"line-tables-only\""),
                "debug-assertions" | "overflow-checks" => (key, "true"),
                _ => (key, value),
            })
            .collect(),
    }
}

/// The packages that the glue names, with their folders.
fn packages(plan: &Plan) -> impl Iterator<Item = (&str, &SourcePath)> {
    fn interface(path: &InterfacePath) -> (&str, &SourcePath) {
        (path.package.as_str(), &path.source)
    }
    let instances = plan.instances.iter().flat_map(|instance| {
        std::iter::once((instance.package.as_str(), &instance.source))
            .chain(instance.provides.iter().map(interface))
    });
    instances.chain(plan.ambient.iter().map(|binding| interface(&binding.interface)))
}

/// A string as TOML writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", character as u32);
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Beside the manifest, because a project's own `.cargo/config.toml` would override that.
fn config() -> String {
    let mut text = String::from("[patch.crates-io]\n");
    for (name, path) in PATCHED {
        let _ = writeln!(text, "{name} = {{ path = \"catalog/{path}\" }}");
    }
    text
}

/// The first line of a `.cargo/config.toml` that is ours to write again.
const CONFIG_MARK: &str = "# Written by `oscomp` for this machine: where the crates of its catalog are.\n";

/// The `.cargo/config.toml` by which `cargo test` and editors find the catalog's crates in a project.
pub fn developer_config(catalog: &Path) -> String {
    let mut text = format!("{CONFIG_MARK}[patch.crates-io]\n");
    for (name, path) in PATCHED {
        let path = catalog.join(path);
        let _ = writeln!(text, "{name} = {{ path = {} }}", quoted(&path.to_string_lossy()));
    }
    text
}

/// Writes it for a project outside of the catalog, unless there is one that somebody else wrote.
fn write_developer_config(session: &Session, catalog: &Path, place: &Place) -> Result<(), Failure> {
    if session.folder.starts_with(catalog) {
        return Ok(());
    }
    let path = place.workspace.as_ref().unwrap_or(&session.folder).join(".cargo/config.toml");
    match fs::read_to_string(&path) {
        Ok(text) if !text.starts_with(CONFIG_MARK) => Ok(()),
        _ => write_changed(&path, developer_config(catalog).as_bytes()).map(|_| ()),
    }
}

/// Writes the lock file when there is none for the manifest yet, or those that it is made of changed.
/// Cargo drops what an image does not need from it.
fn write_lock(session: &Session, place: &Place, catalog: &Path, renewed: bool) -> Result<(), Failure> {
    let catalog_lock = catalog.join("Cargo.lock");
    let contents =
        fs::read_to_string(&catalog_lock).map_err(|error| super::files::unreadable(&catalog_lock, &error))?;
    let root = place.workspace.as_ref().unwrap_or(&session.folder);
    let contents = match fs::read_to_string(root.join("Cargo.lock")) {
        Ok(own) if !session.folder.starts_with(catalog) => merged(&contents, &own),
        _ => contents,
    };
    let (lock, origin) = (place.project.join("Cargo.lock"), place.project.join("Cargo.lock.origin"));
    if write_changed(&origin, contents.as_bytes())? || renewed || !lock.exists() {
        write_changed(&lock, contents.as_bytes())?;
    }
    Ok(())
}

/// A lock file with the packages of another that it does not know: the catalog is built from what it was
/// tested with, the project's own crates from what the project is locked to.
fn merged(catalog: &str, project: &str) -> String {
    const PACKAGE: &str = "[[package]]\n";
    fn name(package: &str) -> &str {
        package.lines().next().unwrap_or_default()
    }
    let known: BTreeSet<&str> = catalog.split(PACKAGE).skip(1).map(name).collect();
    let mut text = format!("{}\n", catalog.trim_end());
    for package in project.split(PACKAGE).skip(1) {
        // A package without a source is one of the project's folders, which the manifest knows.
        if !known.contains(name(package)) && package.contains("\nsource = ") {
            let package = package.split("\n[").next().unwrap_or(package);
            let _ = write!(text, "\n{PACKAGE}{}\n", package.trim_end());
        }
    }
    text
}

/// Whether the project that is there is that of a plan, but for its reasons.
pub fn is_of(place: &Place, plan: &Plan) -> bool {
    fs::read_to_string(place.project.join("src/main.rs")).is_ok_and(|text| text == main_file(plan))
}

/// The root of the image's crate. The reasons in a plan are for people: without them a comment in
/// `system.kdl` does not cost a build.
fn main_file(plan: &Plan) -> String {
    let mut plan = plan.clone();
    plan.platform.runner = None;
    for device in &mut plan.platform.devices {
        device.arguments.clear();
    }
    for binding in &mut plan.ambient {
        binding.reason = Reason::Unset;
    }
    for instance in &mut plan.instances {
        instance.reason = Reason::Unset;
        for setting in &mut instance.options {
            setting.reason = Reason::Unset;
        }
        for parameter in &mut instance.parameters {
            if let Parameter::Binding { reason, .. } = parameter {
                *reason = Reason::Unset;
            }
        }
    }
    let plan = plain(&pretty(&plan));
    format!("#![no_std]\n#![no_main]\n\noscomp_macros::system!(\n    r#\"{plan}\"#\n);\n")
}

/// JSON whose strings are fit for a raw string of Rust: without `#`, which could end it, and in ASCII, since
/// rustc refuses characters that turn the direction of the text.
fn plain(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '#' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

fn pretty(plan: &Plan) -> String {
    // A plan is made of strings, numbers and lists, which JSON can all say.
    serde_json::to_string_pretty(plan).expect("a plan as JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_as_toml() {
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
    }

    #[test]
    fn a_plan_fits_into_a_raw_string() {
        let value = serde_json::json!({ "text": "\"## é \u{202e} \u{1f600} \\" });
        let text = plain(&value.to_string());
        assert!(text.is_ascii() && !text.contains('#'), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn paths_lose_their_dots() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }

    #[test]
    fn a_project_locks_only_what_the_catalog_does_not() {
        let package = |name: &str, version: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry\"\n")
        };
        let catalog = format!("version = 4\n\n{}", package("talc", "5.1.0"));
        let own = "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n";
        let project =
            format!("version = 4\n\n{own}\n{}\n{}", package("talc", "5.0.0"), package("fdt", "0.1.5"));
        assert_eq!(merged(&catalog, &project), format!("{catalog}\n{}", package("fdt", "0.1.5")));
    }
}
