//! The table of function names that a backtrace looks up. All numbers are 32 bits, little-endian:
//!
//! ```text
//! count
//! address of function 0, 1, .. count - 1, and of the end of the text, ascending
//! offset of name 0, 1, .. count - 1, and of the end of the last one, in bytes behind this table
//! the names, UTF-8
//! ```

use super::linked::{Function, Linked};

/// A table of names.
pub struct Table {
    /// The table.
    pub bytes: Vec<u8>,
    /// How many functions it names.
    pub count: usize,
}

/// The table of all functions of a linked file.
pub fn table(linked: &Linked<'_>) -> Table {
    let end = linked.text().map(|segment| segment.address + segment.data.len() as u64).max().unwrap_or(0);
    encode(&linked.functions, end)
}

fn encode(functions: &[Function<'_>], end: u64) -> Table {
    let mut names = String::new();
    let mut words = vec![functions.len()];
    words.extend(functions.iter().map(|function| function.address as usize));
    words.push(end as usize);
    for function in functions {
        words.push(names.len());
        names.push_str(&short(function.name));
    }
    words.push(names.len());
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| (*word as u32).to_le_bytes()).collect();
    bytes.extend(names.bytes());
    Table { bytes, count: functions.len() }
}

/// A symbol's name as a person would write it: demangled, without hashes and type arguments, and for a
/// method of a trait the type's path instead of the trait's.
pub fn short(symbol: &str) -> String {
    plain(&format!("{:#}", rustc_demangle::demangle(symbol)))
}

fn plain(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('<') {
        let (before, behind) = rest.split_at(at);
        let (inside, after) = bracket(behind);
        out.push_str(before);
        // `<Type>::method` and `<Type as Trait>::method`; anything else are arguments.
        if before.is_empty() && out.is_empty() {
            out.push_str(&plain(self_type(inside)));
        } else if out.ends_with("::") {
            out.truncate(out.len() - 2);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What is between a `<` at the beginning and its `>`, and what follows that.
fn bracket(text: &str) -> (&str, &str) {
    let mut depth = 0;
    let mut last = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' if last != '-' => {
                depth -= 1;
                if depth == 0 {
                    return (&text[1..at], &text[at + 1..]);
                }
            }
            _ => {}
        }
        last = letter;
    }
    (&text[1..], "")
}

/// `Type` of `Type as Trait`.
fn self_type(text: &str) -> &str {
    let mut depth = 0;
    let mut last = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' if last != '-' => depth -= 1,
            ' ' if depth == 0 && text[at..].starts_with(" as ") => return &text[..at],
            _ => {}
        }
        last = letter;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short() {
        for (symbol, expected) in [
            ("memcpy", "memcpy"),
            ("_RNvC3app5first", "app::first"),
            ("_ZN4core9panicking9panic_fmt17h0123456789abcdefE", "core::panicking::panic_fmt"),
        ] {
            assert_eq!(short(symbol), expected);
        }
        for (name, expected) in [
            (
                "<hello::Hello<image::console, image::hello> as oscomp_interfaces::app::App>::run",
                "hello::Hello::run",
            ),
            ("<alloc::vec::Vec<u8>>::push", "alloc::vec::Vec::push"),
            ("app::twice::<u8, fn(u8) -> u8>", "app::twice"),
            ("app::twice::<u8>::{closure#0}", "app::twice::{closure#0}"),
            ("<&app::Thing<fn() -> u8> as core::fmt::Debug>::fmt", "&app::Thing::fmt"),
            ("app::broken<", "app::broken"),
        ] {
            assert_eq!(plain(name), expected);
        }
    }

    #[test]
    fn the_table_is_what_the_image_reads() {
        let function = |address, name| Function { address, size: 1, name };
        let table = encode(&[function(100, "one"), function(200, "two")], 250);
        let words = [2u32, 100, 200, 250, 0, 3, 6];
        let expected: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).chain(*b"onetwo").collect();
        assert_eq!((table.bytes, table.count), (expected, 2));
    }
}
