//! The language of oscomp.
//!
//! - [`signature`]: what a Rust source says of an interface, a module or its options. The macros and
//!   the checker read it with the same code.
//! - [`value`]: how a literal becomes the value of an option.
//! - [`source`]: where the text comes from; this crate does no I/O.
//! - [`plan`]: the one value that checking ends in and building starts from.
//! - [`glue`]: a plan as Rust.
//! - [`diagnostic`]: what is wrong with a composition, where, and how to mend it.
#![forbid(unsafe_code)]

#[cfg(feature = "check")]
pub mod diagnostic;
pub mod glue;
pub mod plan;
pub mod signature;
pub mod source;
pub mod value;
