//! Prints an option of every type, so that what reaches the app is what `system.kdl` says.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::Write;
use core::marker::PhantomData;
use core::net::Ipv4Addr;
use core::time::Duration;
use oscomp_abi::{Bytes, Config, Ipv4Cidr, MacAddress, StartError};
use oscomp_interfaces::{App, Console, Status, Text};
use oscomp_macros::{Choice, Options, module};

/// Prints its options.
#[module(provides(App))]
pub struct Printer<
    /// Where to.
    Output: Console,
    Settings: Config<Options>,
> {
    output: Output,
    settings: PhantomData<Settings>,
}

/// One of every type.
#[derive(Debug, Options)]
#[options(require(least <= most && (loud || least != 7), "the least is not above the most"))]
pub struct Options {
    /// A boolean.
    pub loud: bool,
    /// The least of a signed byte.
    pub least: i8,
    /// The greatest of all.
    pub most: i64,
    /// The greatest of an unsigned word.
    pub word: u64,
    /// A name that is a keyword.
    pub r#type: usize,
    /// Text.
    pub text: &'static str,
    /// A size.
    pub size: Bytes,
    /// A duration.
    pub patience: Duration,
    /// An address.
    pub gateway: Ipv4Addr,
    /// A network.
    pub network: Ipv4Cidr,
    /// A hardware address.
    pub hardware: MacAddress,
    /// A choice.
    pub colour: Colour,
    /// A file.
    pub file: &'static [u8],
    /// Unset.
    pub nothing: Option<u32>,
    /// Set.
    pub something: Option<Ipv4Cidr>,
    /// A file that may be left out.
    pub attachment: Option<&'static [u8]>,
    /// Numbers.
    pub numbers: &'static [i32],
    /// Texts.
    pub texts: &'static [&'static str],
    /// Choices.
    pub colours: &'static [Colour],
    /// Durations with a default.
    #[option(default = "90s")]
    pub pauses: &'static [Duration],
    /// Nothing in it.
    pub empty: &'static [u16],
}

/// A choice.
#[derive(Clone, Copy, Debug, Choice)]
pub enum Colour {
    /// Red.
    Red,
    /// Two words.
    DarkBlue,
    /// A keyword.
    Type,
}

impl<Output: Console, Settings: Config<Options>> Printer<Output, Settings> {
    /// Keeps the output for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output) -> Result<Self, StartError> {
        Ok(Self { output, settings: PhantomData })
    }
}

impl<Output: Console, Settings: Config<Options>> App for &Printer<Output, Settings> {
    fn run(self) -> Status {
        let written = writeln!(Text(self.output), "{:#?}", Settings::OPTIONS);
        if written.is_ok() { Status::SUCCESS } else { Status::FAILURE }
    }
}
