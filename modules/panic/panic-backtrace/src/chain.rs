use core::fmt::Write;
use oscomp_abi::{Decimal, Hex, Plain};
use oscomp_interfaces::Frame;

/// Functions through which every panic goes; what a person wants to know begins behind them.
const MACHINERY: [&str; 7] = [
    "core::panicking::",
    "rust_begin_unwind",
    "oscomp_panic",
    "panicked",
    // An exception's way here.
    "oscomp_x86_64::exceptions::",
    "oscomp_entry",
    "oscomp_stubs",
];

/// A chain of calls as text, one line for each frame.
pub struct Chain<'a, W> {
    out: &'a mut W,
    /// How many frames there were, without the machinery.
    count: u64,
    /// The address of the last one, and how often it was repeated: a recursion is one line.
    last: usize,
    repeated: u64,
}

impl<'a, W: Write> Chain<'a, W> {
    /// An empty chain.
    pub fn new(out: &'a mut W) -> Self {
        Self { out, count: 0, last: 0, repeated: 0 }
    }

    /// Adds a frame, unless it is one of the machinery above all others.
    pub fn write(&mut self, frame: Frame) {
        let machinery = |name: &str| MACHINERY.iter().any(|part| name.contains(part));
        if self.count == 0 && frame.function.is_some_and(|(name, _)| machinery(name)) {
            return;
        }
        let index = self.count;
        self.count += 1;
        if frame.address == self.last {
            self.repeated += 1;
            return;
        }
        self.finish();
        self.last = frame.address;
        // The stream behind it is a console, which has no errors.
        let _ = match frame.function {
            Some((name, offset)) => writeln!(
                self.out,
                "  {}: {} + {} ({})",
                Decimal(index),
                Plain(name),
                Decimal(offset as u64),
                Hex(frame.address as u64)
            ),
            None => writeln!(self.out, "  {}: {}", Decimal(index), Hex(frame.address as u64)),
        };
    }

    /// Says how often the last frame was repeated.
    pub fn finish(&mut self) {
        if self.repeated > 0 {
            let _ = writeln!(self.out, "     and {} more of it", Decimal(self.repeated));
            self.repeated = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::String;

    #[test]
    fn the_machinery_of_panics_is_left_out_at_the_top_only() {
        let mut out = String::new();
        let mut chain = Chain::new(&mut out);
        for (address, function) in [
            (0x10_0010, Some(("core::panicking::panic_fmt", 16))),
            (0x10_0100, Some(("app::broken", 0x20))),
            (0x10_0200, None),
            (0x10_0300, Some(("core::panicking::panic_fmt", 3))),
        ] {
            chain.write(Frame { address, function });
        }
        assert_eq!(
            out,
            "  0: app::broken + 32 (0x100100)\n  1: 0x100200\n  2: core::panicking::panic_fmt + 3 (0x100300)\n"
        );
    }

    #[test]
    fn a_recursion_is_one_line() {
        let mut out = String::new();
        let mut chain = Chain::new(&mut out);
        for address in [1, 2, 2, 2, 3, 4, 4] {
            chain.write(Frame { address, function: None });
        }
        chain.finish();
        assert_eq!(
            out,
            "  0: 0x1\n  1: 0x2\n     and 2 more of it\n  4: 0x3\n  5: 0x4\n     and 1 more of it\n"
        );
    }
}
