use oscomp_macros::interface;

#[interface(ambient)]
pub trait Log {
    type Level;
    fn each(self, visit: impl Fn(u8));
    fn put<T>(self, item: T);
}

fn main() {}
