//! The systems that are shown.

use super::made;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// SQLite as in `systems/sqlite`, with files in a tree of mounts: sixty instances and a few of the platform's.
pub fn sixty() -> PathBuf {
    let folder = made("sixty");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let mut text = String::from(
        "system \"sixty\" {\n    platform \"qemu-microvm\" { memory \"64MiB\" }\n    platform \"qemu-virt-aarch64\" { memory \"64MiB\" }\n\n    \
         app \"sqlite-server\" path=\"../../../../systems/sqlite\" { database \"sqlite\" }\n    module \"sqlite\" { database \"/data.db\" }\n",
    );
    for name in ["base", "errno", "strings", "numbers", "math", "stdio", "memory", "time", "process"] {
        let _ = writeln!(text, "    module \"c-{name}\"");
    }
    text += "    module \"posix-files\" { input \"nothing\"; files \"mount-17\" }\n    module \"posix-memory\"\n    module \"ram-fs\" as=\"files-0\"\n";
    for index in 1..=17 {
        let root = if index == 1 { "files-0".to_owned() } else { format!("mount-{}", index - 1) };
        let _ = writeln!(
            text,
            "    module \"ram-fs\" as=\"files-{index}\"\n    module \"mount\" as=\"mount-{index}\" {{ root \"{root}\"; other \"files-{index}\"; path \"part-{index}\" }}"
        );
    }
    text += "}\n";
    fs::write(folder.join("system.kdl"), text).expect("the system can be written");
    folder
}
