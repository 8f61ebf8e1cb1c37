//! The table of function names. All numbers are 32 bits, little-endian:
//!
//! ```text
//! count
//! address of function 0, 1, .. count - 1, and of the end of the text, ascending
//! offset of name 0, 1, .. count - 1, and of the end of the last one, in bytes behind this table
//! the names, UTF-8
//! ```

/// What the image step fills in: the table's address and its length in bytes.
#[unsafe(link_section = ".oscomp.symbols")]
static HEADER: [u64; 2] = [0; 2];

/// A table of function names.
#[derive(Clone, Copy)]
pub struct Names<'a>(&'a [u8]);

impl Names<'static> {
    /// The image's own; empty if it has none.
    pub fn of_image() -> Self {
        // SAFETY: a static like any other; volatile because the image step writes it after linking,
        // which the compiler cannot know.
        let [address, length] = unsafe { (&raw const HEADER).read_volatile() };
        if length == 0 {
            return Self(&[]);
        }
        let table = core::ptr::with_exposed_provenance(address as usize);
        // SAFETY: the image step puts the table there, in a segment of the image that is never written.
        Self(unsafe { core::slice::from_raw_parts(table, length as usize) })
    }
}

impl<'a> Names<'a> {
    fn word(self, index: usize) -> Option<usize> {
        let bytes = self.0.get(index * 4..index * 4 + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    }

    /// The function that `address` is in, and how many bytes the address is behind its start.
    pub fn function(self, address: usize) -> Option<(&'a str, usize)> {
        let count = self.word(0)?;
        // The first function that begins behind the address, in the words from 1 on.
        let (mut low, mut high) = (0, count + 1);
        while low < high {
            let middle = (low + high) / 2;
            if self.word(1 + middle)? <= address {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let index = low.checked_sub(1).filter(|index| *index < count)?;
        let (offsets, names) = (count + 2, (2 * count + 3) * 4);
        let name = names + self.word(offsets + index)?..names + self.word(offsets + index + 1)?;
        let name = core::str::from_utf8(self.0.get(name)?).ok()?;
        Some((name, address - self.word(1 + index)?))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    /// The functions `one` at 100, `two` at 200, and the end of the text at 250.
    fn table() -> Vec<u8> {
        let words = [2u32, 100, 200, 250, 0, 3, 6];
        words.iter().flat_map(|word| word.to_le_bytes()).chain(*b"onetwo").collect()
    }

    #[test]
    fn an_address_finds_its_function() {
        let table = table();
        let names = Names(&table);
        assert_eq!(names.function(99), None);
        assert_eq!(names.function(100), Some(("one", 0)));
        assert_eq!(names.function(199), Some(("one", 99)));
        assert_eq!(names.function(249), Some(("two", 49)));
        assert_eq!(names.function(250), None);
    }

    #[test]
    fn a_damaged_table_finds_nothing() {
        let table = table();
        for length in 0..table.len() {
            let names = Names(&table[..length]);
            assert_eq!(names.function(249), None, "{length} bytes");
        }
        assert_eq!(Names(&[0xff; 64]).function(150), None);
    }

    #[test]
    fn without_the_image_step_there_is_no_table() {
        assert_eq!(Names::of_image().function(0x10_0000), None);
    }
}
