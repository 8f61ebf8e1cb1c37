//! The name that was probably meant.

use strsim::damerau_levenshtein;

/// The candidate that is nearest to `written`, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    // One slip for a short word, about one in three characters for a long one.
    let limit = (length / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.chars().count().abs_diff(length) > limit || candidate == written {
            continue;
        }
        let distance = damerau_levenshtein(&folded(written), &folded(candidate));
        if distance <= limit && best.is_none_or(|best| (distance, candidate) < best) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Case and the kind of separator are slips that cost nothing.
fn folded(name: &str) -> String {
    name.chars()
        .map(|character| skeleton(character).unwrap_or(character))
        .flat_map(char::to_lowercase)
        .map(|character| if character == '_' { '-' } else { character })
        .collect()
}

/// The Latin letter that a Cyrillic or Greek one looks like.
pub(crate) fn skeleton(character: char) -> Option<char> {
    const PAIRS: &str = "аaвbсcԁdеeгrһhіiјjкkӏlмmнhоoрpԛqѕsтtуyхxԝwαaνvοoρpιiκkυuτtАAВBСCЕEНHІIЈJКKМMОOРPЅSТTХXΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX";
    let mut characters = PAIRS.chars();
    while let (Some(from), Some(to)) = (characters.next(), characters.next()) {
        if from == character {
            return Some(to);
        }
    }
    // Full-width forms of ASCII.
    match u32::from(character) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0),
        _ => None,
    }
}

/// `a`, `b` and 3 more.
pub(crate) fn listing<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = names.into_iter().collect();
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "none".to_owned(),
        1 => shown.swap_remove(0),
        count if count > SHOWN => format!("{} and {} more", shown.join(", "), count - SHOWN),
        _ => {
            let last = shown.pop().unwrap_or_default();
            format!("{} and {last}", shown.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let names = ["console", "clock", "uart-16550", "heap"];
        assert_eq!(nearest("cosnole", names), Some("console"));
        assert_eq!(nearest("uart_16550", names), Some("uart-16550"));
        assert_eq!(nearest("hеap", names), Some("heap"), "a Cyrillic е");
        assert_eq!(nearest("ｈｅａｐ", names), Some("heap"), "full width");
        assert_eq!(nearest("virtio-net", names), None);
        assert_eq!(nearest("x", names), None);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listing(["a"]), "`a`");
        assert_eq!(listing(["a", "b", "c"]), "`a`, `b` and `c`");
        assert!(listing(["a"; 20]).ends_with(" and 12 more"));
    }
}
