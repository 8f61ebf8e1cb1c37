use oscomp_macros::interface;

#[interface]
pub trait Clock {
    fn now(self) -> u64 {
        0
    }
}

fn main() {}
