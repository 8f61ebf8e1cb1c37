//! Whatever the text, checking ends without a panic, and every place that it names exists.

mod support;
use oscomp_lang::check::{CheckOptions, Report, check};
use oscomp_lang::format::format;
use oscomp_lang::render::Rendered;
use oscomp_lang::source::SourcePath;
use proptest::prelude::*;
use support::{apply, catalog};

const SYSTEM: &str = r##"// A system with something of everything.
system "web" {
    platform "pc" { memory "16MiB"; stack "128KiB" }
    platform "host"
    app "hello" { output "t"; greeting "a\tb" on="pc"; names "x" #"y"# """
        z
        """ }
    module "tee" as="t" { first "console" /* one */; second "u" }
    module "uart" as="u" on="pc" { device "com2"; baud 9600; crlf #true }
    module "quiet" as="u" on="host"
    /- module "tick" { a 1 }
    module "bump" as="heap" { size "2MiB" }
    build { optimize "size" }
}
"##;

/// Everything that a report promises of its places.
fn verify(report: &Report) {
    for diagnostic in &report.diagnostics {
        for label in &diagnostic.labels {
            let text = &report.texts[&label.file];
            assert!(text.get(label.span.clone()).is_some(), "{diagnostic:?}");
        }
        for edit in diagnostic.fixes.iter().flat_map(|fix| &fix.edits) {
            assert!(report.texts[&edit.file].get(edit.span.clone()).is_some(), "{diagnostic:?}");
        }
        assert!(oscomp_lang::explain(diagnostic.code).is_some());
        let mut out = String::new();
        let rendered = Rendered::new(diagnostic, &report.texts, ToString::to_string);
        miette::NarratableReportHandler::new().render_report(&mut out, &rendered).unwrap();
        assert!(out.contains(diagnostic.code));
    }
    assert!(report.is_sound() != report.plans.is_empty());
}

/// A piece of a system, to be put anywhere.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "{",
        "}",
        "\"",
        "\"\"\"",
        "#",
        "/-",
        "/*",
        "*/",
        "//",
        "\\",
        "\n",
        "\r\n",
        ";",
        " ",
        "=",
        "(",
        ")",
        "app ",
        "module ",
        "platform ",
        "system ",
        "as=",
        "on=",
        "true",
        "#null",
        "r\"",
        "\0",
        "\u{feff}",
        "0x",
        "1e9",
        "é",
        "е",
        "\u{202e}",
        "-",
        "..",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 100 } else { 4000 }))]

    #[test]
    fn any_text(text in "(\\PC|\n|\"|\\{|\\}){0,80}") {
        verify_any(&text);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
        verify_any(&pieces.concat());
    }

    #[test]
    fn a_system_with_pieces_cut_out_and_put_in(
        edits in prop::collection::vec((0..SYSTEM.len(), 0..12usize, piece()), 1..4),
    ) {
        let mut text = SYSTEM.to_owned();
        for (at, length, piece) in edits {
            let start = text.floor_char_boundary(at.min(text.len()));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &piece);
        }
        verify_any(&text);
    }

    /// The systems that the repository refuses are the corpus: each has something that was once special.
    #[test]
    fn a_system_of_the_corpus_with_pieces_cut_out_and_put_in(
        text in prop::sample::select(corpus()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12usize, piece()), 1..4),
    ) {
        let mut text = text;
        for (at, length, piece) in edits {
            let at = at.index(text.len() + 1);
            let (start, end) = (text.floor_char_boundary(at), text.ceil_char_boundary((at + length).min(text.len())));
            text.replace_range(start..end, &piece);
        }
        verify_any(&text);
    }

    #[test]
    fn rust_sources_with_pieces_cut_out(
        file in prop::sample::select(catalog().0.keys().filter(|path| path.starts_with("catalog/")).cloned().collect::<Vec<_>>()),
        at in 0..600usize, length in 0..20usize, piece in piece(),
    ) {
        let mut catalog = catalog();
        let mut text = String::from_utf8(catalog.0[&file].clone()).unwrap();
        let start = text.floor_char_boundary(at.min(text.len()));
        let end = text.ceil_char_boundary((start + length).min(text.len()));
        text.replace_range(start..end, &piece);
        catalog = catalog.with(&file, text);
        verify(&catalog.check(SYSTEM));
        let _ = oscomp_lang::catalog::list(&catalog);
    }
}

/// The texts of `tests/refused`.
fn corpus() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/refused");
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("system.kdl"));
    let mut texts: Vec<String> = folders.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    assert!(texts.len() > 100);
    // The order of a folder's entries is the file system's.
    texts.sort();
    texts
}

fn verify_any(text: &str) {
    let file = SourcePath::Project("system.kdl".into());
    if let Ok(formatted) = format(&file, text) {
        assert_eq!(format(&file, &formatted).as_ref(), Ok(&formatted), "{text:?}");
    }
    let report = catalog().check(text);
    verify(&report);
    // Fixes do not make a mess either.
    for fix in report.diagnostics.iter().flat_map(|diagnostic| &diagnostic.fixes).take(3) {
        if fix.edits.iter().all(|edit| edit.file == SourcePath::Project("system.kdl".into())) {
            verify(&catalog().check(&apply(text, fix)));
        }
    }
}

#[test]
fn the_system_itself_is_sound() {
    let report = catalog().check(SYSTEM);
    assert_eq!(support::codes(&report), ["W0101"], "the heap is not needed: {:?}", report.diagnostics);
    verify(&report);
}

#[test]
fn chains_of_thousands_are_walked_without_recursion() {
    let mut text =
        String::from("system \"t\" {\n platform \"pc\"\n app \"echoing\" { first \"e0\"; second \"e1\" }\n");
    for index in 0..3000 {
        text += &format!(" module \"left\" as=\"e{index}\" {{ other \"e{}\" }}\n", index + 1);
    }
    let sound = format!("{text} module \"port\" as=\"e3000\"\n}}\n");
    let report = catalog().check(&sound);
    assert_eq!(report.diagnostics, []);
    assert_eq!(report.plans[0].instances.len(), 3005);
    let cyclic = format!("{text} module \"left\" as=\"e3000\" {{ other \"e0\" }}\n}}\n");
    let report = catalog().check(&cyclic);
    assert_eq!(support::codes(&report), ["E0501"]);
    verify(&report);
}

#[test]
fn sources_that_fail_are_reported() {
    struct Nothing;
    impl oscomp_lang::source::Sources for Nothing {
        fn read(&self, _: &SourcePath) -> Result<std::sync::Arc<str>, oscomp_lang::source::ReadError> {
            Err(oscomp_lang::source::ReadError::Other("the disk is on fire".into()))
        }
        fn list(&self, _: &SourcePath) -> Result<std::sync::Arc<[String]>, oscomp_lang::source::ReadError> {
            Err(oscomp_lang::source::ReadError::NotFound)
        }
    }
    let report = check(&Nothing, &SourcePath::Project("system.kdl".into()), &CheckOptions::default());
    assert!(report.diagnostics[0].message.contains("on fire"));
}
