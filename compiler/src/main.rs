mod build;

fn main() {}
