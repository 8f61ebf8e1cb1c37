//! The codes of findings, each with what it means and how to mend it. A code keeps its meaning for ever.
//!
//! [`FAMILIES`] says what those have in common that begin alike.

use std::fmt;

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code: `E0203`.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it is refused, and what is possible instead.
    pub text: &'static str,
    /// An example of the mistake.
    pub wrong: &'static str,
    /// The same, mended.
    pub right: &'static str,
}

/// What codes begin with, and what those have in common that begin so.
pub const FAMILIES: [(&str, &str); 10] = [
    ("E01", "Syntax and files"),
    ("E02", "Names and structure"),
    ("E03", "Bindings"),
    ("E04", "Options"),
    ("E05", "Start order"),
    ("E06", "Platforms"),
    ("E07", "Exclusive resources"),
    ("E08", "Memory"),
    ("E09", "Rust sources and platform.kdl"),
    ("W", "Warnings"),
];

/// What a code means; upper and lower case are the same. None if there is no such code.
#[must_use]
pub fn explain(code: &str) -> Option<&'static Explanation> {
    ALL.iter().find(|explanation| explanation.code.eq_ignore_ascii_case(code))
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}: {}\n\n{}", self.code, self.title, self.text)?;
        for (heading, example) in [("Wrong", self.wrong), ("Right", self.right)] {
            if !example.is_empty() {
                writeln!(out, "\n{heading}:\n")?;
                for line in example.lines() {
                    writeln!(out, "    {line}")?;
                }
            }
        }
        Ok(())
    }
}

