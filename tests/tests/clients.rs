//! The clients that people use, unmodified, against the servers on each platform.
#![forbid(unsafe_code)]

#[path = "clients/namespace.rs"]
mod namespace;
#[path = "clients/tools.rs"]
mod tools;

use libtest_mimic::{Arguments, Failed, Trial};
use namespace::Namespace;
use oscomp_tests::client::Protocol;
use oscomp_tests::command::{oscomp, repository};
use oscomp_tests::running::Running;
use std::process::Command;
use std::time::{Duration, Instant};
use tools::Tool;

const PLATFORMS: [&str; 5] = ["qemu-microvm", "qemu-q35", "qemu-virt-riscv64", "qemu-virt-aarch64", "hosted"];

/// How long it may take until a system is built and has a port.
const PATIENCE: Duration = Duration::from_secs(180);

fn main() {
    let mut arguments = Arguments::from_args();
    // The machine under test is the only thing that should run: builds share one Cargo.
    arguments.test_threads = Some(1);
    let mut trials = Vec::new();
    for platform in PLATFORMS {
        trials.push(Trial::test(format!("httpd::{platform}"), move || {
            forwarded("systems/httpd", platform, 8080, &[tools::CURL, tools::WRK, tools::BROWSER])
        }));
        trials.push(Trial::test(format!("kv::{platform}"), move || {
            forwarded("systems/kv", platform, 6379, &[tools::REDIS_CLI, tools::REDIS_BENCHMARK])
        }));
        if platform != "hosted" {
            let trial = Trial::test(format!("tap::{platform}"), move || tapped(platform));
            // Only root makes taps and namespaces.
            trials.push(trial.with_ignored_flag(!namespace::is_root()));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Clients over the forwarded port of this machine.
fn forwarded(system: &str, platform: &str, port: u16, tools: &[Tool]) -> Result<(), Failed> {
    let mut command = Command::new(oscomp());
    command.arg("run").arg(repository().join(system)).args(["--platform", platform]);
    let mut running = Running::start(&mut command, platform)?;
    let address = running.address(Protocol::Tcp, port, Instant::now() + PATIENCE)?;
    let outcome = tools.iter().try_for_each(|tool| tool(&|program| Command::new(program), address));
    ended(running, outcome)
}

/// Clients over a tap device, in a network namespace with nothing else in it.
fn tapped(platform: &str) -> Result<(), Failed> {
    let namespace = Namespace::new()?;
    let mut command = namespace.command(oscomp().as_os_str());
    command.arg("run").arg(repository().join("tests/hostile/httpd.kdl"));
    command.args(["--platform", platform, "--tap", namespace::TAP]);
    let running = Running::start(&mut command, platform)?;
    let tools = [tools::PING, tools::CURL, tools::WRK];
    let address = (oscomp_tests::net::GUEST, 80).into();
    let within = |program: &str| namespace.command(program.as_ref());
    let outcome = tools.iter().try_for_each(|tool| tool(&within, address));
    ended(running, outcome)
}

fn ended(mut running: Running, outcome: Result<(), String>) -> Result<(), Failed> {
    running.stop();
    let output = running.output()?;
    outcome.map_err(|problem| {
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        format!("{problem}\n--- stdout\n{stdout}\n--- stderr\n{stderr}").into()
    })
}
