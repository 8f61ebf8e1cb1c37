//! Every rule, broken once: the codes that it is refused with, all of them and no others.

mod support;
use oscomp_lang::check::CheckOptions;
use oscomp_lang::diagnostic::Severity;
use oscomp_lang::plan::{Parameter, Reason};
use oscomp_lang::signature::Edge;
use oscomp_lang::value::Value;
use support::{Memory, apply, catalog, codes, show};

/// A system on the platform `pc`.
fn pc(body: &str) -> String {
    format!("system \"t\" {{\n    platform \"pc\"\n{body}\n}}\n")
}

/// A system on both platforms.
fn both(body: &str) -> String {
    format!("system \"t\" {{\n    platform \"pc\"\n    platform \"host\"\n{body}\n}}\n")
}

/// Refuses `system` with exactly `expected`, and proves of each finding that its fixes mend it.
#[track_caller]
fn refused(catalog: &Memory, system: &str, expected: &[&str]) -> String {
    let report = catalog.check(system);
    let shown: String = report.diagnostics.iter().map(|diagnostic| show(&report, diagnostic)).collect();
    assert_eq!(codes(&report), expected, "\n{system}\n{shown}");
    assert!(expected.iter().all(|code| code.starts_with('W')) || report.plans.is_empty());
    for diagnostic in &report.diagnostics {
        assert!(!diagnostic.message.ends_with('.') && !diagnostic.message.contains('\n'), "{shown}");
        for fix in &diagnostic.fixes {
            if fix.edits.iter().any(|edit| edit.file.to_string() != "system.kdl") {
                continue;
            }
            let mended = apply(system, fix);
            let after = catalog.check(&mended);
            let still = after.diagnostics.iter().any(|other| {
                other.code == diagnostic.code
                    && other.message == diagnostic.message
                    && other.labels[0].text == diagnostic.labels[0].text
            });
            assert!(!still, "{}\n{mended}\n{shown}", fix.title);
        }
    }
    shown
}

macro_rules! refusals {
    ($($name:ident: $system:expr => [$($code:literal),*] $(, $text:literal)*;)*) => {
        $(
            #[test]
            fn $name() {
                let shown = refused(&catalog(), &$system, &[$($code),*]);
                $(assert!(shown.contains($text), "{shown}");)*
                let _ = shown;
            }
        )*
    };
}

