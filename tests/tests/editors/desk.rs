//! Where an editor is tried: copies of example systems, a home without anybody's settings, and `oscomp` on the path.

use oscomp_tests::command::{oscomp, repository};
use oscomp_tests::folder::copy;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder of its own for each test, gone with it.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        for system in ["files", "httpd", "ping-pong"] {
            copy(&repository().join("systems").join(system), &folder.path().join(system));
        }
        // The server's module is the project's own, so that its source is edited beside the systems.
        copy(&repository().join("modules/apps/httpd"), &folder.path().join("httpd"));
        let file = folder.path().join("files/system.kdl");
        let text = fs::read_to_string(&file).expect("it is there");
        fs::write(&file, text.replacen("app \"httpd\"", "app \"httpd\" path=\"../httpd\"", 1))
            .expect("it can be written");
        fs::create_dir(folder.path().join("home")).expect("it is new");
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// An editor that knows nothing but what is here.
    pub fn command(&self, program: &str) -> Command {
        let home = self.path().join("home");
        let mut command = Command::new(program);
        command.current_dir(self.path()).env("HOME", &home).env("PATH", search());
        for variable in
            ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"]
        {
            command.env(variable, &home);
        }
        command.env("TERM", "xterm").env_remove("NVIM").env_remove("NVIM_LISTEN_ADDRESS");
        command
    }
}

/// The path on which programs are found, with this checkout's `oscomp` first.
fn search() -> OsString {
    let own = oscomp().parent().expect("it is in a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others)))
        .expect("no folder has a colon")
}

/// The blocks of a language in a section of docs/editors.md: what it tells people to write is what is tried.
pub fn documented(section: &str, language: &str) -> Vec<String> {
    let document = repository().join("docs/editors.md");
    let text = fs::read_to_string(&document).expect("docs/editors.md is there");
    let start = text.find(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
    let section = &text[start + 1..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let fence = format!("```{language}\n");
    section
        .split(&fence)
        .skip(1)
        .map(|block| block.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

/// A file of the desk.
pub fn write(path: PathBuf, text: &str) -> PathBuf {
    fs::write(&path, text).expect("there is room for a file");
    path
}
