use alloc::vec::Vec;

/// What a session has to send, and how much of it was sent.
#[derive(Debug, Default)]
pub struct Output {
    /// All of it; what is to be sent is added at the end.
    pub bytes: Vec<u8>,
    sent: usize,
}

impl Output {
    /// Writes what was not sent into `room`, as much as there is or fits; how much. When all is sent it is empty, and
    /// keeps its memory if that is `kept` bytes at the most.
    #[inline]
    pub fn send(&mut self, room: &mut [u8], kept: usize) -> usize {
        let rest = &self.bytes[self.sent..];
        let count = rest.len().min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        self.sent += count;
        if self.sent == self.bytes.len() {
            self.sent = 0;
            if self.bytes.capacity() > kept {
                self.bytes = Vec::new();
            }
            self.bytes.clear();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_sent_in_order_and_the_memory_kept_up_to_a_limit() {
        let mut output = Output::default();
        output.bytes.extend_from_slice(b"abcde");
        let mut room = [0; 3];
        assert_eq!((output.send(&mut room, 100), room), (3, *b"abc"));
        output.bytes.push(b'f');
        assert_eq!((output.send(&mut room, 100), room), (3, *b"def"));
        assert!(output.bytes.is_empty() && output.bytes.capacity() > 0);
        output.bytes.push(b'g');
        assert_eq!((output.send(&mut room, 0), room[0]), (1, b'g'));
        assert_eq!(output.bytes.capacity(), 0);
    }
}
