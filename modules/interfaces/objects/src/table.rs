//! Descriptors of objects.

use crate::OpenObject;
use alloc::sync::Arc;
use oscomp_interfaces::ErrorNumber;
use oscomp_macros::interface;

/// `O_RDONLY` (POSIX.1-2024, `<fcntl.h>`), with Linux's number.
pub const READ_ONLY: i32 = 0;
/// `O_WRONLY`.
pub const WRITE_ONLY: i32 = 1;
/// `O_RDWR`.
pub const READ_WRITE: i32 = 2;

/// What a descriptor is open on.
pub enum Opened {
    /// A file or directory, which is always ready.
    File,
    /// The console, and whether somebody can read from it without waiting.
    Console {
        /// Whether there is something to read, or the end.
        has_input: bool,
    },
    /// An object, and the flags of its status: how it was opened, and whether calls wait (`O_NONBLOCK`).
    Object {
        /// The object.
        object: Arc<dyn OpenObject>,
        /// As `F_GETFL` has them.
        flags: i32,
    },
}

/// The descriptors of a C program, for modules that open something else than files: provided by what has `read`, `write`
/// and `close`, which it passes on to the objects.
#[interface]
pub trait DescriptorTable {
    /// Opens the lowest free descriptor on an object, with the flags of `open`: how it can be used, `O_NONBLOCK`,
    /// `O_CLOEXEC`. Unless there is one the object is closed.
    ///
    /// # Errors
    /// `EMFILE`, `ENFILE`.
    fn insert(self, object: Arc<dyn OpenObject>, flags: i32) -> Result<i32, ErrorNumber>;

    /// What a descriptor is open on.
    ///
    /// # Errors
    /// `EBADF`.
    fn find(self, descriptor: i32) -> Result<Opened, ErrorNumber>;

    /// Closes a descriptor.
    ///
    /// # Errors
    /// `EBADF`.
    fn close(self, descriptor: i32) -> Result<(), ErrorNumber>;
}

/// Opens two descriptors on two objects, with the flags of each; both, or none, and then both objects are closed.
///
/// # Errors
/// `EMFILE`, `ENFILE`.
pub fn insert_both(
    table: impl DescriptorTable,
    [first, second]: [(Arc<dyn OpenObject>, i32); 2],
) -> Result<[i32; 2], ErrorNumber> {
    let one = match table.insert(first.0, first.1) {
        Ok(one) => one,
        Err(number) => {
            second.0.close();
            return Err(number);
        }
    };
    match table.insert(second.0, second.1) {
        Ok(two) => Ok([one, two]),
        Err(number) => {
            table.close(one)?;
            Err(number)
        }
    }
}
