//! A guest that tries an accelerator: it says that it runs, executes one SSE instruction in ring 0, and powers off.

use crate::cache;
use crate::failure::Failure;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio, id};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// How long QEMU may take until the guest runs: its first start reads QEMU from a disk.
const START: Duration = Duration::from_mins(1);

/// How long the guest may take from then on; a few milliseconds are enough where the accelerator works.
const LIMIT: Duration = Duration::from_secs(5);

/// What the guest writes to the debug console once it runs.
const RUNS: u8 = b'r';

/// What the guest writes to the exit device; QEMU ends with `2 * STATUS + 1`.
const STATUS: u8 = 0x2a;

/// Where the guest is loaded and begins.
const BASE: u32 = 0x10_0000;

/// Whether an accelerator runs the guest.
pub fn works(program: &Path, accelerator: &[String]) -> Result<bool, Failure> {
    let image = cache::folder()?.join(format!(".probe-{}.elf", id()));
    crate::build::write_whole(&image, &guest())?;
    let answer = run(program, accelerator, &image);
    // It is of no further use; that it cannot be removed changes nothing.
    let _ = fs::remove_file(&image);
    Ok(answer.unwrap_or(false))
}

fn run(program: &Path, accelerator: &[String], image: &Path) -> io::Result<bool> {
    let mut child = Command::new(program)
        .args(["-M", "microvm", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"])
        .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-m", "2M"])
        .args(["-chardev", "stdio,id=runs", "-device", "isa-debugcon,iobase=0xe9,chardev=runs"])
        .args(accelerator)
        .arg("-kernel")
        .arg(image)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let (runs, said) = mpsc::channel();
    thread::spawn(move || {
        // Without the byte QEMU has ended or is being ended, and the dropped sender says so.
        if output.read_exact(&mut [0]).is_ok() {
            let _ = runs.send(());
        }
    });
    // A QEMU that ended before its guest ran has refused the accelerator; its status says so below.
    let limit =
        if said.recv_timeout(START) == Err(RecvTimeoutError::Timeout) { Duration::ZERO } else { LIMIT };
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code() == Some(2 * i32::from(STATUS) + 1));
        }
        if begin.elapsed() >= limit {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

/// The guest: an ELF file with a PVH note and one segment. PVH enters in 32-bit protected mode.
fn guest() -> Vec<u8> {
    let code: [u8; 29] = [
        0xb0, RUNS, // mov al, RUNS
        0xe6, 0xe9, // out 0xe9, al
        0x0f, 0x20, 0xe0, // mov eax, cr4
        0x0d, 0x00, 0x06, 0x00, 0x00, // or eax, OSFXSR | OSXMMEXCPT
        0x0f, 0x22, 0xe0, // mov cr4, eax
        0x0f, 0x57, 0xc0, // xorps xmm0, xmm0
        0x0f, 0x58, 0xc0, // addps xmm0, xmm0
        0xb0, STATUS, // mov al, STATUS
        0xe6, 0xf4, // out 0xf4, al
        0xfa, // cli
        0xf4, // hlt
        0xeb, 0xfd, // jmp to hlt
    ];
    // Header, two program headers, the note, the code.
    const HEADERS: u32 = 52 + 2 * 32;
    const NOTE: u32 = 20;
    let size = HEADERS + NOTE + u32::try_from(code.len()).unwrap_or(0);
    let entry = BASE + HEADERS + NOTE;
    let mut elf = Vec::new();
    // ELF32, little-endian, version 1.
    elf.extend([0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let half =
        |elf: &mut Vec<u8>, values: &[u16]| elf.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    let word =
        |elf: &mut Vec<u8>, values: &[u32]| elf.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    // Executable for the i386; version, entry, program headers, no section headers, no flags.
    half(&mut elf, &[2, 3]);
    word(&mut elf, &[1, entry, 52, 0, 0]);
    half(&mut elf, &[52, 32, 2, 40, 0, 0]);
    // PT_LOAD: offset, addresses, sizes, read and execute, alignment.
    word(&mut elf, &[1, 0, BASE, BASE, size, size, 5, 0x1000]);
    // PT_NOTE.
    word(&mut elf, &[4, HEADERS, BASE + HEADERS, BASE + HEADERS, NOTE, NOTE, 4, 4]);
    // XEN_ELFNOTE_PHYS32_ENTRY, of owner "Xen".
    word(&mut elf, &[4, 4, 18]);
    elf.extend(b"Xen\0");
    word(&mut elf, &[entry]);
    elf.extend(code);
    elf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_the_code() {
        let elf = guest();
        let entry = u32::from_le_bytes(elf[24..28].try_into().unwrap()) - BASE;
        assert_eq!(elf[entry as usize..][..4], [0xb0, RUNS, 0xe6, 0xe9]);
        assert_eq!(elf.len() as u32, u32::from_le_bytes(elf[52 + 16..][..4].try_into().unwrap()));
    }

    #[test]
    fn the_guest_runs_where_qemu_is() {
        let Some(qemu) = crate::run::find("qemu-system-x86_64") else { return };
        assert_eq!(works(&qemu, &["-accel".into(), "tcg".into(), "-cpu".into(), "max".into()]), Ok(true));
        assert_eq!(works(&qemu, &["-accel".into(), "no-such-accelerator".into()]), Ok(false));
    }
}
