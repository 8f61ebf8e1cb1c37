//! What a machine's firmware prints before the image does, which is not the image's output.

use std::io::{self, Read, Write};

/// Copies what comes after the line that has `last` in it; all of it if no line has.
pub fn skip(mut from: impl Read, mut to: impl Write, last: &[u8]) -> io::Result<()> {
    let mut held = Some(Vec::new());
    let mut buffer = [0; 4096];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = &buffer[..count];
        match &mut held {
            None => to.write_all(bytes)?,
            Some(text) => {
                text.extend(bytes);
                if let Some(end) = end_of_line_with(text, last) {
                    to.write_all(&text[end..])?;
                    held = None;
                }
            }
        }
        // A prompt is no whole line.
        to.flush()?;
    }
    to.write_all(&held.unwrap_or_default())?;
    to.flush()
}

fn end_of_line_with(text: &[u8], last: &[u8]) -> Option<usize> {
    let found = text.windows(last.len().max(1)).position(|window| window == last)?;
    Some(found + text[found..].iter().position(|byte| *byte == b'\n')? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(chunks: &[&str], last: &str) -> String {
        struct Chunks<'a>(std::slice::Iter<'a, &'a str>);
        impl Read for Chunks<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let chunk = self.0.next().map_or(&[][..], |chunk| chunk.as_bytes());
                buffer[..chunk.len()].copy_from_slice(chunk);
                Ok(chunk.len())
            }
        }
        let mut out = Vec::new();
        skip(Chunks(chunks.iter()), &mut out, last.as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_image_is_heard_from_behind_the_last_line_on() {
        assert_eq!(skipped(&["banner\nBoot: 1\nhello\n"], "Boot"), "hello\n");
        assert_eq!(skipped(&["banner\nBo", "ot: 1", "\r\nhel", "lo Boot\n"], "Boot"), "hello Boot\n");
    }

    #[test]
    fn firmware_that_fails_is_heard() {
        assert_eq!(skipped(&["banner\n", "no kernel\n"], "Boot"), "banner\nno kernel\n");
    }
}
