//! SQLite as `modules/db/sqlite` has it: where its sources are, and how they are compiled.

use crate::problem::Problem;
use crate::systems::Forge;
use crate::tools;
use serde::Deserialize;
use serde_json::Value;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The amalgamation.
#[derive(Debug)]
pub struct Sqlite {
    /// The package of Cargo's registry that it is in.
    package: String,
    /// Of that, all of it.
    version: String,
    /// Its folder there.
    folder: String,
    /// Macros that it is compiled with.
    pub defines: Vec<String>,
    /// Functions that are compiled for speed in an image for size.
    pub hot: Vec<String>,
}

#[derive(Deserialize)]
struct Module {
    name: String,
    options: Vec<ModuleOption>,
}

#[derive(Deserialize)]
struct ModuleOption {
    name: String,
    default: Option<String>,
}

impl Sqlite {
    /// What the module says.
    pub fn of(forge: &Forge<'_>) -> Result<Self, Problem> {
        let modules: Vec<Module> = forge.json("list", Path::new("modules"))?;
        let module = modules.into_iter().find(|module| module.name == "sqlite");
        module
            .and_then(Self::read)
            .ok_or_else(|| Problem("the module `sqlite` does not say where its sources are".into()))
    }

    fn read(module: Module) -> Option<Self> {
        let values = |name: &str| {
            let option = module.options.iter().find(|option| option.name == name)?;
            Some(quoted(option.default.as_deref()?))
        };
        let sources = values("sources")?;
        let (package, path) = sources.first()?.strip_prefix("crate:")?.split_once('/')?;
        let (package, version) = package.split_once('@')?;
        let (folder, _) = path.rsplit_once('/')?;
        let [package, version, folder] = [package, version, folder].map(str::to_owned);
        Some(Self { package, version, folder, defines: values("define")?, hot: values("hot")? })
    }

    /// Its folder, as a system names it.
    pub fn folder(&self) -> String {
        format!("crate:{}@{}/{}", self.package, self.version, self.folder)
    }

    /// Its folder on this machine; Cargo fetches it, for a manifest in `place`, if it is not there yet.
    pub fn fetched(&self, place: &Path) -> Result<PathBuf, Problem> {
        let Self { package, version, folder, .. } = self;
        tools::create(&place.join("src"))?;
        tools::write(&place.join("src/lib.rs"), "")?;
        let manifest = format!(
            "[package]\nname = \"sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             {package} = {{ version = \"={version}\", default-features = false }}\n"
        );
        tools::write(&place.join("Cargo.toml"), manifest)?;
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut metadata = Command::new(cargo);
        metadata.args(["metadata", "--format-version", "1", "--quiet"]).current_dir(place);
        let known: Value = serde_json::from_slice(&tools::output(&mut metadata)?)
            .map_err(|error| Problem::program("cargo metadata", error))?;
        let packages = known["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let manifest = packages.iter().find(|known| known["name"] == package.as_str());
        let manifest = manifest.and_then(|known| known["manifest_path"].as_str());
        manifest
            .and_then(|path| Some(Path::new(path).parent()?.join(folder)))
            .ok_or_else(|| Problem(format!("Cargo does not say where {package} {version} is")))
    }

    /// One of a test.
    #[cfg(test)]
    pub fn sample() -> Self {
        let option =
            |name: &str, default: &str| ModuleOption { name: name.into(), default: Some(default.into()) };
        let options = vec![
            option("sources", "\"crate:sql@1.2.3/a/sqlite3.c\""),
            option("define", "\"NDEBUG\" \"X=1\""),
            option("hot", "\"step\""),
        ];
        Self::read(Module { name: "sqlite".into(), options }).expect("it is well-formed")
    }
}

/// The strings that stand side by side.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_module_say_all() {
        let sqlite = Sqlite::sample();
        assert_eq!(sqlite.folder(), "crate:sql@1.2.3/a");
        assert_eq!(sqlite.defines, ["NDEBUG", "X=1"]);
        assert_eq!(sqlite.hot, ["step"]);
    }
}
