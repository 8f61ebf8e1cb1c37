//! How the registers of devices are reached.

/// Registers by their offsets in bytes.
pub trait Words {
    /// Reads a register of 8 bits.
    fn read_u8(&self, offset: usize) -> u8;
    /// Reads a register of 16 bits.
    fn read_u16(&self, offset: usize) -> u16;
    /// Reads a register of 32 bits.
    fn read_u32(&self, offset: usize) -> u32;
    /// Writes a register of 8 bits, as all others after everything that was written to memory.
    fn write_u8(&self, offset: usize, value: u8);
    /// Writes a register of 16 bits.
    fn write_u16(&self, offset: usize, value: u16);
    /// Writes a register of 32 bits.
    fn write_u32(&self, offset: usize, value: u32);
}

/// Registers in the machine's memory.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    base: usize,
    length: usize,
}

impl Window {
    /// What the platform says is a device's; aligned to 4 bytes.
    pub(crate) const fn new(base: usize, length: usize) -> Self {
        assert!(base.is_multiple_of(4));
        Self { base, length }
    }

    #[inline(always)]
    fn register<T>(&self, offset: usize) -> *mut T {
        assert!(offset.is_multiple_of(size_of::<T>()) && offset < self.length);
        core::ptr::with_exposed_provenance_mut(self.base + offset)
    }

    #[inline(always)]
    fn read<T>(&self, offset: usize) -> T {
        // SAFETY: the platform says that the device's registers are here, mapped as they are in physical
        // memory; `register` keeps within them, and no Rust object lies there. `T` is an integer.
        unsafe { self.register::<T>(offset).read_volatile() }
    }

    #[inline(always)]
    fn write<T>(&self, offset: usize, value: T) {
        barrier();
        // SAFETY: as for `read`; the device reaches only memory that its driver has given it for that.
        unsafe { self.register::<T>(offset).write_volatile(value) }
    }
}

impl Words for Window {
    #[inline]
    fn read_u8(&self, offset: usize) -> u8 {
        self.read(offset)
    }

    #[inline]
    fn read_u16(&self, offset: usize) -> u16 {
        self.read(offset)
    }

    #[inline]
    fn read_u32(&self, offset: usize) -> u32 {
        self.read(offset)
    }

    #[inline]
    fn write_u8(&self, offset: usize, value: u8) {
        self.write(offset, value);
    }

    #[inline]
    fn write_u16(&self, offset: usize, value: u16) {
        self.write(offset, value);
    }

    #[inline]
    fn write_u32(&self, offset: usize, value: u32) {
        self.write(offset, value);
    }
}

/// Orders what was written to memory before what is written to registers next.
#[inline(always)]
fn barrier() {
    // x86 writes in order; to others the two are of different kinds.
    #[cfg(target_arch = "riscv64")]
    // SAFETY: orders accesses, nothing else.
    unsafe {
        core::arch::asm!("fence w, o", options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: orders accesses, nothing else.
    unsafe {
        core::arch::asm!("dmb oshst", options(nostack, preserves_flags));
    }
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
}
