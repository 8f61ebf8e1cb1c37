//! Patterns of keys: `*`, `?`, `[a-c]`, `[^x]`, and `\` before what is meant as it is.

/// Whether all of `text` is as `pattern` says.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Where to go on if what follows the last star does not fit: with one byte more for the star.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        let fits = match (pattern.split_first(), text.split_first()) {
            (None, None) => return true,
            (Some((b'*', behind)), _) => {
                pattern = behind;
                star = Some((pattern, text));
                continue;
            }
            (Some(_), Some((byte, rest))) => one(pattern, *byte).map(|behind| (behind, rest)),
            _ => None,
        };
        match (fits, star) {
            (Some((behind, rest)), _) => (pattern, text) = (behind, rest),
            (None, Some((behind, [_, rest @ ..]))) => {
                (pattern, text) = (behind, rest);
                star = Some((behind, rest));
            }
            (None, _) => return false,
        }
    }
}

/// What is left of a pattern, which is not empty and begins with no star, if its first part means `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [b'?', behind @ ..] => Some(behind),
        [b'[', class @ ..] => {
            let (negated, mut class) = match class {
                [b'^', class @ ..] => (true, class),
                class => (false, class),
            };
            let mut found = false;
            loop {
                (found, class) = match class {
                    [] => (found, class),
                    [b']', behind @ ..] => return (found != negated).then_some(behind),
                    [b'\\', first, behind @ ..] => (found | (*first == byte), behind),
                    [first, b'-', last, behind @ ..] => {
                        let range = *first.min(last)..=*first.max(last);
                        (found | range.contains(&byte), behind)
                    }
                    [first, behind @ ..] => (found | (*first == byte), behind),
                };
                // Without its end a class is what has been of it.
                if class.is_empty() {
                    return (found != negated).then_some(class);
                }
            }
        }
        [b'\\', first, behind @ ..] => (*first == byte).then_some(behind),
        [first, behind @ ..] => (*first == byte).then_some(behind),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};

    #[test]
    fn patterns_mean_what_they_mean_in_redis() {
        for (pattern, yes, no) in [
            ("*", &["", "a", "abc"][..], &[][..]),
            ("", &[""], &["a"]),
            ("a*c", &["ac", "abc", "abcc"], &["ab", "a", "bc"]),
            ("*a*b", &["ab", "xaxb", "aab"], &["ba", "a"]),
            ("h?llo", &["hello", "hallo"], &["hllo", "heello"]),
            ("h[ae]llo", &["hello", "hallo"], &["hillo"]),
            ("h[^e]llo", &["hallo"], &["hello"]),
            ("h[a-c]llo", &["hbllo"], &["hdllo"]),
            ("h[c-a]llo", &["hbllo"], &["hdllo"]),
            ("a\\*", &["a*"], &["ab"]),
            ("a[\\]]", &["a]"], &["a\\"]),
            ("a\\", &["a\\"], &["a"]),
            ("[ab", &["a", "b"], &["c", ""]),
        ] {
            yes.iter()
                .for_each(|text| assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}"));
            no.iter()
                .for_each(|text| assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}"));
        }
    }

    #[test]
    fn many_stars_take_no_longer() {
        let (pattern, text) = (b"*a".repeat(200), b"b".repeat(20_000));
        assert!(!matches(&pattern, &text));
    }

    proptest! {
        #[test]
        fn a_text_without_signs_is_its_own_pattern(text in "[a-z ]{0,10}", other in "[a-z ]{0,10}") {
            assert!(matches(text.as_bytes(), text.as_bytes()));
            assert_eq!(matches(text.as_bytes(), other.as_bytes()), text == other);
        }

        #[test]
        fn no_pattern_makes_it_panic(
            pattern in prop::collection::vec(prop::sample::select(b"*?[]^-\\ab".as_slice()), 0..12),
            text in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let _ = matches(&pattern, &text);
        }
    }
}
