/// Bytes in and out.
#[interface]
pub trait Console { fn write(self, bytes: &[u8]); }
