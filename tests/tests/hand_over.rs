//! What a virtual machine monitor hands over to an image: loaded as Firecracker loads it, by the same crate,
//! and looked at instead of run, since these machines have no KVM that would.
#![forbid(unsafe_code)]

use linux_loader::configurator::pvh::PvhBootConfigurator;
use linux_loader::configurator::{BootConfigurator, BootParams};
use linux_loader::loader::KernelLoader;
use linux_loader::loader::elf::{
    Elf, PvhBootCapability,
    start_info::{hvm_memmap_table_entry, hvm_start_info},
};
use oscomp_tests::command::{oscomp, repository};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use vm_memory::{Bytes, GuestAddress, GuestMemoryMmap};

/// `XEN_HVM_START_MAGIC_VALUE`.
const MAGIC: u32 = 0x336e_c578;
/// Where Firecracker puts its start information and its map of memory (its `layout.rs`).
const START_INFO: u64 = 0x6000;
const MEMORY_MAP: u64 = 0x7000;
const MEMORY: usize = 64 << 20;

/// The images that were made: each once, since tests run beside each other.
static MADE: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());

/// The image of hello for a platform.
fn image(platform: &str) -> PathBuf {
    let mut made = MADE.lock().expect("no image failed before");
    made.entry(platform.to_owned()).or_insert_with(|| make("hello", platform)).clone()
}

fn make(system: &str, platform: &str) -> PathBuf {
    let name = format!("{system}-for-{platform}");
    ask(system, platform, &["build"]);
    repository().join("target/oscomp").join(&name).join(platform).join(format!("{name}.elf"))
}

/// What `oscomp` prints, asked about a system for that platform alone.
fn ask(system: &str, platform: &str, arguments: &[&str]) -> String {
    let folder = repository().join("systems").join(system);
    let text = fs::read_to_string(folder.join("system.kdl")).expect("the system can be read");
    let name = format!("{system}-for-{platform}");
    let mut varied: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("platform "))
        .map(|line| format!("{line}\n"))
        .collect();
    let head = format!("system \"{name}\" {{\n    platform \"{platform}\"");
    varied = varied.replace(&format!("system \"{system}\" {{"), &head);
    let path = folder.join(format!("{name}.kdl"));
    fs::write(&path, varied).expect("the system can be written");
    let output = Command::new(oscomp()).args(arguments).arg(&path).output().expect("oscomp runs");
    fs::remove_file(&path).expect("the system is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn firecracker_finds_the_entry_and_loads_every_segment() {
    let path = image("firecracker");
    let memory = GuestMemoryMmap::<()>::from_ranges(&[(GuestAddress(0), MEMORY)]).expect("memory is there");
    let mut file = File::open(&path).expect("the image can be read");
    let loaded = Elf::load(&memory, None, &mut file, Some(GuestAddress(1 << 20))).expect("it is a kernel");

    let PvhBootCapability::PvhEntryPresent(entry) = loaded.pvh_boot_cap else {
        panic!("no PVH entry: {:?}", loaded.pvh_boot_cap);
    };
    assert!((1 << 20..loaded.kernel_end).contains(&entry.0), "{entry:?}");
    // The first instruction is `cld`: nothing is assumed of the flags.
    assert_eq!(memory.read_obj::<u8>(entry).expect("it is in memory"), 0xfc);

    // Each segment is in memory as the file has it, and zeroes follow.
    let bytes = fs::read(&path).expect("the image can be read");
    let elf = object::read::elf::ElfFile64::<object::Endianness>::parse(&*bytes).expect("it is ELF");
    let mut count = 0;
    for segment in object::Object::segments(&elf) {
        use object::ObjectSegment;
        let data = segment.data().expect("it is in the file");
        let mut there = vec![0xff; usize::try_from(segment.size()).expect("it is small")];
        memory.read_slice(&mut there, GuestAddress(segment.address())).expect("it is in memory");
        assert_eq!(&there[..data.len()], data);
        assert!(there[data.len()..].iter().all(|byte| *byte == 0));
        count += 1;
    }
    assert_eq!(count, 3, "text, constants and data");
}

