//! Whether C and Rust are optimised together, as one program (LTO).
//!
//! rustc optimises all Rust of an image as one, and hands it to the linker as LLVM's bitcode instead of machine code, as
//! clang hands it C. Bitcode is read by the release of LLVM that wrote it and by later ones
//! (<https://llvm.org/docs/DeveloperPolicy.html#ir-backwards-compatibility>).

use super::compiler::{Compiler, Kind};
use crate::toolchain::Llvm;

/// That C of a compiler cannot be optimised together with Rust, and why, if it cannot.
pub fn apart(compiler: &Compiler, llvm: Llvm) -> Option<String> {
    obstacle(compiler, llvm).map(|reason| format!("C and Rust each optimised by itself: {reason}"))
}

fn obstacle(compiler: &Compiler, llvm: Llvm) -> Option<String> {
    let name = compiler.program.file_name().unwrap_or_default().to_string_lossy();
    match (compiler.kind, llvm) {
        (Kind::Gcc, _) => Some(format!("{name} is no clang")),
        (Kind::Clang(None), _) => Some(format!("{name} does not say its release of LLVM")),
        (_, Llvm { linker: None, .. } | Llvm { rustc: None, .. }) => {
            Some("the linker or rustc does not say its release of LLVM".to_owned())
        }
        (_, Llvm { rustc: Some(rustc), linker: Some(linker) }) if rustc > linker => {
            Some(format!("the linker has LLVM {linker}, rustc {rustc}"))
        }
        (Kind::Clang(Some(clang)), Llvm { linker: Some(linker), .. }) => {
            (clang > linker).then(|| format!("{name} has LLVM {clang}, the linker {linker}"))
        }
    }
}

/// The release of LLVM from which on the linker is told more: what Rust 1.95 comes with.
const KNOWN: u32 = 22;

/// What rustc is told, so that it hands over the bitcode of the whole program, which it has optimised, and that the linker
/// makes one of it and of that of C.
pub fn flags(llvm: Llvm) -> Vec<String> {
    let mut flags = vec!["-Clinker-plugin-lto".to_owned()];
    let options: &[&str] = match llvm.linker {
        Some(KNOWN..) => &[
            // A function with a large frame that is called once would be inlined too, and who calls several such in turn
            // have the frames of all at once.
            "-inline-max-stacksize=256",
            // What follows each other in time does in memory, as far as it can be guessed (Newell and Pupyrev, "Improved
            // Basic Block Reordering", 2020). Images get 1 % smaller, and those for size faster: bench/README.md, inserts.
            "-enable-ext-tsp-block-placement",
            "-apply-ext-tsp-for-size",
        ],
        _ => &[],
    };
    for option in options {
        flags.extend(["-mllvm", option].map(|argument| format!("-Clink-arg={argument}")));
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_linker_that_has_them_gets_options_of_llvm() {
        let tells = |linker| flags(Llvm { rustc: linker, linker }).iter().any(|flag| flag.contains("-mllvm"));
        assert_eq!([Some(23), Some(22), Some(21)].map(tells), [true, true, false]);
    }

    #[test]
    fn the_linker_reads_what_is_not_newer() {
        let why = |kind, rustc, linker| {
            let compiler = Compiler { program: "/usr/bin/cc".into(), version: String::new(), kind };
            obstacle(&compiler, Llvm { rustc, linker })
        };
        for clang in [14, 22] {
            assert_eq!(why(Kind::Clang(Some(clang)), Some(22), Some(22)), None);
        }
        for (kind, rustc, linker, reason) in [
            (Kind::Clang(Some(23)), Some(22), Some(22), "cc has LLVM 23, the linker 22"),
            (Kind::Clang(Some(14)), Some(22), Some(14), "the linker has LLVM 14, rustc 22"),
            (Kind::Clang(None), Some(22), Some(22), "cc does not say its release of LLVM"),
            (Kind::Clang(Some(14)), Some(22), None, "the linker or rustc does not say its release of LLVM"),
            (Kind::Gcc, Some(22), Some(22), "cc is no clang"),
        ] {
            assert_eq!(why(kind, rustc, linker).as_deref(), Some(reason));
        }
    }
}
