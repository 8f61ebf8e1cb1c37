//! The server with clients, over a network in memory.

use crate::session::{Http, Limits};
use crate::site::Site;
use crate::{Httpd, Options};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use oscomp_abi::{Bytes, Config};
use oscomp_fake_net::{Client, Net, Runner};
use oscomp_interfaces::{Executor, File, Files};
use oscomp_sessions::Session;
use proptest::prelude::{any, prop, proptest};

const FILES: [File; 5] = [
    File { path: "a.txt", bytes: b"0123456789", modified: Some(Duration::from_secs(784_111_777)) },
    File { path: "docs/index.html", bytes: b"<p>docs", modified: None },
    File { path: "empty.css", bytes: b"", modified: None },
    File { path: "index.html", bytes: b"<p>home", modified: None },
    File { path: "\u{e9}", bytes: b"accent", modified: None },
];

#[derive(Clone, Copy)]
struct Site1;

impl Files for Site1 {
    fn count(self) -> usize {
        FILES.len()
    }

    fn file(self, number: usize) -> Option<File> {
        FILES.get(number).copied()
    }

    fn find(self, path: &str) -> Option<usize> {
        FILES.iter().position(|file| file.path == path)
    }
}

#[derive(Clone, Copy)]
struct Settings;

impl Config<Options> for Settings {
    const OPTIONS: Options = Options {
        port: 80,
        index: "index.html",
        access_log: true,
        connections: 4,
        header_bytes: Bytes(512),
        body_bytes: Bytes(100),
        idle_timeout: Duration::from_secs(10),
    };
}

fn session() -> Http {
    let site: &'static Site = Box::leak(Box::new(Site::new(FILES.into_iter(), "index.html")));
    Http::new(site, Limits { head: 512, body: 100 }, None)
}

/// What is sent in answer to these pieces, and whether the connection ends.
fn said<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, room: usize) -> (String, bool) {
    let mut session = session();
    let mut out = Vec::new();
    for mut piece in pieces {
        while !piece.is_empty() {
            let taken = session.receive(piece);
            assert!(taken > 0 || session.has_output(), "it neither takes nor answers");
            piece = &piece[taken..];
            while session.has_output() {
                let mut bytes = alloc::vec![b'?'; room];
                let count = session.send(&mut bytes);
                assert!(count > 0);
                out.extend_from_slice(&bytes[..count]);
            }
        }
        if session.has_ended() {
            break;
        }
    }
    (String::from_utf8(out).unwrap(), session.has_ended())
}

fn answer(request: &str) -> String {
    said([request.as_bytes()], 4096).0
}

