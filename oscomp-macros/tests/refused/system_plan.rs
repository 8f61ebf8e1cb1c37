oscomp_macros::system!(42);
oscomp_macros::system!("{ \"system\": 1 }");

fn main() {}
