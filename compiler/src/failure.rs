//! Why a command ends early, and with which status.

use std::fmt::Display;
use std::process::ExitCode;

/// The status that the command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The composition is sound; what was asked for is done.
    Sound,
    /// The composition is wrong, or its build was refused.
    Refused,
    /// The command line or the machine is wrong.
    Environment,
    /// What the image that was run ended with.
    Image(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Sound => Self::SUCCESS,
            Exit::Refused => Self::from(1),
            Exit::Environment => Self::from(2),
            Exit::Image(status) => Self::from(status),
        }
    }
}

/// Why a command could not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The diagnostics that say it are printed already.
    Reported,
    /// The composition is wrong, or its build was refused, in a way that has no place in `system.kdl`.
    Refused(Message),
    /// The command line or the machine is wrong.
    Environment(Message),
}

/// What is wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is wrong, without a full stop.
    pub what: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Failure {
    /// The command line or the machine is wrong; `help` says what to do next.
    pub fn environment(what: impl Display, help: impl Display) -> Self {
        Self::Environment(Message { what: what.to_string(), help: Some(help.to_string()) })
    }

    /// The composition cannot be built; `help` says what to do next.
    pub fn refused(what: impl Display, help: impl Display) -> Self {
        Self::Refused(Message { what: what.to_string(), help: Some(help.to_string()) })
    }

    /// The status that the command ends with.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Reported | Self::Refused(_) => Exit::Refused,
            Self::Environment(_) => Exit::Environment,
        }
    }
}
