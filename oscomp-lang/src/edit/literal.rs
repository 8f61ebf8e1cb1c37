//! What a person types for a value, as KDL writes it.

use crate::signature::OptionType;
use crate::syntax;
use crate::value::Literal;
use std::fmt::Write as _;

/// What is typed for one value of an option, as the literal that the option takes. What cannot be one is a string, for
/// the checker to refuse.
#[must_use]
pub fn literal(ty: &OptionType, typed: &str) -> String {
    match ty {
        OptionType::Optional(inner) | OptionType::List(inner) => literal(inner, typed),
        OptionType::Bool => match typed.trim().trim_start_matches('#') {
            "true" | "yes" | "on" => "#true".to_owned(),
            "false" | "no" | "off" => "#false".to_owned(),
            _ => quoted(typed),
        },
        OptionType::Integer(_) if is_integer(typed.trim()) => typed.trim().to_owned(),
        _ => quoted(typed),
    }
}

fn is_integer(typed: &str) -> bool {
    // `+5` and `-5` are numbers, and nothing else that KDL reads has these characters alone.
    let plain = typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-'));
    let (nodes, mistakes) = syntax::parse(&format!("value {typed}"));
    plain
        && mistakes.is_empty()
        && matches!(nodes.as_slice(), [node] if matches!(node.arguments.as_slice(), [argument] if matches!(argument.value, Literal::Integer(_))))
}

/// The values of a text that has literals of KDL side by side, as they would be typed one by one; none if it has anything
/// else.
#[must_use]
pub fn typed(literals: &str) -> Option<Vec<String>> {
    let (nodes, mistakes) = syntax::parse(&format!("value {literals}"));
    let [node] = nodes.as_slice() else { return None };
    let plain = mistakes.is_empty() && node.properties.is_empty() && node.children.is_none();
    let typed = |literal: &Literal| match literal {
        Literal::String(text) => text.clone(),
        other => other.shown(),
    };
    plain.then(|| node.arguments.iter().map(|argument| typed(&argument.value)).collect())
}

/// A literal as KDL writes it.
pub(crate) fn written(literal: &Literal) -> String {
    match literal {
        Literal::String(text) => quoted(text),
        other => other.shown(),
    }
}

/// A text as a string of KDL.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // What KDL forbids in a text, and what nobody could see in it.
            '\u{85}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            _ if character.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_their_type_wants() {
        let integer = OptionType::Integer("u16".to_owned());
        assert_eq!(literal(&integer, "8080"), "8080");
        assert_eq!(literal(&integer, "0x1f_90"), "0x1f_90");
        assert_eq!(literal(&integer, "-1"), "-1");
        assert_eq!(literal(&integer, "many"), "\"many\"");
        assert_eq!(literal(&integer, "1 2"), "\"1 2\"");
        assert_eq!(literal(&OptionType::Bool, "yes"), "#true");
        assert_eq!(literal(&OptionType::Bool, "#false"), "#false");
        assert_eq!(literal(&OptionType::Bool, "2"), "\"2\"");
        assert_eq!(literal(&OptionType::Bytes, "8MiB"), "\"8MiB\"");
        assert_eq!(literal(&OptionType::Str, "80"), "\"80\"");
        assert_eq!(literal(&OptionType::Optional(Box::new(integer)), "1"), "1");
    }

    #[test]
    fn values_side_by_side_are_told_apart() {
        let typed = |text| typed(text).unwrap_or_default();
        assert_eq!(typed("\"a b\" c 0x10 #true"), ["a b", "c", "16", "#true"]);
        assert!(super::typed("").is_some_and(|none| none.is_empty()));
        for text in ["\"a", "a=1", "a { b }", "a\nb"] {
            assert_eq!(super::typed(text), None, "{text}");
        }
    }

    #[test]
    fn strings_come_back_as_they_were() {
        for text in
            ["", "a \"b\" \\ c", "\u{0}\u{1}\u{7f}", "two\nlines\r\n\t", "zero\u{200b}width", "ä漢\u{301}"]
        {
            let (nodes, mistakes) = syntax::parse(&format!("value {}", quoted(text)));
            assert!(mistakes.is_empty(), "{text:?}");
            assert_eq!(nodes[0].arguments[0].value, Literal::String(text.to_owned()));
        }
    }
}