refusals! {
    // E01: syntax and files
    empty: "" => ["E0108"];
    only_a_comment: "// nothing\n" => ["E0108"];
    unclosed_string: pc("    app \"hello\" { greeting \"x }\n    modul \"quiet\"") => ["E0105", "E0203"], "not closed on its line", "did you mean `module`?";
    unclosed_brace: "system \"t\" {\n    platform \"pc\"\n    app \"hello\" {\n        gretting \"x\"\n" => ["E0105", "E0206"], "[{] opened here";
    brace_too_many: pc("    app \"hello\" } }") => ["E0105"], "never opened";
    no_node_name: pc("    app \"hello\"\n    { x }") => ["E0105"], "not the name of a node";
    number_with_letters: pc("    app \"strict\" { count 1x }") => ["E0105"];
    strings_side_by_side: pc("    app \"hello\" { greeting \"a\"\"b\" }") => ["E0105"];
    kdl_one: pc("    app \"hello\" { greeting true\n names null r\"a\" r#\"b\"# }") => ["E0106", "E0106", "E0106", "E0106"], "`#\"a\"#`", "`#\"b\"#`";
    kdl_one_raw: pc("    app \"hello\" { greeting r#\"say \"hi\" { \"#; style \"plain\" }") => ["E0106"], "write `#\"say \"hi\" { \"#`";
    kdl_one_hides_nothing: pc("    app \"hello\" { style r\"plain\"\n gretting \"a\" }") => ["E0106", "E0206"];
    null_byte: pc("    app \"hel\0lo\"") => ["E0107"], "U+0000";
    hidden_direction: pc("    app \"hello\" // \u{202e}") => ["E0107"];
    braces_ten_thousand_deep: "a {".repeat(10_000) => ["E0104"];
    comments_ten_thousand_deep: "/*".repeat(10_000) => ["E0104"];
    parentheses_ten_thousand_deep: "(".repeat(10_000) => ["E0104"];
    slashdashes_ten_thousand_deep: "/- a {".repeat(10_000) => ["E0104"];
    too_large: " ".repeat(5 << 20) => ["E0103"];

    // E02: names and structure
    no_system: "thing 1" => ["E0203", "E0201"];
    parts_without_system: "app \"hello\"" => ["E0203"], "part of a system";
    misspelt_system: "sistem \"t\" { platform \"pc\"; app \"hello\" }" => ["E0203"], "did you mean `system`?";
    two_systems: format!("{}system \"u\" {{}}", pc("    app \"hello\"")) => ["E0202"];
    unknown_node: pc("    app \"hello\"\n    frobnicate") => ["E0203"];
    unknown_property: pc("    app \"hello\" nam=\"x\"") => ["E0204"];
    misspelt_property: pc("    app \"hello\" pathh=\".\"") => ["E0204"], "did you mean `path`?";
    app_on_a_platform: pc("    app \"hello\" on=\"pc\"") => ["E0204"];
    extra_argument: pc("    app \"hello\" \"world\"") => ["E0205"];
    missing_argument: "system \"t\" { platform; app \"hello\" }" => ["E0205"];
    number_for_a_name: pc("    app 7") => ["E0205"];
    nodes_within_a_field: pc("    app \"hello\" { greeting \"a\" { b } }") => ["E0203"];
    misspelt_field: pc("    app \"hello\" { gretting \"x\" }") => ["E0206"], "lib.rs [greeting]";
    unknown_field: pc("    app \"hello\" { volume 11 }") => ["E0206"], "`output`, `greeting`";
    field_of_nothing: pc("    app \"timed\" { time \"tick\" }\n    module \"tick\" { speed 1 }") => ["E0206"];
    misspelt_memory: "system \"t\" { platform \"pc\" { memry \"2MiB\" }; app \"hello\" }" => ["E0206"], "did you mean `memory`?";
    field_twice: pc("    app \"hello\" { greeting \"a\"; greeting \"b\" }") => ["E0207"];
    unknown_module: pc("    app \"hello\" { output \"x\" }\n    module \"xyzzy\" as=\"x\"") => ["E0208"];
    misspelt_module: pc("    app \"hello\" { output \"x\" }\n    module \"quite\" as=\"x\" { volume 1 }") => ["E0208", "E0206"], "did you mean `quiet`?";
    unknown_app: pc("    app \"xyzzy\"") => ["E0208"];
    unknown_path: pc("    app \"hello\" path=\"no/where\"") => ["E0208"];
    absolute_path: pc("    app \"hello\" path=\"/etc\"") => ["E0208"];
    misspelt_platform: "system \"t\" { platform \"pcc\" { memory \"1KiB\" }; app \"hello\" }" => ["E0209", "E0801"], "did you mean `pc`?";
    unknown_platform: "system \"t\" { platform \"toaster\"; app \"hello\" }" => ["E0209"], "`host` and `pc`";
    same_name_twice: pc("    app \"hello\" { output \"a\" }\n    module \"quiet\" as=\"a\"\n    module \"tee\" as=\"a\"") => ["E0210"];
    bad_name: pc("    app \"hello\" { output \"My Con\" }\n    module \"quiet\" as=\"My Con\"") => ["E0211"], "did you mean `my-con`?";
    reserved_name: pc("    app \"hello\" as=\"platform\"") => ["E0211"];
    bad_system_name: "system \"Web 1\" { platform \"pc\"; app \"hello\" }" => ["E0211"];
    look_alike: pc("    app \"hello\" { output \"quіet\" }\n    module \"quiet\"") => ["E0301"], "U+0456, which only looks like a Latin letter";
    look_alike_name: pc("    app \"hello\" { output \"hеap\" }\n    module \"quiet\" as=\"hеap\"") => ["E0212"], "U+0435";
    no_app: "system \"t\" { platform \"pc\" }" => ["E0213"];
    two_apps: pc("    app \"hello\"\n    app \"timed\"") => ["E0214"];
    no_platform: "system \"t\" { app \"hello\" }" => ["E0215"];
    platform_twice: "system \"t\" { platform \"pc\"; platform \"pc\"; app \"hello\" }" => ["E0216"];
    on_a_stranger: pc("    app \"hello\"\n    module \"tick\" on=\"hots\"") => ["E0217"];
    on_misspelt: both("    app \"hello\" { greeting \"a\" on=\"hots\" }") => ["E0217"], "did you mean `host`?";
    not_an_app: pc("    app \"quiet\"") => ["E0218"], "`echoing`, `hello`, `strict` and `timed`";
    build_twice: pc("    app \"hello\"\n    build { optimize \"size\" }\n    build") => ["E0219"];
    annotation: pc("    app \"strict\" { count (u8)7 }") => ["E0220"];

    // E03: bindings
    unknown_instance: pc("    app \"hello\" { output \"xyzzy\" }") => ["E0301"];
    misspelt_instance: pc("    app \"hello\" { output \"cosnole\" }") => ["E0301"], "did you mean `console`?", "requires `Console`";
    module_without_instance: pc("    app \"hello\" { output \"quiet\" }") => ["E0301"], "add the line `module \"quiet\"`";
    unbound: pc("    app \"timed\"") => ["E0302"], "add the line `module \"tick\"`";
    ambiguous: pc("    app \"timed\"\n    module \"tick\" as=\"a\"\n    module \"tick\" as=\"b\"") => ["E0303"], "`a` or `b`";
    mismatch: pc("    app \"timed\" { time \"heap\" }\n    module \"tick\"") => ["E0304"], "[Clock] `time` requires it here", "[Heap] `bump` provides `Heap`";
    mismatch_with_the_platform: pc("    app \"timed\" { time \"platform\" }") => ["E0304"];
    bound_to_itself: pc("    app \"hello\" { output \"t\" }\n    module \"tee\" as=\"t\" { first \"t\"; second \"console\" }") => ["E0305"];
    ambient_twice: pc("    app \"hello\"\n    module \"bump\"\n    module \"other-heap\"") => ["E0306"], "both provide `Heap`";
    on_another_platform: both("    app \"timed\" { time \"tick\" }\n    module \"tick\" on=\"pc\"") => ["E0308"], "`tick` is not in the image for `host`";
    bound_to_a_number: pc("    app \"timed\" { time 1 }\n    module \"tick\"") => ["E0309"];
    bound_to_two: pc("    app \"timed\" { time \"tick\" \"tick\" }\n    module \"tick\"") => ["E0309"];
    place_of_a_default: pc("    app \"hello\"\n    module \"tick\" as=\"console\"") => ["E0310"];

    // E04: options
    wrong_type: pc("    app \"strict\" { count \"3\" }") => ["E0401"], "write `count 3`";
    string_wanted: pc("    app \"hello\" { greeting 3 }") => ["E0401"];
    boolean_wanted: pc("    app \"hello\"\n    module \"uart\" as=\"console\" { device \"com1\"; crlf \"yes\" }") => ["E0401"], "write `crlf #true`";
    out_of_range: pc("    app \"hello\"\n    module \"uart\" as=\"console\" { device \"com1\"; baud 7 }") => ["E0402"], "50 to 4000000 baud";
    out_of_type: pc("    app \"strict\" { count 256 }") => ["E0402"], "0 to 255";
    size_out_of_range: "system \"t\" { platform \"pc\" { stack \"4KiB\" }; app \"hello\" }" => ["E0402"];
    no_such_choice: pc("    app \"hello\" { style \"very-fncy\" }") => ["E0403"], "did you mean `very-fancy`?";
    no_such_optimisation: pc("    app \"hello\"\n    build { optimize \"sped\" }") => ["E0403"], "did you mean `speed`?";
    required: pc("    app \"strict\"") => ["E0404"], "add a line such as `count 1`";
    required_within_braces: pc("    app \"strict\" {\n    }") => ["E0404"];
    no_value: pc("    app \"strict\" { count }") => ["E0405"];
    two_values: pc("    app \"strict\" { count 1 2 }") => ["E0405"];
    contradiction: pc("    app \"hello\"\n    module \"uart\" as=\"console\" { device \"com1\"; baud 7000 }") => ["E0406"], "`clock` has its default";
    no_such_file: pc("    app \"hello\" { page \"indx.html\" }") => ["E0407"], "did you mean `index.html`?";
    folder_for_a_file: pc("    app \"hello\" { page \"site\" }") => ["E0407"], "this is a folder";
    absolute_file: pc("    app \"hello\" { page \"/etc/passwd\" }") => ["E0407"];
    no_unit: pc("    app \"hello\" { pause 5 }") => ["E0408"];
    wrong_unit: "system \"t\" { platform \"pc\" { stack \"64KB\" }; app \"hello\" }" => ["E0408"], "write \"64KiB\"";
    memory_without_unit: "system \"t\" { platform \"pc\" { memory 16 }; app \"hello\" }" => ["E0408"];

    // E05: start order
    cycle: pc("    app \"echoing\" { first \"l\"; second \"m\" }\n    module \"left\" as=\"l\" { other \"m\" }\n    module \"left\" as=\"m\" { other \"l\" }") => ["E0501"], "l → m → l", "#[call]";

    // E06: platforms and devices
    wrong_architecture: pc("    app \"timed\" { time \"tock\" }\n    module \"tock\"") => ["E0601"], "[arch \"x86_64\"]", "`tick`";
    wrong_environment: "system \"t\" { platform \"host\"; app \"hello\"; module \"uart\" as=\"console\" }" => ["E0602"];
    no_such_device: pc("    app \"hello\"\n    module \"uart\" as=\"console\" { device \"com3\" }") => ["E0603"], "did you mean `com1`?";
    wrong_kind: pc("    app \"hello\"\n    module \"uart\" as=\"console\" { device \"rng\" }") => ["E0604"];
    none_left: pc("    app \"hello\" { output \"t\" }\n    module \"tee\" as=\"t\" { first \"a\"; second \"c\" }\n    module \"uart\" as=\"a\" { device \"com2\" }\n    module \"uart\" as=\"c\"") => ["E0605"], "`com1` and `com2` is claimed by";
    any_of_two: pc("    app \"hello\"\n    module \"uart\" as=\"console\"") => ["E0606"];

    // E07: exclusive resources
    device_twice: pc("    app \"hello\" { output \"a\" }\n    module \"uart\" as=\"a\" { device \"com1\" }") => ["E0701"], "other devices of that kind: `com2`";
    value_twice: pc("    app \"echoing\" { first \"l\"; second \"m\" }\n    module \"port\" as=\"l\"\n    module \"port\" as=\"m\" { port 7 }") => ["E0702"], "host port `7`";

    // E08: memory
    too_little: "system \"t\" { platform \"pc\" { memory \"64KiB\" }; app \"hello\" }" => ["E0801"];
    too_much: "system \"t\" { platform \"pc\" { memory \"4GiB\" }; app \"hello\" }" => ["E0802"];
    not_enough: "system \"t\" { platform \"pc\" { memory \"2MiB\" }; app \"timed\"; module \"tick\"; module \"bump\" as=\"heap\" { size \"4MiB\" } }" => ["E0803"], "4MiB for `size` of `heap` + 64KiB for the platform";

    unused: pc("    app \"hello\"\n    module \"tick\"") => ["W0101"];
}

