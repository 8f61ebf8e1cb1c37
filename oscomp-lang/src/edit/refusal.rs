//! Why a change is not made.

use std::fmt;

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The text has a mistake of syntax.
    Mistake {
        /// Where it is, in bytes.
        offset: usize,
        /// What it is.
        message: String,
    },
    /// The text has no node `system`.
    NoSystem,
    /// The file has no instance of that name; a platform may have it as a default.
    NoInstance {
        /// The name.
        name: String,
    },
    /// The file names no such platform.
    NoPlatform {
        /// The name.
        name: String,
    },
    /// The instance does not set that field.
    NoField {
        /// The instance or the platform.
        owner: String,
        /// The field.
        field: String,
    },
    /// Several instances have that name, each on a platform of its own.
    Several {
        /// The name.
        name: String,
    },
    /// A field is set for each platform, and what is asked for is not about one of them.
    SetByPlatform {
        /// The instance.
        owner: String,
        /// The field.
        field: String,
    },
    /// A field is set for all platforms, and what is asked for is about one of them.
    SetForAll {
        /// The instance.
        owner: String,
        /// The field.
        field: String,
    },
    /// The instance is not the same on all platforms.
    NeedsPlatform {
        /// The instance.
        name: String,
        /// The platforms of the system.
        platforms: Vec<String>,
    },
    /// The name is another instance's.
    Taken {
        /// The name.
        name: String,
    },
    /// The name cannot be that of an instance.
    NotAName {
        /// The name.
        name: String,
    },
    /// The app cannot be removed.
    App {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistake { message, .. } => write!(out, "the file has a mistake: {message}"),
            Self::NoSystem => out.write_str("the file has no system"),
            Self::NoInstance { name } => write!(out, "the file has no instance `{name}`"),
            Self::NoPlatform { name } => write!(out, "the file names no platform `{name}`"),
            Self::NoField { owner, field } => write!(out, "the file does not set `{field}` of `{owner}`"),
            Self::Several { name } => {
                write!(out, "several instances are named `{name}`, each on a platform of its own")
            }
            Self::SetByPlatform { owner, field } => {
                write!(out, "`{field}` of `{owner}` is set for one platform at a time")
            }
            Self::SetForAll { owner, field } => {
                write!(out, "`{field}` of `{owner}` is set for all platforms")
            }
            Self::NeedsPlatform { name, .. } => write!(out, "`{name}` is not the same on all platforms"),
            Self::Taken { name } => write!(out, "there is an instance `{name}` already"),
            Self::NotAName { name } => write!(
                out,
                "`{name}` cannot name an instance: expected lower-case words and digits, joined by hyphens"
            ),
            Self::App { name } => write!(out, "`{name}` is the app, which a system cannot be without"),
        }
    }
}