/// The answer to a GET of a target with these fields.
fn get(target: &str, fields: &str) -> String {
    answer(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"))
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[test]
fn files_are_served_with_what_is_known_of_them() {
    assert_eq!(
        get("/a.txt", ""),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n\
         Accept-Ranges: bytes\r\nETag: \"ea7a0acb9e2d6cdc\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n\
         0123456789"
            .replace("ea7a0acb9e2d6cdc", crate::conditional::tag(b"0123456789").trim_matches('"'))
    );
    assert_eq!(body(&get("/", "")), "<p>home");
    assert_eq!(body(&get("/?a=b", "")), "<p>home");
    assert_eq!(body(&get("/docs/", "")), "<p>docs");
    assert_eq!(body(&get("/%C3%A9", "")), "accent");
    assert_eq!(body(&get("http://host/a.txt", "")), "0123456789");
    assert!(get("/empty.css", "").contains("Content-Length: 0\r\n"));
    assert!(
        get("/docs?q", "").contains("301 Moved Permanently\r\n")
            && get("/docs?q", "").contains("Location: /docs/?q\r\n")
    );
}

#[test]
fn head_is_get_without_the_body() {
    let get = get("/a.txt", "");
    let head = answer("HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(head, get.strip_suffix("0123456789").unwrap());
    let missing = answer("HEAD /b HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(missing.starts_with("HTTP/1.1 404 Not Found\r\n") && missing.ends_with("\r\n\r\n"));
}

#[test]
fn what_cannot_be_served_is_said() {
    let long = "a".repeat(600);
    for (request, expected) in [
        ("GET /b HTTP/1.1\r\nHost: a\r\n\r\n", "404"),
        ("GET /../a.txt HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "405"),
        ("BREW /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
        ("GET /a.txt HTTP/1.1\r\n\r\n", "400"),
        ("GET /a.txt HTTP/3.0\r\nHost: a\r\n\r\n", "505"),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", "413"),
        (&format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), "414"),
        (&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), "431"),
        (&format!("GET /{long}"), "414"),
        (&format!("GET / HTTP/1.1\r\nHost: {long}"), "431"),
    ] {
        let answer = answer(request);
        assert_eq!(status(&answer), expected, "{request}");
    }
    assert!(answer("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n").contains("\r\nAllow: GET, HEAD\r\n"));
}

#[test]
fn the_connection_lives_as_long_as_both_want() {
    let two = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    let (answers, ended) = said([two.as_bytes()], 4096);
    assert!(!ended && answers.matches("HTTP/1.1 200 OK").count() == 2);
    let close = two.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1);
    let (answers, ended) = said([close.as_bytes()], 4096);
    assert!(ended && answers.matches("HTTP/1.1 200 OK").count() == 1);
    assert!(answers.contains("\r\nConnection: close\r\n\r\n0123456789"));
    let old = answer("GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert!(old.contains("\r\nConnection: keep-alive\r\n\r\n0123456789"));
    // The body of a request is passed over.
    let (answers, ended) = said(
        [
            &b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                [..],
        ],
        9,
    );
    assert!(!ended && status(&answers) == "405" && answers.ends_with("<p>home"));
}

#[test]
fn parts_and_conditions() {
    let part = get("/a.txt", "Range: bytes=2-4\r\n");
    assert!(part.starts_with("HTTP/1.1 206 Partial Content\r\n") && body(&part) == "234");
    assert!(part.contains("\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 3\r\n"));
    let nothing = get("/a.txt", "Range: bytes=10-\r\n");
    assert!(status(&nothing) == "416" && nothing.contains("\r\nContent-Range: bytes */10\r\n"));
    let two = get("/a.txt", "Range: bytes=0-1,8-\r\n");
    let (head, parts) = two.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}", parts.len())), "{head}");
    let boundary = head.split_once("boundary=").unwrap().1.split_once("\r\n").unwrap().0;
    let parts: Vec<&str> = parts.split(&format!("\r\n--{boundary}")).collect();
    assert!(parts.len() == 4 && parts[0].is_empty() && parts[3] == "--\r\n");
    assert!(
        parts[1].ends_with("\r\nContent-Range: bytes 0-1/10\r\n\r\n01") && parts[2].ends_with("\r\n\r\n89")
    );
    let tag = crate::conditional::tag(b"0123456789");
    let unchanged = get("/a.txt", &format!("If-None-Match: {tag}\r\nRange: bytes=0-1\r\n"));
    assert!(status(&unchanged) == "304" && body(&unchanged).is_empty() && unchanged.contains(&tag));
    assert_eq!(status(&get("/a.txt", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n")), "304");
    assert_eq!(status(&get("/a.txt", "If-Match: \"other\"\r\n")), "412");
    assert_eq!(status(&get("/a.txt", "If-Range: \"other\"\r\nRange: bytes=0-1\r\n")), "200");
    assert_eq!(status(&get("/b", "If-None-Match: *\r\n")), "404");
}

#[test]
fn clients_are_served_side_by_side_and_slow_ones_not_for_ever() {
    let (net, runner) = (Net::new(7, 11, 4096), Runner::new(10));
    let httpd = Httpd::<_, _, _, _, Settings>::start(net, Site1, runner, runner).unwrap();
    let httpd: &'static _ = Box::leak(Box::new(httpd));
    runner.spawn(async move { panic!("the server ended: {:?}", httpd.serve().await) }).unwrap();
    runner.run();
    let clients: Vec<Client> = (0..6).map(|_| net.client(80).unwrap()).collect();
    clients.iter().for_each(|client| client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
    runner.run();
    for (index, client) in clients.iter().enumerate() {
        let served = client.receive().ends_with(b"\r\n\r\n0123456789");
        assert_eq!(served, index < 4, "above the limit they wait");
    }
    clients[0].reset();
    clients[1].shut();
    clients[2].send("GET / HTTP/1.1\r\nHost:");
    runner.run();
    assert!(clients[4..].iter().all(|client| client.receive().ends_with(b"0123456789")));
    runner.pass(Duration::from_secs(16));
    assert_eq!((net.open(), runner.tasks()), (0, 1));
}

proptest! {
    #[test]
    fn the_pieces_that_requests_come_in_do_not_matter(
        picks in prop::collection::vec(0..8_usize, 1..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        room in 1..200_usize,
    ) {
        let requests = [
            "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nHEAD / HTTP/1.1\nHost: a\n\n",
            "GET /b HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n\r\n\r\n12345",
            "GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1,3-4\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ];
        let text: String = picks.into_iter().map(|pick| requests[pick]).collect();
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len())).chain([text.len()]).collect();
        ends.sort_unstable();
        let begins = [0].into_iter().chain(ends.clone());
        let pieces: Vec<&[u8]> =
            begins.zip(&ends).map(|(begin, end)| &text.as_bytes()[begin..*end]).collect();
        assert_eq!(said(pieces, room), said([text.as_bytes()], 100_000));
        assert_eq!(said(text.as_bytes().chunks(1), room), said([text.as_bytes()], 100_000));
    }

    #[test]
    fn no_bytes_stop_it_and_nothing_is_answered_but_http(
        bytes in prop::collection::vec(any::<u8>(), 0..700),
        text in "(GET|HEAD|PUT) [/%a-f0-9.]{0,20} HTTP/1.[01]\r\n((Host|Range|If-Match|Content-Length): [a-z0-9=,\"-]{0,12}\r\n){0,3}\r\n",
    ) {
        for bytes in [&bytes, text.as_bytes()] {
            let (answers, _) = said([bytes], 4096);
            assert!(answers.is_empty() || answers.starts_with("HTTP/1.1 "), "{answers}");
        }
    }
}
