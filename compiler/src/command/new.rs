//! `oscomp new`: a project that checks, builds and runs as it is.

use super::Global;
use crate::build::{self, developer_config};
use crate::catalog::Catalog;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::session::relative;
use clap::Args;
use oscomp_lang::signature::is_instance_name;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

/// Arguments of `oscomp new`.
#[derive(Debug, Args)]
pub struct New {
    /// The folder to make
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The name of the system and of its app [default: the folder's]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl New {
    /// Makes the project; nothing of it appears before all of it is written.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let folder = env::current_dir().map_err(|error| unwritable(&self.folder, &error))?.join(&self.folder);
        let name = self.name(&folder)?;
        if fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
            return Err(Failure::environment(
                format!("{} exists and is not empty", self.folder.display()),
                "name a folder that does not exist yet",
            ));
        }
        let parent = folder.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).map_err(|error| unwritable(parent, &error))?;
        let parent = parent.canonicalize().map_err(|error| unwritable(parent, &error))?;
        let catalog = Catalog::find(global.catalog.as_deref(), &parent)?;
        let unfinished = parent.join(format!(".{name}.{}", process::id()));
        let written = write(&unfinished, &name, &catalog, &parent).and_then(|()| {
            // An empty folder of that name gives way.
            fs::rename(&unfinished, &folder).map_err(|error| unwritable(&folder, &error))
        });
        if let Err(failure) = written {
            // What is left of the attempt is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_dir_all(&unfinished);
            return Err(failure);
        }
        match output.format {
            Format::Json => output.json(&json!({ "folder": folder, "name": name })),
            _ => {
                let shown = relative(&folder);
                output.line(format!("made {shown}: `oscomp run {}`", crate::run::word(shown.as_ref())));
            }
        }
        Ok(Exit::Sound)
    }

    fn name(&self, folder: &Path) -> Result<String, Failure> {
        let form = "lower-case words and digits joined by single hyphens, beginning with a letter: `--name my-system`";
        if let Some(name) = &self.name {
            return if is_instance_name(name) {
                Ok(name.clone())
            } else {
                Err(Failure::environment(
                    format!("`{name}` cannot name a system"),
                    format!("expected {form}"),
                ))
            };
        }
        let base = folder.file_name().map(|base| base.to_string_lossy().into_owned()).unwrap_or_default();
        let words = base.to_lowercase();
        let words: Vec<&str> = words
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let name = words.join("-");
        if is_instance_name(&name) {
            Ok(name)
        } else {
            Err(Failure::environment(
                format!("no name for the system follows from the folder's name `{base}`"),
                format!("give it one: {form}"),
            ))
        }
    }
}

fn write(folder: &Path, name: &str, catalog: &Catalog, parent: &Path) -> Result<(), Failure> {
    let in_catalog = matches!(catalog, Catalog::Folder(root) if parent.starts_with(root));
    let manifest = if in_catalog {
        include_str!("../template/manifest-in-catalog.toml")
    } else {
        include_str!("../template/manifest.toml")
    };
    let type_name: String = name.split('-').map(capitalised).collect();
    let filled = |text: &str| text.replace("{name}", name).replace("{Name}", &type_name);
    for (path, text) in [
        ("system.kdl", include_str!("../template/system.kdl")),
        ("Cargo.toml", manifest),
        ("src/lib.rs", include_str!("../template/lib.rs.txt")),
        ("README.md", include_str!("../template/README.md")),
        (".gitignore", include_str!("../template/gitignore.txt")),
    ] {
        build::write_whole(&folder.join(path), filled(text).as_bytes())?;
    }
    if !in_catalog {
        build::write_whole(
            &folder.join(".cargo/config.toml"),
            developer_config(&catalog.unpacked()?).as_bytes(),
        )?;
    }
    Ok(())
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    Failure::environment(
        format!("{} cannot be made: {error}", folder.display()),
        "name a folder in a place that is writable",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(folder: &str, name: Option<&str>) -> Result<String, Failure> {
        New { folder: folder.into(), name: name.map(str::to_owned) }.name(Path::new(folder))
    }

    #[test]
    fn names_follow_from_folders() {
        assert_eq!(name("/a/My System_2", None), Ok("my-system-2".into()));
        assert_eq!(name("/a/x", Some("web")), Ok("web".into()));
        assert!(name("/a/2 fast", None).is_err());
        assert!(name("/a/x", Some("Web")).is_err());
    }
}
