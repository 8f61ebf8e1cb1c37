use oscomp_macros::interface;

#[interface]
pub trait Queue<T> {
    fn push(self, item: T);
}

fn main() {}
