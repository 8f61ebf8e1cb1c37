//! A console on a stream of the host's process.
#![no_std]

mod stream;

use core::marker::PhantomData;
use oscomp_abi::{Config, Device, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};
use stream::Stream;

/// Standard output with standard input, or standard error, of the process that the image is.
#[module(provides(Console), environment = "hosted")]
pub struct HostStdout<Settings: Config<Options>> {
    stream: Stream,
    settings: PhantomData<Settings>,
}

/// Which stream it is.
#[derive(Options)]
pub struct Options {
    /// The stream: `stdout`, whose input is standard input, or `stderr`, which has none.
    #[option(device = "host-stream")]
    pub device: Device,
}

impl<Settings: Config<Options>> HostStdout<Settings> {
    /// Looks the stream up by the device's name.
    ///
    /// # Errors
    /// When a process has no such stream.
    pub fn start() -> Result<Self, StartError> {
        let stream = Stream::named(Settings::OPTIONS.device.name)
            .ok_or(StartError::new("a process has the streams `stdout` and `stderr` only"))?;
        Ok(Self { stream, settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Console for &HostStdout<Settings> {
    fn write(self, bytes: &[u8]) {
        self.stream.write(bytes);
    }

    fn read(self, buffer: &mut [u8]) -> usize {
        self.stream.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oscomp_abi::Registers;

    #[derive(Clone, Copy)]
    struct Missing;

    impl Config<Options> for Missing {
        const OPTIONS: Options =
            Options { device: Device { name: "com1", registers: Registers::None, line: None } };
    }

    #[test]
    fn an_unknown_stream_is_refused() {
        assert!(HostStdout::<Missing>::start().is_err());
        assert!(Stream::named("stdout").is_some());
        assert!(Stream::named("stderr").is_some());
    }
}