/// Sources with one file replaced or added.
#[track_caller]
fn source(folder: &str, rust: &str, expected: &[&str], text: &str) {
    let catalog = catalog().module(&format!("catalog/modules/{folder}"), rust);
    let name = folder.rsplit('/').next().unwrap();
    let shown = refused(&catalog, &pc(&format!("    app \"{name}\"")), expected);
    assert!(shown.contains(text), "{shown}");
}

#[test]
fn mistakes_in_rust_sources() {
    let start = "#[module(provides(App))]\npub struct A";
    source("app/a", "pub struct A;", &["E0903"], "no struct with `#[module]`");
    source("app/a", &format!("{start};\n#[module]\npub struct B;"), &["E0904"], "[B] the second");
    source("app/a", &format!("{start} {{\n"), &["E0905"], "not Rust");
    source("app/a", &format!("{start}<Output>(Output);"), &["E0906"], "[Output] expected a bound");
    source(
        "app/a",
        "#[module(provides(App), color = 1)]\npub struct A;",
        &["E0906"],
        "expected `provides(…)`",
    );
    source("app/a", &format!("{start}<S: Config<Options>>(S);"), &["E0907"], "no struct `Options`");
    source(
        "app/a",
        &format!(
            "{start}<S: Config<Options>>(S);\n#[derive(Options)]\npub struct Options {{ pub a: Level }}"
        ),
        &["E0908"],
        "no enum `Level`",
    );
    source(
        "app/a",
        "#[module(provides(App, Consle))]\npub struct A;",
        &["E0909"],
        "`Consle` does not name an interface",
    );
    source(
        "app/a",
        &format!("extern crate alloc;\n{start};"),
        &["E0910"],
        "[extern crate alloc;] uses `alloc`",
    );
    source(
        "app/a",
        "#[module(provides(App), ambient(Console))]\npub struct A;",
        &["E0911"],
        "[Console] named as ambient",
    );
    source(
        "app/a",
        &format!(
            "{start}<S: Config<Options>>(S);\n#[derive(Options)]\npub struct Options {{ #[option(default = \"x\")] pub a: Level }}\n#[derive(Choice)]\npub enum Level {{ Low }}"
        ),
        &["E0912"],
        "`x` is not one of the names",
    );
    source(
        "app/a",
        &format!(
            "{start}<Time: Clock, S: Config<Options>>(Time, S);\n#[derive(Options)]\npub struct Options {{ pub time: u8 }}"
        ),
        &["E0913"],
        "called `time`",
    );
    // Several at once, each at its place.
    source(
        "app/a",
        "#[module(provides(App, X), ambient(Y))]\npub struct A<Z: W>(Z);",
        &["E0909", "E0909", "E0909"],
        "`W`",
    );
}