/// Every code, in order.
pub const ALL: &[Explanation] = &[
    Explanation {
        code: "E0101",
        title: "the file cannot be read",
        text: "There is no such file, or it is a folder, or the operating system does not let it be read. A system is a folder with a `system.kdl`.",
        wrong: "oscomp check no-such-folder",
        right: "oscomp check systems/hello",
    },
    Explanation {
        code: "E0102",
        title: "the file is not text",
        text: "A system is written in UTF-8. The file has bytes that are not, so it is a binary file or was saved in another encoding.",
        wrong: "oscomp check image.elf",
        right: "oscomp check system.kdl",
    },
    Explanation {
        code: "E0103",
        title: "the file is too large",
        text: "Nobody writes a system of megabytes by hand, so a file of that size is probably not the one that was meant.",
        wrong: "oscomp check disk.img",
        right: "oscomp check system.kdl",
    },
    Explanation {
        code: "E0104",
        title: "nested too deeply",
        text: "A system has five levels. A file with dozens of them has a brace or a comment that is not closed, or is not a system.",
        wrong: r#"system "a" { app "b" { c { d { … } } } }"#,
        right: r#"system "a" { app "b" { c 1 } }"#,
    },
    Explanation {
        code: "E0105",
        title: "not KDL 2",
        text: "The text departs from the grammar of KDL 2 (https://kdl.dev). Nodes that can be read are checked nevertheless.",
        wrong: r#"app "hello" { greeting "Hi }"#,
        right: r#"app "hello" { greeting "Hi" }"#,
    },
    Explanation {
        code: "E0106",
        title: "KDL 1 instead of KDL 2",
        text: "KDL 2 writes keywords with a number sign, and raw strings without the letter r.",
        wrong: r#"crlf true
name r"C:\dir""#,
        right: r##"crlf #true
name #"C:\dir"#"##,
    },
    Explanation {
        code: "E0107",
        title: "a character that KDL forbids",
        text: "KDL has no control characters and none that change the direction of text: they are invisible, so a file would not mean what it seems to mean.",
        wrong: r#"app "hel<U+0000>lo""#,
        right: r#"app "hello""#,
    },
    Explanation {
        code: "E0108",
        title: "the file is empty",
        text: "The smallest system names a platform and an app.",
        wrong: "",
        right: r#"system "hello" {
    platform "qemu-microvm"
    app "hello"
}"#,
    },
    Explanation {
        code: "E0201",
        title: "no system",
        text: "A file has one node, `system`, and everything else is within it.",
        wrong: r#"app "hello""#,
        right: r#"system "hello" {
    platform "hosted"
    app "hello"
}"#,
    },
    Explanation {
        code: "E0202",
        title: "two systems",
        text: "A file is one system. Several images of one system are several platforms of it; another system is a file of its own.",
        wrong: r#"system "a" { … }
system "b" { … }"#,
        right: r#"system "a" { … }"#,
    },
    Explanation {
        code: "E0203",
        title: "unknown node",
        text: "Nothing in a file is ignored. A system has `platform`, `app`, `module` and `build`; `build` has `optimize`.",
        wrong: r#"system "a" { modul "talc" }"#,
        right: r#"system "a" { module "talc" }"#,
    },
    Explanation {
        code: "E0204",
        title: "unknown property",
        text: "Instances have the properties `as`, `path` and `on`, fields have `on`, and nothing else has properties. The app cannot have `on`: every image has it.",
        wrong: r#"module "talc" name="heap""#,
        right: r#"module "talc" as="heap""#,
    },
    Explanation {
        code: "E0205",
        title: "wrong arguments",
        text: "The node takes another number or kind of arguments.",
        wrong: "platform",
        right: r#"platform "qemu-microvm""#,
    },
    Explanation {
        code: "E0206",
        title: "unknown field",
        text: "Each node within an instance sets one field that the module's Rust signature declares: a requirement (a type parameter of its struct) or an option (a field of its `Options`), in kebab case.",
        wrong: r#"app "httpd" { prot 80 }"#,
        right: r#"app "httpd" { port 80 }"#,
    },
    Explanation {
        code: "E0207",
        title: "a field is set twice",
        text: "Neither of two values for one field is better than the other. Two fields may have one name if each is limited to another platform with `on`.",
        wrong: r#"app "httpd" { port 80; port 8080 }"#,
        right: r#"app "httpd" { port 80 }"#,
    },
    Explanation {
        code: "E0208",
        title: "unknown module",
        text: "A module of the catalog is a folder `modules/FAMILY/NAME`; one of the project has a `path`. The app may also be the crate beside `system.kdl`, if its package has the app's name.",
        wrong: r#"module "uart-1655""#,
        right: r#"module "uart-16550""#,
    },
    Explanation {
        code: "E0209",
        title: "unknown platform",
        text: "A platform is a folder `modules/platform/NAME` of the catalog with a `platform.kdl`.",
        wrong: r#"platform "qemu-micro""#,
        right: r#"platform "qemu-microvm""#,
    },
    Explanation {
        code: "E0210",
        title: "two instances of one name",
        text: "An instance without `as` has the name of its module. Names are how requirements are bound, so each stands for one instance; two may share one only if no platform has both.",
        wrong: r#"module "uart-16550"
module "uart-16550""#,
        right: r#"module "uart-16550" as="com1"
module "uart-16550" as="com2""#,
    },
    Explanation {
        code: "E0211",
        title: "not a name",
        text: "A name has lower-case ASCII letters, digits and single hyphens and begins with a letter, so that it is a Rust identifier with hyphens for underscores. `platform` is the platform's own instance.",
        wrong: r#"module "talc" as="My Heap""#,
        right: r#"module "talc" as="my-heap""#,
    },
    Explanation {
        code: "E0212",
        title: "a letter that only looks like a Latin one",
        text: "Cyrillic, Greek and full-width letters look like Latin ones but are others: two names would look the same and differ.",
        wrong: r#"module "talc" as="hеap"   // е is Cyrillic"#,
        right: r#"module "talc" as="heap""#,
    },
    Explanation {
        code: "E0213",
        title: "no app",
        text: "The app decides what the system needs: without one there is nothing to compose.",
        wrong: r#"system "a" { platform "hosted" }"#,
        right: r#"system "a" {
    platform "hosted"
    app "hello"
}"#,
    },
    Explanation {
        code: "E0214",
        title: "two apps",
        text: "An image runs one app and powers off when it ends.",
        wrong: r#"app "hello"
app "httpd""#,
        right: r#"app "httpd""#,
    },
    Explanation {
        code: "E0215",
        title: "no platform",
        text: "A platform says where an image runs, which devices there are and which modules are used by default.",
        wrong: r#"system "a" { app "hello" }"#,
        right: r#"system "a" {
    platform "hosted"
    app "hello"
}"#,
    },
    Explanation {
        code: "E0216",
        title: "a platform twice",
        text: "Each platform gives one image, so naming it twice says nothing new or contradicts itself.",
        wrong: r#"platform "hosted"
platform "hosted" { memory "1GiB" }"#,
        right: r#"platform "hosted" { memory "1GiB" }"#,
    },
    Explanation {
        code: "E0217",
        title: "limited to a platform that the system does not have",
        text: "`on` limits an instance or a field to one of the platforms that the file names. One that it does not name would never hold.",
        wrong: r#"platform "hosted"
module "rdrand" on="qemu-microvm""#,
        right: r#"platform "hosted"
platform "qemu-microvm"
module "rdrand" on="qemu-microvm""#,
    },
    Explanation {
        code: "E0218",
        title: "the app is not an app",
        text: "The glue calls `App::run`, so the module that `app` names has to provide `App`.",
        wrong: r#"app "talc""#,
        right: r#"app "hello""#,
    },
    Explanation {
        code: "E0219",
        title: "a node or property twice",
        text: "What can be said once is said twice.",
        wrong: r#"build { optimize "size" }
build { optimize "speed" }"#,
        right: r#"build { optimize "speed" }"#,
    },
    Explanation {
        code: "E0220",
        title: "a type annotation",
        text: "KDL allows `(type)` before values and nodes. In a system the module's signature gives the types, so an annotation could only contradict it.",
        wrong: "port (u16)80",
        right: "port 80",
    },
    Explanation {
        code: "E0221",
        title: "two modules of one name",
        text: "A module's name is the name of its folder. The catalog has that name in two families.",
        wrong: "modules/net/echo/
modules/time/echo/",
        right: "modules/net/echo/
modules/time/echo-clock/",
    },
    Explanation {
        code: "E0222",
        title: "a platform that was asked for is not in the system",
        text: "The command names a platform that the file does not.",
        wrong: "oscomp check --platform hosted   # system has qemu-microvm only",
        right: "oscomp check --platform qemu-microvm",
    },
    Explanation {
        code: "E0301",
        title: "unknown instance",
        text: "A requirement is bound to a name that no instance of the file has and that no default of the platform has.",
        wrong: r#"app "hello" { output "cosnole" }"#,
        right: r#"app "hello" { output "console" }"#,
    },
    Explanation {
        code: "E0302",
        title: "a requirement is bound to nothing",
        text: "The file does not bind the requirement, the platform has no default for its interface, and no instance of the system provides it. Nothing is added behind your back: add one of the candidates.",
        wrong: r#"app "httpd"                // requires TcpStack"#,
        right: r#"app "httpd"
module "smoltcp" as="tcp""#,
    },
    Explanation {
        code: "E0303",
        title: "a requirement could be bound to several instances",
        text: "Two instances provide what is required. Which of them is meant is a decision, and the file has to say it.",
        wrong: r#"module "uart-16550" as="a"
module "null-console" as="b"
app "hello""#,
        right: r#"module "uart-16550" as="a"
module "null-console" as="b"
app "hello" { output "a" }"#,
    },
    Explanation {
        code: "E0304",
        title: "an instance does not provide what is required",
        text: "A requirement is a type parameter with interfaces as its bounds. The module of the instance that it is bound to has to name all of them in `provides(…)`.",
        wrong: r#"app "hello" { output "heap" }     // requires Console"#,
        right: r#"app "hello" { output "console" }"#,
    },
    Explanation {
        code: "E0305",
        title: "an instance is bound to itself",
        text: "An instance cannot be what it needs.",
        wrong: r#"module "tee" as="both" { first "both" }"#,
        right: r#"module "tee" as="both" { first "console" }"#,
    },
    Explanation {
        code: "E0306",
        title: "an ambient interface is provided twice",
        text: "Heap, log, panic handler and power-off exist once in an image. Two instances of the file provide the same one.",
        wrong: r#"module "talc"
module "tlsf""#,
        right: r#"module "talc""#,
    },
    Explanation {
        code: "E0307",
        title: "an ambient interface is provided by nothing",
        text: "An instance uses it (`ambient(Heap)` in its `#[module]`), or every image needs it, and neither the file nor the platform has a provider.",
        wrong: r#"app "wordcount"           // uses Heap"#,
        right: r#"app "wordcount"
module "talc" as="heap""#,
    },
    Explanation {
        code: "E0308",
        title: "bound to an instance that this platform does not have",
        text: "The instance is limited to another platform with `on`, but the field that is bound to it is not.",
        wrong: r#"module "rdrand" on="qemu-microvm"
app "dice" { source "rdrand" }"#,
        right: r#"module "rdrand" on="qemu-microvm"
app "dice" { source "rdrand" on="qemu-microvm" }"#,
    },
    Explanation {
        code: "E0309",
        title: "a requirement is not bound to a name",
        text: "A requirement takes the name of one instance, in quotes.",
        wrong: r#"app "hello" { output 1 }"#,
        right: r#"app "hello" { output "console" }"#,
    },
    Explanation {
        code: "E0310",
        title: "an instance takes the place of a default that it cannot fill",
        text: "An instance with the name of a platform's default (`console`, `heap`, `log`, …) replaces it, so it has to provide the same interface.",
        wrong: r#"module "talc" as="console""#,
        right: r#"module "talc" as="heap""#,
    },
    Explanation {
        code: "E0401",
        title: "a value of the wrong type",
        text: "The option is declared with another type in the module's `Options`.",
        wrong: r#"app "httpd" { port "80" }"#,
        right: r#"app "httpd" { port 80 }"#,
    },
    Explanation {
        code: "E0402",
        title: "a value out of range",
        text: "The option's `range`, or its integer type, does not hold the value.",
        wrong: r#"app "httpd" { port 80000 }"#,
        right: r#"app "httpd" { port 8080 }"#,
    },
    Explanation {
        code: "E0403",
        title: "not one of the names",
        text: "The option is a choice: an enum with `#[derive(Choice)]`, whose variants in kebab case are its values.",
        wrong: r#"module "console-log" { level "loud" }"#,
        right: r#"module "console-log" { level "debug" }"#,
    },
    Explanation {
        code: "E0404",
        title: "a required option is not set",
        text: "The option has no default and is not an `Option<…>`.",
        wrong: r#"module "smoltcp""#,
        right: r#"module "smoltcp" { address "10.0.2.15/24" }"#,
    },
    Explanation {
        code: "E0405",
        title: "no value, or too many",
        text: "An option takes one value, unless it is declared as a list.",
        wrong: r#"app "httpd" { port 80 8080 }"#,
        right: r#"app "httpd" { port 80 }"#,
    },
    Explanation {
        code: "E0406",
        title: "options contradict each other",
        text: "The module declares a condition across its options with `#[options(require(…))]`, and it does not hold.",
        wrong: r#"module "uart-16550" { baud 7000 }"#,
        right: r#"module "uart-16550" { baud 9600 }"#,
    },
    Explanation {
        code: "E0407",
        title: "no such file",
        text: "The option is the contents of a file, or the files of a folder. The path is relative to the folder of `system.kdl`, and has to be that of a file or of a folder. The folder that holds the system itself cannot be meant: images are built in it.",
        wrong: r#"app "httpd" { page "indx.html" }"#,
        right: r#"app "httpd" { page "index.html" }"#,
    },
    Explanation {
        code: "E0408",
        title: "a size or duration without its unit",
        text: "Sizes are whole numbers with `B`, `KiB`, `MiB`, `GiB` or `TiB`, durations with `ns`, `us`, `ms`, `s`, `min` or `h`, in quotes: a number alone would leave the unit to be guessed.",
        wrong: r#"platform "hosted" { memory 16 }"#,
        right: r#"platform "hosted" { memory "16MiB" }"#,
    },
    Explanation {
        code: "E0501",
        title: "instances wait for each other to start",
        text: "An instance starts after everything that it requires. Instances that require each other cannot, unless one of the requirements is marked `#[call]` in its module: then it is only called after both have started.",
        wrong: r#"module "a" { other "b" }
module "b" { other "a" }"#,
        right: "pub struct B<#[call] Other: Echo> { … }",
    },
    Explanation {
        code: "E0601",
        title: "the module does not serve the architecture",
        text: "`arch(…)` in the module's `#[module]` names the only architectures it can serve, and the platform's is another.",
        wrong: r#"platform "riscv-virt"
module "rdrand"             // arch("x86_64")"#,
        right: r#"platform "riscv-virt"
module "virtio-entropy""#,
    },
    Explanation {
        code: "E0602",
        title: "the module is for another environment",
        text: "`environment = …` in the module's `#[module]`: a bare-metal module drives hardware, a hosted one calls the host's operating system.",
        wrong: r#"platform "hosted"
module "uart-16550"         // bare-metal"#,
        right: r#"platform "hosted"
module "host-stdout""#,
    },
    Explanation {
        code: "E0603",
        title: "unknown device",
        text: "The platform has no device of that name.",
        wrong: r#"module "uart-16550" { device "com3" }"#,
        right: r#"module "uart-16550" { device "com1" }"#,
    },
    Explanation {
        code: "E0604",
        title: "a device of another kind",
        text: "An option of type `Device` takes devices of one kind. This device needs another driver.",
        wrong: r#"module "uart-16550" { device "rtc" }"#,
        right: r#"module "uart-16550" { device "com1" }"#,
    },
    Explanation {
        code: "E0605",
        title: "no device is left",
        text: "The instance needs a device of a kind that the platform does not have, or that others have claimed.",
        wrong: r#"platform "qemu-microvm"    // one UART
module "uart-16550" as="a"
module "uart-16550" as="b""#,
        right: r#"platform "qemu-q35"        // two UARTs
module "uart-16550" as="a" { device "com1" }
module "uart-16550" as="b" { device "com2" }"#,
    },
    Explanation {
        code: "E0606",
        title: "any of several devices",
        text: "The platform has several free devices of the right kind. Which of them is meant is a decision, and the file has to say it.",
        wrong: r#"module "uart-16550""#,
        right: r#"module "uart-16550" { device "com1" }"#,
    },
    Explanation {
        code: "E0607",
        title: "sources in C in a process",
        text: "Sources in C call functions that modules have, by names which in a process are those of the host's own library. So only images for bare metal have any.",
        wrong: r#"platform "hosted"
module "codec" { sources "codec.c" }"#,
        right: r#"platform "qemu-microvm"
module "codec" { sources "codec.c" }"#,
    },
    Explanation {
        code: "E0701",
        title: "a device is claimed twice",
        text: "A device has one driver. Two would disturb each other.",
        wrong: r#"module "uart-16550" as="a" { device "com1" }
module "uart-16550" as="b" { device "com1" }"#,
        right: r#"module "uart-16550" as="a" { device "com1" }
module "uart-16550" as="b" { device "com2" }"#,
    },
    Explanation {
        code: "E0702",
        title: "an exclusive value is used twice",
        text: "The option is declared `exclusive`: within that name space (ports of the host, say) no two instances may have the same value.",
        wrong: r#"module "echo" as="a" { port 7 }
module "echo" as="b" { port 7 }"#,
        right: r#"module "echo" as="a" { port 7 }
module "echo" as="b" { port 8 }"#,
    },
    Explanation {
        code: "E0703",
        title: "two instances have the same function for C",
        text: "C programs find functions by their names alone, so in an image there is one function of a name.",
        wrong: r#"module "posix-files"
module "console-descriptors" // both have `write`"#,
        right: r#"module "posix-files""#,
    },
    Explanation {
        code: "E0801",
        title: "less memory than the platform can have",
        text: "`platform.kdl` states the least memory with which the machine starts at all.",
        wrong: r#"platform "qemu-microvm" { memory "64KiB" }"#,
        right: r#"platform "qemu-microvm" { memory "16MiB" }"#,
    },
    Explanation {
        code: "E0802",
        title: "more memory than the platform can have",
        text: "`platform.kdl` states the most memory that the machine can have.",
        wrong: r#"platform "qemu-microvm" { memory "64GiB" }"#,
        right: r#"platform "qemu-microvm" { memory "1GiB" }"#,
    },
    Explanation {
        code: "E0803",
        title: "the memory cannot suffice",
        text: "What the platform reserves, what modules need (`memory = …`) and what options ask for (`#[option(memory)]`) is more than the machine has. The image would stop while it starts.",
        wrong: r#"platform "qemu-microvm" { memory "2MiB" }
module "talc" { size "4MiB" }"#,
        right: r#"platform "qemu-microvm" { memory "8MiB" }
module "talc" { size "4MiB" }"#,
    },
    Explanation {
        code: "E0804",
        title: "all memory is taken before an instance starts",
        text: "A heap without a size takes all memory that is left when it starts. An instance that starts later, because it uses the heap itself, finds none: the image would stop while it starts.",
        wrong: r#"module "talc" as="heap"
module "arena" // allocates from `heap` and takes memory of the machine"#,
        right: r#"module "talc" as="heap" { size "4MiB" }
module "arena""#,
    },
    Explanation {
        code: "E0901",
        title: "a folder is not a crate",
        text: r#"A module is a Rust crate: a folder with a Cargo.toml that has `[package] name = "…"`."#,
        wrong: "modules/mine/src/lib.rs",
        right: "modules/mine/Cargo.toml
modules/mine/src/lib.rs",
    },
    Explanation {
        code: "E0902",
        title: "a crate is not a library",
        text: "A module's signature is read from `src/lib.rs`.",
        wrong: "modules/mine/src/main.rs",
        right: "modules/mine/src/lib.rs",
    },
    Explanation {
        code: "E0903",
        title: "a crate without `#[module]`",
        text: "One struct at the root of the crate has `#[module]`: its type parameters are the requirements.",
        wrong: "pub struct Mine;",
        right: "#[module(provides(Console))]
pub struct Mine;",
    },
    Explanation {
        code: "E0904",
        title: "two structs with `#[module]`",
        text: "A crate is one module; the name of its folder stands for it.",
        wrong: "#[module] pub struct A;
#[module] pub struct B;",
        right: "#[module] pub struct A;",
    },
    Explanation {
        code: "E0905",
        title: "a source is not Rust",
        text: "A bracket or a literal is not closed, or an item that belongs to the signature cannot be parsed.",
        wrong: "pub struct Mine<Output: Console {",
        right: "pub struct Mine<Output: Console> {",
    },
    Explanation {
        code: "E0906",
        title: "a signature departs from the grammar",
        text: "What the checker reads from a signature has to be what rustc sees, so attributes have a small grammar, without `cfg`, macros and aliases. It is documented on `#[module]`, `#[interface]`, `#[derive(Options)]` and `#[derive(Choice)]`.",
        wrong: "pub struct Mine<Output>",
        right: "pub struct Mine<Output: Console>",
    },
    Explanation {
        code: "E0907",
        title: "the options are not at the root of the crate",
        text: "`Config<Options>` names a struct with `#[derive(Options)]` in `src/lib.rs`.",
        wrong: "mod options; use options::Options;",
        right: "#[derive(Options)]
pub struct Options { … }",
    },
    Explanation {
        code: "E0908",
        title: "a type that no option can have",
        text: "An option is a bool, an integer, a string, `Bytes`, `Duration`, an address, `Device`, a file, `Archive`, or a choice: an enum with `#[derive(Choice)]` in `src/lib.rs`.",
        wrong: "pub level: log::Level,",
        right: "#[derive(Choice)]
pub enum Level { Error, Info }",
    },
    Explanation {
        code: "E0909",
        title: "a name that is no interface",
        text: "The names in `provides(…)`, `ambient(…)` and bounds are looked up through the file's `use` items. They have to lead to a trait with `#[interface]` in an interface crate, in a path dependency or in the crate itself.",
        wrong: "#[module(provides(Consle))]",
        right: "use oscomp_interfaces::Console;
#[module(provides(Console))]",
    },
    Explanation {
        code: "E0910",
        title: "a module allocates without saying so",
        text: "A crate with `extern crate alloc` needs a global allocator. Without `ambient(Heap)` an image could be composed that has none, and would fail to link.",
        wrong: "#[module(provides(App))]
extern crate alloc;",
        right: "#[module(provides(App), ambient(Heap))]
extern crate alloc;",
    },
    Explanation {
        code: "E0911",
        title: "not an ambient interface",
        text: "`ambient(…)` names interfaces that exist once in an image. This one is wired: it is required by a type parameter.",
        wrong: "#[module(ambient(Console))]",
        right: "pub struct Mine<Output: Console> { … }",
    },
    Explanation {
        code: "E0912",
        title: "a default that the choice does not have",
        text: "The default of an option is one of the names of its enum, in kebab case.",
        wrong: r#"#[option(default = "loud")]
pub level: Level,"#,
        right: r#"#[option(default = "info")]
pub level: Level,"#,
    },
    Explanation {
        code: "E0913",
        title: "two fields of one name",
        text: "Requirements and options share one name space, because both are fields in `system.kdl`.",
        wrong: "pub struct Mine<Output: Console, S: Config<Options>>
// Options { output: bool }",
        right: "pub struct Mine<Output: Console, S: Config<Options>>
// Options { quiet: bool }",
    },
    Explanation {
        code: "E0914",
        title: "functions for C that the module does not announce, or does not have",
        text: "A module with an `impl` that is marked `#[exports]` says so in its `#[module(…)]`, so that the others need not be looked through.",
        wrong: r#"#[module]
pub struct Strings;

#[exports]
impl Strings { … }"#,
        right: r#"#[module(exports)]
pub struct Strings;

#[exports]
impl Strings { … }"#,
    },
    Explanation {
        code: "E0915",
        title: "a module's folder of headers is not there",
        text: "`headers = \"…\"` names a folder in that of the module's crate.",
        wrong: r#"#[module(exports, headers = "includes")]"#,
        right: r#"#[module(exports, headers = "include")]"#,
    },
    Explanation {
        code: "E0951",
        title: "a platform cannot be read",
        text: "The folder of a platform has a `platform.kdl`.",
        wrong: "modules/platform/mine/Cargo.toml",
        right: "modules/platform/mine/Cargo.toml
modules/platform/mine/platform.kdl",
    },
    Explanation {
        code: "E0952",
        title: "a mistake in platform.kdl",
        text: "The file departs from what a platform can say: `doc`, `arch`, `environment`, `target`, `linker-script`, `flat`, `memory`, `device`, `default` and `runner`.",
        wrong: r#"device "com1""#,
        right: r#"device "com1" kind="uart-16550" { ports 0x3f8 8 }"#,
    },
    Explanation {
        code: "E0953",
        title: "devices share registers or an interrupt line",
        text: "Two devices of a platform have the same ports, addresses or interrupt line, so two drivers would disturb each other although each claims its own device.",
        wrong: r#"device "a" kind="x" { ports 0x40 4 }
device "b" kind="y" { ports 0x42 2 }"#,
        right: r#"device "a" kind="x" { ports 0x40 2 }
device "b" kind="y" { ports 0x42 2 }"#,
    },
    Explanation {
        code: "E0954",
        title: "a default that cannot be used",
        text: "A default of a platform names an interface or a module that does not exist, or a module that does not provide the interface.",
        wrong: r#"default "Consle" module="uart-16550" as="console""#,
        right: r#"default "Console" module="uart-16550" as="console""#,
    },
    Explanation {
        code: "W0101",
        title: "an instance that nothing uses",
        text: "An image has only what the app needs, directly or through others. The instance is checked, but left out.",
        wrong: r#"app "hello"
module "rdrand""#,
        right: r#"app "dice" { source "rdrand" }
module "rdrand""#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The codes that occur in a source, in quotes.
    fn codes(source: &str) -> impl Iterator<Item = &str> {
        source.split('"').filter(|part| {
            part.len() == 5
                && part.starts_with(['E', 'W'])
                && part[1..].bytes().all(|digit| digit.is_ascii_digit())
        })
    }

    #[test]
    fn every_code_is_explained_and_every_explanation_is_used() {
        let sources = [
            include_str!("catalog/interface.rs"),
            include_str!("catalog/mod.rs"),
            include_str!("catalog/module.rs"),
            include_str!("check/fields.rs"),
            include_str!("check/instances.rs"),
            include_str!("check/mod.rs"),
            include_str!("check/modules.rs"),
            include_str!("check/resources.rs"),
            include_str!("order.rs"),
            include_str!("platform.rs"),
            include_str!("resolve/ambient.rs"),
            include_str!("resolve/binding.rs"),
            include_str!("resolve/mod.rs"),
            include_str!("resolve/settings.rs"),
            include_str!("syntax/mistake.rs"),
            include_str!("syntax/scan.rs"),
            include_str!("system.rs"),
        ];
        let used: BTreeSet<&str> = sources.into_iter().flat_map(codes).collect();
        let explained: BTreeSet<&str> = ALL.iter().map(|explanation| explanation.code).collect();
        assert_eq!(used, explained);
        assert!(ALL.is_sorted_by(|one, two| one.code < two.code));
    }

    #[test]
    fn codes_are_found_in_either_case() {
        assert_eq!(explain("e0301").map(|explanation| explanation.code), Some("E0301"));
        assert!(explain("E9999").is_none());
    }
}
