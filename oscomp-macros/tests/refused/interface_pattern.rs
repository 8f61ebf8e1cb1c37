use oscomp_macros::interface;

#[interface]
pub trait Sink {
    fn put(self, (first, second): (u8, u8));
}

fn main() {}
