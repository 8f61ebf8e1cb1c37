//! Packages of Debian: which are needed, and what is in them. Nothing of it is installed.

use crate::problem::Problem;
use crate::tools;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// The package that depends on the newest kernel for virtual machines.
const KERNEL: &str = "linux-image-cloud-amd64";

/// Unpacked packages.
#[derive(Debug)]
pub struct Packages {
    /// Where their files are, as they would be in `/`.
    pub root: PathBuf,
    files: Vec<PathBuf>,
    /// Each package with its version.
    versions: Vec<(String, String)>,
}

impl Packages {
    /// Fetches and unpacks what is not there already of what has these programs, with the libraries that they need.
    pub fn fetch(folder: &Path, programs: &[&str]) -> Result<Self, Problem> {
        let kernel = kernel()?;
        let mut wanted = libraries(programs)?;
        wanted.insert(kernel.clone());
        wanted.extend(programs.iter().map(|name| (*name).to_owned()));
        let archives = folder.join("packages");
        tools::create(&archives)?;
        let there = archive_names(&archives)?;
        let missing: Vec<&String> =
            wanted.iter().filter(|name| !there.iter().any(|file| package(file) == Some(name))).collect();
        let root = folder.join("debian");
        if !missing.is_empty() {
            eprintln!("fetching {} packages of Debian", missing.len());
            // Files of an earlier set would stay otherwise.
            match fs::remove_dir_all(&root) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Problem::file(&root, error));
                }
                _ => {}
            }
            let mut download = Command::new("apt-get");
            download.args(["download", "--quiet", "-o", "APT::Sandbox::User=root"]).args(missing);
            tools::output(download.current_dir(&archives)).map_err(|problem| {
                Problem(format!("{problem}\nhelp: `apt-get update` fetches the list of packages"))
            })?;
        }
        let mut versions = Vec::new();
        let fresh = !root.exists();
        for file in archive_names(&archives)? {
            let Some(name) = package(&file).filter(|name| wanted.contains(*name)) else { continue };
            versions.push((name.to_owned(), version(&file)));
            if fresh {
                tools::output(Command::new("dpkg-deb").arg("-x").arg(archives.join(&file)).arg(&root))?;
            }
        }
        let mut files = Vec::new();
        walk(&root, &mut files)?;
        Ok(Self { root, files, versions })
    }

    /// The version of the package whose name begins so.
    pub fn version(&self, beginning: &str) -> &str {
        let found = self.versions.iter().find(|(name, _)| name.starts_with(beginning));
        found.map_or("", |(_, version)| version)
    }

    /// The first file of that name, links included.
    pub fn file(&self, name: &str) -> Result<&Path, Problem> {
        let found = self.files.iter().find(|path| path.file_name().is_some_and(|file| file == name));
        found.map(PathBuf::as_path).ok_or_else(|| Problem(format!("no package has a file {name}")))
    }

    /// The kernel.
    pub fn kernel(&self) -> Result<&Path, Problem> {
        let is_kernel = |path: &&PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-"))
        };
        let found = self.files.iter().find(is_kernel);
        found.map(PathBuf::as_path).ok_or_else(|| Problem(format!("{KERNEL} has no kernel")))
    }

    /// The libraries with which these programs run, each after what it is needed by.
    pub fn closure(&self, programs: &[&Path]) -> Result<Vec<PathBuf>, Problem> {
        let mut names: Vec<String> = Vec::new();
        let mut found: Vec<PathBuf> = Vec::new();
        let mut open: Vec<PathBuf> = programs.iter().map(|path| path.to_path_buf()).collect();
        while let Some(path) = open.pop() {
            let listing = tools::text(Command::new("readelf").args(["--dynamic", "--wide"]).arg(&path))?;
            for name in needed(&listing) {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                    let library = self.file(name)?.to_path_buf();
                    found.push(library.clone());
                    open.push(library);
                }
            }
        }
        Ok(found)
    }

    /// Modules of the kernel, each after those that it depends on.
    pub fn modules(&self, names: &[&str]) -> Result<Vec<PathBuf>, Problem> {
        let mut order = Vec::new();
        for name in names {
            self.module(name, &mut order)?;
        }
        Ok(order)
    }

    fn module(&self, name: &str, order: &mut Vec<PathBuf>) -> Result<(), Problem> {
        // Names with a hyphen in the file have an underscore as a dependency.
        let path = self
            .file(&format!("{name}.ko"))
            .or_else(|_| self.file(&format!("{}.ko", name.replace('_', "-"))))?;
        if order.iter().any(|known| known == path) {
            return Ok(());
        }
        let bytes = fs::read(path).map_err(|error| Problem::file(path, error))?;
        for dependency in dependencies(&bytes) {
            self.module(&dependency, order)?;
        }
        order.push(path.to_path_buf());
        Ok(())
    }
}

