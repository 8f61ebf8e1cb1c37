//! The end of an image that cannot go on.

use core::fmt::Display;
use core::panic::Location;
use oscomp_macros::interface;

/// What happens when the image cannot go on: a Rust panic, a fault of the CPU, an instance that
/// does not start.
#[interface(ambient(by_hand))]
pub trait PanicHandler {
    /// Reports and powers off with a status that is not zero.
    ///
    /// May run on any stack and in any context; must not allocate. A panic inside it ends the machine
    /// without a further report.
    fn panicked(self, message: impl Display, location: Option<&Location<'_>>) -> !;
}

/// The status with which a panic ends the machine, as for a Rust process.
pub const STATUS: u8 = 101;

/// Makes an instance the panic handler of the image. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! install_panic_handler {
    (item $tag:path, $live:expr, $module:path) => {
        const _: () = {
            #[cfg(not(test))]
            #[panic_handler]
            fn oscomp_panic(info: &::core::panic::PanicInfo<'_>) -> ! {
                use ::core::sync::atomic::{AtomicU8, Ordering};
                static OSCOMP_PANICS: AtomicU8 = AtomicU8::new(0);
                match OSCOMP_PANICS.fetch_add(1, Ordering::Relaxed) {
                    0 if $live => $crate::PanicHandler::panicked($tag, info.message(), info.location()),
                    // Before the handler is live, and inside it, there is nobody to tell.
                    0 | 1 => $crate::PowerOff::power_off($crate::SystemPowerOff, $crate::panic::STATUS),
                    _ => loop {
                        ::core::hint::spin_loop();
                    },
                }
            }
        };
    };
    (start $tag:path) => {};
}
