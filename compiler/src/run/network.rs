//! What is behind an image's network devices.

use super::CommandLine;
use crate::failure::Failure;
use crate::output::{Format, Output};
use oscomp_lang::plan::Plan;
use oscomp_lang::signature::Protocol;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};

/// Where a runner's arguments say what is behind a device.
pub const PLACEHOLDER: &str = "{network}";

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

    /// The network of a plan: taps if some are asked for, else with the ports on which it listens.
    pub fn new(plan: &Plan, taps: &[String]) -> Result<Self, Failure> {
        let devices = devices(plan);
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
        let ports = plan.ports().filter(|_| devices > 0);
        ports.map(|(protocol, port)| Forward::new(protocol, port)).collect::<Result<_, _>>().map(Self::User)
    }

    /// The argument for the network device of that number, from 0. Forwarded ports lead to the first.
    pub fn argument(&self, device: usize) -> String {
        match self {
            Self::User(forwards) => {
                let forwards = forwards.iter().filter(|_| device == 0).map(|forward| {
                    let Forward { protocol, port, address } = forward;
                    format!(",hostfwd={}:{}:{}-:{port}", protocol.name(), address.ip(), address.port())
                });
                format!("user{}", forwards.collect::<String>())
            }
            Self::Taps(names) => {
                let name = names.get(device).map_or("", String::as_str);
                format!("tap,ifname={name},script=no,downscript=no")
            }
        }
    }

    /// Says on stderr where the image can be reached.
    pub fn announce(&self, output: &Output) {
        let Self::User(forwards) = self else { return };
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

/// How many network devices a runner gives the image.
fn devices(plan: &Plan) -> usize {
    CommandLine::templates(plan, None).filter(|argument| argument.contains(PLACEHOLDER)).count()
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
