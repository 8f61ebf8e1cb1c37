//! What the modules of the Arm platforms provide alike.

/// Implements `Memory`, `Stacks`, `ThreadStacks`, `CpuInterrupts`, `Upcalls` and `Idle` for the module of a platform, whose only
/// parameter is its settings.
#[macro_export]
macro_rules! machine {
    ($module:ident) => {
        $crate::provide!($module, $crate);
    };
}

/// Whatever the machine keeps of addresses, it keeps as before.
pub const fn grown() {}
