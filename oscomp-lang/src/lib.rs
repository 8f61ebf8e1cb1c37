//! The language of oscomp.
//!
//! - [`signature`]: what a Rust source says of an interface, a module or its options. The macros and
//!   the checker read it with the same code.
//! - [`value`]: how a literal becomes the value of an option.
//! - [`source`]: where the text comes from; this crate does no I/O.
//! - [`plan`]: the one value that checking ends in and building starts from.
//! - [`glue`]: a plan as Rust.
//! - [`check`]: from `system.kdl` to a report and plans; [`catalog`]: what there is to compose.
//! - [`editor`]: what an editor asks of a system while somebody types at it.
//! - [`explain`]: what each code of a finding means; [`render`]: findings for `miette`.
//! - [`diagnostic`]: what is wrong with a composition, where, and how to mend it.
//! - [`inventory`]: what a system has, whether it is sound or not.
//! - [`edit`]: changes to a `system.kdl` that tools make; [`format`](mod@format): its layout.
#![forbid(unsafe_code)]

#[cfg(feature = "check")]
pub mod catalog;
#[cfg(feature = "check")]
pub mod check;
#[cfg(feature = "check")]
pub mod diagnostic;
#[cfg(feature = "check")]
pub mod edit;
#[cfg(feature = "check")]
pub mod editor;
#[cfg(feature = "check")]
pub mod explain;
#[cfg(feature = "check")]
mod files;
#[cfg(feature = "check")]
pub mod format;
pub mod glue;
#[cfg(feature = "check")]
pub mod inventory;
#[cfg(feature = "check")]
mod order;
pub mod plan;
#[cfg(feature = "check")]
mod platform;
#[cfg(feature = "check")]
pub mod render;
#[cfg(feature = "check")]
mod resolve;
pub mod signature;
pub mod source;
#[cfg(feature = "check")]
pub mod suggest;
#[cfg(feature = "check")]
mod syntax;
#[cfg(feature = "check")]
mod system;
pub mod value;

#[cfg(feature = "check")]
pub use explain::explain;