#[test]
fn alloc_in_tests_alone_is_no_use_of_the_heap() {
    let catalog = catalog().module(
        "catalog/modules/app/a",
        "#[cfg(test)]\nextern crate alloc;\n#[module(provides(App))]\npub struct A;\n#[cfg(test)]\nmod tests { extern crate alloc; }",
    );
    assert!(catalog.check(&pc("    app \"a\"")).is_sound());
}

#[test]
fn crates_that_are_none() {
    let mine = |files: &[(&str, &str)]| {
        files.iter().fold(catalog(), |catalog, (path, text)| catalog.with(&format!("mine/{path}"), *text))
    };
    let system = pc("    app \"mine\" path=\"mine\"");
    refused(&mine(&[("src/lib.rs", "")]), &system, &["E0901"]);
    refused(&mine(&[("Cargo.toml", "[package")]), &system, &["E0901"]);
    refused(&mine(&[("Cargo.toml", "[package]\nname = \"mine\"\n")]), &system, &["E0902"]);
    // The app's own crate, with a mistake in its manifest.
    refused(&catalog().with("Cargo.toml", "[package]\nname = 1\n"), &pc("    app \"mine\""), &["E0901"]);
}

#[test]
fn the_same_name_in_two_families() {
    let catalog =
        catalog().module("catalog/modules/net/quiet", "#[module(provides(Echo))]\npub struct Quiet;");
    refused(&catalog, &pc("    app \"hello\" { output \"quiet\" }\n    module \"quiet\""), &["E0221"]);
}

