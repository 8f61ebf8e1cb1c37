//! Logging.

use ::log::{LevelFilter, Record};
use oscomp_macros::interface;

/// Where records of the [`log`](::log) facade go: `log::info!` and its sisters, from anywhere.
#[interface(ambient(by_hand))]
pub trait Log {
    /// The most verbose level that is kept; records above it are not even formatted.
    fn level(self) -> LevelFilter;

    /// Keeps one record. Must not log itself.
    fn record(self, record: &Record<'_>);
}

/// Makes an instance the sink of the `log` facade. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! install_log {
    (item $tag:path, $live:expr, $module:path) => {
        const _: () = {
            impl $crate::log_crate::Log for $tag {
                fn enabled(&self, metadata: &$crate::log_crate::Metadata<'_>) -> bool {
                    metadata.level() <= $crate::log::Log::level(*self)
                }

                fn log(&self, record: &$crate::log_crate::Record<'_>) {
                    if $crate::log_crate::Log::enabled(self, record.metadata()) {
                        $crate::log::Log::record(*self, record);
                    }
                }

                fn flush(&self) {}
            }
        };
    };
    (start $tag:path) => {
        $crate::log_crate::set_max_level($crate::log::Log::level($tag));
        // The only call in an image, so it cannot fail.
        let _ = $crate::log_crate::set_logger(&$tag);
    };
}
