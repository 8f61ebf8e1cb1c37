//! Answers in RESP2 and RESP3.

use alloc::vec::Vec;

/// Where the answer to a command goes.
pub struct Reply<'o> {
    out: &'o mut Vec<u8>,
    /// Whether the client speaks RESP3.
    pub is_new: bool,
}

impl<'o> Reply<'o> {
    /// Answers behind what is in `out`.
    pub fn new(out: &'o mut Vec<u8>, is_new: bool) -> Self {
        Self { out, is_new }
    }

    /// Bytes of all answers so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Takes back what was said since there were so many bytes.
    pub fn truncate(&mut self, len: usize) {
        self.out.truncate(len);
    }

    /// `OK`
    pub fn ok(&mut self) {
        self.out.extend_from_slice(b"+OK\r\n");
    }

    /// A word.
    pub fn simple(&mut self, word: &str) {
        self.line(b'+', &[word.as_bytes()]);
    }

    /// What is wrong, in parts; the first begins with the code. Ends of lines become spaces.
    pub fn error(&mut self, parts: &[&[u8]]) {
        let begin = self.out.len();
        self.line(b'-', parts);
        let text = self.out.len() - 2;
        for byte in &mut self.out[begin..text] {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
    }

    /// A whole number.
    pub fn integer(&mut self, value: i64) {
        self.number(b':', value);
    }

    /// A count.
    pub fn count(&mut self, value: usize) {
        self.integer(i64::try_from(value).unwrap_or(i64::MAX));
    }

    /// A string of bytes.
    pub fn bulk(&mut self, bytes: &[u8]) {
        self.out.reserve(bytes.len() + 24);
        self.number(b'$', bytes.len() as i64);
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
    }

    /// A whole number as a string.
    pub fn bulk_integer(&mut self, value: i64) {
        let mut digits = [0; 20];
        self.bulk(decimal(value, &mut digits));
    }

    /// A string, or nothing.
    pub fn optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }

    /// Nothing where a string would be.
    pub fn null(&mut self) {
        self.out.extend_from_slice(if self.is_new { b"_\r\n" } else { b"$-1\r\n" });
    }

    /// Nothing where an array would be.
    pub fn null_array(&mut self) {
        self.out.extend_from_slice(if self.is_new { b"_\r\n" } else { b"*-1\r\n" });
    }

    /// The beginning of an array: so many elements follow.
    pub fn array(&mut self, count: usize) {
        self.number(b'*', count as i64);
    }

    /// The beginning of a set: so many elements follow.
    pub fn set(&mut self, count: usize) {
        self.number(if self.is_new { b'~' } else { b'*' }, count as i64);
    }

    /// The beginning of a map: so many pairs follow.
    pub fn map(&mut self, pairs: usize) {
        if self.is_new {
            self.number(b'%', pairs as i64);
        } else {
            self.number(b'*', pairs as i64 * 2);
        }
    }

    /// Text for people, of several lines.
    pub fn verbatim(&mut self, text: &str) {
        if self.is_new {
            self.number(b'=', text.len() as i64 + 4);
            self.out.extend_from_slice(b"txt:");
            self.out.extend_from_slice(text.as_bytes());
            self.out.extend_from_slice(b"\r\n");
        } else {
            self.bulk(text.as_bytes());
        }
    }

    fn line(&mut self, kind: u8, parts: &[&[u8]]) {
        self.out.push(kind);
        parts.iter().for_each(|part| self.out.extend_from_slice(part));
        self.out.extend_from_slice(b"\r\n");
    }

    fn number(&mut self, kind: u8, value: i64) {
        // All of it at once: most answers are a number.
        let mut line = [0; 24];
        let mut begin = line.len() - 2;
        line[begin] = b'\r';
        line[begin + 1] = b'\n';
        let mut rest = value.unsigned_abs();
        loop {
            begin -= 1;
            line[begin] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            begin -= 1;
            line[begin] = b'-';
        }
        begin -= 1;
        line[begin] = kind;
        self.out.extend_from_slice(&line[begin..]);
    }
}

/// A number in decimal, at the end of `digits`.
pub fn decimal(value: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut begin = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        begin -= 1;
        digits[begin] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        begin -= 1;
        digits[begin] = b'-';
    }
    &digits[begin..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn both_versions_are_as_they_are_specified() {
        let said = |is_new| {
            let mut out = Vec::new();
            let mut reply = Reply::new(&mut out, is_new);
            reply.ok();
            reply.error(&[b"ERR it is '", b"a\r\nb", b"'"]);
            reply.bulk(b"");
            reply.null();
            reply.null_array();
            reply.map(2);
            reply.set(3);
            reply.verbatim("a");
            reply.optional(None);
            alloc::string::String::from_utf8(out).unwrap()
        };
        assert_eq!(
            said(false),
            "+OK\r\n-ERR it is 'a  b'\r\n$0\r\n\r\n$-1\r\n*-1\r\n*4\r\n*3\r\n$1\r\na\r\n$-1\r\n"
        );
        assert_eq!(
            said(true),
            "+OK\r\n-ERR it is 'a  b'\r\n$0\r\n\r\n_\r\n_\r\n%2\r\n~3\r\n=5\r\ntxt:a\r\n_\r\n"
        );
    }

    #[test]
    fn numbers_are_whole() {
        for value in [0, 9, 10, -1, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            Reply::new(&mut out, false).integer(value);
            assert_eq!(out, format!(":{value}\r\n").as_bytes());
            assert_eq!(decimal(value, &mut [0; 20]), format!("{value}").as_bytes());
        }
    }
}
