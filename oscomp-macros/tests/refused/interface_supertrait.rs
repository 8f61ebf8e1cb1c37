use oscomp_macros::interface;

#[interface]
pub trait Clock: Clone {
    fn now(self) -> u64;
}

fn main() {}
