//! What is measured against what.

use crate::Arguments;
use crate::Part;
use crate::datagrams::Datagram;
use crate::initramfs::{ECHO, Guest, Guests, KEYS};
use crate::load::{Load, Sample};
use crate::machine::{Line, Machine, Times};
use crate::network::{LINUX, OURS, Side};
use crate::probe::first_answer;
use crate::problem::Problem;
use crate::report::{AllocatorRow, LoadRow};
use crate::statistics::{Figures, ratio};
use crate::systems::{Forge, Server, System};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The platform whose machine has the least in it: what an image costs is measured there, too.
const SMALL: &str = "qemu-microvm";
/// How long a machine may take until it answers.
pub const BOOT: Duration = Duration::from_secs(60);

/// All our images.
#[derive(Debug)]
pub struct Compositions {
    /// The page.
    pub httpd: System,
    /// Redis' protocol.
    pub kv: System,
    /// Both, on the smallest platform.
    pub small: Option<(System, System)>,
    echo: System,
    echo_udp_only: System,
    keys: System,
    /// Each allocator, with the two servers that use it most.
    allocators: Vec<(String, System, System)>,
    /// Where what the machines print is kept.
    pub logs: PathBuf,
}

impl Compositions {
    /// Builds what is needed for the parts that are wanted.
    pub fn build(forge: &Forge<'_>, arguments: &Arguments) -> Result<Self, Problem> {
        let platform = &arguments.platform;
        let build = |server| forge.build(server, platform, None);
        let small = if arguments.wants(Part::Costs) && platform != SMALL {
            Some((forge.build(Server::Httpd, SMALL, None)?, forge.build(Server::Kv, SMALL, None)?))
        } else {
            None
        };
        let mut allocators = Vec::new();
        if arguments.wants(Part::Allocators) {
            for allocator in forge.allocators()? {
                let httpd = forge.build(Server::Httpd, platform, Some(&allocator))?;
                let kv = forge.build(Server::Kv, platform, Some(&allocator))?;
                allocators.push((allocator, httpd, kv));
            }
        }
        Ok(Self {
            httpd: build(Server::Httpd)?,
            kv: build(Server::Kv)?,
            small,
            echo: build(Server::Echo)?,
            echo_udp_only: build(Server::EchoUdpOnly)?,
            keys: build(Server::Keys)?,
            allocators,
            logs: forge.folder().to_path_buf(),
        })
    }

    /// The accelerator that all machines have, as QEMU's arguments.
    pub fn accelerator(&self) -> Vec<String> {
        self.httpd.line.accelerator()
    }
}

/// One load on one server of each side.
struct Match {
    name: &'static str,
    load: Load,
    ours: u16,
    linux: u16,
    goal: Option<f64>,
}

/// Loads that are on the same two machines.
struct Group<'a> {
    ours: &'a System,
    guest: &'a Guest,
    matches: Vec<Match>,
}

fn groups<'a>(compositions: &'a Compositions, guests: &'a Guests) -> Vec<Group<'a>> {
    let same = |name, load, port, goal| Match { name, load, ours: port, linux: port, goal: Some(goal) };
    let [echo, echo_batched] = ECHO;
    let [keys, keys_batched] = KEYS;
    let with = |name, what, ours, linux, goal| Match { name, load: Load::Datagrams(what), ours, linux, goal };
    vec![
        Group {
            ours: &compositions.httpd,
            guest: &guests.nginx,
            matches: vec![same("HTTP, 612 bytes", Load::Http, 80, 4.0)],
        },
        Group {
            ours: &compositions.kv,
            guest: &guests.redis,
            matches: vec![
                same("SET", Load::Redis("SET", 1), 6379, 2.5),
                same("GET", Load::Redis("GET", 1), 6379, 2.5),
                same("SET, 16 at once", Load::Redis("SET", 16), 6379, 2.5),
                same("GET, 16 at once", Load::Redis("GET", 16), 6379, 2.5),
            ],
        },
        Group {
            ours: &compositions.echo,
            guest: &guests.datagrams,
            matches: vec![with("UDP echo, 64 bytes, by sockets", Datagram::Echo, echo, echo, Some(5.0))],
        },
        Group {
            ours: &compositions.echo_udp_only,
            guest: &guests.datagrams,
            matches: vec![
                with("the same, stack with UDP only", Datagram::Echo, echo, echo, Some(5.0)),
                with("the same, guest with recvmmsg", Datagram::Echo, echo, echo_batched, None),
            ],
        },
        Group {
            ours: &compositions.keys,
            guest: &guests.datagrams,
            matches: vec![
                with("udp-kv GET, raw", Datagram::Get, keys, keys, Some(20.0)),
                with("udp-kv SET, raw", Datagram::Set, keys, keys, Some(20.0)),
                with("udp-kv GET, raw, guest with recvmmsg", Datagram::Get, keys, keys_batched, None),
            ],
        },
    ]
}

