//! Running machines.

use crate::initramfs::{COMMAND_LINE, Guest};
use crate::network::LINUX;
use crate::problem::Problem;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The command line of a machine.
#[derive(Clone, Debug)]
pub struct Line {
    words: Vec<String>,
}

impl Line {
    /// The command line that `oscomp run --dry-run` prints.
    pub fn parse(printed: &str) -> Option<Self> {
        shlex::split(printed.trim()).filter(|words| words.len() > 1).map(|words| Self { words })
    }

    /// A machine with a Linux guest that serves; `accelerator` is what our systems' machine has.
    pub fn linux(guest: &Guest, accelerator: &[String]) -> Self {
        let tap = format!("tap,ifname={},script=no,downscript=no,id=net0", LINUX.tap);
        let network = ["-netdev", &tap, "-device", "virtio-net-pci,netdev=net0"];
        Self::guest(guest, accelerator, &network, COMMAND_LINE)
    }

    /// A machine with a Linux guest that runs one program, with a disk.
    pub fn program(guest: &Guest, accelerator: &[String], disk: &Path, program: &str) -> Self {
        let drive = format!("file={},if=none,format=raw,id=disk0,discard=unmap", disk.display());
        let disk = ["-drive", &drive, "-device", "virtio-blk-pci,drive=disk0,disable-legacy=on"];
        // The kernel hands on to init what is behind two hyphens.
        Self::guest(guest, accelerator, &disk, &format!("{COMMAND_LINE} -- {program}"))
    }

    fn guest(guest: &Guest, accelerator: &[String], devices: &[&str], command_line: &str) -> Self {
        const MACHINE: &str = "qemu-system-x86_64 -M q35 -nodefaults -no-user-config -display none -no-reboot -smp 1 \
                               -m 262144K -serial stdio";
        let mut words: Vec<String> =
            MACHINE.split_whitespace().chain(devices.iter().copied()).map(str::to_owned).collect();
        for (flag, file) in [("-kernel", &guest.kernel), ("-initrd", &guest.initramfs)] {
            words.extend([flag.to_owned(), file.to_string_lossy().into_owned()]);
        }
        words.extend(["-append".to_owned(), command_line.to_owned()]);
        words.extend_from_slice(accelerator);
        Self { words }
    }

    /// With so much memory instead.
    #[must_use]
    pub fn with_memory(mut self, kib: u64) -> Self {
        if let Some(at) = self.words.iter().position(|word| word == "-m") {
            self.words[at + 1] = format!("{kib}K");
        }
        self
    }

    /// With another image.
    #[must_use]
    pub fn with_image(mut self, image: &Path) -> Self {
        if let Some(at) = self.words.iter().position(|word| word == "-kernel") {
            self.words[at + 1] = image.to_string_lossy().into_owned();
        }
        self
    }

    /// With a clock that goes on by a nanosecond with each instruction, and over waiting at once: QEMU's `-icount`.
    #[must_use]
    pub fn counting(mut self) -> Self {
        self.words.extend(["-icount".to_owned(), "shift=0,sleep=off".to_owned()]);
        self
    }

    /// The words that choose the accelerator and the processor.
    pub fn accelerator(&self) -> Vec<String> {
        let pairs = self.words.windows(2).filter(|pair| matches!(pair[0].as_str(), "-accel" | "-cpu"));
        pairs.flatten().cloned().collect()
    }
}

/// A running machine; ended when it is dropped, and with this process whatever ends that.
#[derive(Debug)]
pub struct Machine {
    child: Child,
    log: PathBuf,
    counter: Option<PathBuf>,
}

impl Machine {
    /// Starts a machine; what it prints goes to `log`. With a plugin its instructions are counted.
    pub fn start(line: &Line, log: &Path, plugin: Option<&Path>) -> Result<Self, Problem> {
        let file = File::create(log).map_err(|error| Problem::file(log, error))?;
        let errors = file.try_clone().map_err(|error| Problem::file(log, error))?;
        // The kernel ends it with the thread that started it, which is the only one here.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).args(&line.words);
        command.args(["-name", "oscomp-versus,debug-threads=on"]);
        let counter = plugin.map(|_| log.with_extension("count"));
        if let (Some(plugin), Some(counter)) = (plugin, &counter) {
            command.arg("-plugin").arg(format!("{},into={}", plugin.display(), counter.display()));
        }
        let child = command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn();
        let child = child.map_err(|error| Problem::program("setpriv", error))?;
        Ok(Self { child, log: log.to_path_buf(), counter })
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// What it printed until it ended; none if it has not when `limit` is over.
    pub fn finish(mut self, limit: Duration) -> Result<Option<String>, Problem> {
        let begin = Instant::now();
        while !self.has_ended() {
            if begin.elapsed() > limit {
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(10));
        }
        let bytes = fs::read(&self.log).map_err(|error| Problem::file(&self.log, error))?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The instructions that it has executed since it was started; none if they are not counted.
    pub fn executed(&self) -> Option<u64> {
        let bytes = fs::read(self.counter.as_ref()?).ok()?;
        bytes.try_into().ok().map(u64::from_ne_bytes)
    }

    /// The processor time that it has taken; none where the system does not say.
    pub fn times(&self) -> Option<Times> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let mut times = Times::default();
        for task in tasks {
            let stat = fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
            let (is_guest, seconds) = thread_time(&stat)?;
            *if is_guest { &mut times.guest } else { &mut times.devices } += seconds;
        }
        Some(times)
    }

    /// What it printed last.
    pub fn last_words(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

/// Processor time in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    /// Of the guest's processor.
    pub guest: f64,
    /// Of the rest of QEMU: its devices.
    pub devices: f64,
}

/// Whether a line of `/proc/PID/task/TID/stat` is about a guest's processor, and the time that it took, in seconds:
/// proc(5).
fn thread_time(stat: &str) -> Option<(bool, f64)> {
    /// Linux shows times in hundredths to every program, whatever it counts in.
    const TICKS: f64 = 100.0;
    let (_, rest) = stat.split_once('(')?;
    let (name, fields) = rest.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    // QEMU names them so: `CPU 0/TCG`, `CPU 0/KVM`.
    Some((name.starts_with("CPU "), (user + system) / TICKS))
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(counter) = &self.counter {
            let _ = fs::remove_file(counter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_line_is_words() {
        let line = Line::parse("qemu -m 65536K -kernel '/a b/c.elf' -accel tcg -cpu max\n").unwrap();
        assert_eq!(line.accelerator(), ["-accel", "tcg", "-cpu", "max"]);
        let line = line.with_memory(3072);
        assert_eq!(line.words[..5], ["qemu", "-m", "3072K", "-kernel", "/a b/c.elf"]);
        assert!(Line::parse("").is_none());
    }

    #[test]
    fn times_are_in_the_lines_of_threads() {
        let stat = "7 (CPU 0/TCG) S 1 2 3 0 -1 64 5 6 7 8 250 50 0 0 20 0 3 0 9";
        assert_eq!(thread_time(stat), Some((true, 3.0)));
        assert_eq!(thread_time(&stat.replace("CPU 0/TCG", "a) b")), Some((false, 3.0)));
        assert_eq!(thread_time("7 (x"), None);
    }

    #[test]
    fn the_linux_guest_has_the_same_accelerator() {
        let guest = Guest { kernel: "/k".into(), initramfs: "/i".into() };
        let line = Line::linux(&guest, &["-accel".into(), "tcg".into()]);
        assert_eq!(line.accelerator(), ["-accel", "tcg"]);
        assert!(line.words.contains(&COMMAND_LINE.to_owned()));
    }
}
