//! Stacks of ours in a process, on a network that they share with the host: a tap device, which takes root to make.
//! Without it the test says so and passes.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long all of it may take, building included.
const PATIENCE: Duration = Duration::from_secs(240);

/// A tap device of this test's own, removed in the end.
struct Tap(String);

impl Tap {
    /// Makes one with that address; the reason if that cannot be.
    fn new(address: &str) -> Result<Self, String> {
        let tap = Self(format!("oc{}", std::process::id()));
        ip(&["tuntap", "add", "dev", &tap.0, "mode", "tap"])?;
        ip(&["address", "add", address, "dev", &tap.0])?;
        ip(&["link", "set", &tap.0, "up"])?;
        Ok(tap)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = ip(&["link", "delete", &self.0]);
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).output().map_err(|error| format!("ip: {error}"))?;
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    output.status.success().then_some(()).ok_or(complaint)
}

/// A system in a process, ended when it is dropped.
struct Running {
    child: Child,
    system: PathBuf,
    log: tempfile::NamedTempFile,
}

impl Running {
    /// Runs a system of that app, from the folder of the system that has the app's name.
    fn new(app: &str, nodes: &str) -> Self {
        let system = repository().join("systems").join(app).join("variation-tap.kdl");
        let text = format!("system \"{app}-tap\" {{\n    platform \"hosted\"\n{nodes}}}\n");
        fs::write(&system, text).expect("the folder can be written");
        let log = tempfile::NamedTempFile::new().expect("there is room for a file");
        let output = || fs::File::options().append(true).open(log.path()).expect("the log is there");
        let child = Command::new(oscomp())
            .args(["run", "--timeout", &PATIENCE.as_secs().to_string()])
            .arg(&system)
            .stdout(output())
            .stderr(output())
            .spawn()
            .expect("oscomp runs");
        Self { child, system, log }
    }

    /// Fails the test with what the system said if it has ended.
    fn must_run(&mut self) {
        if let Some(status) = self.child.try_wait().expect("it is our child") {
            panic!("{status}: {}", self.said());
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // `oscomp` ends its image when it is asked to end.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.system);
    }
}

/// Asks until there is an answer: the image may have to be built first.
fn until<T>(running: &mut Running, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        running.must_run();
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "no answer: {}", running.said());
        sleep(Duration::from_millis(50));
    }
}

fn by_udp(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) -> Option<Vec<u8>> {
    // The host may not know the way yet.
    socket.send_to(bytes, to).ok()?;
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).ok()?;
    Some(buffer[..length].to_vec())
}

fn by_tcp(to: SocketAddr, bytes: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&to, Duration::from_millis(500)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.write_all(bytes).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[test]
fn stacks_in_a_process_answer_the_host() {
    let tap = match Tap::new("10.213.77.1/24") {
        Ok(tap) => tap,
        Err(reason) => {
            println!("skipped: a tap device cannot be made here, which takes root ({reason})");
            return;
        }
    };
    let nic = format!("    module \"tap\" as=\"nic\" {{ name \"{}\" }}\n", tap.0);
    let kv = "    app \"udp-kv\" { network \"network\" }\n    module \"udp-only\" as=\"network\" { link \"nic\"; \
              address \"10.213.77.2/24\" }\n";
    let mut running = Running::new("udp-kv", &format!("{kv}{nic}"));
    let socket = UdpSocket::bind("10.213.77.1:0").expect("the tap has that address");
    socket.set_read_timeout(Some(Duration::from_millis(200))).expect("a socket has timeouts");
    let server = SocketAddr::from(([10, 213, 77, 2], 7070));
    let set = until(&mut running, || by_udp(&socket, server, b"S\x03\x00\x01keyvalue"));
    assert_eq!(set, b"+S\x00\x01");
    // Late answers to the first question may come before this one's.
    let got = until(&mut running, || {
        by_udp(&socket, server, b"G\x03\x00\x02key").filter(|answer| answer[..] != set[..])
    });
    assert_eq!(got, b"+G\x00\x02value");
    let ping = Command::new("ping").args(["-c", "1", "-W", "5", "10.213.77.2"]).output();
    if let Ok(ping) = ping {
        assert!(ping.status.success(), "{}", String::from_utf8_lossy(&ping.stdout));
    }
    drop(running);

    let web = "    app \"httpd\" { listener \"network\" }\n    module \"cpio\" as=\"site\" { archive \"site/\" }\n    \
               module \"smoltcp\" as=\"network\" { link \"nic\"; address \"10.213.77.3/24\" }\n";
    let mut running = Running::new("httpd", &format!("{web}{nic}"));
    let server = SocketAddr::from(([10, 213, 77, 3], 80));
    let answer = until(&mut running, || by_tcp(server, b"HEAD / HTTP/1.0\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}
