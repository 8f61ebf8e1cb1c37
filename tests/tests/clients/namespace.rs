//! A network of its own, with a tap device in it.

use oscomp_tests::net::HOST;
use std::ffi::OsStr;
use std::process::{self, Command};

/// The tap device.
pub const TAP: &str = "tap0";

/// A network namespace, gone when it is dropped.
pub struct Namespace {
    name: String,
}

/// Whether this process may make one.
pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

impl Namespace {
    /// A namespace in which this machine is the image's gateway.
    pub fn new() -> Result<Self, String> {
        let name = format!("oscomp-{}", process::id());
        ip(&["netns", "add", &name])?;
        let namespace = Self { name };
        let address = format!("{HOST}/24");
        for arguments in [
            ["link", "set", "lo", "up", "", ""],
            ["tuntap", "add", "mode", "tap", "name", TAP],
            ["address", "add", &address, "dev", TAP, ""],
            ["link", "set", TAP, "up", "", ""],
        ] {
            let mut all = vec!["-n", namespace.name.as_str()];
            all.extend(arguments.into_iter().filter(|argument| !argument.is_empty()));
            ip(&all)?;
        }
        Ok(namespace)
    }

    /// A command that runs there.
    pub fn command(&self, program: &OsStr) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).output();
    let output = output.map_err(|error| format!("ip: {error}: `./setup.sh all` installs it"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)))
}
