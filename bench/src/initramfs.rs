//! The Linux guests: Debian's kernel with an initramfs that has one server and what that needs.

use crate::debian::Packages;
use crate::problem::Problem;
use crate::tools;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The page that both web servers have.
pub const PAGE: usize = 612;
/// Ports of the servers by UDP: each first with a call for each datagram, then with many in one.
pub const ECHO: [u16; 2] = [7007, 7008];
/// As `ECHO`, for those that keep keys.
pub const KEYS: [u16; 2] = [7070, 7071];

/// The kernel's command line. Work against attacks by other programs of the same guest is left out: there are none.
pub const COMMAND_LINE: &str = "console=ttyS0 quiet mitigations=off tsc=reliable panic=-1";

const NGINX: &str = "user root root;
daemon off;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/null;
events { worker_connections 4096; use epoll; }
http {
    access_log off;
    default_type text/html;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 600;
    keepalive_requests 1000000000;
    open_file_cache max=16 inactive=1h;
    open_file_cache_valid 1h;
    server { listen 80 backlog=4096; root /site; }
}
";

const REDIS: &str = "bind * -::*
protected-mode no
port 6379
save \"\"
appendonly no
daemonize no
loglevel warning
";

/// A kernel and an initramfs.
#[derive(Clone, Debug)]
pub struct Guest {
    /// The kernel, as it is in its package.
    pub kernel: PathBuf,
    /// The initramfs, packed.
    pub initramfs: PathBuf,
}

/// The guests, with what they were made of.
#[derive(Debug)]
pub struct Guests {
    /// With nginx on port 80.
    pub nginx: Guest,
    /// With Redis on port 6379.
    pub redis: Guest,
    /// With the servers of `native/serve.c`.
    pub datagrams: Guest,
    /// QEMU's plugin that counts instructions.
    pub counter: PathBuf,
    /// What they were made of.
    pub packages: Packages,
}

impl Guests {
    /// Makes all of them, from packages of Debian and the sources in `native`.
    pub fn prepare(folder: &Path, native: &Path) -> Result<Self, Problem> {
        let packages = Packages::fetch(folder, &["nginx", "redis-server", "busybox-static"])?;
        let counter = folder.join("count.so");
        compile(&[&native.join("count.c")], &counter, &["-shared", "-fPIC"])?;
        let serve = folder.join("serve");
        compile(&[&native.join("serve.c")], &serve, &["-static"])?;

        let nginx = packages.file("nginx").and_then(|_| program(&packages, "usr/sbin/nginx"))?;
        let files = [("etc/nginx.conf", NGINX.into()), ("site/index.html", page())];
        let nginx = server(
            &packages,
            folder,
            "nginx",
            &[("nginx", &nginx)],
            &files,
            "exec nginx -c /etc/nginx.conf",
        )?;
        // The program is one with the two that check its files; its name tells it what to be.
        let redis = program(&packages, "usr/bin/redis-check-rdb")?;
        let files = [("etc/redis.conf", REDIS.into())];
        let start = "exec redis-server /etc/redis.conf";
        let redis = server(&packages, folder, "redis", &[("redis-server", &redis)], &files, start)?;
        let [echo, echo_batched] = ECHO;
        let [keys, keys_batched] = KEYS;
        let start = format!(
            "serve keys {keys} 1 &\nserve keys {keys_batched} 64 &\nserve echo {echo_batched} 64 &\n\
             exec serve echo {echo} 1"
        );
        let datagrams = server(&packages, folder, "datagrams", &[("serve", &serve)], &[], &start)?;
        Ok(Self { nginx, redis, datagrams, counter, packages })
    }

    /// What they run, with its version.
    pub fn servers(&self) -> String {
        let version = |package| self.packages.version(package);
        format!("nginx {}, Redis {}", version("nginx"), version("redis-tools"))
    }
}

/// The page: as long as the one that nginx comes with.
pub fn page() -> Vec<u8> {
    let mut page = b"<!DOCTYPE html>\n<title>612 bytes</title>\n<p>".to_vec();
    let words = b"The same page from either server, word after word. ";
    page.extend(words.iter().cycle().take(PAGE - page.len() - 5).copied());
    page.extend(b"</p>\n");
    page
}

fn program(packages: &Packages, path: &str) -> Result<PathBuf, Problem> {
    let path = packages.root.join(path);
    if path.is_file() { Ok(path) } else { Err(Problem::file(&path, "is in no package")) }
}

/// Compiles a program for this machine and the guest.
pub fn compile(sources: &[&Path], result: &Path, flags: &[&str]) -> Result<(), Problem> {
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-Wall", "-Wextra"]).args(flags).arg("-o").arg(result).args(sources);
    tools::output(&mut cc).map(drop)
}

/// What the guests' servers are reached by.
const NETWORK: &str = "$b ip link set lo up\n$b ip addr add 10.55.2.2/24 dev eth0\n$b ip link set eth0 up\n\
    echo 8192 > /proc/sys/net/core/somaxconn\necho 8388608 > /proc/sys/net/core/rmem_default\n\
    echo 0 > /proc/sys/net/ipv4/tcp_syncookies\n";

