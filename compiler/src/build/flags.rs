//! What rustc and Cargo are told about an image.
//!
//! An image is built with an explicit `--target` (the platform's), so that none of this reaches build
//! scripts and proc macros. The flags travel in `CARGO_ENCODED_RUSTFLAGS`, separated by `\x1f`.

use super::Profile;
use oscomp_lang::plan::{Optimize, Platform};
use oscomp_lang::signature::Environment;

/// One key of the image's Cargo profile: its name and its value as TOML.
pub type ProfileKey = (&'static str, &'static str);

/// The keys of the Cargo profile that images are built with.
///
/// - `opt-level` is all that the two goals differ in. Level 3 was tried: httpd executes as many instructions for a
///   request as with 2, kv 4 % more, and images are 5 to 8 % larger.
/// - `lto` and `codegen-units`: static dispatch costs nothing only if the linker sees the image whole.
/// - `panic`: nothing unwinds in an image.
/// - `strip`, `debug`: the image step needs the symbols of the linked file and strips them itself.
/// - `incremental`: an image is the same, byte for byte, however often it was built before.
#[must_use]
pub const fn profile(optimize: Optimize) -> [ProfileKey; 9] {
    [
        (
            "opt-level",
            match optimize {
                Optimize::Speed => "2",
                Optimize::Size => "\"s\"",
            },
        ),
        ("lto", "\"fat\""),
        ("codegen-units", "1"),
        ("panic", "\"abort\""),
        ("strip", "\"none\""),
        ("debug", "false"),
        ("debug-assertions", "false"),
        ("overflow-checks", "false"),
        ("incremental", "false"),
    ]
}

/// Whether functions keep a frame pointer, without which a stack cannot be walked. Images for size do not, and report the
/// place of a panic only; while they are debugged they do.
#[must_use]
pub fn has_frame_pointers(profile: Profile, optimize: Optimize) -> bool {
    profile == Profile::Debug || optimize == Optimize::Speed
}

/// The flags of rustc for an image on `platform`.
///
/// `linker` links an image for a machine: a program, by its path or its name.
///
/// `linker_script` is the path of the platform's linker script, if it has one; relative to the folder
/// of the Cargo workspace, where rustc runs, so that no path of the machine gets into the flags.
/// `remap` lists folders and the names that panic messages know them by.
#[must_use]
pub fn rustc_flags(
    platform: &Platform,
    frame_pointers: bool,
    linker: &str,
    linker_script: Option<&str>,
    remap: &[(&str, &str)],
) -> Vec<String> {
    let mut flags = Flags::default();
    // The names in the table of symbols are demangled from it; legacy names carry a hash.
    flags.codegen("symbol-mangling-version=v0");
    flags.codegen(if frame_pointers { "force-frame-pointers=yes" } else { "force-frame-pointers=no" });
    flags.codegen("force-unwind-tables=no");
    if platform.environment == Environment::BareMetal {
        bare_metal(&mut flags, platform, linker, linker_script);
    }
    for (folder, name) in remap {
        flags.0.push(format!("--remap-path-prefix={folder}={name}"));
    }
    flags.0
}

fn bare_metal(flags: &mut Flags, platform: &Platform, linker: &str, linker_script: Option<&str>) {
    // The toolchain's own linker: nothing has to be installed, and every machine links alike.
    flags.codegen(&format!("linker={linker}"));
    flags.codegen("linker-flavor=ld.lld");
    // An image runs where it is linked: no relocation at boot, no global offset table.
    flags.codegen("relocation-model=static");
    // Page protection is the boot code's, which goes by the linker script's bounds.
    flags.codegen("relro-level=off");
    for argument in ["-static", "--no-dynamic-linker", "--build-id=none", "-znognustack"] {
        flags.link(argument);
    }
    if let Some(script) = linker_script {
        flags.link(&format!("-T{script}"));
        // A section that the script does not place would land between W^X pages.
        flags.link("--orphan-handling=error");
    }
    if platform.arch == "x86_64" {
        // An exception pushes its frame where the red zone is. The prebuilt core uses it all the same,
        // which is why the platform takes every exception on a stack of its own.
        flags.codegen("no-redzone=yes");
        // Static code refers to itself by 32-bit addresses.
        flags.codegen("code-model=small");
    }
    if platform.arch == "riscv64" {
        // RAM is far from address 0: code refers to itself by 32-bit distances.
        flags.codegen("code-model=medium");
        // The linker shortens what turns out to be near, as in C, whose functions are inlined only where this is so.
        flags.codegen("target-feature=+relax");
    }
}

#[derive(Default)]
struct Flags(Vec<String>);

impl Flags {
    fn codegen(&mut self, option: &str) {
        self.0.push(format!("-C{option}"));
    }

    fn link(&mut self, argument: &str) {
        self.codegen(&format!("link-arg={argument}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oscomp_lang::source::SourcePath;

    fn platform(environment: Environment) -> Platform {
        Platform {
            name: "test".into(),
            arch: "x86_64".into(),
            environment,
            target: "x86_64-unknown-linux-gnu".into(),
            linker_script: None,
            flat: None,
            memory_base: 0,
            source: SourcePath::Catalog("modules/platform/test".into()),
            devices: Vec::new(),
            runner: None,
        }
    }

    #[test]
    fn bare_metal_links_with_the_toolchain_and_the_platforms_script() {
        let platform = platform(Environment::BareMetal);
        let flags = rustc_flags(&platform, false, "rust-lld", Some("image.ld"), &[]);
        for flag in ["-Clinker=rust-lld", "-Cno-redzone=yes", "-Clink-arg=-Timage.ld"] {
            assert!(flags.iter().any(|given| given == flag), "{flag} is missing in {flags:?}");
        }
    }

    #[test]
    fn a_hosted_image_is_linked_as_the_host_does_it() {
        let flags = rustc_flags(&platform(Environment::Hosted), true, "rust-lld", None, &[]);
        assert!(flags.iter().all(|flag| !flag.contains("link")), "{flags:?}");
    }

    #[test]
    fn frame_pointers_are_left_out_where_size_is_all() {
        assert!(!has_frame_pointers(Profile::Release, Optimize::Size));
        assert!(has_frame_pointers(Profile::Release, Optimize::Speed));
        let flags = |optimize| {
            let pointers = has_frame_pointers(Profile::Debug, optimize);
            rustc_flags(&platform(Environment::BareMetal), pointers, "rust-lld", None, &[])
        };
        // Else Cargo would compile everything again whenever the goal changes.
        assert_eq!(flags(Optimize::Size), flags(Optimize::Speed));
        assert!(flags(Optimize::Size).contains(&"-Cforce-frame-pointers=yes".to_owned()));
    }

    #[test]
    fn folders_are_renamed() {
        let remap = [("/home/somebody/project", "project")];
        let flags = rustc_flags(&platform(Environment::Hosted), false, "rust-lld", None, &remap);
        assert_eq!(flags.last().unwrap(), "--remap-path-prefix=/home/somebody/project=project");
    }
}