#[test]
fn what_firecracker_hands_over_is_what_the_entry_code_reads() {
    let memory = GuestMemoryMmap::<()>::from_ranges(&[(GuestAddress(0), MEMORY)]).expect("memory is there");
    let ram = |addr: u64, size: u64| hvm_memmap_table_entry { addr, size, type_: 1, reserved: 0 };
    let map = [ram(0, 0x9_fc00), ram(1 << 20, MEMORY as u64 - (1 << 20))];
    let info = hvm_start_info {
        magic: MAGIC,
        version: 1,
        memmap_paddr: MEMORY_MAP,
        memmap_entries: map.len() as u32,
        ..Default::default()
    };
    let mut params = BootParams::new(&info, GuestAddress(START_INFO));
    params.set_sections(&map, GuestAddress(MEMORY_MAP));
    PvhBootConfigurator::write_bootparams(&params, &memory).expect("it fits");

    // As modules/platform/x86-64/src/entry.rs goes: the magic number, 56 bytes of information, the map's
    // address at 40 and its length at 48, entries of 24 bytes.
    let word = |at: u64| memory.read_obj::<u32>(GuestAddress(at)).expect("it is in memory");
    assert_eq!(word(START_INFO), MAGIC);
    assert_eq!(size_of::<hvm_start_info>(), 56);
    assert_eq!((word(START_INFO + 40), word(START_INFO + 44)), (MEMORY_MAP as u32, 0));
    assert_eq!(word(START_INFO + 48), 2);
    assert_eq!(size_of::<hvm_memmap_table_entry>(), 24);
    let entry = |index: u64| {
        let at = MEMORY_MAP + 24 * index;
        let long = |at| memory.read_obj::<u64>(GuestAddress(at)).expect("it is in memory");
        (long(at), long(at + 8), word(at + 16))
    };
    assert_eq!(entry(0), (0, 0x9_fc00, 1));
    assert_eq!(entry(1), (1 << 20, MEMORY as u64 - (1 << 20), 1));
}

/// The same image on QEMU's microvm, which has the same serial line and loads by the same protocol.
#[test]
fn images_for_monitors_boot_where_the_same_devices_are() {
    for platform in ["firecracker", "cloud-hypervisor"] {
        let image = image(platform);
        let output = Command::new("timeout")
            .args(["60", "qemu-system-x86_64", "-M", "microvm", "-nodefaults", "-no-user-config"])
            .args(["-display", "none", "-no-reboot", "-m", "64M", "-accel", "tcg", "-cpu", "max"])
            .args(["-serial", "stdio", "-monitor", "none", "-device", "isa-debug-exit,iobase=0x600,iosize=1"])
            .arg("-kernel")
            .arg(&image)
            .output()
            .expect("QEMU runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "Hello from oscomp!\n", "{platform}");
    }
}

#[test]
fn the_monitors_configuration_lies_beside_the_image() {
    let path = image("firecracker");
    let text = fs::read_to_string(path.with_file_name("firecracker.json")).expect("it is there");
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(json["boot-source"]["kernel_image_path"], path.display().to_string());
    assert_eq!(json["machine-config"]["mem_size_mib"], 64);
    assert_eq!(json["network-interfaces"], serde_json::json!([]), "hello has no network");
}

#[test]
fn a_server_is_given_a_tap() {
    let path = make("udp-echo", "firecracker");
    let text = fs::read_to_string(path.with_file_name("firecracker.json")).expect("it is there");
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(json["network-interfaces"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["network-interfaces"][0]["host_dev_name"], "tap0");
    // Neither monitor has to be there to say how it would be started.
    let line = ask("udp-echo", "cloud-hypervisor", &["run", "--dry-run", "--tap", "oscomp7"]);
    assert!(line.trim_end().ends_with("--net tap=oscomp7"), "{line}");
}
