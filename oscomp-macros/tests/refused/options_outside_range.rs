use oscomp_macros::Options;

#[derive(Options)]
#[options(require(least <= most, "the least is not above the most"))]
pub struct Options {
    #[option(range = 1..=64)]
    pub least: u16,
    pub most: u16,
}

const OUTSIDE: Options = Options { least: 65, most: 70 }.checked();
const ABOVE: Options = Options { least: 3, most: 2 }.checked();

fn main() {
    let _ = (OUTSIDE.least, ABOVE.least);
}
