//! From a request to its answer.

use crate::conditional::{self, Verdict};
use crate::head::Head;
use crate::media::media_type;
use crate::range::{self, Wanted};
use crate::site::{Page, Site};
use crate::target::{self, Wrong};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// The status of an answer and the bytes of its body, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The status code.
    pub status: u16,
    /// Bytes of the body.
    pub bytes: usize,
}

/// A piece of what is sent.
#[derive(Debug)]
pub enum Piece {
    /// Bytes of the site.
    Kept(&'static [u8]),
    /// Bytes made for this answer.
    Made(Vec<u8>),
}

impl Piece {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Kept(bytes) => bytes,
            Self::Made(bytes) => bytes,
        }
    }
}

/// Methods that are known and not allowed: all files can only be read.
const KNOWN: [&str; 7] = ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];

/// What is said about the connection, at the end of a head.
const CLOSE: &[u8] = b"Connection: close\r\n\r\n";
/// To clients of HTTP/1.0, for which it is not the rule.
const KEEP: &[u8] = b"Connection: keep-alive\r\n\r\n";

/// Makes the answer to a request, and hands on its pieces, none of them empty.
pub fn answer(site: &'static Site, head: &Head<'_>, mut send: impl FnMut(Piece)) -> Summary {
    let mut out = Out { head_only: head.method == "HEAD", connection: connection(head), send: &mut send };
    if head.method != "GET" && !out.head_only {
        let status = if KNOWN.contains(&head.method) { 405 } else { 501 };
        return out.refuse(status, "");
    }
    let Some(written) = target::path_and_query(head.target) else { return out.refuse(400, "") };
    let (path, query) = written.split_at(written.find('?').unwrap_or(written.len()));
    let decoded = match target::decode(path) {
        Ok(decoded) => decoded,
        Err(Wrong::Malformed) => return out.refuse(400, ""),
        Err(Wrong::Nowhere) => return out.refuse(404, ""),
    };
    let Some(page) = site.find(&decoded) else {
        if !decoded.is_empty() && !decoded.ends_with('/') && site.has_folder(&decoded) {
            return out.refuse(301, &format!("Location: {path}/{query}\r\n"));
        }
        return out.refuse(404, "");
    };
    let prepared = page.prepared();
    if !head.conditions.some {
        return out.page(200, &prepared.head, page.file.bytes);
    }
    match conditional::decide(&head.conditions, prepared) {
        Verdict::Failed => out.refuse(412, ""),
        Verdict::Unchanged => out.page(304, &prepared.unchanged, &[]),
        // Section 14.2 of RFC 9110: ranges are for GET alone.
        Verdict::Send(Some(field)) if !out.head_only => match range::wanted(field, page.file.bytes.len()) {
            Wanted::Whole => out.page(200, &prepared.head, page.file.bytes),
            Wanted::Nothing => {
                out.refuse(416, &format!("Content-Range: bytes */{}\r\n", page.file.bytes.len()))
            }
            Wanted::Parts(parts) => match parts.as_slice() {
                [part] => out.part(page, part.clone()),
                parts => out.parts(page, parts),
            },
        },
        Verdict::Send(_) => out.page(200, &prepared.head, page.file.bytes),
    }
}

/// Hands on the answer to what is no request; the connection ends with it.
pub fn refuse(status: u16, mut send: impl FnMut(Piece)) -> Summary {
    Out { head_only: false, connection: CLOSE, send: &mut send }.refuse(status, "")
}

/// What is said about the connection if it is not what the version says anyway.
fn connection(head: &Head<'_>) -> &'static [u8] {
    match (head.keep, head.is_old) {
        (false, _) => CLOSE,
        (true, true) => KEEP,
        (true, false) => b"",
    }
}

struct Out<'s, F> {
    head_only: bool,
    connection: &'static [u8],
    send: &'s mut F,
}

impl<F: FnMut(Piece)> Out<'_, F> {
    /// A head that is ready, and the body.
    fn page(&mut self, status: u16, head: &'static [u8], body: &'static [u8]) -> Summary {
        if self.connection.is_empty() {
            (self.send)(Piece::Kept(head));
        } else {
            (self.send)(Piece::Kept(&head[..head.len() - 2]));
            (self.send)(Piece::Kept(self.connection));
        }
        self.body(body);
        Summary { status, bytes: if self.head_only { 0 } else { body.len() } }
    }

    fn body(&mut self, body: &'static [u8]) {
        if !self.head_only && !body.is_empty() {
            (self.send)(Piece::Kept(body));
        }
    }

    /// An answer that is about the request and no file.
    fn refuse(&mut self, status: u16, fields: &str) -> Summary {
        let reason = reason(status);
        let body = format!("{status} {reason}\n");
        let allow = if status == 405 { "Allow: GET, HEAD\r\n" } else { "" };
        let mut text = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\n{allow}{fields}",
            body.len()
        );
        self.end_head(&mut text);
        if !self.head_only {
            text += &body;
        }
        (self.send)(Piece::Made(text.into_bytes()));
        Summary { status, bytes: if self.head_only { 0 } else { body.len() } }
    }

    fn part(&mut self, page: &'static Page, part: Range<usize>) -> Summary {
        let body = &page.file.bytes[part.clone()];
        let fields = format!(
            "Content-Type: {}\r\nContent-Range: {}\r\n",
            media_type(page.file.path),
            content_range(page, &part)
        );
        self.partial(page, &fields, body.len());
        self.body(body);
        Summary { status: 206, bytes: body.len() }
    }

    /// Several parts in one body (RFC 9110, section 14.6).
    fn parts(&mut self, page: &'static Page, parts: &[Range<usize>]) -> Summary {
        // It hardly occurs in the file: it is made from all of it.
        let boundary = page.prepared().tag.trim_matches('"');
        let heads: Vec<String> = parts
            .iter()
            .map(|part| {
                format!(
                    "\r\n--{boundary}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
                    media_type(page.file.path),
                    content_range(page, part)
                )
            })
            .collect();
        let end = format!("\r\n--{boundary}--\r\n");
        let bytes =
            heads.iter().map(String::len).chain(parts.iter().map(Range::len)).sum::<usize>() + end.len();
        let fields = format!("Content-Type: multipart/byteranges; boundary={boundary}\r\n");
        self.partial(page, &fields, bytes);
        for (head, part) in heads.into_iter().zip(parts) {
            (self.send)(Piece::Made(head.into_bytes()));
            self.body(&page.file.bytes[part.clone()]);
        }
        (self.send)(Piece::Made(end.into_bytes()));
        Summary { status: 206, bytes }
    }

    /// The head of an answer with a part.
    fn partial(&mut self, page: &'static Page, fields: &str, length: usize) {
        let tag = &page.prepared().tag;
        let mut head =
            format!("HTTP/1.1 206 Partial Content\r\n{fields}Content-Length: {length}\r\nETag: {tag}\r\n");
        self.end_head(&mut head);
        (self.send)(Piece::Made(head.into_bytes()));
    }

    fn end_head(&self, head: &mut String) {
        // What is said about the connection is ASCII.
        *head += str::from_utf8(self.connection).unwrap_or_default();
        if self.connection.is_empty() {
            *head += "\r\n";
        }
    }
}

fn content_range(page: &Page, part: &Range<usize>) -> String {
    format!("bytes {}-{}/{}", part.start, part.end - 1, page.file.bytes.len())
}

/// What a status means.
fn reason(status: u16) -> &'static str {
    match status {
        301 => "Moved Permanently",
        404 => "Not Found",
        405 => "Method Not Allowed",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        505 => "HTTP Version Not Supported",
        _ => "Bad Request",
    }
}
