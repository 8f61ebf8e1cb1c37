//! A network for the machines and their clients alone.

use crate::problem::Problem;
use crate::tools;
use nix::sched::{CloneFlags, unshare};
use std::net::Ipv4Addr;
use std::process::Command;

/// One tap with the machine behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// The tap device.
    pub tap: &'static str,
    /// The address of this machine on it.
    host: Ipv4Addr,
    /// The address of the machine behind it.
    pub address: Ipv4Addr,
}

/// Where our systems are.
pub const OURS: Side =
    Side { tap: "ours", host: Ipv4Addr::new(10, 55, 1, 1), address: Ipv4Addr::new(10, 55, 1, 2) };
/// Where the Linux guests are.
pub const LINUX: Side =
    Side { tap: "linux", host: Ipv4Addr::new(10, 55, 2, 1), address: Ipv4Addr::new(10, 55, 2, 2) };

/// The address that QEMU gives the first network device of a machine.
const MAC: &str = "52:54:00:12:34:56";

/// Moves this process, and whatever it starts from now on, into a network of its own with a tap for each side.
/// The network is there as long as one of them is: nothing has to be taken down, however this ends.
pub fn enter() -> Result<(), Problem> {
    unshare(CloneFlags::CLONE_NEWNET)
        .map_err(|error| Problem(format!("this machine gives no network namespace: {error}")))?;
    ip(&["link", "set", "lo", "up"])?;
    for side in [OURS, LINUX] {
        let (tap, host, address) = (side.tap, format!("{}/24", side.host), side.address.to_string());
        ip(&["tuntap", "add", tap, "mode", "tap"])?;
        ip(&["link", "set", tap, "addrgenmode", "none"])?;
        ip(&["address", "add", &host, "dev", tap])?;
        ip(&["link", "set", tap, "up"])?;
        // Else the time to the first answer has the pauses of address resolution in it.
        ip(&["neighbour", "replace", &address, "lladdr", MAC, "dev", tap, "nud", "permanent"])?;
    }
    Ok(())
}

fn ip(words: &[&str]) -> Result<(), Problem> {
    tools::output(Command::new("ip").args(words)).map(drop)
}
