//! Requests as clients of Redis write them: arrays of bulk strings (RESP), or lines of words.

use alloc::vec::Vec;

/// Arguments that a command can have.
const ARGUMENTS: i64 = 1024 * 1024;
/// Bytes of a line: a length, or a command written as words.
const LINE: usize = 64 * 1024;

/// Where the arguments of a command are.
type Span = (usize, usize);

/// Reads commands, each from its first byte on, in as many attempts as it takes until it has arrived.
#[derive(Default)]
pub struct Reader {
    /// The arguments so far.
    spans: Vec<Span>,
    /// Bytes of the command that have been understood.
    at: usize,
    /// Arguments that are still to come, once that is known.
    left: Option<usize>,
    /// The words of a line, without quotes.
    words: Vec<u8>,
    in_words: bool,
}

/// A command with its name as the first of its arguments.
#[derive(Clone, Copy)]
pub struct Arguments<'b> {
    bytes: &'b [u8],
    spans: &'b [Span],
}

/// Why what has arrived is no command, in Redis's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// What is wrong.
    Text(&'static str),
    /// Another character where a bulk string begins.
    NoBulk(u8),
}

impl Reader {
    /// How many bytes the command takes that `bytes` begin with; none as long as it is not whole. Each
    /// attempt has to be given the same bytes and more.
    ///
    /// # Errors
    /// What is wrong with it, also if it is longer than `limit` bytes.
    pub fn read(&mut self, bytes: &[u8], limit: usize) -> Result<Option<usize>, Malformed> {
        if bytes.first() != Some(&b'*') {
            return self.read_words(bytes);
        }
        let mut left = match self.left {
            Some(left) => left,
            None => {
                let Some((count, behind)) =
                    number(bytes, 1, "too big mbulk count string", "invalid multibulk length")?
                else {
                    return Ok(None);
                };
                if count > ARGUMENTS {
                    return Err(Malformed::Text("invalid multibulk length"));
                }
                self.at = behind;
                let count = usize::try_from(count).unwrap_or(0);
                *self.left.insert(count)
            }
        };
        while left > 0 {
            match bytes.get(self.at) {
                Some(b'$') => {}
                Some(other) => return Err(Malformed::NoBulk(*other)),
                None => return Ok(None),
            }
            let Some((length, begin)) =
                number(bytes, self.at + 1, "too big bulk count string", "invalid bulk length")?
            else {
                return Ok(None);
            };
            let length = usize::try_from(length).ok().filter(|length| begin + length <= limit);
            let end = begin + length.ok_or(Malformed::Text("invalid bulk length"))?;
            if bytes.len() < end + 2 {
                return Ok(None);
            }
            self.spans.push((begin, end));
            self.at = end + 2;
            left -= 1;
            self.left = Some(left);
        }
        Ok(Some(self.at))
    }

    /// Bytes that are worth waiting for, at the least, when there are so many of the command: those of an
    /// argument whose length is known would all have to come.
    pub fn missing(&self, bytes: &[u8]) -> usize {
        match self.left {
            Some(_) if bytes.get(self.at) == Some(&b'$') => match number(bytes, self.at + 1, "", "") {
                Ok(Some((length, begin))) => {
                    let end = begin.saturating_add(usize::try_from(length).unwrap_or(0)).saturating_add(2);
                    end.saturating_sub(bytes.len()).max(1)
                }
                _ => 1,
            },
            _ => 1,
        }
    }

    /// The arguments of the command that was whole; `bytes` are those that it was read from.
    pub fn arguments<'b>(&'b self, bytes: &'b [u8]) -> Arguments<'b> {
        Arguments { bytes: if self.in_words { &self.words } else { bytes }, spans: &self.spans }
    }

    /// Begins with another command.
    pub fn next(&mut self) {
        self.spans.clear();
        self.left = None;
        self.at = 0;
        if self.in_words {
            self.in_words = false;
            self.words.clear();
        }
    }