#[test]
fn ambient_interfaces_are_needed() {
    let mut catalog = catalog();
    let path = "catalog/modules/platform/pc/platform.kdl";
    let text = String::from_utf8(catalog.0[path].clone()).unwrap();
    let without: Vec<&str> = text.lines().filter(|line| !line.contains("default \"Heap\"")).collect();
    catalog = catalog.with(path, without.join("\n"));
    let shown = refused(&catalog, &pc("    app \"timed\"\n    module \"tick\""), &["E0307"]);
    assert!(shown.contains("`bump` and `other-heap`"), "{shown}");
    // Nobody who does not allocate needs a heap.
    assert!(catalog.check(&pc("    app \"hello\"")).is_sound());
}

#[test]
fn mistakes_in_a_platform() {
    let path = "catalog/modules/platform/pc/platform.kdl";
    let text = String::from_utf8(catalog().0[path].clone()).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        catalog().with(path, text.replacen(from, to, 1))
    };
    let system = pc("    app \"hello\"");
    for (from, to, code) in [
        ("arch \"x86_64\"", "", "E0952"),
        ("arch \"x86_64\"", "arch 64", "E0952"),
        ("arch \"x86_64\"", "arhc \"x86_64\"\narch \"x86_64\"", "E0952"),
        ("environment \"bare-metal\"", "environment \"cloud\"", "E0952"),
        ("default=\"64MiB\"", "default=\"64\"", "E0952"),
        ("default=\"64MiB\"", "default=\"4GiB\"", "E0952"),
        ("ports 0x3f8 8", "ports 0x3f8", "E0952"),
        ("ports 0x3f8 8", "ports 0xffff 8", "E0952"),
        ("ports 0x3f8 8", "ports 0x2fa 8", "E0953"),
        ("ports 0x3f8 8", "pci \"0:32.0\" 0xe0000000 0x1000", "E0952"),
        ("ports 0x3f8 8", "pci \"+0:2.0\" 0xe0000000 0x1000", "E0952"),
        ("ports 0x3f8 8", "pci \"00:02.0\" 0xe0000000", "E0952"),
        (
            "ports 0x3f8 8; irq 4; run \"-serial\" \"stdio\" }",
            "pci \"00:02.0\" 0xe0000000 0x1000 }\n    device \"com3\" kind=\"uart\" { pci \"0:2.0\" 0xe0001000 0x1000 }",
            "E0953",
        ),
        ("irq 4", "irq -4", "E0952"),
        ("irq 4", "irq 4 trigger=\"level\" slope=1", "E0952"),
        ("irq 4", "irq 4 trigger=\"slope\"", "E0952"),
        ("irq 4", "message \"zero\"", "E0952"),
        ("irq 4", "irq 4; message 0", "E0952"),
        ("irq 4", "irq 4; entry 1", "E0952"),
        ("irq 4", "irq 4; entry \"a\"", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat 8", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat \"boot/a.img\"", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat \"a.img\" size=1", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat \"a.img\" { next \"b\" }", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat \"a.img\" { beside }", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat \"a.img\" { beside \"../b\" }", "E0952"),
        ("arch \"x86_64\"", "arch \"x86_64\"\nflat \"a.img\" { beside \"b\" { c } }", "E0952"),
        ("accelerator \"tcg\"", "file \"a.json\"; accelerator \"tcg\"", "E0952"),
        ("accelerator \"tcg\"", "file \"a/b\" \"{}\"; accelerator \"tcg\"", "E0952"),
        ("accelerator \"tcg\"", "file \"a\" \"{}\" \"\"; accelerator \"tcg\"", "E0952"),
        ("accelerator \"tcg\"", "file 1 2; accelerator \"tcg\"", "E0952"),
        ("ports 0x2f8 8", "ports 0x2f8 8; irq 4", "E0953"),
        ("ports 0x2f8 8", "ports 0x2f8 8; irq 4 trigger=\"edge\"", "E0953"),
        ("device \"com2\"", "device \"com1\"", "E0952"),
        ("kind=\"noise\"", "", "E0952"),
        ("default \"Console\"", "default \"Consle\"", "E0954"),
        ("module=\"uart\"", "module=\"urat\"", "E0954"),
        ("module=\"uart\"", "module=\"tick\"", "E0954"),
        ("status=\"shifted\"", "status=\"odd\"", "E0952"),
        ("platform \"pc\"", "platform \"pd\"", "E0952"),
        ("platform \"pc\"", "platform \"pc", "E0105"),
    ] {
        let report = changed(from, to).check(&system);
        assert!(codes(&report).contains(&code), "{to}: {:?}", report.diagnostics);
        for diagnostic in &report.diagnostics {
            assert!(
                diagnostic.labels.iter().any(|label| label.file.to_string() == "system.kdl"),
                "{diagnostic:?}"
            );
        }
    }
}

