use core::ffi::c_int;

/// The file descriptors of a console: POSIX gives every process 0, 1 and 2.
#[derive(Clone, Copy)]
pub struct Stream {
    output: c_int,
    input: Option<c_int>,
}

impl Stream {
    /// The stream of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "stdout" => Some(Self { output: libc::STDOUT_FILENO, input: Some(libc::STDIN_FILENO) }),
            "stderr" => Some(Self { output: libc::STDERR_FILENO, input: None }),
            _ => None,
        }
    }

    /// Writes everything; a stream that has gone away swallows it.
    pub fn write(self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // SAFETY: the pointer and the length are those of a live slice, which `write` only reads.
            let written = unsafe { libc::write(self.output, bytes.as_ptr().cast(), bytes.len()) };
            match usize::try_from(written) {
                Ok(0) => return,
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(_) => match errno() {
                    libc::EINTR => {}
                    libc::EAGAIN => {
                        self.poll(self.output, libc::POLLOUT, -1);
                    }
                    _ => return,
                },
            }
        }
    }

    /// Reads what has arrived, without waiting.
    pub fn read(self, buffer: &mut [u8]) -> usize {
        let Some(input) = self.input else { return 0 };
        if buffer.is_empty() || !self.poll(input, libc::POLLIN, 0) {
            return 0;
        }
        // SAFETY: the pointer and the length are those of a slice that this call alone holds.
        let count = unsafe { libc::read(input, buffer.as_mut_ptr().cast(), buffer.len()) };
        usize::try_from(count).unwrap_or(0)
    }

    /// Whether `events` are there within `timeout` milliseconds; -1 waits for ever.
    fn poll(self, descriptor: c_int, events: i16, timeout: c_int) -> bool {
        let mut poll = libc::pollfd { fd: descriptor, events, revents: 0 };
        // SAFETY: one live `pollfd`, as the count says.
        let ready = unsafe { libc::poll(&raw mut poll, 1, timeout) };
        ready == 1 && poll.revents & events != 0
    }
}

fn errno() -> c_int {
    // SAFETY: the address is this thread's own `errno`, which lives as long as the thread.
    unsafe { *libc::__errno_location() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe() -> (c_int, c_int) {
        let mut ends = [0; 2];
        // SAFETY: room for the two descriptors that `pipe` stores.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        (ends[0], ends[1])
    }

    #[test]
    fn bytes_go_through_and_reading_does_not_wait() {
        let (input, output) = pipe();
        let stream = Stream { output, input: Some(input) };
        let mut buffer = [0; 8];
        assert_eq!(stream.read(&mut buffer), 0);
        stream.write(b"to and from");
        assert_eq!(stream.read(&mut buffer), 8);
        assert_eq!(&buffer, b"to and f");
        assert_eq!(stream.read(&mut buffer), 3);
        assert_eq!(&buffer[..3], b"rom");
        // SAFETY: closes a descriptor of this test's own.
        unsafe { libc::close(output) };
        assert_eq!(stream.read(&mut buffer), 0, "the end of the stream is no byte");
    }

    #[test]
    fn a_stream_that_is_gone_swallows_everything() {
        Stream { output: -1, input: None }.write(b"nobody");
        assert_eq!(Stream { output: -1, input: Some(-1) }.read(&mut [0; 4]), 0);
    }
}
