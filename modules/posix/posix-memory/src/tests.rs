//! With files in memory: each function for itself, and random calls as the host answers them.

mod calls;
mod fake;
mod random;