    /// A line of words, as a person types them.
    fn read_words(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        // What has been looked at holds no end of a line.
        let searched = &bytes[self.at.min(bytes.len())..];
        let Some(end) = searched.iter().position(|byte| *byte == b'\n').map(|end| self.at + end) else {
            self.at = bytes.len();
            let too_long = bytes.len() > LINE;
            return if too_long { Err(Malformed::Text("too big inline request")) } else { Ok(None) };
        };
        self.in_words = true;
        let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
        let mut rest = line.trim_ascii_start();
        while !rest.is_empty() {
            let begin = self.words.len();
            rest = word(rest, &mut self.words)
                .ok_or(Malformed::Text("unbalanced quotes in request"))?
                .trim_ascii_start();
            self.spans.push((begin, self.words.len()));
        }
        Ok(Some(end + 1))
    }
}

/// Adds the first word of a line to `words`, without its quotes; what is behind it. None if a quote has no
/// end, or something follows it at once.
fn word<'l>(line: &'l [u8], words: &mut Vec<u8>) -> Option<&'l [u8]> {
    let mut quote = None;
    let mut rest = line;
    loop {
        let (byte, behind) = match rest.split_first() {
            None => return quote.is_none().then_some(rest),
            Some((byte, behind)) => (*byte, behind),
        };
        rest = behind;
        match (quote, byte) {
            (None, byte) if byte.is_ascii_whitespace() => return Some(rest),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(end), byte) if byte == end => {
                return rest.first().is_none_or(u8::is_ascii_whitespace).then_some(rest);
            }
            (Some(b'\''), b'\\') if rest.first() == Some(&b'\'') => {
                words.push(b'\'');
                rest = &rest[1..];
            }
            (Some(b'"'), b'\\') if !rest.is_empty() => {
                let (byte, behind) = escaped(rest);
                words.push(byte);
                rest = behind;
            }
            (_, byte) => words.push(byte),
        }
    }
}

/// The byte that is written behind a backslash, and what is behind that; `rest` is not empty.
fn escaped(rest: &[u8]) -> (u8, &[u8]) {
    let digit = |at: usize| rest.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    if rest[0] == b'x'
        && let (Some(high), Some(low)) = (digit(1), digit(2))
    {
        return ((high << 4 | low) as u8, &rest[3..]);
    }
    let byte = match rest[0] {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    };
    (byte, &rest[1..])
}

/// The number at `from`, and where what follows its line begins; none as long as the line has no end.
fn number(
    bytes: &[u8],
    from: usize,
    too_long: &'static str,
    wrong: &'static str,
) -> Result<Option<(i64, usize)>, Malformed> {
    // Nearly all lengths have few digits.
    let rest = bytes.get(from..).unwrap_or_default();
    let Some(length) = rest.iter().position(|byte| *byte == b'\r') else {
        return if rest.len() > LINE { Err(Malformed::Text(too_long)) } else { Ok(None) };
    };
    if rest.len() < length + 2 {
        return Ok(None);
    }
    let value = integer(&rest[..length]).ok_or(Malformed::Text(wrong))?;
    Ok(Some((value, from + length + 2)))
}

/// A whole number as Redis writes it: without a plus sign, spaces or zeroes before it.
pub fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [] => return None,
        [b'0'] => return (!negative).then_some(0),
        [b'0', ..] => return None,
        // Numbers of up to 18 digits cannot overflow.
        digits if digits.len() <= 18 => {
            let mut value = 0_i64;
            for digit in digits {
                let digit = digit.wrapping_sub(b'0');
                if digit > 9 {
                    return None;
                }
                value = value * 10 + i64::from(digit);
            }
            return Some(if negative { -value } else { value });
        }
        _ => {}
    }
    digits.iter().try_fold(0_i64, |value, digit| {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        let value = value.checked_mul(10).filter(|_| digit <= 9)?;
        // The least number has no positive counterpart.
        if negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    })
}

