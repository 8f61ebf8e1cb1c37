use oscomp_macros::interface;

#[interface]
pub trait Clock {
    const HZ: u64;
    fn now(self) -> u64;
}

fn main() {}
