//! A module with every kind of option.
#![no_std]

use core::net::Ipv4Addr;
use core::time::Duration;
use oscomp_abi::{Config, Ipv4Cidr, MacAddress, StartError};
use oscomp_interfaces::App;
use oscomp_macros::{Options, module};

/// Serves a page.
#[module(provides(App))]
pub struct Gadget<Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}

/// What to serve, and where.
#[derive(Options)]
pub struct Options {
    /// The page.
    pub page: &'static [u8],
    /// Our address.
    pub address: Option<Ipv4Cidr>,
    /// The next hop.
    pub gateway: Option<Ipv4Addr>,
    /// The hardware address.
    pub hardware: Option<MacAddress>,
    /// How long a client may be silent.
    #[option(default = "10s", range = "1ms"..="1h")]
    pub patience: Duration,
    /// The port of the host.
    #[option(default = 8080, exclusive = "host port")]
    pub port: u16,
}
