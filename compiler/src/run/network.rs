//! What is behind an image's network devices.

use super::claimed;
use crate::failure::Failure;
use crate::output::{Format, Output};
use oscomp_lang::plan::{Plan, PlatformDevice};
use oscomp_lang::signature::Protocol;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};

/// Where a device's arguments say what is behind it, in QEMU's words.
const PLACEHOLDER: &str = "{network}";
/// Where they name a tap device of the host.
const TAP: &str = "{tap}";

/// What is behind the network devices of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// A network of the runner's own, which reaches the host's and the image by these ports.
    User(Vec<Forward>),
    /// Tap devices of the host, by name, one for each network device.
    Taps(Vec<String>),
}

/// A port of this machine that leads to one of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The protocol.
    pub protocol: Protocol,
    /// The image's port.
    pub port: u16,
    /// The address on this machine.
    pub address: SocketAddrV4,
}

impl Network {
    /// A network of which nobody outside knows.
    pub const fn closed() -> Self {
        Self::User(Vec::new())
    }

    /// The network of a plan: taps if some are asked for, or its runner knows no other; else with the ports on which
    /// it listens.
    pub fn new(plan: &Plan, taps: &[String]) -> Result<Self, Failure> {
        let devices = devices(plan).count();
        if !taps.is_empty() && taps.len() != devices {
            return Err(Failure::environment(
                format!(
                    "{} has {devices} network devices on {}, but {} taps were named",
                    plan.system,
                    plan.platform.name,
                    taps.len()
                ),
                if devices == 0 {
                    "leave out `--tap`"
                } else {
                    "name one tap for each, in the platform's order"
                },
            ));
        }
        if !taps.is_empty() {
            return Ok(Self::Taps(taps.to_vec()));
        }
        if devices > 0 && self::devices(plan).all(|device| !mentions(device, PLACEHOLDER)) {
            return Ok(Self::Taps((0..devices).map(usual_tap).collect()));
        }
        let ports = plan.ports().filter(|_| devices > 0);
        ports.map(|(protocol, port)| Forward::new(protocol, port)).collect::<Result<_, _>>().map(Self::User)
    }

    /// A text about a device with what is behind it filled in.
    pub fn filled(&self, text: &str, plan: &Plan, device: &PlatformDevice) -> String {
        let number = devices(plan).position(|other| other.name == device.name).unwrap_or_default();
        text.replace(PLACEHOLDER, &self.argument(number)).replace(TAP, &self.tap(number))
    }

    /// The tap behind the network device of that number.
    fn tap(&self, device: usize) -> String {
        match self {
            Self::Taps(names) if device < names.len() => names[device].clone(),
            Self::Taps(_) | Self::User(_) => usual_tap(device),
        }
    }

    /// The argument for the network device of that number, from 0. Forwarded ports lead to the first.
    fn argument(&self, device: usize) -> String {
        match self {
            Self::User(forwards) => {
                let forwards = forwards.iter().filter(|_| device == 0).map(|forward| {
                    let Forward { protocol, port, address } = forward;
                    format!(",hostfwd={}:{}:{}-:{port}", protocol.name(), address.ip(), address.port())
                });
                format!("user{}", forwards.collect::<String>())
            }
            Self::Taps(_) => format!("tap,ifname={},script=no,downscript=no", self.tap(device)),
        }
    }

    /// Says on stderr where the image can be reached.
    pub fn announce(&self, output: &Output) {
        let forwards = match self {
            Self::User(forwards) => forwards,
            Self::Taps(names) => {
                output.note(if output.format == Format::Json {
                    serde_json::json!({ "taps": names }).to_string()
                } else {
                    format!("the image is behind {}", names.join(" and "))
                });
                return;
            }
        };
        for Forward { protocol, port, address } in forwards {
            output.note(if output.format == Format::Json {
                let forward = serde_json::json!({
                    "protocol": protocol, "port": port, "address": address.to_string()
                });
                serde_json::json!({ "forward": forward }).to_string()
            } else {
                format!("{} port {port} of the image is {address}", protocol.name())
            });
        }
    }
}

impl Forward {
    /// Leads there from the port of the same number if that is free, else from one that is.
    fn new(protocol: Protocol, port: u16) -> Result<Self, Failure> {
        let free = |port| {
            let asked = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
            let bound = match protocol {
                Protocol::Tcp => TcpListener::bind(asked)?.local_addr()?,
                Protocol::Udp => UdpSocket::bind(asked)?.local_addr()?,
            };
            std::io::Result::Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, bound.port()))
        };
        let address = free(port).or_else(|_| free(0)).map_err(|error| {
            Failure::environment(
                format!("this machine has no {} port for the image: {error}", protocol.name()),
                "`--tap` gives the image a network device of this machine",
            )
        })?;
        Ok(Self { protocol, port, address })
    }
}

/// The network devices that a runner gives the image.
fn devices(plan: &Plan) -> impl Iterator<Item = &PlatformDevice> {
    claimed(plan).filter(|device| mentions(device, PLACEHOLDER) || mentions(device, TAP))
}

fn mentions(device: &PlatformDevice, placeholder: &str) -> bool {
    device.arguments.iter().chain(&device.entry).any(|text| text.contains(placeholder))
}

/// The tap of a network device, by its number, where nobody names one.
fn usual_tap(device: usize) -> String {
    format!("tap{device}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_forwarded_from_another() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let forward = Forward::new(Protocol::Tcp, port).unwrap();
        assert_eq!(forward.port, port);
        assert_ne!(forward.address.port(), port);
        assert_eq!(Forward::new(Protocol::Udp, port).unwrap().address.port(), port);
    }

    #[test]
    fn forwards_lead_to_the_first_device() {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 40_000);
        let network = Network::User(vec![Forward { protocol: Protocol::Udp, port: 7, address }]);
        assert_eq!(network.argument(0), "user,hostfwd=udp:127.0.0.1:40000-:7");
        assert_eq!(network.argument(1), "user");
        assert_eq!(Network::Taps(vec!["tap3".into()]).argument(0), "tap,ifname=tap3,script=no,downscript=no");
    }
}
