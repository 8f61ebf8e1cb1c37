//! Where the files of a build are.

use super::Profile;
use super::files::unwritable;
use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::session::Session;
use oscomp_lang::plan::Plan;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The folders of the build of one image.
#[derive(Clone, Debug)]
pub struct Place {
    /// The folder of everything that is built beside the system: `target/oscomp`.
    pub build: PathBuf,
    /// The Cargo project of the image, in it.
    pub project: PathBuf,
    /// The root of the Cargo workspace that the system lies in, unless that is the catalog.
    pub workspace: Option<PathBuf>,
    system: String,
    profile: Profile,
}

impl Place {
    /// The folders for a plan.
    pub fn of(session: &Session, plan: &Plan, profile: Profile) -> Result<Self, Failure> {
        let catalog = match &session.catalog {
            Catalog::Folder(root) if session.folder.starts_with(root) => Some(root.clone()),
            _ => None,
        };
        let workspace = if catalog.is_some() { None } else { workspace(&session.folder) };
        let root = catalog.or_else(|| workspace.clone()).unwrap_or_else(|| session.folder.clone());
        let build = root.join("target/oscomp");
        let project = build.join(&plan.system).join(&plan.platform.name);
        Ok(Self { build, project, workspace, system: plan.system.clone(), profile })
    }

    /// The image.
    pub fn image(&self) -> PathBuf {
        self.results().join(format!("{}.elf", self.system))
    }

    /// The linked file with its symbols.
    pub fn debug_image(&self) -> PathBuf {
        self.results().join(format!("{}.debug.elf", self.system))
    }

    /// Cargo's target folder, which all images share that the same toolchain builds.
    pub fn cargo(&self, toolchain: Option<&str>) -> PathBuf {
        self.build.join(toolchain.unwrap_or("cargo"))
    }

    fn results(&self) -> PathBuf {
        match self.profile {
            Profile::Release => self.project.clone(),
            Profile::Debug => self.project.join("debug"),
            Profile::Whole => self.project.join("whole"),
        }
    }

    /// The folder for what belongs to all images of the system.
    pub fn system(&self) -> PathBuf {
        self.build.join(&self.system)
    }

    /// Keeps other builds of the same image out until the file is dropped. Makes the folder of the project.
    pub fn lock(&self) -> Result<File, Failure> {
        fs::create_dir_all(&self.project).map_err(|error| unwritable(&self.project, &error))?;
        let path = self.project.join(".lock");
        let open = File::options().create(true).append(true).open(&path);
        open.and_then(|file| file.lock().map(|()| file)).map_err(|error| unwritable(&path, &error))
    }
}

/// The closest folder from `folder` upwards whose Cargo.toml has a workspace.
pub fn workspace(folder: &Path) -> Option<PathBuf> {
    let has_workspace = |folder: &&Path| {
        fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| {
            manifest.lines().any(|line| {
                let line = line.trim();
                line == "[workspace]" || line.starts_with("[workspace.")
            })
        })
    };
    folder.ancestors().find(has_workspace).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_workspace_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("Cargo.toml"), "[package]\nname = \"b\"\n").unwrap();
        assert_eq!(workspace(&inner), None);
        fs::write(folder.path().join("a/Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
        assert_eq!(workspace(&inner), Some(folder.path().join("a")));
    }
}
