//! Whose a symbol is, by its demangled name.

use oscomp_lang::plan::{Instance, Parameter, Plan};

/// The crate that a demangled path begins with: for `<talc::Talc<X> as core::fmt::Debug>::fmt` it is
/// `talc`. Methods of Rust's own types (`<[u8]>::concat`) are core's. None for what is not Rust.
pub fn crate_of(name: &str) -> Option<&str> {
    let bytes = name.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let mut start = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if !is_word(*byte) {
            if name[index..].starts_with("::") {
                return Some(if index > start { &name[start..index] } else { "core" });
            }
            start = index + 1;
        }
    }
    None
}

/// Tells the instances of a plan apart in demangled names.
pub struct Owners {
    instances: Vec<Owner>,
}

struct Owner {
    name: String,
    /// What only this instance's code and data mention: `talc::Talc<image::instances::heap>`.
    state: String,
    /// Its tag and its slot: `image::instances::heap`, `image::instances::HEAP`.
    glue: [String; 2],
    /// The crate of its module.
    package: String,
}

impl Owners {
    /// The instances of a plan; `image` is the crate of the glue.
    pub fn new(plan: &Plan, image: &str) -> Self {
        let owner = |instance: &Instance| {
            let tag = instance.name.replace('-', "_");
            Owner {
                name: instance.name.clone(),
                state: state(instance, image),
                glue: [
                    format!("{image}::instances::{tag}"),
                    format!("{image}::instances::{}", tag.to_ascii_uppercase()),
                ],
                package: instance.package.replace('-', "_"),
            }
        };
        Self { instances: plan.instances.iter().map(owner).collect() }
    }

    /// The instance that a symbol belongs to.
    ///
    /// It is the one whose state, slot or tag the name begins with or mentions first; code of a module
    /// that is instantiated once is that instance's.
    pub fn of(&self, name: &str) -> Option<&str> {
        let first = |find: &dyn Fn(&Owner) -> Option<usize>| {
            let found = self.instances.iter().filter_map(|owner| Some((find(owner)?, owner)));
            found.min_by_key(|(at, _)| *at).map(|(_, owner)| owner.name.as_str())
        };
        if let Some(found) = first(&|owner| mentioned(name, &owner.state)) {
            return Some(found);
        }
        let package = crate_of(name);
        let mut of_package = self.instances.iter().filter(|owner| Some(owner.package.as_str()) == package);
        if let (Some(only), None) = (of_package.next(), of_package.next()) {
            return Some(&only.name);
        }
        first(&|owner| owner.glue.iter().filter_map(|glue| mentioned(name, glue)).min())
    }
}

/// The type of an instance's state as a demangled name has it.
fn state(instance: &Instance, image: &str) -> String {
    let parameters: Vec<String> = instance
        .parameters
        .iter()
        .map(|parameter| {
            let tag = match parameter {
                Parameter::Options { .. } => &instance.name,
                Parameter::Binding { instance, .. } => instance,
            };
            format!("{image}::instances::{}", tag.replace('-', "_"))
        })
        .collect();
    let path = format!("{}::{}", instance.package.replace('-', "_"), instance.ident);
    if parameters.is_empty() { path } else { format!("{path}<{}>", parameters.join(", ")) }
}

/// Where `path` stands in `name` as a whole path.
fn mentioned(name: &str, path: &str) -> Option<usize> {
    name.match_indices(path).map(|(at, _)| at).find(|at| {
        let is_part = |character: Option<char>| {
            character.is_some_and(|character| character.is_alphanumeric() || character == '_')
        };
        !is_part(name[..*at].chars().next_back()) && !is_part(name[at + path.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_first_crate_of_a_path_is_found() {
        assert_eq!(crate_of("core::fmt::write"), Some("core"));
        assert_eq!(crate_of("<&talc::Talc<image::instances::heap> as core::fmt::Debug>::fmt"), Some("talc"));
        assert_eq!(crate_of("<u32 as core::fmt::Display>::fmt"), Some("core"));
        assert_eq!(crate_of("<[alloc::string::String]>::concat"), Some("alloc"));
        assert_eq!(crate_of("<[_]>::align_to_offsets::mod_inv::<u8>"), Some("core"));
        assert_eq!(crate_of("memcpy"), None);
        assert_eq!(crate_of(""), None);
    }

    #[test]
    fn state_tag_and_slot_name_the_instance() {
        let owners = Owners::new(&sample::hello(), "image_hello");
        let own = |name: &str| owners.of(name).map(str::to_owned);
        assert_eq!(
            own("<&oscomp_panic_message::PanicMessage<image_hello::instances::console> as x::Y>::z")
                .as_deref(),
            Some("panic")
        );
        assert_eq!(own("image_hello::instances::CONSOLE").as_deref(), Some("console"));
        assert_eq!(
            own("<image_hello::instances::console as oscomp_interfaces::console::ConsoleBinding>::target")
                .as_deref(),
            Some("console")
        );
        // Not generic, but of a module that has one instance.
        assert_eq!(own("oscomp_uart_16550::line::divisor").as_deref(), Some("console"));
        assert_eq!(own("core::fmt::write"), None);
        assert_eq!(own("image_hello::oscomp_run"), None);
    }

    #[test]
    fn names_that_begin_alike_are_told_apart() {
        assert_eq!(mentioned("a::nic2", "a::nic"), None);
        assert_eq!(mentioned("b<a::nic2, a::nic>", "a::nic"), Some(11));
    }
}