fn kernel() -> Result<String, Problem> {
    let said = tools::text(Command::new("apt-cache").args(["depends", "--important", KERNEL]))?;
    let found = depends(&said).into_iter().find(|name| name.starts_with("linux-image-"));
    found.ok_or_else(|| {
        Problem(format!("there is no package {KERNEL}: `apt-get update` fetches the list of packages"))
    })
}

/// The packages of libraries that the programs need, with those that have the programs themselves.
fn libraries(programs: &[&str]) -> Result<BTreeSet<String>, Problem> {
    let mut all = BTreeSet::new();
    let mut open: Vec<String> = programs.iter().map(|name| (*name).to_owned()).collect();
    while !open.is_empty() {
        let said = tools::text(Command::new("apt-cache").args(["depends", "--important"]).args(&open))?;
        open =
            depends(&said).into_iter().filter(|name| has_library(name) && all.insert(name.clone())).collect();
    }
    Ok(all)
}

/// Debian keeps the program of `redis-server` in `redis-tools`.
fn has_library(package: &str) -> bool {
    let library = package.starts_with("lib") || package == "zlib1g";
    let other = ["-perl", "-common", "-bin"].iter().any(|end| package.ends_with(end));
    (library && !other) || package == "redis-tools"
}

/// The names in what `apt-cache depends` says; of alternatives the first.
fn depends(said: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_alternative = false;
    for line in said.lines().map(str::trim) {
        let (line, next) = line.strip_prefix('|').map_or((line, false), |line| (line, true));
        let taken = is_alternative;
        is_alternative = next;
        let Some(name) = line.strip_prefix("Depends: ").or_else(|| line.strip_prefix("PreDepends: ")) else {
            continue;
        };
        if !taken && !name.starts_with('<') {
            names.push(name.split(':').next().unwrap_or(name).to_owned());
        }
    }
    names
}

/// What is needed, of what `readelf --dynamic` says.
fn needed(listing: &str) -> impl Iterator<Item = &str> {
    listing.lines().filter(|line| line.contains("(NEEDED)")).filter_map(|line| {
        let (_, rest) = line.split_once('[')?;
        rest.split_once(']').map(|(name, _)| name)
    })
}

/// The modules that one depends on: they are in its `.modinfo`.
fn dependencies(module: &[u8]) -> Vec<String> {
    const FIELD: &[u8] = b"\0depends=";
    let Some(at) = module.windows(FIELD.len()).position(|window| window == FIELD) else { return Vec::new() };
    let rest = &module[at + FIELD.len()..];
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let names = String::from_utf8_lossy(&rest[..end]).into_owned();
    names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The package in `name_version_architecture.deb`.
fn package(file: &str) -> Option<&str> {
    file.strip_suffix(".deb")?.split('_').next()
}

fn version(file: &str) -> String {
    file.split('_').nth(1).unwrap_or_default().replace("%3a", ":")
}

fn archive_names(folder: &Path) -> Result<Vec<String>, Problem> {
    let entries = fs::read_dir(folder).map_err(|error| Problem::file(folder, error))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Problem> {
    let problem = |error| Problem::file(folder, error);
    let mut entries =
        fs::read_dir(folder).map_err(problem)?.collect::<Result<Vec<_>, _>>().map_err(problem)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_type().map_err(problem)?.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_alternatives_the_first_is_taken() {
        let said = "redis-server\n |Depends: libsystemd0\n  Depends: libelogind0\n  Depends: <perl:any>\n    perl\n  \
                    PreDepends: libc6:amd64\n  Suggests: ruby\n";
        assert_eq!(depends(said), ["libsystemd0", "libc6"]);
    }

    #[test]
    fn needed_libraries_are_in_brackets() {
        let listing = " 0x01 (NEEDED)  Shared library: [libz.so.1]\n 0x0e (SONAME)  Library soname: [x.so]\n";
        assert_eq!(needed(listing).collect::<Vec<_>>(), ["libz.so.1"]);
    }

    #[test]
    fn modules_name_what_they_depend_on() {
        assert_eq!(
            dependencies(b"\x7fELF..\0depends=virtio_ring,virtio\0retpoline=Y\0"),
            ["virtio_ring", "virtio"]
        );
        assert!(dependencies(b"\0depends=\0").is_empty() && dependencies(b"").is_empty());
    }

    #[test]
    fn archives_have_a_package_and_a_version_in_their_name() {
        let file = "redis-server_5%3a7.0.15-1~deb12u10_amd64.deb";
        assert_eq!((package(file), version(file)), (Some("redis-server"), "5:7.0.15-1~deb12u10".into()));
    }
}
