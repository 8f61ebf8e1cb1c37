pub mod app;
pub mod console;
pub mod ambient;
pub use app::{App, Status};
pub use console::Console;
pub use ambient::{Heap, PanicHandler, PowerOff};
/// Time.
#[interface]
pub trait Clock { fn now(self) -> u64; }
#[interface]
pub trait Entropy { fn fill(self, buffer: &mut [u8]); }
#[interface]
pub trait Memory { fn largest(self) -> usize; }
#[interface]
pub trait Echo { fn echo(self); }
