/// What an image runs.
#[interface]
pub trait App { fn run(self) -> Status; }
pub struct Status(pub u8);
