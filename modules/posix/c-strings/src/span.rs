//! Sets of characters.

use crate::CStrings;
use core::ptr;
use oscomp_c_abi::c_char;
use oscomp_macros::exports;

/// A set of characters, one bit each. The zero is in none.
struct Set([u64; 4]);

impl Set {
    /// The characters of a string.
    ///
    /// # Safety
    /// It is a string.
    unsafe fn new(characters: *const c_char) -> Self {
        let mut set = Self([0; 4]);
        let mut at = characters.cast::<u8>();
        // SAFETY: as promised; no zero is before.
        while let character @ 1.. = unsafe { *at } {
            set.0[usize::from(character / 64)] |= 1 << (character % 64);
            at = at.wrapping_add(1);
        }
        set
    }

    fn has(&self, character: u8) -> bool {
        self.0[usize::from(character / 64)] >> (character % 64) & 1 != 0
    }
}

#[exports]
impl CStrings {
    /// How many characters at the beginning are among those accepted.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strspn(&self, string: *const c_char, accepted: *const c_char) -> usize {
        // SAFETY: as promised.
        unsafe {
            let set = Set::new(accepted);
            span(string, |character| set.has(character))
        }
    }

    /// How many characters at the beginning are not among those rejected.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strcspn(&self, string: *const c_char, rejected: *const c_char) -> usize {
        // SAFETY: as promised.
        unsafe {
            let set = Set::new(rejected);
            span(string, |character| character != 0 && !set.has(character))
        }
    }

    /// The first character that is among those accepted; null if there is none.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strpbrk(&self, string: *const c_char, accepted: *const c_char) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            let found = string.add(self.strcspn(string, accepted));
            if *found == 0 { ptr::null_mut() } else { found.cast_mut() }
        }
    }
}

/// How many characters at the beginning are such ones.
///
/// # Safety
/// It is a string, and the zero is not such a character.
unsafe fn span(string: *const c_char, is_such: impl Fn(u8) -> bool) -> usize {
    let mut length = 0;
    // SAFETY: no zero is before.
    while is_such(unsafe { *string.cast::<u8>().add(length) }) {
        length += 1;
    }
    length
}
