//! The end of the machine.

use oscomp_macros::interface;

/// The end of the machine.
#[interface(ambient)]
pub trait PowerOff {
    /// Powers off, handing `status` to whoever started the machine, as far as the platform can.
    ///
    /// Works at any time and in any context, before the instance has started too. Where the platform
    /// cannot power off, halts for ever.
    fn power_off(self, status: u8) -> !;
}