fn server(
    packages: &Packages,
    folder: &Path,
    name: &str,
    programs: &[(&str, &Path)],
    files: &[(&str, Vec<u8>)],
    start: &str,
) -> Result<Guest, Problem> {
    let start = format!("{NETWORK}{start}");
    guest(packages, folder, name, &["virtio_pci", "virtio_net"], programs, files, &start)
}

/// A guest with these modules of the kernel, programs and files; `start` is what its init does, a script for busybox,
/// which is `$b`, with the kernel's arguments for it.
pub fn guest(
    packages: &Packages,
    folder: &Path,
    name: &str,
    modules: &[&str],
    programs: &[(&str, &Path)],
    files: &[(&str, Vec<u8>)],
    start: &str,
) -> Result<Guest, Problem> {
    let mut archive = Archive::default();
    for folder in ["bin", "dev", "etc", "lib", "lib64", "modules", "proc", "run", "site", "sys", "tmp", "var"]
    {
        archive.folder(folder);
    }
    for folder in ["var/lib", "var/lib/nginx", "var/log", "var/log/nginx"] {
        archive.folder(folder);
    }
    archive.file("bin/busybox", 0o755, &read(packages.file("busybox")?)?);
    archive.link("bin/sh", "busybox");
    archive.file("etc/passwd", 0o644, b"root:x:0:0:root:/:/bin/sh\n");
    archive.file("etc/group", 0o644, b"root:x:0:\n");
    let mut insert = String::new();
    for module in packages.modules(modules)? {
        let name = module.file_name().unwrap_or_default().to_string_lossy().into_owned();
        archive.file(&format!("modules/{name}"), 0o644, &read(&module)?);
        insert.push_str(&format!("$b insmod /modules/{name}\n"));
    }
    let mut dynamic = Vec::new();
    for (name, path) in programs {
        archive.file(&format!("bin/{name}"), 0o755, &read(path)?);
        dynamic.push(*path);
    }
    for library in packages.closure(&dynamic)? {
        let name = library.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The loader of programs, which is a library too, is where they look for it.
        let place = if name.starts_with("ld-linux") { "lib64" } else { "lib" };
        archive.file(&format!("{place}/{name}"), 0o755, &read(&library)?);
    }
    for (path, contents) in files {
        archive.file(path, 0o644, contents);
    }
    let init = format!(
        "#!/bin/sh\nb=/bin/busybox\nexport PATH=/bin LD_LIBRARY_PATH=/lib\n\
         $b mount -t proc proc /proc\n$b mount -t sysfs sys /sys\n$b mount -t devtmpfs dev /dev\n{insert}{start}\n"
    );
    archive.file("init", 0o755, init.as_bytes());
    let plain = folder.join(format!("{name}.cpio"));
    tools::write(&plain, archive.finish())?;
    let packed = folder.join(format!("{name}.cpio.gz"));
    tools::write(
        &packed,
        tools::output(Command::new("gzip").args(["-9", "--no-name", "--stdout"]).arg(&plain))?,
    )?;
    fs::remove_file(&plain).map_err(|error| Problem::file(&plain, error))?;
    Ok(Guest { kernel: packages.kernel()?.to_path_buf(), initramfs: packed })
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(path).map_err(|error| Problem::file(path, error))
}

/// An archive in the format "newc" of cpio, which the kernel unpacks: Documentation/driver-api/early-userspace/
/// buffer-format.rst of Linux.
#[derive(Debug, Default)]
struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    fn folder(&mut self, name: &str) {
        self.entry(name, 0o040_755, &[]);
    }

    fn file(&mut self, name: &str, mode: u32, contents: &[u8]) {
        self.entry(name, 0o100_000 | mode, contents);
    }

    fn link(&mut self, name: &str, target: &str) {
        self.entry(name, 0o120_777, target.as_bytes());
    }

    fn entry(&mut self, name: &str, mode: u32, contents: &[u8]) {
        self.entries += 1;
        let (links, size, name_size) = (1, contents.len(), name.len() + 1);
        // Number, mode, owner, group, links, time, size, device (4), length of the name, checksum.
        self.bytes.extend(b"070701");
        self.bytes.extend(format!("{:08x}{mode:08x}{:08x}{:08x}{links:08x}", self.entries, 0, 0).bytes());
        self.bytes.extend(format!("{:08x}{size:08x}{:032x}{name_size:08x}{:08x}", 0, 0, 0).bytes());
        self.bytes.extend(name.bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend(contents);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_as_long_as_it_says() {
        assert_eq!(page().len(), PAGE);
    }

    #[test]
    fn archives_are_made_of_padded_entries() {
        let mut archive = Archive::default();
        archive.file("init", 0o755, b"hello");
        let bytes = archive.finish();
        assert_eq!(&bytes[..14], b"07070100000001");
        assert_eq!(&bytes[14..22], b"000081ed");
        // Header, name with its end, and contents, each ending at a multiple of four.
        assert_eq!(&bytes[54..62], b"00000005");
        assert_eq!(&bytes[110..116], b"init\0\0");
        assert_eq!(&bytes[116..121], b"hello");
        assert_eq!(&bytes[124..130], b"070701");
        assert!(bytes.len().is_multiple_of(4));
    }
}
