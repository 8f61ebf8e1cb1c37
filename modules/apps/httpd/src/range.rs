//! Parts of a file (RFC 9110, section 14).

use alloc::vec::Vec;
use core::ops::Range;

/// Ranges that one request can have; whoever asks for more gets the whole file.
const MOST: usize = 16;

/// What a `Range` field asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The whole file: the field is not understood, or asks for more than the file.
    Whole,
    /// These bytes of it, at least one range, none of them empty.
    Parts(Vec<Range<usize>>),
    /// Nothing that is there.
    Nothing,
}

/// What `field` asks for of a file of `length` bytes.
pub fn wanted(field: &str, length: usize) -> Wanted {
    let Some(specifications) = field
        .trim()
        .split_once('=')
        .and_then(|(unit, specifications)| unit.eq_ignore_ascii_case("bytes").then_some(specifications))
    else {
        return Wanted::Whole;
    };
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut count = 0;
    for specification in specifications.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        count += 1;
        match range(specification, length) {
            Some(range) if !range.is_empty() => parts.push(range),
            Some(_) => {}
            None => return Wanted::Whole,
        }
        if count > MOST || parts.iter().map(Range::len).sum::<usize>() > length {
            return Wanted::Whole;
        }
    }
    match (count, parts.is_empty()) {
        (0, _) => Wanted::Whole,
        (_, true) => Wanted::Nothing,
        (_, false) => Wanted::Parts(parts),
    }
}

/// One range, cut to the file; none if it is not well-formed.
fn range(text: &str, length: usize) -> Option<Range<usize>> {
    let (first, last) = text.split_once('-')?;
    if first.is_empty() {
        return Some(length.saturating_sub(number(last)?)..length);
    }
    let first = number(first)?;
    let end = match last {
        "" => length,
        last => match number(last)? {
            last if last < first => return None,
            last => last.saturating_add(1).min(length),
        },
    };
    Some(first.min(end)..end)
}

/// A number of any length; those that no file has are the greatest of all.
fn number(digits: &str) -> Option<usize> {
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0_usize, |value, byte| {
        byte.is_ascii_digit().then(|| value.saturating_mul(10).saturating_add(usize::from(byte - b'0')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::{any, prop, proptest};

    #[test]
    fn fields_are_understood() {
        let one = |range: Range<usize>| Wanted::Parts(Vec::from([range]));
        for (field, wants) in [
            ("bytes=0-0", one(0..1)),
            ("bytes=0-9", one(0..10)),
            ("bytes=0-99999999999999999999999", one(0..10)),
            ("Bytes=5-", one(5..10)),
            ("bytes=-3", one(7..10)),
            ("bytes=-30", one(0..10)),
            ("bytes= 0-1 , 4-5", Wanted::Parts(Vec::from([0..2, 4..6]))),
            ("bytes=,0-1,", one(0..2)),
            ("bytes=0-1,20-30", one(0..2)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=10-20,11-", Wanted::Nothing),
            ("bytes=0-9,0-9", Wanted::Whole),
            ("bytes=3-2", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=1-2;3-4", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=0-0,1-1,2-2,0-0,1-1,2-2,0-0,1-1,2-2,0-0,1-1", Wanted::Whole),
        ] {
            assert_eq!(wanted(field, 10), wants, "{field}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=0-1", 1), one(0..1));
    }

    proptest! {
        #[test]
        fn parts_lie_in_the_file(field in "(bytes=)?[-0-9, ]{0,30}", length in 0..100_usize) {
            if let Wanted::Parts(parts) = wanted(&field, length) {
                assert!(parts.iter().all(|part| part.start < part.end && part.end <= length));
                assert!(parts.iter().map(Range::len).sum::<usize>() <= length);
            }
        }

        #[test]
        fn each_range_is_the_slice_that_it_names(
            bytes in prop::collection::vec(any::<u8>(), 1..50),
            first in 0..60_usize,
            more in 0..60_usize,
        ) {
            let wants = wanted(&format!("bytes={first}-{}", first + more), bytes.len());
            let expected: Vec<u8> = bytes.iter().skip(first).take(more + 1).copied().collect();
            match wants {
                Wanted::Parts(parts) => assert_eq!(bytes[parts[0].clone()], expected),
                wants => assert!(wants == Wanted::Nothing && expected.is_empty()),
            }
        }
    }
}
