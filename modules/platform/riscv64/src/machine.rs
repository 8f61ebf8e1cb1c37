//! What the modules of the RISC-V platforms provide alike.

/// Implements `Memory`, `Stacks`, `ThreadStacks`, `CpuInterrupts`, `Idle` and `FirmwareTree` for the module of a platform, whose only
/// parameter is its settings.
#[macro_export]
macro_rules! machine {
    ($module:ident) => {
        $crate::provide!($module, $crate);

        const _: () = {
            use $crate::interfaces::FirmwareTree;

            impl<Settings: $crate::abi::Config<Options>> FirmwareTree for &$module<Settings> {
                fn blob(self) -> &'static [u8] {
                    $crate::boot::tree()
                }
            }
        };
    };
}

/// Whatever the machine keeps of addresses, it keeps as before.
pub const fn grown() {}
