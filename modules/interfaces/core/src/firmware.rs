//! What the firmware says of the machine.

use oscomp_macros::interface;

/// The device tree that the firmware hands over.
#[interface]
pub trait FirmwareTree {
    /// The flattened tree: Devicetree Specification 0.4, chapter 5. The same bytes at any time; empty if the
    /// firmware handed none over.
    fn blob(self) -> &'static [u8];
}