/// A machine that answers.
struct Contender {
    machine: Machine,
    side: Side,
    /// What it answers in a second, about.
    rates: Vec<f64>,
}

impl Contender {
    /// Starts it and waits for its first answer.
    fn start(
        line: &Line,
        side: Side,
        log: &Path,
        first: (Load, u16),
        plugin: Option<&Path>,
    ) -> Result<Self, Problem> {
        let mut machine = Machine::start(line, log, plugin)?;
        let (load, port) = first;
        match first_answer(load.question(), side.address, port, &mut machine, BOOT)? {
            Some(_) => Ok(Self { machine, side, rates: Vec::new() }),
            None => Err(Problem(format!(
                "{} does not answer; it printed last:\n{}",
                side.tap,
                machine.last_words()
            ))),
        }
    }

    /// A short load, so that caches are full and it is known how much makes a long one.
    fn warm(&mut self, load: Load, port: u16) -> Result<(), Problem> {
        let first = self.load(load, port, 1, 4000.0)?;
        self.rates.push(first.rate());
        Ok(())
    }

    fn load(&mut self, load: Load, port: u16, seconds: u32, rate: f64) -> Result<Sample, Problem> {
        load.run(self.side.address, port, seconds, rate).map_err(|problem| {
            let ended = if self.machine.has_ended() { "has ended" } else { "still runs" };
            Problem(format!(
                "{} {ended}: {problem}\nit printed last:\n{}",
                self.side.tap,
                self.machine.last_words()
            ))
        })
    }
}

/// What a machine took for the answers of some rounds.
#[derive(Clone, Copy, Debug, Default)]
struct Work {
    answers: f64,
    times: Times,
}

impl Work {
    fn add(&mut self, sample: Sample, before: Option<Times>, after: Option<Times>) {
        let (Some(before), Some(after)) = (before, after) else { return };
        self.answers += sample.requests;
        self.times.guest += after.guest - before.guest;
        self.times.devices += after.devices - before.devices;
    }

    /// Microseconds of the guest's processor for an answer.
    fn guest(&self) -> Option<f64> {
        (self.answers > 0.0).then(|| self.times.guest * 1e6 / self.answers)
    }

    /// Microseconds of QEMU's devices for an answer.
    fn devices(&self) -> Option<f64> {
        (self.answers > 0.0).then(|| self.times.devices * 1e6 / self.answers)
    }
}

/// All loads on both sides, in turns.
pub fn loads(
    compositions: &Compositions,
    guests: &Guests,
    arguments: &Arguments,
) -> Result<Vec<LoadRow>, Problem> {
    let mut rows = Vec::new();
    for group in groups(compositions, guests) {
        let instructions = instructions(&group, compositions, guests)?;
        let [mut ours, mut linux] = both(&group, compositions, None)?;
        for (number, (what, instructions)) in group.matches.iter().zip(instructions).enumerate() {
            ours.warm(what.load, what.ours)?;
            linux.warm(what.load, what.linux)?;
            let (mut our_rates, mut linux_rates) = (Vec::new(), Vec::new());
            let mut work = [Work::default(), Work::default()];
            for round in 0..arguments.rounds() {
                // Neither is always the first after the other.
                for is_ours in [round % 2 == 0, round % 2 == 1] {
                    let (contender, port, rates) = if is_ours {
                        (&mut ours, what.ours, &mut our_rates)
                    } else {
                        (&mut linux, what.linux, &mut linux_rates)
                    };
                    let expected = contender.rates[number];
                    let before = contender.machine.times();
                    let sample = contender.load(what.load, port, arguments.seconds(), expected)?;
                    work[usize::from(!is_ours)].add(sample, before, contender.machine.times());
                    rates.push(sample.rate());
                }
            }
            let (Some(ours), Some(linux)) = (Figures::of(our_rates), Figures::of(linux_rates)) else {
                continue;
            };
            let ratio = ratio(ours.median, linux.median, true);
            eprintln!("{}: {:.0} against {:.0} in a second", what.name, ours.median, linux.median);
            rows.push(LoadRow {
                name: what.name.to_owned(),
                ours,
                linux,
                ratio,
                goal: what.goal,
                instructions,
                guest: work.map(|work| work.guest()),
                devices: work.map(|work| work.devices()),
            });
        }
    }
    Ok(rows)
}