impl<'b> Arguments<'b> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// One of them; empty if there are not so many.
    pub fn get(&self, index: usize) -> &'b [u8] {
        self.spans.get(index).map_or(&[], |(begin, end)| &self.bytes[*begin..*end])
    }

    /// Those from one on.
    pub fn from(self, first: usize) -> impl Iterator<Item = &'b [u8]> + Clone {
        let spans = self.spans.get(first..).unwrap_or_default();
        spans.iter().map(move |(begin, end)| &self.bytes[*begin..*end])
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.spans.iter().map(|(begin, end)| end - begin).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec;
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    /// The arguments of a command, and how many bytes it takes.
    type Read = Option<(Vec<Vec<u8>>, usize)>;

    fn read(bytes: &[u8]) -> Result<Read, Malformed> {
        let mut reader = Reader::default();
        let length = reader.read(bytes, 1000)?;
        Ok(length.map(|length| (reader.arguments(bytes).from(0).map(<[u8]>::to_vec).collect(), length)))
    }

    fn words(line: &str) -> Result<Vec<String>, Malformed> {
        let line = format!("{line}\r\n");
        let (words, length) = read(line.as_bytes())?.expect("a whole line");
        assert_eq!(length, line.len());
        Ok(words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect())
    }

    #[test]
    fn commands_are_arrays_or_lines() {
        let text = b"*2\r\n$4\r\nECHO\r\n$3\r\na\r\n\r\nmore";
        assert_eq!(read(text), Ok(Some((vec![b"ECHO".to_vec(), b"a\r\n".to_vec()], text.len() - 4))));
        assert_eq!(read(b"*0\r\nx"), Ok(Some((vec![], 4))));
        assert_eq!(read(b"*-1\r\n"), Ok(Some((vec![], 5))));
        assert_eq!(read(b"\r\n"), Ok(Some((vec![], 2))));
        assert_eq!(
            words("SET a  \"b c\\x41\\n\\\"\" ''"),
            Ok(["SET", "a", "b cA\n\"", ""].map(String::from).to_vec())
        );
        assert_eq!(words("'it\\'s'\t\"\\q\""), Ok(["it's", "q"].map(String::from).to_vec()));
        assert_eq!(words("a\"b\""), Ok(vec!["ab".to_owned()]));
    }

    #[test]
    fn what_is_no_command_is_said() {
        let text = |text| Err(Malformed::Text(text));
        assert_eq!(read(b"*a\r\n"), text("invalid multibulk length"));
        assert_eq!(read(b"*1048577\r\n"), text("invalid multibulk length"));
        assert_eq!(read(b"*1\r\n$-1\r\n"), text("invalid bulk length"));
        assert_eq!(read(b"*1\r\n$1001\r\n"), text("invalid bulk length"));
        assert_eq!(read(b"*1\r\n$9223372036854775807\r\n"), text("invalid bulk length"));
        assert_eq!(read(b"*1\r\n:1\r\n"), Err(Malformed::NoBulk(b':')));
        assert_eq!(read(&[&b"*1\r\n$"[..], &[b'1'; LINE + 1]].concat()), text("too big bulk count string"));
        assert_eq!(read(&[&b"*"[..], &[b'1'; LINE + 1]].concat()), text("too big mbulk count string"));
        assert_eq!(read(&vec![b'x'; LINE + 1]), text("too big inline request"));
        for line in ["\"a", "'a", "\"a\"b", "\"a\\"] {
            assert_eq!(words(line), Err(Malformed::Text("unbalanced quotes in request")), "{line}");
        }
    }

    #[test]
    fn integers_are_as_redis_writes_them() {
        for value in [0, 7, -7, 999_999_999_999_999_999, 1_000_000_000_000_000_000, i64::MAX, i64::MIN] {
            assert_eq!(integer(format!("{value}").as_bytes()), Some(value));
        }
        for text in [
            "",
            "-",
            "-0",
            "00",
            "01",
            "+1",
            " 1",
            "1 ",
            "1.0",
            "9223372036854775808",
            "-9223372036854775809",
        ] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_command_is_the_same_however_it_arrives(
            arguments in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..6),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        ) {
            let mut bytes = format!("*{}\r\n", arguments.len()).into_bytes();
            for argument in &arguments {
                bytes.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
                bytes.extend_from_slice(argument);
                bytes.extend_from_slice(b"\r\n");
            }
            let mut lengths: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            lengths.sort_unstable();
            let mut reader = Reader::default();
            for length in lengths {
                prop_assert_eq!(reader.read(&bytes[..length], 1000), Ok(None));
                let missing = reader.missing(&bytes[..length]);
                assert!(missing > 0 && length + missing <= bytes.len(), "no more is asked for than comes");
            }
            prop_assert_eq!(reader.read(&bytes, 1000), Ok(Some(bytes.len())));
            let read: Vec<Vec<u8>> = reader.arguments(&bytes).from(0).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(read, arguments);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), text in "[*$0-9a\r\n\"'\\\\-]{0,40}") {
            let _ = read(&bytes);
            let _ = read(text.as_bytes());
        }
    }
}
