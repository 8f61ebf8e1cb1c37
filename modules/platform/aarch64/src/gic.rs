//! Where the interrupt controller of a machine is: who starts at exception level 3 has to give its lines away.

/// The places of a GIC: those of version 2 and those of version 3, of which a machine has either.
#[derive(Clone, Copy, Debug)]
pub struct Gic {
    /// The distributor.
    pub distributor: usize,
    /// The CPU's interface, in version 2.
    pub cpu: usize,
    /// The CPU's redistributor, in version 3.
    pub redistributor: usize,
}

impl Gic {
    /// No controller of this kind.
    pub const NONE: Self = Self { distributor: 0, cpu: 0, redistributor: 0 };

    /// The register GICC_PMR.
    #[must_use]
    pub const fn cpu_priority(self) -> usize {
        self.cpu + 0x4
    }

    /// The register GICR_IGROUPR0, in the second frame of the redistributor.
    #[must_use]
    pub const fn own_groups(self) -> usize {
        self.redistributor + 0x1_0080
    }
}
