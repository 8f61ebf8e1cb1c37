/// `VirtioNet` or `crlf_newlines` as it is written in `system.kdl`: `virtio-net`, `crlf-newlines`.
#[must_use]
pub fn kebab_case(ident: &str) -> String {
    separate(ident.trim_start_matches("r#"), '-')
}

/// `PanicHandler` as a Rust function or module is named: `panic_handler`.
#[must_use]
pub fn snake_case(ident: &str) -> String {
    separate(ident.trim_start_matches("r#"), '_')
}

fn separate(ident: &str, separator: char) -> String {
    let mut name = String::with_capacity(ident.len() + 4);
    let characters: Vec<char> = ident.chars().collect();
    for (index, &character) in characters.iter().enumerate() {
        if character == '_' || character == '-' {
            name.push(separator);
        } else if character.is_uppercase() {
            let after_lower =
                index > 0 && (characters[index - 1].is_lowercase() || characters[index - 1].is_numeric());
            let ends_acronym = index > 0
                && characters[index - 1].is_uppercase()
                && characters.get(index + 1).is_some_and(|next| next.is_lowercase());
            if after_lower || ends_acronym {
                name.push(separator);
            }
            name.extend(character.to_lowercase());
        } else {
            name.push(character);
        }
    }
    name
}

/// A number that stands for a text, the same in every build: its 64-bit FNV-1a hash. `oscomp_abi::Export` knows a function
/// by that of its name.
#[must_use]
pub fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Whether `name` can name an instance: lower-case ASCII words and digits, joined by single hyphens.
///
/// The form maps one to one to the Rust identifiers of the glue.
#[must_use]
pub fn is_instance_name(name: &str) -> bool {
    let words = name.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    words
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        // These cannot be Rust identifiers, not even raw ones.
        && !matches!(name, "self" | "super" | "crate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_separated() {
        assert_eq!(kebab_case("VirtioNet"), "virtio-net");
        assert_eq!(kebab_case("TcpIPStack"), "tcp-ip-stack");
        assert_eq!(kebab_case("crlf_newlines"), "crlf-newlines");
        assert_eq!(kebab_case("r#type"), "type");
        assert_eq!(kebab_case("Uart16550"), "uart16550");
        assert_eq!(snake_case("PanicHandler"), "panic_handler");
    }

    #[test]
    fn instance_names_are_plain() {
        for name in ["nic", "uart-16550", "a1-b2"] {
            assert!(is_instance_name(name), "{name}");
        }
        for name in ["", "Nic", "nic-", "-nic", "a--b", "a_b", "1nic", "nіc", "self", "a b"] {
            assert!(!is_instance_name(name), "{name}");
        }
    }
}