#[test]
fn not_text_not_there_not_a_file() {
    let check = |sources: &Memory| {
        oscomp_lang::check::check(
            sources,
            &oscomp_lang::source::SourcePath::Project("system.kdl".into()),
            &CheckOptions::default(),
        )
    };
    assert_eq!(codes(&check(&catalog())), ["E0101"]);
    assert_eq!(codes(&check(&catalog().with("system.kdl/x", ""))), ["E0101"]);
    assert_eq!(codes(&check(&catalog().with("system.kdl", b"\x7fELF\xff".to_vec()))), ["E0102"]);
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    let text = pc("    app \"hello\" {\n        greeting \"a\"\n    }\n    module \"quiet\" as=\"console\"");
    let plan = catalog().check(&text).plans;
    assert_eq!(plan.len(), 1);
    assert_eq!(catalog().check(&text.replace('\n', "\r\n")).plans, plan);
    let marked = catalog().check(&format!("\u{feff}{text}"));
    assert_eq!(codes(&marked), [""; 0]);
    assert_eq!(marked.plans[0].instances.len(), plan[0].instances.len());
}

#[test]
fn a_platform_that_was_not_asked_for_is_not_checked() {
    let system = both("    app \"timed\"\n    module \"tick\" on=\"pc\"");
    let only = |name: &str| CheckOptions { platforms: Some(vec![name.to_owned()]) };
    assert_eq!(codes(&catalog().check(&system)), ["E0302"]);
    let report = catalog().check_with(&system, &only("pc"));
    assert!(report.is_sound());
    assert_eq!(report.plans.len(), 1);
    assert_eq!(codes(&catalog().check_with(&system, &only("toaster"))), ["E0222"]);
}

