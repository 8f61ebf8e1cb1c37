//! `%[`.

/// Bytes that belong to a string.
pub struct Set([bool; 256]);

impl Set {
    /// Reads a set behind its `[`; the rest of the format behind the `]`. None if that is missing.
    ///
    /// `a-z` is a range, which ISO C leaves open.
    pub fn read(format: &[u8]) -> Option<(Self, &[u8])> {
        let (is_inverted, format) = match format {
            [b'^', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        // A bracket in the first place is one of the set.
        let end = 1 + format.get(1..)?.iter().position(|byte| *byte == b']')?;
        let (mut members, rest) = (&format[..end], &format[end + 1..]);
        let mut set = [is_inverted; 256];
        while let Some((first, others)) = members.split_first() {
            let (last, others) = match others {
                [b'-', last, others @ ..] if last >= first => (*last, others),
                others => (*first, others),
            };
            set[usize::from(*first)..=usize::from(last)].fill(!is_inverted);
            members = others;
        }
        Some((Self(set), rest))
    }

    pub const fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}
