//! The head of a request (RFC 9112, sections 3 to 6).

use core::mem::MaybeUninit;
use httparse::Header;

/// Fields that a request can have.
const FIELDS: usize = 64;

/// What is wrong with a request, by the status that says so. The connection ends with it.
pub type Wrong = u16;

/// What matters of the head of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'b> {
    /// Bytes that it takes.
    pub length: usize,
    /// The method, as it is written.
    pub method: &'b str,
    /// The target, as it is written.
    pub target: &'b str,
    /// Whether the version is HTTP/1.0.
    pub is_old: bool,
    /// Whether the connection goes on after the answer.
    pub keep: bool,
    /// Bytes of the body; none if only reading it would tell, or the client waits for leave to send it.
    pub body: Option<u64>,
    /// What decides whether the answer is the file, and how much of it.
    pub conditions: Conditions<'b>,
}

/// The fields that make an answer depend on what the client has. Some of them may come in several lines, of
/// which there is room for one: of several it is as if there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions<'b> {
    /// `If-Match`
    pub if_match: Option<&'b str>,
    /// `If-None-Match`
    pub if_none_match: Option<&'b str>,
    /// `If-Modified-Since`
    pub if_modified_since: Option<&'b str>,
    /// `If-Unmodified-Since`
    pub if_unmodified_since: Option<&'b str>,
    /// `If-Range`
    pub if_range: Option<&'b str>,
    /// `Range`
    pub range: Option<&'b str>,
    /// Whether any of them is there.
    pub some: bool,
}

/// The head that `bytes` begin with; none as long as it is not whole.
///
/// # Errors
/// 400 for what is not HTTP or could be understood in two ways, 431 for too many fields, 501 for a coding of
/// the body that nobody knows, 505 for another version, 417 for expectations that cannot be met.
pub fn read(bytes: &[u8]) -> Result<Option<Head<'_>>, Wrong> {
    let mut fields = [MaybeUninit::uninit(); FIELDS];
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, &mut fields) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(431),
        Err(httparse::Error::Version) => return Err(505),
        Err(_) => return Err(400),
    };
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(400);
    };
    let mut reading = Reading { is_old: minor == 0, ..Reading::default() };
    for field in &*request.headers {
        reading.field(field)?;
    }
    let conditions = reading.conditions;
    let (keep, body) = reading.framing()?;
    Ok(Some(Head { length, method, target, is_old: minor == 0, keep, body, conditions }))
}

#[derive(Default)]
struct Reading<'b> {
    is_old: bool,
    hosts: usize,
    close: bool,
    keep_alive: bool,
    length: Option<u64>,
    chunked: bool,
    waits: bool,
    conditions: Conditions<'b>,
    /// Of which conditions there were several.
    several: u8,
}

impl<'b> Reading<'b> {
    fn field(&mut self, field: &Header<'b>) -> Result<(), Wrong> {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        let value = field.value;
        // The length alone says of most fields that they do not matter.
        match field.name.len() {
            4 if is("host") => self.hosts += 1,
            5 if is("range") => self.condition(0, value),
            6 if is("expect") => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(417);
                }
                self.waits = true;
            }
            8 if is("if-match") => self.condition(1, value),
            8 if is("if-range") => self.condition(2, value),
            10 if is("connection") => {
                for option in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    self.close |= option.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            13 if is("if-none-match") => self.condition(3, value),
            14 if is("content-length") => {
                let length = decimal(value).ok_or(400_u16)?;
                if self.length.replace(length).is_some_and(|other| other != length) {
                    return Err(400);
                }
            }
            17 if is("transfer-encoding") => {
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(501);
                }
                if core::mem::replace(&mut self.chunked, true) {
                    return Err(400);
                }
            }
            17 if is("if-modified-since") => self.condition(4, value),
            19 if is("if-unmodified-since") => self.condition(5, value),
            _ => {}
        }
        Ok(())
    }

    fn condition(&mut self, which: u8, value: &'b [u8]) {
        let conditions = &mut self.conditions;
        let place = match which {
            0 => &mut conditions.range,
            1 => &mut conditions.if_match,
            2 => &mut conditions.if_range,
            3 => &mut conditions.if_none_match,
            4 => &mut conditions.if_modified_since,
            _ => &mut conditions.if_unmodified_since,
        };
        let again = place.is_some() || self.several & 1 << which != 0;
        self.several |= u8::from(again) << which;
        *place = str::from_utf8(value).ok().filter(|_| !again);
        conditions.some = true;
    }

    /// Whether the connection goes on, and how long the body is.
    fn framing(&self) -> Result<(bool, Option<u64>), Wrong> {
        // RFC 9112, section 3.2: exactly one, but none is fine of old clients.
        if self.hosts > 1 || self.hosts == 0 && !self.is_old {
            return Err(400);
        }
        // Section 6.1: one of the two may be for somebody else.
        if self.chunked && (self.length.is_some() || self.is_old) {
            return Err(400);
        }
        let length = self.length.unwrap_or(0);
        let body = (!self.chunked && (!self.waits || length == 0)).then_some(length);
        let keep = !self.close && (!self.is_old || self.keep_alive);
        Ok((keep && body.is_some(), body))
    }
}

