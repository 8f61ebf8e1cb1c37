//! Two consoles and two dice: four instances of two modules.
//!
//! Each die rolls a sequence of its own, which its seed decides, however the throws of both alternate.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::Write;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Entropy, Status, Text};
use oscomp_macros::module;

/// Throws both dice in turn and writes the throws of each to a console of its own.
#[module(provides(App))]
pub struct TwoOfEach<
    /// Where the red die's throws go.
    Left: Console,
    /// Where the blue die's throws go.
    Right: Console,
    /// The red die.
    Red: Entropy,
    /// The blue die.
    Blue: Entropy,
> {
    left: Left,
    right: Right,
    red: Red,
    blue: Blue,
}

impl<Left: Console, Right: Console, Red: Entropy, Blue: Entropy> TwoOfEach<Left, Right, Red, Blue> {
    /// Keeps all four for later.
    ///
    /// # Errors
    /// None.
    pub fn start(left: Left, right: Right, red: Red, blue: Blue) -> Result<Self, StartError> {
        Ok(Self { left, right, red, blue })
    }
}

impl<Left: Console, Right: Console, Red: Entropy, Blue: Entropy> App for &TwoOfEach<Left, Right, Red, Blue> {
    fn run(self) -> Status {
        let throws = [(); 8].map(|()| (throw(self.red), throw(self.blue)));
        let reds = throws.map(|(red, _)| red);
        let blues = throws.map(|(_, blue)| blue);
        match report(self.left, "red", reds).and_then(|()| report(self.right, "blue", blues)) {
            Ok(()) => Status::SUCCESS,
            Err(_) => Status::FAILURE,
        }
    }
}

/// One throw, from 1 to 6: bytes that would favour some sides are thrown again.
fn throw(die: impl Entropy) -> u8 {
    loop {
        let mut byte = [0];
        die.fill(&mut byte);
        let [byte] = byte;
        if byte < 252 {
            return byte % 6 + 1;
        }
    }
}

fn report(console: impl Console, name: &str, throws: [u8; 8]) -> core::fmt::Result {
    let mut out = Text(console);
    write!(out, "{name}:")?;
    for throw in throws {
        write!(out, " {throw}")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::sync::atomic::{AtomicU8, Ordering};
    use std::string::String;
    use std::sync::Mutex;

    struct Paper(Mutex<String>);

    impl Console for &'static Paper {
        fn write(self, bytes: &[u8]) {
            self.0.lock().unwrap().push_str(core::str::from_utf8(bytes).unwrap());
        }

        fn read(self, _buffer: &mut [u8]) -> usize {
            0
        }
    }

    /// Counts up in steps of its own.
    struct Die {
        next: AtomicU8,
        step: u8,
    }

    impl Entropy for &'static Die {
        fn fill(self, buffer: &mut [u8]) {
            buffer.fill_with(|| self.next.fetch_add(self.step, Ordering::Relaxed));
        }
    }

    #[test]
    fn each_console_gets_the_throws_of_its_die() {
        static LEFT: Paper = Paper(Mutex::new(String::new()));
        static RIGHT: Paper = Paper(Mutex::new(String::new()));
        static RED: Die = Die { next: AtomicU8::new(0), step: 1 };
        static BLUE: Die = Die { next: AtomicU8::new(251), step: 1 };
        let app = TwoOfEach::start(&LEFT, &RIGHT, &RED, &BLUE).unwrap();
        assert_eq!(app.run(), Status::SUCCESS);
        assert_eq!(*LEFT.0.lock().unwrap(), "red: 1 2 3 4 5 6 1 2\n");
        // 252 to 255 are thrown again.
        assert_eq!(*RIGHT.0.lock().unwrap(), "blue: 6 1 2 3 4 5 6 1\n");
    }
}
