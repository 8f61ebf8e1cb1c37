//! How the instances of a system are wired together.
//!
//! The glue of an image gives each instance a zero-sized *tag* and a [`Slot`] that holds the
//! instance's state. A tag is all that a module ever sees of another instance: it implements the
//! interfaces that the instance provides, is `Copy`, and costs nothing to hold. Whatever a tag
//! forwards to is known at compile time, so a call through it is a direct call.
//!
//! Module authors use [`Config`], [`StartError`] and the option types; [`Slot`] is for the glue, as are [`Export`]
//! and [`variadic!`], by which it gives C programs functions of instances, with each [`Number`] in order. What
//! goes into a report that every image has is written by [`Plain`], [`Decimal`] and [`Hex`].
#![no_std]

mod export;
mod number;
mod option;
mod slot;
mod start;
mod text;

pub use export::{Export, Exports};
pub use number::Number;
pub use option::{
    Archive, Bytes, CDefine, CHot, CInclude, CSource, Configuration, Device, Ipv4Cidr, Ipv6Cidr, Line,
    MacAddress, Registers,
};
pub use slot::Slot;
pub use start::StartError;
pub use text::{Decimal, Hex, Plain, Word};

/// The options of one instance, as an associated constant so that they fold into the code.
///
/// A module that has options takes them as a type parameter, `Settings: Config<Options>`, and reads
/// `Settings::OPTIONS.baud`. In an image the parameter is the instance's own tag; in a test it is
/// any type of the test's.
pub trait Config<Options>: Copy + Send + Sync + 'static {
    /// What `system.kdl` sets, with the defaults filled in.
    const OPTIONS: Options;
}

/// A tag that provides an ambient interface. For the glue.
#[doc(hidden)]
pub trait AmbientTag: Copy + 'static {
    /// The tag itself, which is its type's only value.
    const TAG: Self;
}
