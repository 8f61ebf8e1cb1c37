use oscomp_macros::interface;

#[interface(global)]
pub trait Clock {
    fn now(self) -> u64;
}

#[interface(ambient(somehow))]
pub trait Power {
    fn off(self);
}

fn main() {}
