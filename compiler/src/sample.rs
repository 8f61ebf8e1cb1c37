//! Plans made by hand, for tests.

use oscomp_lang::plan::{
    AmbientBinding, DeviceRegisters, Instance, InterfacePath, Line, Optimize, Parameter, Place, Plan,
    Platform, PlatformDevice, Reason, Resource, Setting,
};
use oscomp_lang::signature::{Edge, Environment, OptionType};
use oscomp_lang::source::SourcePath;
use oscomp_lang::value::Value;

/// A place.
pub fn place(file: &str, line: usize) -> Place {
    Place { file: file.into(), line, column: 5 }
}

/// An interface of the core.
pub fn interface(name: &str) -> InterfacePath {
    InterfacePath {
        package: "oscomp-interfaces".into(),
        source: SourcePath::Catalog("modules/interfaces/core".into()),
        modules: vec![name.to_lowercase()],
        ident: name.into(),
    }
}

/// An instance without parameters.
pub fn instance(name: &str, module: &str, family: &str, provides: &[&str], reason: Reason) -> Instance {
    let words = module.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
    Instance {
        name: name.into(),
        module: module.into(),
        package: format!("oscomp-{module}"),
        source: SourcePath::Catalog(format!("modules/{family}/{module}")),
        ident: words.collect(),
        provides: provides.iter().map(|name| interface(name)).collect(),
        parameters: Vec::new(),
        options: Vec::new(),
        exports: Vec::new(),
        headers: None,
        stop: false,
        guarded: false,
        reason,
    }
}

/// Binds a requirement of an instance.
pub fn bind(requirement: &str, instance: &str, name: &str, edge: Edge, reason: Reason) -> Parameter {
    Parameter::Binding {
        requirement: requirement.into(),
        instance: instance.into(),
        interfaces: vec![interface(name)],
        edge,
        reason,
    }
}

/// A system that greets: platform, console, panic and app.
pub fn hello() -> Plan {
    let platform_file = "catalog/modules/platform/qemu-microvm/platform.kdl";
    let source = SourcePath::Catalog("modules/platform/qemu-microvm".into());
    let mut platform =
        instance("platform", "qemu-microvm", "platform", &["Memory", "PowerOff"], Reason::Platform);
    platform.guarded = true;
    let mut console = instance(
        "console",
        "uart-16550",
        "console",
        &["Console"],
        Reason::PlatformDefault(place(platform_file, 35)),
    );
    console.parameters.push(Parameter::Options { ident: "Options".into() });
    console.options = vec![
        Setting {
            name: "device".into(),
            ident: "device".into(),
            ty: OptionType::Device,
            value: Value::Device("com1".into()),
            reason: Reason::PlatformDefault(place(platform_file, 35)),
        },
        Setting {
            name: "baud".into(),
            ident: "baud".into(),
            ty: OptionType::Integer("u32".into()),
            value: Value::Integer(115_200),
            reason: Reason::ModuleDefault(place("catalog/modules/console/uart-16550/src/lib.rs", 30)),
        },
    ];
    let mut panic = instance(
        "panic",
        "panic-message",
        "panic",
        &["PanicHandler"],
        Reason::PlatformDefault(place(platform_file, 41)),
    );
    panic.guarded = true;
    panic.parameters.push(bind("output", "console", "Console", Edge::Start, Reason::OnlyProvider));
    let mut app = instance("hello", "hello", "app", &["App"], Reason::Written(place("system.kdl", 6)));
    app.package = "hello".into();
    app.source = SourcePath::Project(String::new());
    app.parameters.push(bind("output", "console", "Console", Edge::Start, Reason::OnlyProvider));
    app.parameters.push(Parameter::Options { ident: "Options".into() });
    app.options.push(Setting {
        name: "greeting".into(),
        ident: "greeting".into(),
        ty: OptionType::Str,
        value: Value::String("Hello".into()),
        reason: Reason::Written(place("system.kdl", 6)),
    });
    Plan {
        system: "hello".into(),
        platform: Platform {
            name: "qemu-microvm".into(),
            arch: "x86_64".into(),
            environment: Environment::BareMetal,
            target: "x86_64-unknown-linux-gnu".into(),
            linker_script: None,
            flat: None,
            memory_base: 0,
            source,
            devices: vec![PlatformDevice {
                name: "com1".into(),
                kind: "uart-16550".into(),
                registers: DeviceRegisters::Port { base: 0x3f8, length: 8 },
                line: Some(Line::Level(4)),
                arguments: vec!["-serial".into(), "stdio".into()],
                entry: None,
            }],
            runner: None,
        },
        optimize: Optimize::Size,
        app: "hello".into(),
        instances: vec![platform, console, panic, app],
        ambient: vec![
            AmbientBinding {
                interface: interface("PanicHandler"),
                instance: "panic".into(),
                reason: Reason::PlatformDefault(place(platform_file, 41)),
            },
            AmbientBinding {
                interface: interface("PowerOff"),
                instance: "platform".into(),
                reason: Reason::Platform,
            },
        ],
        resources: vec![Resource {
            space: "device".into(),
            value: "com1".into(),
            instance: "console".into(),
            option: "device".into(),
        }],
        memory: 64 << 20,
    }
}

/// `hello` with `count` more instances between app and console, each bound to up to three others; one
/// pair of them requires each other.
pub fn large(count: usize) -> Plan {
    let mut plan = hello();
    let app = plan.instances.pop().expect("a sample has an app");
    let mut state = 0x2545_f491_u32;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below
    };
    for index in 0..count {
        let name = format!("part-{index}");
        let mut part =
            instance(&name, "relay", "test", &["Console"], Reason::Written(place("system.kdl", 7 + index)));
        let mut targets: Vec<String> =
            (0..1 + random(3)).map(|_| format!("part-{}", random(index.max(1)))).collect();
        targets.sort();
        targets.dedup();
        if index < 3 {
            targets = vec!["console".into()];
        }
        for (number, target) in targets.iter().enumerate() {
            let reason = Reason::Written(place("system.kdl", 7 + index));
            part.parameters.push(bind(&format!("next-{number}"), target, "Console", Edge::Start, reason));
        }
        plan.instances.push(part);
    }
    if count > 1 {
        let last = format!("part-{}", count - 1);
        let from = plan.instances.len() - count;
        plan.instances[from].parameters.push(bind(
            "back",
            &last,
            "Console",
            Edge::Call,
            Reason::OnlyProvider,
        ));
    }
    plan.instances.push(app);
    let users: Vec<String> =
        plan.instances.iter().flat_map(|instance| &instance.parameters).filter_map(target).collect();
    let free: Vec<String> = plan
        .instances
        .iter()
        .map(|instance| instance.name.clone())
        .filter(|name| name.starts_with("part") && !users.contains(name))
        .collect();
    let app = plan.instances.last_mut().expect("a sample has an app");
    for (number, name) in free.iter().enumerate() {
        app.parameters.push(bind(
            &format!("part-{number}"),
            name,
            "Console",
            Edge::Start,
            Reason::OnlyProvider,
        ));
    }
    plan
}

fn target(parameter: &Parameter) -> Option<String> {
    match parameter {
        Parameter::Binding { instance, .. } => Some(instance.clone()),
        Parameter::Options { .. } => None,
    }
}
