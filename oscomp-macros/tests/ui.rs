//! Misuse of a macro is a compile error at the offending token, with a sentence that says what was
//! expected; what the grammar allows compiles.
#![forbid(unsafe_code)]

#[test]
fn misuse_is_refused_where_it_stands() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/refused/*.rs");
    tests.pass("tests/accepted/*.rs");
}
