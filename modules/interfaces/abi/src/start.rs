use crate::Decimal;
use core::fmt;

/// Why an instance could not start.
///
/// The glue prints it behind the instance's name and powers the machine off with a non-zero status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartError {
    reason: &'static str,
    shortage: Option<Shortage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shortage {
    needed: u64,
    available: u64,
}

impl StartError {
    /// `reason` is a clause without a full stop, such as `the CPU has no RDRAND`.
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self { reason, shortage: None }
    }

    /// Adds the two figures that explain a shortage, in bytes.
    #[must_use]
    pub const fn shortage(reason: &'static str, needed: u64, available: u64) -> Self {
        Self { reason, shortage: Some(Shortage { needed, available }) }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.reason)?;
        if let Some(Shortage { needed, available }) = self.shortage {
            write!(out, ": needs {} bytes, {} are available", Decimal(needed), Decimal(available))?;
        }
        Ok(())
    }
}

impl core::error::Error for StartError {}