#[test]
fn a_mistake_on_all_platforms_is_one_finding() {
    let report = catalog().check(&both("    app \"timed\""));
    assert_eq!(codes(&report), ["E0302"]);
    assert!(!report.diagnostics[0].message.contains("on `"), "{:?}", report.diagnostics);
    let report = catalog().check(&both("    app \"timed\"\n    module \"tick\" on=\"pc\""));
    assert!(report.diagnostics[0].message.ends_with("(on `host`)"), "{:?}", report.diagnostics);
}

#[test]
fn everything_at_once_in_the_order_of_the_file() {
    let report = catalog().check(&pc(
        "    app \"hello\" { gretting \"x\"; style \"loud\" }\n    modul \"tick\"\n    module \"urat\" as=\"console\" { baud 1 }\n    build { optimize \"x\" }",
    ));
    assert_eq!(codes(&report), ["E0206", "E0403", "E0203", "E0208", "E0606", "E0402", "E0403"]);
}

#[test]
fn a_plan_says_why() {
    let report = catalog().check(&both(
        "    app \"timed\"\n    module \"tick\"\n    module \"bump\" as=\"heap\" { size \"2MiB\" on=\"pc\" }",
    ));
    assert_eq!(report.diagnostics, []);
    let [pc, host] = report.plans.as_slice() else { panic!() };
    let names: Vec<&str> = pc.instances.iter().map(|instance| instance.name.as_str()).collect();
    assert_eq!(names, ["platform", "console", "panic", "heap", "tick", "timed"]);
    assert_eq!(pc.app, "timed");
    assert_eq!(pc.memory, 64 << 20);

    let heap = pc.instance("heap").unwrap();
    assert!(heap.guarded);
    assert!(
        matches!(&heap.reason, Reason::Written(place) if place.line == 6 && place.column == 5 && place.file == "system.kdl")
    );
    assert_eq!(heap.options[0].value, Value::Bytes(2 << 20));
    assert!(matches!(heap.options[0].reason, Reason::Written(_)));
    let Parameter::Binding { instance, reason, edge, .. } = &heap.parameters[0] else { panic!() };
    assert_eq!((instance.as_str(), reason, *edge), ("platform", &Reason::OnlyProvider, Edge::Start));
    assert_eq!(host.instance("heap").unwrap().options[0].value, Value::Bytes(1 << 20));
    assert!(matches!(host.instance("heap").unwrap().options[0].reason, Reason::ModuleDefault(_)));

    let console = pc.instance("console").unwrap();
    assert!(
        matches!(&console.reason, Reason::PlatformDefault(place) if place.file == "catalog/modules/platform/pc/platform.kdl")
    );
    assert!(!console.guarded);
    assert_eq!(host.instance("console").unwrap().options[0].reason, Reason::OnlyDevice);
    assert_eq!(host.resources[0].value, "stdout");

    let ambient: Vec<(&str, &str)> = pc
        .ambient
        .iter()
        .map(|binding| (binding.interface.ident.as_str(), binding.instance.as_str()))
        .collect();
    assert_eq!(ambient, [("Heap", "heap"), ("PanicHandler", "panic"), ("PowerOff", "platform")]);
    assert_eq!(pc.ambient[0].interface.modules, ["ambient"]);
}

