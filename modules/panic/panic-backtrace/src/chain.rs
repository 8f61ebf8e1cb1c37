use core::fmt::Write;
use oscomp_abi::{Decimal, Hex, Plain};
use oscomp_interfaces::Frame;

/// Functions through which every panic goes; what a person wants to know begins behind them.
const MACHINERY: [&str; 4] = ["core::panicking::", "rust_begin_unwind", "oscomp_panic", "panicked"];

/// A chain of calls as text, one line for each frame.
pub struct Chain<'a, W> {
    out: &'a mut W,
    /// How many frames have been written.
    count: u64,
}

impl<'a, W: Write> Chain<'a, W> {
    /// An empty chain.
    pub fn new(out: &'a mut W) -> Self {
        Self { out, count: 0 }
    }

    /// Adds a frame, unless it is one of the machinery above all others.
    pub fn write(&mut self, frame: Frame) {
        let machinery = |name: &str| MACHINERY.iter().any(|part| name.contains(part));
        if self.count == 0 && frame.function.is_some_and(|(name, _)| machinery(name)) {
            return;
        }
        // The stream behind it is a console, which has no errors.
        let _ = match frame.function {
            Some((name, offset)) => writeln!(
                self.out,
                "  {}: {} + {} ({})",
                Decimal(self.count),
                Plain(name),
                Decimal(offset as u64),
                Hex(frame.address as u64)
            ),
            None => writeln!(self.out, "  {}: {}", Decimal(self.count), Hex(frame.address as u64)),
        };
        self.count += 1;
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
}
