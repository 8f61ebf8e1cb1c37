//! The programs that are needed, and how they are run.

use crate::Subject;
use crate::problem::Problem;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// Programs that are run, each with the Debian package that has it.
const PROGRAMS: [(&str, &str); 7] = [
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("setpriv", "util-linux"),
    ("cc", "gcc"),
    ("readelf", "binutils"),
    ("gzip", "gzip"),
    ("apt-get", "apt"),
    ("dpkg-deb", "dpkg"),
];

/// Those that servers are measured with.
const SERVERS: [(&str, &str); 3] = [("wrk", "wrk"), ("redis-benchmark", "redis-tools"), ("ip", "iproute2")];
/// Those that files are measured with.
const STORAGE: [(&str, &str); 1] = [("mkfs.fat", "dosfstools")];

/// Refuses when something is not there, saying all of it.
pub fn check(subject: Subject) -> Result<(), Problem> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let more: &[(&str, &str)] = if subject == Subject::Storage { &STORAGE } else { &SERVERS };
    let mut missing: Vec<(&str, &str)> =
        PROGRAMS.iter().chain(more).copied().filter(|(program, _)| !is_there(program)).collect();
    if !Path::new("/usr/lib/x86_64-linux-gnu/libc.a").exists() {
        missing.push(("libc.a", "libc6-dev"));
    }
    if !cfg!(target_arch = "x86_64") {
        return Err(Problem(
            "the Linux guest is made of this machine's own packages, so this has to be x86_64".into(),
        ));
    }
    refusal(&missing).map_or(Ok(()), |refusal| Err(Problem(refusal)))?;
    if subject == Subject::Storage {
        return Ok(());
    }
    if !nix::unistd::geteuid().is_root() {
        return Err(Problem(
            "tap devices and network namespaces are for root: run `sudo -E cargo versus-linux` or as root"
                .into(),
        ));
    }
    if !Path::new("/dev/net/tun").exists() {
        return Err(Problem("there is no /dev/net/tun: `modprobe tun`".into()));
    }
    Ok(())
}

fn refusal(missing: &[(&str, &str)]) -> Option<String> {
    let names: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    (!missing.is_empty())
        .then(|| format!("missing: {}\nhelp: apt-get install {}", names.join(", "), packages.join(" ")))
}

/// Makes a folder and those above it.
pub fn create(folder: &Path) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))
}

/// Writes a file whole.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Problem> {
    fs::write(path, contents).map_err(|error| Problem::file(path, error))
}

/// Runs a program that has to succeed; what it printed.
pub fn output(command: &mut Command) -> Result<Vec<u8>, Problem> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| Problem::program(&name, error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let shown: Vec<String> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
    Err(Problem(format!("{name} {} failed ({}):\n{}", shown.join(" "), output.status, said.trim())))
}

/// Runs a program that has to succeed; what it printed, as text.
pub fn text(command: &mut Command) -> Result<String, Problem> {
    output(command).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        assert_eq!(refusal(&[]), None);
        assert_eq!(
            refusal(&[("wrk", "wrk"), ("redis-benchmark", "redis-tools")]).unwrap(),
            "missing: wrk, redis-benchmark\nhelp: apt-get install wrk redis-tools"
        );
    }
}
