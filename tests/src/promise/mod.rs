//! The promise: what `check` passes compiles, and what compiles boots to its app.
//!
//! [`generate`] makes random compositions over the whole catalog, sound and unsound; [`verdict`] has them
//! checked; [`types`] lets rustc judge the glue of every sound one; [`boot`] runs some of them.

pub mod boot;
pub mod generate;
pub mod types;
pub mod verdict;

/// The status with which the apps of the promise say that they were reached.
pub const REACHED: i32 = 42;

/// Where systems and crates are written, below the repository.
pub const FOLDER: &str = "target/promise";
