//! Differences for people: `-` is what was, `+` what is.

use super::{BytesChange, Change, Comparison, Difference, InstanceChange, Order, Pair};
use crate::phrase::{table, thousands};

/// What differs, one line for each; nothing at all where nothing does.
pub fn lines(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(comparison.only_from.iter().map(|name| format!("- platform {name}")));
    lines.extend(comparison.only_to.iter().map(|name| format!("+ platform {name}")));
    for part in comparison.differences.iter().map(on_platform).filter(|part| !part.is_empty()) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(part);
    }
    lines
}

fn on_platform(difference: &Difference) -> Vec<String> {
    let Difference { from, to, facts, instances, ambient, claims, order, bytes } = difference;
    if difference.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("--- {from}"), format!("+++ {to}")];
    for change in facts {
        push(&mut lines, "", change);
    }
    for change in instances {
        lines.extend(instance(change));
    }
    section(&mut lines, "ambient", ambient);
    section(&mut lines, "claims", claims);
    if let Some(order) = order {
        lines.extend(start_order(order));
    }
    if let Some(bytes) = bytes {
        lines.extend(sizes(bytes));
    }
    lines
}

fn push(lines: &mut Vec<String>, indent: &str, change: &Change) {
    if let Some(from) = &change.from {
        lines.push(format!("-{indent} {} {from}", change.name));
    }
    if let Some(to) = &change.to {
        lines.push(format!("+{indent} {} {to}", change.name));
    }
}

fn section(lines: &mut Vec<String>, heading: &str, changes: &[Change]) {
    if !changes.is_empty() {
        lines.push(format!("  {heading}"));
        changes.iter().for_each(|change| push(lines, "  ", change));
    }
}

fn instance(change: &InstanceChange) -> Vec<String> {
    let InstanceChange { name, module, provides, provided, bindings, options } = change;
    let mut lines = Vec::new();
    match (&module.from, &module.to) {
        (Some(from), Some(to)) if from == to => lines.push(format!("  {name}: {to}")),
        (from, to) => {
            lines.extend(from.iter().map(|from| format!("- {name}: {from}")));
            lines.extend(to.iter().map(|to| format!("+ {name}: {to}")));
        }
    }
    lines.extend(provided.iter().map(|interface| format!("-   provides {interface}")));
    lines.extend(provides.iter().map(|interface| format!("+   provides {interface}")));
    bindings.iter().chain(options).for_each(|change| push(&mut lines, "  ", change));
    lines
}

/// Of an order, what lies between what begins and what ends alike.
fn start_order(order: &Order) -> Vec<String> {
    let Order { from, to } = order;
    let alike = from.iter().zip(to).take_while(|(one, other)| one == other).count();
    let end = from.iter().rev().zip(to.iter().rev()).take_while(|(one, other)| one == other).count();
    let part = |names: &[String]| names[alike..names.len() - end].join(", ");
    vec!["  starts".to_owned(), format!("-   {}", part(from)), format!("+   {}", part(to))]
}

fn sizes(bytes: &BytesChange) -> Vec<String> {
    let row = |pair: &Pair| {
        vec![
            format!("    {}", pair.name),
            thousands(pair.from.loaded),
            thousands(pair.to.loaded),
            signed(pair.from.loaded, pair.to.loaded),
            if pair.from.zeroed == pair.to.zeroed {
                "-".to_owned()
            } else {
                signed(pair.from.zeroed, pair.to.zeroed)
            },
        ]
    };
    let head = ["  bytes", "from", "to", "loaded", "zeroed"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> =
        [head].into_iter().chain(bytes.instances.iter().map(row)).chain([row(&bytes.total)]).collect();
    table(&rows, &[1, 2, 3, 4])
}

fn signed(from: u64, to: u64) -> String {
    if to >= from { format!("+{}", thousands(to - from)) } else { format!("-{}", thousands(from - to)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::size::Bytes;
    use oscomp_lang::value::Value;

    #[test]
    fn a_change_has_both_sides() {
        let one = sample::hello();
        let mut other = one.clone();
        other.instances[1].options[1].value = Value::Integer(9600);
        other.instances[1].module = "pl011".into();
        other.instances.swap(1, 2);
        let mut difference = Difference::of((&one, None), (&other, None));
        let bytes = |loaded| Bytes { loaded, zeroed: 0 };
        difference.bytes = Some(BytesChange {
            total: Pair { name: "total".into(), from: bytes(5000), to: bytes(4200) },
            instances: vec![Pair { name: "console".into(), from: bytes(900), to: bytes(100) }],
        });
        assert_eq!(
            on_platform(&difference),
            [
                "--- hello on qemu-microvm",
                "+++ hello on qemu-microvm",
                "- console: uart-16550 (catalog/modules/console/uart-16550)",
                "+ console: pl011 (catalog/modules/console/uart-16550)",
                "-   baud 115200",
                "+   baud 9600",
                "  starts",
                "-   console, panic",
                "+   panic, console",
                "  bytes       from     to  loaded  zeroed",
                "    console    900    100    -800       -",
                "    total    5,000  4,200    -800       -",
            ]
        );
    }

    #[test]
    fn without_a_difference_there_is_nothing_to_say() {
        let plan = sample::hello();
        let same = Difference::of((&plan, None), (&plan, None));
        let mut comparison = Comparison { differences: vec![same], ..Comparison::default() };
        assert!(comparison.is_empty() && lines(&comparison).is_empty());
        comparison.only_to.push("hosted".into());
        assert!(!comparison.is_empty());
        assert_eq!(lines(&comparison), ["+ platform hosted"]);
    }
}
