//! The program that libFuzzer makes of the targets; which one, `OSCOMP_FUZZ` says.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static TARGET: std::sync::LazyLock<oscomp_fuzz::Target> = std::sync::LazyLock::new(|| {
        let name = std::env::var("OSCOMP_FUZZ").expect("OSCOMP_FUZZ names a target");
        let target = oscomp_fuzz::TARGETS.iter().find(|(known, _)| *known == name);
        target.unwrap_or_else(|| panic!("no target is named {name}")).1
    });
    TARGET(bytes);
});

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    let names: Vec<&str> = oscomp_fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
    eprintln!("tests/fuzz/run TARGET looks for input that does harm; targets: {}", names.join(", "));
    std::process::ExitCode::from(2)
}
