//! How long checking takes: a person who saves a file must not notice it.

mod support;
use std::time::{Duration, Instant};
use support::catalog;

/// A system of `count` instances of as many modules, each with options and requirements.
fn large(count: usize) -> (support::Memory, String) {
    let mut sources = catalog();
    let mut text = String::from(
        "system \"t\" {\n    platform \"pc\"\n    app \"echoing\" { first \"i1\"; second \"i0\" }\n    module \"port\" as=\"i0\"\n",
    );
    for index in 1..count {
        let source = format!(
            "#[module(provides(Echo))]\npub struct M{index}<Other: Echo, Output: Console, Settings: Config<Options>> {{ other: Other, output: Output, settings: Settings }}\n\
             /// What can be set.\n#[derive(Options)]\n#[options(require(least <= most, \"the least is not above the most\"))]\npub struct Options {{\n    #[option(default = 1, range = 1..=64)]\n    pub least: u16,\n    #[option(default = 64)]\n    pub most: u16,\n    pub name: &'static str,\n}}\n{}",
            "fn work(x: u32) -> u32 { match x { 0 => 1, n if n % 2 == 0 => work(n / 2), n => work(n - 1) + 1 } }\n".repeat(40)
        );
        sources = sources.module(&format!("catalog/modules/net/m{index}"), &source);
        let other = if index + 1 < count { index + 1 } else { 0 };
        text += &format!(
            "    module \"m{index}\" as=\"i{index}\" {{\n        other \"i{other}\"\n        name \"n{index}\"\n        least {}\n    }}\n",
            index % 64 + 1
        );
    }
    text += "}\n";
    (sources, text)
}

fn best_of(times: usize, sources: &support::Memory, text: &str) -> Duration {
    let sources = sources.clone();
    (0..times)
        .map(|_| {
            let started = Instant::now();
            let report = sources.check(text);
            assert_eq!(report.diagnostics, []);
            started.elapsed()
        })
        .min()
        .unwrap()
}

#[test]
fn twenty_and_a_thousand_instances() {
    let (sources, text) = large(20);
    let small = best_of(5, &sources, &text);
    let (sources, text) = large(1000);
    let large = best_of(3, &sources, &text);
    println!("20 instances: {small:?}; 1000 instances of 1000 modules: {large:?}");
    // The bounds leave room for a machine that is busy; alone it takes 4 ms and 200 ms.
    if !cfg!(debug_assertions) {
        assert!(small < Duration::from_millis(40), "{small:?}");
        assert!(large < Duration::from_millis(1000), "{large:?}");
    }
}
