//! Two modules that require each other, tied together as the glue does it.
use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, Slot, StartError};
use oscomp_macros::{Choice, Options, interface, module};

#[interface]
pub trait Ping {
    fn ping(self, rest: u8) -> u8;
}

#[interface]
pub trait Pong {
    fn pong(self, rest: u8) -> u8;
}

/// The one side.
#[module(provides(Ping), arch("x86_64", "aarch64"), memory = "4KiB", stop)]
pub struct Left<
    /// The other side.
    #[call]
    Partner: Pong,
    Settings: Config<Options>,
> {
    partner: Partner,
    settings: PhantomData<Settings>,
}

#[derive(Options)]
#[options(require(least <= most && (most > 0 || !strict), "the least is not above the most"))]
#[options(require(size >= 1024 * 4, "a page at the least"))]
pub struct Options {
    #[option(default = 3, range = 1..=64, unit = "calls")]
    pub least: u8,
    pub most: Option<u8>,
    #[option(default = "8KiB", memory, range = "1KiB"..="1MiB")]
    pub size: Bytes,
    #[option(default = "very-polite")]
    pub manner: Manner,
    pub strict: bool,
}

#[derive(Choice, Clone, Copy, PartialEq, Debug)]
pub enum Manner {
    VeryPolite,
    Rude,
}

impl<Partner: Pong, Settings: Config<Options>> Left<Partner, Settings> {
    pub fn start(partner: Partner) -> Result<Self, StartError> {
        Ok(Self { partner, settings: PhantomData })
    }
    pub fn stop(&self) {}
}

impl<Partner: Pong, Settings: Config<Options>> Ping for &Left<Partner, Settings> {
    fn ping(self, rest: u8) -> u8 {
        if rest == 0 { Settings::OPTIONS.least } else { self.partner.pong(rest - 1) }
    }
}

/// The other side, in a crate of its own outside of a test.
pub mod right {
    use super::*;

    #[module(provides(Pong))]
    pub struct Right<Partner: Ping> {
        partner: Partner,
    }

    impl<Partner: Ping> Right<Partner> {
        pub fn start(partner: Partner) -> Result<Self, StartError> {
            Ok(Self { partner })
        }
    }

    impl<Partner: Ping> Pong for &Right<Partner> {
        fn pong(self, rest: u8) -> u8 {
            if rest == 0 { 100 } else { self.partner.ping(rest - 1) }
        }
    }
}
use right::Right;

#[derive(Clone, Copy)]
struct LeftTag;
#[derive(Clone, Copy)]
struct RightTag;
static LEFT: Slot<Left<RightTag, LeftTag>> = Slot::new();
static RIGHT: Slot<Right<LeftTag>> = Slot::new();

impl Config<Options> for LeftTag {
    const OPTIONS: Options =
        Options { least: 5, most: None, size: Bytes(8192), manner: Manner::Rude, strict: true }.checked();
}

impl PingBinding for LeftTag {
    type Target = &'static Left<RightTag, LeftTag>;
    fn target(self) -> Self::Target {
        LEFT.get("left")
    }
}

impl PongBinding for RightTag {
    type Target = &'static Right<LeftTag>;
    fn target(self) -> Self::Target {
        RIGHT.get("right")
    }
}

fn main() {
    // SAFETY: the only calls, before any use.
    unsafe {
        LEFT.start(<Left<RightTag, LeftTag>>::start(RightTag).unwrap());
        RIGHT.start(<Right<LeftTag>>::start(LeftTag).unwrap());
    }
    assert_eq!(LeftTag.ping(4), 5);
    assert_eq!(RightTag.pong(4), 100);
    LEFT.get("left").stop();
}
