//! Whether a client already has what it asks for (RFC 9110, section 13).

use crate::date;
use crate::head::Conditions;
use crate::site::Prepared;
use alloc::format;
use alloc::string::String;

/// What the conditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'b> {
    /// 412: the file is not the one that the client means.
    Failed,
    /// 304: the client has it.
    Unchanged,
    /// The file, or the part of it that the `Range` field names.
    Send(Option<&'b str>),
}

/// A strong validator of contents: another one whenever they differ, as far as 64 bits and the length can.
pub fn tag(contents: &[u8]) -> String {
    // FNV-1a by words of eight bytes, with the high bits folded in; it need not withstand an author.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |word: u64| {
        hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    };
    let (words, rest) = contents.as_chunks::<8>();
    words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    rest.iter().for_each(|byte| mix(u64::from(*byte)));
    mix(contents.len() as u64);
    format!("\"{hash:016x}\"")
}

/// Decides, in the order of section 13.2.2, for a request by GET or HEAD of a page that is there.
pub fn decide<'b>(conditions: &Conditions<'b>, page: &Prepared) -> Verdict<'b> {
    if let Some(tags) = conditions.if_match {
        if !lists(tags, &page.tag, false) {
            return Verdict::Failed;
        }
    } else if let (Some(modified), Some(since)) =
        (page.modified, conditions.if_unmodified_since.and_then(date::parse))
        && modified > since
    {
        return Verdict::Failed;
    }
    if let Some(tags) = conditions.if_none_match {
        if lists(tags, &page.tag, true) {
            return Verdict::Unchanged;
        }
    } else if let (Some(modified), Some(since)) =
        (page.modified, conditions.if_modified_since.and_then(date::parse))
        && modified <= since
    {
        return Verdict::Unchanged;
    }
    let same = conditions.if_range.is_none_or(|validator| {
        validator == &*page.tag || page.modified.is_some_and(|at| date::parse(validator) == Some(at))
    });
    Verdict::Send(conditions.range.filter(|_| same))
}

/// Whether a list of entity tags, or `*`, has this one; compared weakly or strongly (section 8.8.3.2).
fn lists(tags: &str, tag: &str, weakly: bool) -> bool {
    if tags.trim() == "*" {
        return true;
    }
    let mut rest = tags;
    // A tag may hold commas, but no quotes.
    while let Some(begin) = rest.find('"') {
        let weak = rest[..begin].ends_with("W/");
        let Some(length) = rest[begin + 1..].find('"') else { return false };
        let end = begin + 1 + length + 1;
        if &rest[begin..end] == tag && (weakly || !weak) {
            return true;
        }
        rest = &rest[end..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use proptest::prelude::{any, prop, proptest};

    fn page(modified: Option<u64>) -> Prepared {
        Prepared { tag: "\"one\"".into(), head: Box::default(), unchanged: Box::default(), modified }
    }

    const BEFORE: Option<&str> = Some("Thu, 01 Jan 1970 00:00:09 GMT");
    const THEN: Option<&str> = Some("Thu, 01 Jan 1970 00:00:10 GMT");
    const RANGE: Option<&str> = Some("bytes=0-1");

    fn none() -> Conditions<'static> {
        Conditions::default()
    }

    #[test]
    fn tags_are_compared_as_the_field_says() {
        for (tags, weak, strong) in [
            ("*", true, true),
            ("\"one\"", true, true),
            ("W/\"one\"", true, false),
            ("\"two\", \"one\"", true, true),
            ("\"two\",W/\"a,b\" , \"one\"", true, true),
            ("\"two\"", false, false),
            ("one", false, false),
            ("\"one", false, false),
            ("", false, false),
        ] {
            assert_eq!(lists(tags, "\"one\"", true), weak, "{tags}");
            assert_eq!(lists(tags, "\"one\"", false), strong, "{tags}");
        }
    }

    #[test]
    fn conditions_are_decided_in_their_order() {
        let page = page(Some(10));
        let decide = |conditions| super::decide(&conditions, &page);
        assert_eq!(decide(Conditions { if_match: Some("\"two\""), ..none() }), Verdict::Failed);
        assert_eq!(decide(Conditions { if_match: Some("W/\"one\""), ..none() }), Verdict::Failed);
        // What is compared by tags is not compared by dates.
        let both = Conditions { if_match: Some("*"), if_unmodified_since: BEFORE, ..none() };
        assert_eq!(decide(both), Verdict::Send(None));
        assert_eq!(decide(Conditions { if_unmodified_since: BEFORE, ..none() }), Verdict::Failed);
        assert_eq!(decide(Conditions { if_unmodified_since: THEN, ..none() }), Verdict::Send(None));
        assert_eq!(decide(Conditions { if_none_match: Some("W/\"one\""), ..none() }), Verdict::Unchanged);
        let both = Conditions { if_none_match: Some("\"two\""), if_modified_since: THEN, ..none() };
        assert_eq!(decide(both), Verdict::Send(None));
        assert_eq!(decide(Conditions { if_modified_since: THEN, ..none() }), Verdict::Unchanged);
        assert_eq!(decide(Conditions { if_modified_since: BEFORE, ..none() }), Verdict::Send(None));
        assert_eq!(decide(Conditions { if_modified_since: Some("soon"), ..none() }), Verdict::Send(None));
    }

    #[test]
    fn a_part_is_sent_of_the_file_that_it_is_meant_of() {
        let page = page(Some(10));
        for (validator, range) in [
            (None, RANGE),
            (Some("\"one\""), RANGE),
            (Some("W/\"one\""), None),
            (Some("\"two\""), None),
            (THEN, RANGE),
            (BEFORE, None),
        ] {
            let conditions = Conditions { range: RANGE, if_range: validator, ..none() };
            assert_eq!(decide(&conditions, &page), Verdict::Send(range), "{validator:?}");
        }
    }

    #[test]
    fn without_a_date_no_condition_on_dates_holds_or_fails() {
        let conditions =
            Conditions { if_modified_since: THEN, if_unmodified_since: THEN, range: RANGE, ..none() };
        assert_eq!(decide(&conditions, &page(None)), Verdict::Send(RANGE));
    }

    proptest! {
        #[test]
        fn other_contents_have_another_tag(
            one in prop::collection::vec(any::<u8>(), 0..40),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let mut longer = one.clone();
            longer.push(0);
            assert_ne!(tag(&one), tag(&longer));
            let mut two = longer.clone();
            two[at.index(longer.len())] ^= 1 << bit;
            assert_ne!(tag(&two), tag(&longer));
        }
    }
}
