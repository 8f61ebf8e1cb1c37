//! Each client, and what it has to find.

use oscomp_tests::command::repository;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// What a client finds wrong with the server at an address; commands are made by the first argument.
pub type Tool = fn(&dyn Fn(&str) -> Command, SocketAddr) -> Result<(), String>;

/// How long it may take until the server is built and answers.
const START: Duration = Duration::from_secs(180);

/// Seconds that a client may take.
const LIMIT: &str = "90";

/// Runs a client; what it printed.
fn run(make: &dyn Fn(&str) -> Command, program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = make("timeout");
    command.args([LIMIT, program]).args(arguments);
    let output = command.output().map_err(|error| format!("timeout: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.code() {
        Some(0) => Ok(text),
        Some(127) => Err(format!("{program} is missing: `./setup.sh all` installs it")),
        _ => {
            let error = String::from_utf8_lossy(&output.stderr);
            Err(format!("{program} {}: {}\n{text}{error}", arguments.join(" "), output.status))
        }
    }
}

/// That a client printed something.
fn says(text: &str, wanted: &str, program: &str) -> Result<(), String> {
    if text.contains(wanted) {
        Ok(())
    } else {
        Err(format!("{program} does not print {wanted:?}, but:\n{text}"))
    }
}

/// Waits until the server answers at all: forwarded ports take connections before the image does.
fn awaited(make: &dyn Fn(&str) -> Command, url: &str) -> Result<(), String> {
    let deadline = Instant::now() + START;
    loop {
        match run(make, "curl", &["-sS", "--max-time", "5", "-o", "/dev/null", url]) {
            Ok(_) => return Ok(()),
            Err(problem) if Instant::now() > deadline => return Err(problem),
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn site(name: &str) -> Result<String, String> {
    let path = repository().join("systems/httpd/site").join(name);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

pub const CURL: Tool = |make, address| {
    let url = |path: &str| format!("http://{address}/{path}");
    awaited(make, &url(""))?;
    let (index, sheet) = (site("index.html")?, site("style/page.css")?);
    let curl = |arguments: &[&str]| run(make, "curl", &[&["-sS", "--max-time", "60"], arguments].concat());
    let same = |what: &str, got: &str, wanted: &str| {
        if got == wanted { Ok(()) } else { Err(format!("curl, {what}: {got:?} instead of {wanted:?}")) }
    };
    same("a folder's page", &curl(&[&url("")])?, &index)?;
    // One connection for both.
    let both = curl(&["-w", "%{num_connects}", &url("index.html"), &url("style/page.css")])?;
    same("two files", &both, &format!("{index}1{sheet}0"))?;
    same("a range", &curl(&["-r", "5-8", &url("style/page.css")])?, &sheet[5..9])?;
    let head = curl(&["-I", &url("style/page.css")])?;
    says(&head, "HTTP/1.1 200 OK\r\n", "curl -I")?;
    says(&head, &format!("Content-Length: {}\r\n", sheet.len()), "curl -I")?;
    let tag = head.lines().find_map(|line| line.strip_prefix("ETag: ")).ok_or("no entity tag")?;
    let status = |more: &[&str], path: &str| {
        curl(&[&["-o", "/dev/null", "-w", "%{http_code}", &url(path)], more].concat())
    };
    let condition = format!("If-None-Match: {tag}");
    same("a known file", &status(&["-H", &condition], "style/page.css")?, "304")?;
    same("no such file", &status(&[], "nothing")?, "404")?;
    same("POST", &status(&["-d", "x"], "")?, "405")?;
    same("a folder without its slash", &status(&["-L"], "docs")?, "200")
};

pub const WRK: Tool = |make, address| {
    let url = format!("http://{address}/");
    let text = run(make, "wrk", &["-t", "1", "-c", "30", "-d", "1", &url])?;
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in"));
    let requests: u64 = requests.and_then(|(count, _)| count.parse().ok()).unwrap_or(0);
    if requests < 30 || text.contains("Socket errors") || text.contains("Non-2xx") {
        return Err(format!("wrk:\n{text}"));
    }
    Ok(())
};

pub const BROWSER: Tool = |make, address| {
    let profile = tempfile::tempdir().map_err(|error| error.to_string())?;
    let profile = format!("--user-data-dir={}", profile.path().display());
    // Chromium refuses to run as root with its sandbox, and would look for its maker's servers.
    let text = run(
        make,
        "chromium",
        &[
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &profile,
            "--dump-dom",
            &format!("http://{address}/"),
        ],
    )?;
    says(&text, "<title>Welcome</title>", "chromium")?;
    says(&text, "<h1>It works</h1>", "chromium")
};

pub const PING: Tool = |make, address| {
    let to = address.ip().to_string();
    let deadline = Instant::now() + START;
    while let Err(problem) = run(make, "ping", &["-c", "1", "-W", "1", &to]) {
        if Instant::now() > deadline {
            return Err(problem);
        }
    }
    for size in ["56", "1472"] {
        let text = run(make, "ping", &["-c", "5", "-i", "0.1", "-s", size, &to])?;
        says(&text, " 0% packet loss", "ping")?;
    }
    Ok(())
};

pub const REDIS_CLI: Tool = |make, address| {
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    let cli = |words: &[&str]| {
        let arguments: Vec<&str> =
            ["-h", &host, "-p", &port].into_iter().chain(words.iter().copied()).collect();
        run(make, "redis-cli", &arguments)
    };
    let deadline = Instant::now() + START;
    while cli(&["PING"]).ok().as_deref() != Some("PONG\n") {
        if Instant::now() > deadline {
            return Err(format!("redis-cli PING: {:?}", cli(&["PING"])));
        }
        thread::sleep(Duration::from_millis(100));
    }
    for (words, answer) in [
        ("FLUSHALL", "OK\n"),
        ("SET greeting hello EX 100", "OK\n"),
        ("GET greeting", "hello\n"),
        ("APPEND greeting !", "6\n"),
        ("TTL greeting", "100\n"),
        ("MSET a 1 b 2", "OK\n"),
        ("MGET a b c", "1\n2\n\n"),
        ("INCR a", "2\n"),
        ("RPUSH list x y z", "3\n"),
        ("LRANGE list 0 -1", "x\ny\nz\n"),
        ("HSET hash field value", "1\n"),
        ("HGETALL hash", "field\nvalue\n"),
        ("SADD set member", "1\n"),
        ("SMEMBERS set", "member\n"),
        ("DBSIZE", "6\n"),
        ("-3 HGETALL hash", "field value\n"),
    ] {
        let said = cli(&words.split(' ').collect::<Vec<_>>())?;
        // Redis 7's client prints RESP3 maps in one line each.
        if said != answer && said.split_whitespace().ne(answer.split_whitespace()) {
            return Err(format!("redis-cli {words}: {said:?} instead of {answer:?}"));
        }
    }
    Ok(())
};

pub const REDIS_BENCHMARK: Tool = |make, address| {
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    for depth in ["1", "16"] {
        let arguments =
            ["-h", &host, "-p", &port, "-t", "set,get", "-n", "3000", "-c", "30", "-P", depth, "-q"];
        let text = run(make, "redis-benchmark", &arguments)?;
        let lines = text.split(['\r', '\n']).filter(|line| line.contains(" requests per second"));
        let figures = lines.filter_map(|line| line.split_once(": ")).map(|(name, _)| name);
        let measured: Vec<&str> = figures.collect();
        if measured != ["SET", "GET"] {
            return Err(format!("redis-benchmark -P {depth}:\n{text}"));
        }
    }
    Ok(())
};
