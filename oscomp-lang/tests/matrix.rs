//! What else a system could be.

mod support;
use oscomp_lang::check::{Matrix, Verdict, matrix};
use oscomp_lang::source::SourcePath;
use support::catalog;

fn of(system: &str) -> Matrix {
    let sources = catalog().with("system.kdl", system);
    matrix(&sources, &SourcePath::Project("system.kdl".into())).expect("the file is a system")
}

/// The verdicts on a module in the place of an instance's, by platform: a code, or a word.
fn row(matrix: &Matrix, instance: &str, module: &str) -> Vec<&'static str> {
    let found = matrix.alternatives.iter().find(|row| row.instance == instance && row.module == module);
    let verdicts = found.map(|row| row.verdicts.clone()).unwrap_or_default();
    verdicts.iter().map(word).collect()
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Sound => "sound",
        Verdict::Refused { code, .. } => code,
        Verdict::Written => "written",
        Verdict::Absent => "absent",
    }
}

#[test]
fn every_platform_and_every_module_is_tried() {
    let matrix = of(
        "system \"t\" {\n platform \"pc\"\n app \"timed\"\n module \"tick\"\n module \"bump\" as=\"heap\"\n}\n",
    );
    let platforms: Vec<_> = matrix
        .platforms
        .iter()
        .map(|column| (column.platform.as_str(), column.named, word(&column.verdict)))
        .collect();
    assert_eq!(platforms, [("host", false, "sound"), ("pc", true, "sound")]);
    assert_eq!(row(&matrix, "heap", "other-heap"), ["sound", "sound"]);
    // The instance keeps its name although the file gives it none.
    assert_eq!(row(&matrix, "tick", "tock"), ["E0601", "E0601"]);
    assert!(row(&matrix, "console", "quiet").contains(&"sound"));
    assert!(row(&matrix, "heap", "tick").is_empty(), "it provides something else");
}

#[test]
fn fields_that_the_other_module_does_not_have_are_the_reason() {
    let matrix = of(
        "system \"t\" { platform \"pc\"; app \"timed\"; module \"tick\"; module \"bump\" as=\"heap\" { size \"2MiB\" } }",
    );
    // The host of the fakes has less memory than that in any case.
    assert_eq!(row(&matrix, "heap", "other-heap"), ["absent", "E0206"]);
}

#[test]
fn what_holds_on_one_platform_is_tried_there() {
    let matrix = of(
        "system \"t\" {\n platform \"pc\"\n platform \"host\"\n app \"hello\" { output \"out\" }\n \
         module \"uart\" as=\"out\" on=\"pc\" { device \"com2\" }\n module \"quiet\" as=\"out\" on=\"host\"\n}\n",
    );
    assert_eq!(
        matrix.platforms.iter().map(|column| word(&column.verdict)).collect::<Vec<_>>(),
        ["sound", "sound"]
    );
    let quiet = row(&matrix, "out", "quiet");
    assert_eq!(quiet[0], "written");
    assert_eq!(quiet[1], "E0206", "it has no device to set");
}

#[test]
fn a_system_that_is_refused_has_nothing_to_choose() {
    let matrix = of("system \"t\" { platform \"pc\"; app \"timed\" }");
    assert_eq!(word(&matrix.platforms[1].verdict), "E0302");
    assert!(matrix.alternatives.is_empty());
}

#[test]
fn what_is_no_system_is_reported() {
    let sources = catalog().with("system.kdl", "sistem {");
    let report = matrix(&sources, &SourcePath::Project("system.kdl".into())).unwrap_err();
    assert!(!report.is_sound() && !report.texts.is_empty());
}
