use core::ffi::c_void;

/// The arguments of a variadic function, as a `va_list` is handed to a function.
///
/// Where `va_list` is an array or handed over by reference (x86-64, AArch64) the caller's own list goes on too, which
/// ISO C leaves open (section 7.16).
#[repr(transparent)]
#[derive(Debug)]
pub struct VaList(*mut c_void);

/// System V ABI for x86-64, section 3.5.7.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
struct Tag {
    general: u32,
    floating: u32,
    overflow: *mut u8,
    registers: *mut u8,
}

/// AAPCS64, appendix B.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
struct Tag {
    stack: *mut u8,
    general_top: *mut u8,
    floating_top: *mut u8,
    general: i32,
    floating: i32,
}

impl VaList {
    /// The list behind what C hands over.
    ///
    /// # Safety
    /// `list` is a `va_list` parameter of C's that `va_start` or `va_copy` has begun and `va_end` has not ended, and
    /// stays so while the value is used.
    #[must_use]
    pub const unsafe fn from_c(list: *mut c_void) -> Self {
        Self(list)
    }

    /// The next argument, an integer of 64 bits or a pointer; of narrower ones the lowest bits count.
    ///
    /// # Safety
    /// There is a next one, and it is an integer or a pointer.
    pub unsafe fn integer(&mut self) -> u64 {
        // SAFETY: by the contract.
        unsafe { self.general(8).cast::<u64>().read() }
    }

    /// The next argument, a `double`.
    ///
    /// # Safety
    /// There is a next one, and it is a `double` or a `float` that was promoted.
    pub unsafe fn double(&mut self) -> f64 {
        // SAFETY: by the contract.
        unsafe { self.floating().cast::<f64>().read() }
    }

    /// The next argument, a pointer.
    ///
    /// # Safety
    /// There is a next one, and it is a pointer.
    pub unsafe fn pointer<T>(&mut self) -> *mut T {
        // SAFETY: by the contract.
        unsafe { self.general(8).cast::<*mut T>().read() }
    }

    /// The next argument, a `long double`, as its 16 bytes: on x86-64 the 80 bits of the extended format and padding,
    /// elsewhere the binary128 format.
    ///
    /// # Safety
    /// There is a next one, and it is a `long double`.
    pub unsafe fn long_double(&mut self) -> [u8; 16] {
        // SAFETY: by the contract.
        unsafe { self.quad().cast::<[u8; 16]>().read() }
    }
}

#[cfg(target_arch = "x86_64")]
impl VaList {
    /// Takes `bytes` from the stack.
    unsafe fn overflow(&mut self, align: usize, bytes: usize) -> *mut u8 {
        let tag = self.0.cast::<Tag>();
        // SAFETY: the caller has a list with another argument.
        unsafe {
            let at = (*tag).overflow;
            let at = at.wrapping_add(at.align_offset(align));
            (*tag).overflow = at.wrapping_add(bytes);
            at
        }
    }

    unsafe fn general(&mut self, bytes: usize) -> *mut u8 {
        let tag = self.0.cast::<Tag>();
        // SAFETY: the caller has a list with another argument.
        unsafe {
            if (*tag).general + 8 > 48 {
                return self.overflow(8, bytes);
            }
            let at = (*tag).registers.wrapping_add((*tag).general as usize);
            (*tag).general += 8;
            at
        }
    }

    unsafe fn floating(&mut self) -> *mut u8 {
        let tag = self.0.cast::<Tag>();
        // SAFETY: the caller has a list with another argument.
        unsafe {
            if (*tag).floating + 16 > 176 {
                return self.overflow(8, 8);
            }
            let at = (*tag).registers.wrapping_add((*tag).floating as usize);
            (*tag).floating += 16;
            at
        }
    }

    unsafe fn quad(&mut self) -> *mut u8 {
        // SAFETY: the caller has a list with another argument.
        unsafe { self.overflow(16, 16) }
    }
}

#[cfg(target_arch = "aarch64")]
impl VaList {
    /// Takes `bytes` from the stack.
    unsafe fn overflow(&mut self, bytes: usize) -> *mut u8 {
        let tag = self.0.cast::<Tag>();
        // SAFETY: the caller has a list with another argument.
        unsafe {
            let at = (*tag).stack;
            let at = at.wrapping_add(at.align_offset(bytes));
            (*tag).stack = at.wrapping_add(bytes);
            at
        }
    }

    unsafe fn general(&mut self, bytes: usize) -> *mut u8 {
        let tag = self.0.cast::<Tag>();
        // SAFETY: the caller has a list with another argument.
        unsafe {
            let offset = (*tag).general;
            if offset >= 0 {
                return self.overflow(bytes);
            }
            (*tag).general = offset + 8;
            (*tag).general_top.wrapping_offset(offset as isize)
        }
    }

    unsafe fn vector(&mut self, bytes: usize) -> *mut u8 {
        let tag = self.0.cast::<Tag>();
        // SAFETY: the caller has a list with another argument.
        unsafe {
            let offset = (*tag).floating;
            if offset >= 0 {
                return self.overflow(bytes);
            }
            (*tag).floating = offset + 16;
            (*tag).floating_top.wrapping_offset(offset as isize)
        }
    }

    unsafe fn floating(&mut self) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.vector(8) }
    }

    unsafe fn quad(&mut self) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.vector(16) }
    }
}

#[cfg(target_arch = "riscv64")]
impl VaList {
    fn take(&mut self, align: usize, bytes: usize) -> *mut u8 {
        let at = self.0.cast::<u8>();
        let at = at.wrapping_add(at.align_offset(align));
        self.0 = at.wrapping_add(bytes).cast();
        at
    }

    unsafe fn general(&mut self, bytes: usize) -> *mut u8 {
        self.take(8, bytes)
    }

    unsafe fn floating(&mut self) -> *mut u8 {
        self.take(8, 8)
    }

    unsafe fn quad(&mut self) -> *mut u8 {
        self.take(16, 16)
    }
}
