//! Servers on a network that means them no good: `tests/hostile` has the systems, this the attacks. After each
//! attack a server has to be as before: it answers, to the byte, and its memory is where it was.
#![forbid(unsafe_code)]

#[path = "hostile/attacks.rs"]
mod attacks;
#[path = "hostile/service.rs"]
mod service;

use attacks::{ALL, Attack, FEW};
use libtest_mimic::{Arguments, Failed, Trial};
use oscomp_tests::net::{Guest, Peer, Wire};
use service::{HTTP, KV, Service};
use std::time::{Duration, Instant};

/// Seed of all that is random: the same frames in each run.
const SEED: u32 = 20_261_123;
/// Bytes by which tables may have grown: each attack makes hundreds of connections, of which none may keep any.
const TABLES: usize = 4096;
/// How long connections that ended, or were never opened, may be remembered.
const FORGETTING: Duration = Duration::from_secs(70);
/// How often an attack is made after which more memory is in use.
const TIMES: usize = 3;

fn main() {
    let mut arguments = Arguments::from_args();
    // Two machines at once would have a core each, and the builds share one Cargo.
    arguments.test_threads = Some(1);
    let mut trials = Vec::new();
    for (service, platform, attacks) in [
        (&HTTP, "qemu-microvm", ALL),
        (&KV, "qemu-microvm", ALL),
        (&HTTP, "qemu-q35", FEW),
        (&HTTP, "qemu-virt-riscv64", FEW),
        (&HTTP, "qemu-virt-aarch64", FEW),
    ] {
        let title = format!("hostile-peers::{}::{platform}", service.name);
        trials.push(Trial::test(title, move || run(service, platform, attacks)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn run(service: &Service, platform: &str, attacks: &[Attack]) -> Result<(), Failed> {
    let wire = Wire::new(SEED).map_err(|error| format!("no wire: {error}"))?;
    let mut guest = Guest::boot(service.system, platform, &wire)?;
    let mut peer = Peer::new(wire);
    let outcome = survives(service, &mut guest, &mut peer, attacks);
    outcome.map_err(|problem| format!("{problem}\n--- console\n{}", guest.console()).into())
}

/// Attack after attack, on one and the same image.
fn survives(service: &Service, guest: &mut Guest, peer: &mut Peer, attacks: &[Attack]) -> Result<(), String> {
    service.prepare(peer)?;
    idles(guest, peer)?;
    // As many connections as there may be have been there before the memory is looked at: tables keep a size.
    attacks::crowd(service, peer)?;
    let mut before = service.memory(peer)?;
    for (number, attack) in attacks.iter().enumerate() {
        let began = Instant::now();
        let is_last = number + 1 == attacks.len();
        let looks = !attack.lingers || is_last;
        let outcome = survives_one(service, peer, attack, looks.then_some(&mut before));
        outcome.map_err(|problem| format!("{}: {problem}", attack.name))?;
        if !guest.is_alive() {
            return Err(format!("{}: the image has ended", attack.name));
        }
        eprintln!("{} survives {} ({:.1} s)", service.name, attack.name, began.elapsed().as_secs_f64());
    }
    Ok(())
}

/// One attack, after which memory is looked at if it is known how much of it was in use `before`. A table may have
/// grown; what grows each time is lost.
fn survives_one(
    service: &Service,
    peer: &mut Peer,
    attack: &Attack,
    before: Option<&mut Option<usize>>,
) -> Result<(), String> {
    let mut used = Vec::new();
    let before = before.and_then(Option::as_mut);
    used.extend(before.as_deref().copied());
    for _ in 0..TIMES {
        (attack.run)(service, peer)?;
        service.answers(peer)?;
        let Some(&last) = used.last() else { return Ok(()) };
        let after = memory_after(service, peer, last)?;
        if after <= last + TABLES {
            if let Some(before) = before {
                *before = last.max(after);
            }
            return Ok(());
        }
        used.push(after);
    }
    Err(format!("of the heap were in use, time after time: {used:?} bytes"))
}

/// While nobody asks anything the processor is halted.
fn idles(guest: &Guest, peer: &mut Peer) -> Result<(), String> {
    const REST: Duration = Duration::from_secs(2);
    let before = guest.processor_time()?;
    peer.until(REST, |_| false);
    let busy = guest.processor_time()?.saturating_sub(before);
    if busy < REST / 10 {
        Ok(())
    } else {
        Err(format!("of {REST:?} without requests it is busy for {busy:?}"))
    }
}

/// Bytes of the heap that are in use, once they are about as many as before or will not be any more.
fn memory_after(service: &Service, peer: &mut Peer, before: usize) -> Result<usize, String> {
    let mut after = None;
    // Connections that ended a moment ago are remembered for some seconds.
    peer.until(FORGETTING, |peer| {
        after = service.memory(peer).ok().flatten();
        after.is_some_and(|after| after <= before + TABLES)
    });
    after.ok_or_else(|| "it does not tell how much memory is in use".to_owned())
}