fn both(
    group: &Group<'_>,
    compositions: &Compositions,
    plugin: Option<&Path>,
) -> Result<[Contender; 2], Problem> {
    let first = &group.matches[0];
    let start = |line: &Line, side: Side, port| {
        let log = compositions.logs.join(format!("{}.log", side.tap));
        Contender::start(line, side, &log, (first.load, port), plugin)
    };
    let linux = Line::linux(group.guest, &compositions.accelerator());
    Ok([start(&group.ours.line, OURS, first.ours)?, start(&linux, LINUX, first.linux)?])
}

/// The instructions for one answer, for each load and side; none where they cannot be counted.
fn instructions(
    group: &Group<'_>,
    compositions: &Compositions,
    guests: &Guests,
) -> Result<Vec<[Option<f64>; 2]>, Problem> {
    if !compositions.accelerator().iter().any(|word| word == "tcg") {
        return Ok(vec![[None; 2]; group.matches.len()]);
    }
    let contenders = match both(group, compositions, Some(&guests.counter)) {
        Ok(contenders) => contenders,
        Err(problem) => {
            eprintln!("instructions are not counted: {problem}");
            return Ok(vec![[None; 2]; group.matches.len()]);
        }
    };
    let mut counts = vec![[None; 2]; group.matches.len()];
    for (side, mut contender) in contenders.into_iter().enumerate() {
        for (what, counts) in group.matches.iter().zip(&mut counts) {
            let port = if side == 0 { what.ours } else { what.linux };
            contender.warm(what.load, port)?;
            let rate = contender.rates.last().copied().unwrap_or_default();
            let before = contender.machine.executed();
            let sample = contender.load(what.load, port, 2, rate)?;
            if let (Some(before), Some(after)) = (before, contender.machine.executed()) {
                counts[side] = Some((after - before) as f64 / sample.requests);
            }
        }
    }
    Ok(counts)
}

/// The same loads with each allocator; an allocator with which a server does not last has no figure.
pub fn allocators(compositions: &Compositions, arguments: &Arguments) -> Result<Vec<AllocatorRow>, Problem> {
    let loads = [(Load::Http, 80), (Load::Redis("SET", 16), 6379), (Load::Redis("GET", 16), 6379)];
    let mut rates = vec![[const { Vec::new() }; 3]; compositions.allocators.len()];
    let mut work = vec![[Work::default(); 3]; compositions.allocators.len()];
    for _ in 0..arguments.rounds() {
        for (((name, httpd, kv), rates), work) in
            compositions.allocators.iter().zip(&mut rates).zip(&mut work)
        {
            for (system, range) in [(httpd, 0..1), (kv, 1..3)] {
                let log = compositions.logs.join("ours.log");
                let mut contender = Contender::start(&system.line, OURS, &log, loads[range.start], None)?;
                for at in range {
                    let (load, port) = loads[at];
                    let sample = contender.warm(load, port).and_then(|()| {
                        let rate = contender.rates.last().copied().unwrap_or_default();
                        let before = contender.machine.times();
                        let sample = contender.load(load, port, arguments.seconds(), rate)?;
                        work[at].add(sample, before, contender.machine.times());
                        Ok(sample)
                    });
                    match sample {
                        Ok(sample) => rates[at].push(sample.rate()),
                        Err(problem) => {
                            eprintln!("{name}: {problem}");
                            break;
                        }
                    }
                }
            }
        }
    }
    let measured = rates.into_iter().zip(work);
    let rows = compositions.allocators.iter().zip(measured).map(|((name, httpd, kv), (rates, work))| {
        let [http, set, get] = rates.map(Figures::of);
        AllocatorRow {
            name: name.clone(),
            http,
            set,
            get,
            guest: work.map(|work| work.guest()),
            httpd_loaded: httpd.loaded,
            kv_loaded: kv.loaded,
        }
    });
    Ok(rows.collect())
}
