//! From a plan to an image.

pub mod flags;