/// A whole number of decimal digits.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use proptest::prelude::{any, prop, proptest};

    fn with(fields: &str) -> Result<Head<'static>, Wrong> {
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        read(text.leak().as_bytes()).map(|head| head.expect("a whole head"))
    }

    #[test]
    fn a_head_is_read_where_it_ends() {
        let text = "\r\nHEAD /a?b HTTP/1.1\r\nhost:x\r\n\r\nGET";
        let head = read(text.as_bytes()).unwrap().unwrap();
        assert_eq!((head.method, head.target, head.length), ("HEAD", "/a?b", text.len() - 3));
        assert!(head.keep && !head.is_old && head.body == Some(0) && !head.conditions.some);
        for length in 0..text.len() - 3 {
            assert_eq!(read(&text.as_bytes()[..length]), Ok(None), "{length} bytes");
        }
    }

    #[test]
    fn the_connection_is_kept_as_the_versions_say() {
        let keep = |text: &str| read(text.as_bytes()).unwrap().unwrap().keep;
        assert!(keep("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert!(!keep("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n"));
        assert!(!keep("GET / HTTP/1.0\r\n\r\n"));
        assert!(keep("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
        assert!(!keep("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"));
    }

    #[test]
    fn bodies_have_one_length() {
        assert_eq!(with("Content-Length: 12\r\n").unwrap().body, Some(12));
        assert_eq!(with("Content-Length: 12\r\nContent-Length: 12\r\n").unwrap().body, Some(12));
        let chunked = with("Transfer-Encoding: Chunked\r\n").unwrap();
        assert!(chunked.body.is_none() && !chunked.keep);
        let waits = with("Expect: 100-continue\r\nContent-Length: 1\r\n").unwrap();
        assert!(waits.body.is_none() && !waits.keep);
        assert!(with("Expect: 100-continue\r\n").unwrap().keep);
        for (fields, status) in [
            ("Content-Length: 12\r\nContent-Length: 13\r\n", 400),
            ("Content-Length: 12, 12\r\n", 400),
            ("Content-Length: -1\r\n", 400),
            ("Content-Length: +1\r\n", 400),
            ("Content-Length:\r\n", 400),
            ("Content-Length: 99999999999999999999\r\n", 400),
            ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            ("Transfer-Encoding: xchunked\r\n", 501),
            ("Expect: tea\r\n", 417),
            ("Host: b\r\n", 400),
            (" folded: x\r\n", 400),
            ("name : x\r\n", 400),
        ] {
            assert_eq!(with(fields), Err(status), "{fields}");
        }
        assert_eq!(with(&"A: b\r\n".repeat(FIELDS)), Err(431));
        assert_eq!(read(b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Err(400));
        assert_eq!(read(b"GET / HTTP/1.1\r\n\r\n"), Err(400));
        assert_eq!(read(b"GET / HTTP/2.0\r\n\r\n"), Err(505));
        assert_eq!(read(b"GET /\r\n\r\n"), Err(400));
        assert_eq!(read(b"\x16\x03\x01\x02\x00"), Err(400));
    }

    #[test]
    fn conditions_are_found_and_several_of_one_are_none() {
        let conditions = with("RANGE: bytes=0-1\r\nif-none-match: \"a\"\r\n").unwrap().conditions;
        assert_eq!((conditions.range, conditions.if_none_match), (Some("bytes=0-1"), Some("\"a\"")));
        assert!(conditions.some);
        for count in 2..4 {
            assert_eq!(with(&"Range: bytes=0-1\r\n".repeat(count)).unwrap().conditions.range, None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_fields_make_it_panic(fields in prop::collection::vec(
            ("(host|range|expect|if-match|connection|content-length|transfer-encoding|x)", "[ -~]{0,12}"),
            0..6,
        )) {
            let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let _ = with(&fields);
        }
    }
}
