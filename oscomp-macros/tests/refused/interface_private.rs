use oscomp_macros::interface;

#[interface]
trait Clock {
    fn now(self) -> u64;
}

fn main() {}
