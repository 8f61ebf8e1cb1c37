//! Packs the catalog into the command: a sorted table of paths and contents, which needs neither
//! unpacking nor parsing when the command starts.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What of the repository makes a catalog.
const FOLDERS: [&str; 3] = ["modules", "oscomp-lang", "oscomp-macros"];

/// Members of the workspace that are not packed.
const ABSENT_MEMBERS: [&str; 3] = ["\"compiler\",", "\"tests\",", "\"systems/*\","];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it")).join("..");
    let root = root.canonicalize().expect("the repository's root");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));

    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace's Cargo.toml");
    fs::write(out.join("Cargo.toml"), packed_manifest(&manifest)).expect("a writable OUT_DIR");

    let mut files = vec![
        ("Cargo.lock".to_owned(), root.join("Cargo.lock")),
        ("Cargo.toml".to_owned(), out.join("Cargo.toml")),
    ];
    for folder in FOLDERS {
        collect(&root.join(folder), folder, &mut files);
    }
    files.sort();

    let mut hash = Fnv::new();
    let mut table = String::from("&[\n");
    for (name, path) in &files {
        let contents = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        hash.add(name.as_bytes());
        hash.add(&contents);
        writeln!(table, "    ({name:?}, include_bytes!({:?})),", path.to_str().expect("a path in UTF-8"))
            .expect("a string grows");
    }
    table.push_str("]\n");
    fs::write(out.join("catalog.rs"), table).expect("a writable OUT_DIR");

    println!("cargo::rustc-env=OSCOMP_CATALOG_HASH={:016x}", hash.0);
    for path in FOLDERS.iter().chain(&["Cargo.toml", "Cargo.lock"]) {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
}

/// The workspace's manifest without the members that are not packed.
fn packed_manifest(manifest: &str) -> String {
    let absent = |line: &&str| ABSENT_MEMBERS.contains(&line.trim());
    assert_eq!(
        manifest.lines().filter(absent).count(),
        ABSENT_MEMBERS.len(),
        "the members in the workspace's Cargo.toml stand on lines of their own"
    );
    manifest.lines().filter(|line| !absent(line)).fold(String::new(), |text, line| text + line + "\n")
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("an entry of a folder");
        let file_name = entry.file_name().into_string().expect("a name in UTF-8");
        if file_name == "target" || file_name.starts_with('.') {
            continue;
        }
        let (path, name) = (entry.path(), format!("{name}/{file_name}"));
        if path.is_dir() {
            collect(&path, &name, files);
        } else {
            files.push((name, path));
        }
    }
}

/// FNV-1a with 64 bits: tells catalogs apart, on every machine alike.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
