//! Our systems: composed, built, and asked how they are run.

use crate::initramfs::page;
use crate::machine::Line;
use crate::network::OURS;
use crate::problem::Problem;
use crate::tools;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// An image with the command line of its machine.
#[derive(Clone, Debug)]
pub struct System {
    /// What it runs on.
    pub platform: String,
    /// The machine.
    pub line: Line,
    /// The image.
    pub image: PathBuf,
    /// What of the image is loaded.
    pub loaded: u64,
}

/// Servers, as this command composes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The page over HTTP.
    Httpd,
    /// Redis' protocol.
    Kv,
    /// Datagrams back, by the stack that has everything.
    Echo,
    /// Datagrams back, by the stack that has UDP only.
    EchoUdpOnly,
    /// Keys by datagrams that are answered in the device's buffers.
    Keys,
}

impl Server {
    fn app(self) -> &'static str {
        match self {
            Self::Httpd => "httpd",
            Self::Kv => "kv",
            Self::Echo | Self::EchoUdpOnly => "udp-echo",
            Self::Keys => "udp-kv",
        }
    }

    /// Where its crate is, beside the name; nothing for what the catalog has.
    fn path(self) -> &'static str {
        match self {
            Self::Httpd => "",
            Self::Kv => " path=\"../../../../systems/kv\"",
            Self::Echo | Self::EchoUdpOnly => " path=\"../../../../systems/udp-echo\"",
            Self::Keys => " path=\"../../../../systems/udp-kv\"",
        }
    }

    fn stack(self) -> &'static str {
        match self {
            Self::Httpd | Self::Kv | Self::Echo => "smoltcp-ipv4",
            Self::EchoUdpOnly | Self::Keys => "udp-only",
        }
    }

    fn fields(self) -> &'static str {
        match self {
            Self::Httpd => "port 80",
            Self::Kv => "memory \"32MiB\"",
            Self::Echo | Self::EchoUdpOnly => "port 7007",
            Self::Keys => "port 7070",
        }
    }
}

/// The system, whole, without what makes backtraces, as the guest's servers are. It lies four folders below the root
/// of the repository.
fn composed(name: &str, server: Server, platform: &str, allocator: Option<&str>) -> String {
    let (app, path, fields, stack) = (server.app(), server.path(), server.fields(), server.stack());
    let address = OURS.address;
    let mut text = format!(
        "system \"{name}\" {{\n    platform \"{platform}\"\n    app \"{app}\"{path} {{ {fields} }}\n    \
         module \"{stack}\" as=\"network\" {{ address \"{address}/24\" }}\n    \
         module \"panic-message\" as=\"panic\"\n"
    );
    if server == Server::Httpd {
        text.push_str("    module \"cpio\" as=\"site\" { archive \"site/\" }\n");
    }
    if let Some(allocator) = allocator {
        text.push_str(&format!("    module \"{allocator}\" as=\"heap\"\n"));
    }
    text + "}\n"
}

/// Where systems are made.
#[derive(Debug)]
pub struct Forge<'a> {
    root: &'a Path,
    folder: &'a Path,
    accelerator: Option<&'a str>,
}

#[derive(Deserialize)]
struct Built {
    image: PathBuf,
}

#[derive(Deserialize)]
struct Size {
    total: Total,
}

#[derive(Deserialize)]
struct Total {
    loaded: u64,
}

impl<'a> Forge<'a> {
    /// Makes them in `folder` from what is in the repository.
    pub fn new(root: &'a Path, folder: &'a Path, accelerator: Option<&'a str>) -> Self {
        Self { root, folder, accelerator }
    }

    /// The repository.
    pub fn root(&self) -> &Path {
        self.root
    }

    /// Where they are made.
    pub fn folder(&self) -> &Path {
        self.folder
    }

    /// Builds a server for a platform, with the platform's allocator or another.
    pub fn build(&self, server: Server, platform: &str, allocator: Option<&str>) -> Result<System, Problem> {
        let mut name = server.app().to_owned();
        for more in [Some(server.stack()), allocator].into_iter().flatten() {
            name.push('-');
            name.push_str(more);
        }
        eprintln!("building {name} for {platform}");
        let folder = self.folder.join("systems").join(&name);
        tools::create(&folder)?;
        if server == Server::Httpd {
            tools::create(&folder.join("site"))?;
            tools::write(&folder.join("site/index.html"), page())?;
        }
        self.make(&folder, &composed(&name, server, platform, allocator), platform, &["--tap", OURS.tap])
    }

    /// Builds the system `text` in its folder for a platform, and asks how it is run with these arguments.
    pub fn make(
        &self,
        folder: &Path,
        text: &str,
        platform: &str,
        outside: &[&str],
    ) -> Result<System, Problem> {
        tools::write(&folder.join("system.kdl"), text)?;
        let built: Vec<Built> = self.json("build", folder)?;
        let sizes: Vec<Size> = self.json("size", folder)?;
        let mut dry = self.oscomp("run", folder);
        dry.arg("--dry-run").args(outside);
        if let Some(accelerator) = self.accelerator {
            dry.args(["--accelerator", accelerator]);
        }
        let printed = tools::text(&mut dry)?;
        let line = Line::parse(&printed)
            .ok_or_else(|| Problem(format!("{platform} has no machine that can be run: {printed}")))?;
        let (Some(built), Some(size)) = (built.into_iter().next(), sizes.first()) else {
            return Err(Problem(format!("{} has no image for {platform}", folder.display())));
        };
        Ok(System { platform: platform.to_owned(), line, image: built.image, loaded: size.total.loaded })
    }

    /// The allocators that can be composed: the modules of their family.
    pub fn allocators(&self) -> Result<Vec<String>, Problem> {
        let family = self.root.join("modules/alloc");
        let entries = fs::read_dir(&family).map_err(|error| Problem::file(&family, error))?;
        let is_module = |entry: &fs::DirEntry| {
            fs::read_to_string(entry.path().join("src/lib.rs")).is_ok_and(|code| code.contains("#[module("))
        };
        let modules = entries.filter_map(Result::ok).filter(is_module);
        let mut names: Vec<String> =
            modules.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// What a command of oscomp says of a folder, or lists.
    pub fn json<T: for<'de> Deserialize<'de>>(&self, command: &str, folder: &Path) -> Result<T, Problem> {
        let said = tools::output(self.oscomp(command, folder).args(["--format", "json"]))?;
        serde_json::from_slice(&said).map_err(|error| Problem::program(&format!("oscomp {command}"), error))
    }

    fn oscomp(&self, command: &str, system: &Path) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["run", "--quiet", "--release", "--package", "oscomp", "--", command]).arg(system);
        cargo.current_dir(self.root);
        cargo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allocator_is_one_line() {
        let without = composed("kv", Server::Kv, "qemu-q35", None);
        let with = composed("kv", Server::Kv, "qemu-q35", Some("tlsf"));
        let more: Vec<&str> =
            with.lines().filter(|line| !without.lines().any(|other| other == *line)).collect();
        assert_eq!(more, ["    module \"tlsf\" as=\"heap\""]);
    }
}
