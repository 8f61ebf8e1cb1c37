//! The command line as a user meets it: each file in `tests/cli/` is a session.

#[test]
fn sessions() {
    // An empty cache of its own, no colour, and no system by accident.
    let cache = tempfile::tempdir().expect("a folder for the cache");
    trycmd::TestCases::new()
        .env("XDG_CACHE_HOME", cache.path().to_str().expect("a path in UTF-8"))
        .env("NO_COLOR", "1")
        .env("CLICOLOR_FORCE", "")
        .case("tests/cli/*.trycmd");
}
