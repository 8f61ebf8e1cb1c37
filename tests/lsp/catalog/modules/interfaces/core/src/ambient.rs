#[interface(ambient(by_hand))]
pub trait Heap { fn usage(self) -> usize; }
#[interface(ambient(by_hand))]
pub trait PanicHandler { fn panicked(self, message: impl Display) -> !; }
#[interface(ambient)]
pub trait PowerOff { fn power_off(self, status: u8) -> !; }