#[test]
fn a_call_edge_breaks_a_cycle_and_is_guarded() {
    let report = catalog().check(&pc(
        "    app \"echoing\" { first \"l\"; second \"r\" }\n    module \"left\" as=\"l\" { other \"r\" }\n    module \"right\" as=\"r\" { other \"l\" }",
    ));
    assert_eq!(report.diagnostics, []);
    let plan = &report.plans[0];
    let position = |name: &str| plan.instances.iter().position(|instance| instance.name == name).unwrap();
    assert!(position("r") < position("l"));
    assert!(plan.instance("l").unwrap().guarded);
    assert!(!plan.instance("r").unwrap().guarded);
}

#[test]
fn what_nothing_uses_is_left_out() {
    let report = catalog().check(&pc("    app \"hello\"\n    module \"tick\""));
    assert!(report.is_sound());
    assert_eq!(report.diagnostics[0].severity, Severity::Warning);
    assert!(report.plans[0].instance("tick").is_none());
    assert!(report.plans[0].instance("heap").is_none(), "nobody allocates");
}

#[test]
fn an_app_of_the_project_and_its_modules() {
    let catalog = catalog()
        .module("own", "#[module(provides(App))]\npub struct Own<Speaker: speaker::Speak, Time: Clock>(Speaker, Time);\n")
        .module("modules/clock", "#[module(provides(oscomp_interfaces::Clock))]\npub struct Mine;\n")
        .with("modules/speaker/Cargo.toml", support::manifest("speaker"))
        .with("modules/speaker/src/lib.rs", "#[interface]\npub trait Speak { fn speak(self); }\n")
        .module("modules/parrot", "use speaker::Speak as Talk;\n#[module(provides(Talk))]\npub struct Parrot;\n");
    let lib = catalog.0["own/src/lib.rs"].clone();
    let with_dependency =
        |path: &str, name: &str| format!("{}speaker = {{ path = \"{path}\" }}\n", support::manifest(name));
    let catalog = catalog
        .with("src/lib.rs", lib)
        .with("Cargo.toml", with_dependency("modules/speaker", "own"))
        .with("modules/parrot/Cargo.toml", with_dependency("../speaker", "parrot"));
    let report = catalog.check(&pc(
        "    app \"own\"\n    module \"clock\" path=\"modules/clock\"\n    module \"parrot\" path=\"modules/parrot\" as=\"polly\"",
    ));
    assert_eq!(report.diagnostics, []);
    let plan = &report.plans[0];
    assert_eq!(plan.instance("polly").unwrap().package, "parrot");
    assert_eq!(plan.instance("own").unwrap().source, oscomp_lang::source::SourcePath::Project(String::new()));
}

#[test]
fn the_catalog_is_listed() {
    let listing = oscomp_lang::catalog::list(&catalog());
    assert_eq!(listing.diagnostics, []);
    let module = listing.modules.iter().find(|module| module.name == "uart").unwrap();
    assert_eq!((module.family.as_str(), module.doc.as_str(), module.app), ("console", "A UART.", false));
    assert_eq!(module.options[1].default.as_deref(), Some("115200"));
    assert!(!module.options[0].required, "a device can be found");
    let hello = listing.modules.iter().find(|module| module.name == "hello").unwrap();
    assert!(hello.app);
    assert_eq!(hello.requirements[0].interfaces, ["Console"]);
    assert_eq!(hello.options[2].choices[1].name, "very-fancy");
    let clock = listing.interfaces.iter().find(|interface| interface.name == "Clock").unwrap();
    assert_eq!(clock.providers, ["tick", "tock"]);
    assert_eq!(clock.methods[0].signature, "fn now(self) -> u64");
    assert_eq!(listing.platforms.len(), 2);
    assert_eq!(listing.platforms[1].options[0].name, "stack");
}
