//! Messages as bytes.

/// What of a request has not been read.
pub struct Fields<'b>(pub &'b [u8]);

impl<'b> Fields<'b> {
    pub fn bytes(&mut self, length: usize) -> &'b [u8] {
        let (bytes, rest) = self.0.split_at_checked(length).expect("a request is whole");
        self.0 = rest;
        bytes
    }

    fn number(&mut self, length: usize) -> u64 {
        self.bytes(length).iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub fn u8(&mut self) -> u8 {
        self.number(1) as u8
    }

    pub fn u16(&mut self) -> u16 {
        self.number(2) as u16
    }

    pub fn u32(&mut self) -> u32 {
        self.number(4) as u32
    }

    pub fn u64(&mut self) -> u64 {
        self.number(8)
    }

    pub fn text(&mut self) -> String {
        let length = usize::from(self.u16());
        String::from_utf8(self.bytes(length).to_vec()).expect("a text is UTF-8")
    }

    pub fn end(self) {
        assert!(self.0.is_empty(), "a request has more than it should");
    }
}

/// A reply.
#[derive(Default)]
pub struct Reply(pub Vec<u8>);

impl Reply {
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn u8(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    pub fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub fn text(self, text: &str) -> Self {
        self.u16(text.len() as u16).bytes(text.as_bytes())
    }

    /// All of a message.
    pub fn finish(self, kind: u8, tag: u16) -> Vec<u8> {
        let head = Self::default().u32(self.0.len() as u32 + 7).u8(kind).u16(tag);
        head.bytes(&self.0).0
    }
}
