use oscomp_macros::interface;

#[interface]
pub trait Clock {
    #[cfg(target_pointer_width = "64")]
    fn now(self) -> u64;
}

fn main() {}
