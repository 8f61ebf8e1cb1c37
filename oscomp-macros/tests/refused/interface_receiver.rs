use oscomp_macros::interface;

#[interface]
pub trait Counter {
    fn by_reference(&self) -> u64;
    fn by_unique_reference(&mut self);
    fn associated() -> u64;
    fn boxed(self: Box<Self>);
}

fn main() {}
