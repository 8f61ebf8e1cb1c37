//! Sizes for people.

use super::{Removed, Share, Sizes};
use crate::phrase::{table, thousands};

/// Everything, with the largest `limit` symbols.
pub fn lines(sizes: &Sizes, limit: usize) -> Vec<String> {
    let Sizes { system, platform, file, total, .. } = sizes;
    let mut lines = vec![format!(
        "{system} on {platform}: {} bytes loaded of a file of {}, and {} of zeroes",
        thousands(total.loaded),
        thousands(*file),
        thousands(total.zeroed)
    )];
    for (heading, shares) in
        [("section", &sizes.sections), ("instance", &sizes.instances), ("crate", &sizes.crates)]
    {
        lines.push(String::new());
        lines.extend(shares_table(heading, shares));
    }
    lines.push(String::new());
    let mut rows = vec![header("symbol")];
    for symbol in sizes.symbols.iter().take(limit) {
        let whose = symbol.instance.as_deref().or(symbol.of_crate.as_deref()).unwrap_or_default();
        rows.push(vec![
            cell(symbol.bytes.loaded),
            cell(symbol.bytes.zeroed),
            format!("{whose}: {}", shortened(&symbol.name)),
        ]);
    }
    lines.extend(table(&rows, &[0, 1]));
    if sizes.symbols.len() > limit {
        let more = sizes.symbols.len() - limit;
        lines.push(format!("and {more} more: --symbols N shows N of them, --format json all"));
    }
    lines
}

fn header(what: &str) -> Vec<String> {
    vec!["loaded".to_owned(), "zeroed".to_owned(), what.to_owned()]
}

fn cell(bytes: u64) -> String {
    if bytes == 0 { "-".to_owned() } else { thousands(bytes) }
}

fn shares_table(heading: &str, shares: &[Share]) -> Vec<String> {
    let mut rows = vec![header(heading)];
    let (mut loaded, mut zeroed) = (0, 0);
    for share in shares {
        loaded += share.bytes.loaded;
        zeroed += share.bytes.zeroed;
        rows.push(vec![cell(share.bytes.loaded), cell(share.bytes.zeroed), share.name.clone()]);
    }
    rows.push(vec![thousands(loaded), thousands(zeroed), "total".to_owned()]);
    table(&rows, &[0, 1])
}

/// A name of at most 90 characters.
fn shortened(name: &str) -> String {
    const LIMIT: usize = 90;
    if name.chars().count() <= LIMIT {
        return name.to_owned();
    }
    name.chars().take(LIMIT - 1).chain(['…']).collect()
}

/// What was removed.
pub fn removed_lines(removed: &[Removed]) -> Vec<String> {
    let mut rows =
        vec![["unmerged", "image", "removed", "crate"].into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let row = |before: u64, after: u64, name: &str| {
        let difference = if after > before {
            format!("+{}", thousands(after - before))
        } else {
            thousands(before - after)
        };
        vec![thousands(before), thousands(after), difference, name.to_owned()]
    };
    rows.extend(removed.iter().map(|one| row(one.before, one.after, &one.name)));
    let (before, after) = removed.iter().fold((0, 0), |sum, one| (sum.0 + one.before, sum.1 + one.after));
    rows.push(row(before, after, "total"));
    table(&rows, &[0, 1, 2])
}

#[cfg(test)]
mod tests {
    use super::super::{Bytes, Symbol};
    use super::*;

    #[test]
    fn tables_have_totals() {
        let shares = vec![
            Share { name: "core".into(), bytes: Bytes { loaded: 1200, zeroed: 0 } },
            Share { name: "talc".into(), bytes: Bytes { loaded: 34, zeroed: 8 } },
        ];
        assert_eq!(
            shares_table("crate", &shares),
            [
                "loaded  zeroed  crate",
                " 1,200       -  core",
                "    34       8  talc",
                " 1,234       8  total"
            ]
        );
    }

    #[test]
    fn symbols_are_cut_at_the_limit() {
        let symbol = |name: &str| Symbol {
            name: name.into(),
            of_crate: Some("core".into()),
            instance: None,
            section: ".text".into(),
            bytes: Bytes { loaded: 1, zeroed: 0 },
        };
        let sizes = Sizes {
            system: "s".into(),
            platform: "p".into(),
            file: 2,
            total: Bytes { loaded: 2, zeroed: 0 },
            sections: Vec::new(),
            instances: Vec::new(),
            crates: Vec::new(),
            symbols: vec![symbol("core::a"), symbol("core::b")],
        };
        let lines = lines(&sizes, 1);
        assert!(lines.iter().any(|line| line.ends_with("core: core::a")));
        assert!(lines.last().unwrap().starts_with("and 1 more"));
    }

    #[test]
    fn growth_is_marked() {
        let lines = removed_lines(&[Removed { name: "glue".into(), before: 10, after: 25 }]);
        assert_eq!(lines[1], "      10     25      +15  glue");
    }
}
