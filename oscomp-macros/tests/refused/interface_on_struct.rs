use oscomp_macros::interface;

#[interface]
pub struct Clock;

fn main() {}
