//! What a system has, whether it is sound or not, and changes to that.

mod support;
use oscomp_lang::diagnostic::Fix;
use oscomp_lang::edit::{Refusal, SystemText, apply};
use oscomp_lang::editor::Workspace;
use oscomp_lang::inventory::{FieldKind, Inventory, Origin, Place};
use oscomp_lang::source::SourcePath;
use support::catalog;

const SYSTEM: &str = r#"system "t" {
    platform "pc" { memory "16MiB" }
    platform "host"

    app "hello" { greeting "Hi" }    // it greets
    module "tick"
    module "quiet" as="q" on="host"
}
"#;

fn file() -> SourcePath {
    SourcePath::Project("system.kdl".into())
}

fn inventory(text: &str) -> Inventory {
    let sources = catalog().with("system.kdl", text);
    Workspace::new(sources).look(&file(), |view| view.inventory()).expect("the file is there")
}

/// The text after a change.
fn changed(
    text: &str,
    change: impl Fn(&Inventory, &SystemText<'_>) -> Result<Fix, Refusal>,
) -> Result<String, Refusal> {
    let file = file();
    let fix = change(&inventory(text), &SystemText::read(&file, text)?)?;
    Ok(apply(text, &fix.edits).expect("edits fit"))
}

fn everywhere(instance: &str) -> Place<'_> {
    Place { instance, platform: None }
}

fn value(inventory: &Inventory, platform: &str, instance: &str, field: &str) -> (Option<String>, bool) {
    let field = inventory.image(platform).and_then(|image| image.member(instance)?.field(field));
    field.map(|field| (field.value.clone(), field.written)).expect("there is such a field")
}

#[test]
fn every_instance_is_there_with_where_it_comes_from() {
    let inventory = inventory(SYSTEM);
    let pc = inventory.image("pc").unwrap();
    let names: Vec<&str> = pc.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["platform", "hello", "tick", "panic", "console"]);
    let origin = |name: &str| pc.member(name).unwrap().origin.clone();
    assert_eq!(origin("platform"), Origin::Platform);
    assert_eq!(origin("hello"), Origin::App);
    assert_eq!(origin("tick"), Origin::Module { on: None });
    let fields = vec![("device".to_owned(), vec!["\"com1\"".to_owned()])];
    assert_eq!(origin("console"), Origin::Default { fields });
    assert!(!pc.member("tick").unwrap().used && pc.member("console").unwrap().used);
    let host = inventory.image("host").unwrap();
    assert_eq!(host.member("q").unwrap().origin, Origin::Module { on: Some("host".to_owned()) });
    assert_eq!(host.member("console").unwrap().module, "stream");
    let ambient: Vec<_> = pc.ambient.iter().map(|it| (it.interface.as_str(), it.instance.as_str())).collect();
    assert_eq!(ambient, [("PanicHandler", "panic"), ("PowerOff", "platform")]);
}

#[test]
fn fields_have_their_values_with_what_decided() {
    let inventory = inventory(SYSTEM);
    let value = |platform, instance, field| value(&inventory, platform, instance, field);
    assert_eq!(value("pc", "hello", "greeting"), (Some("\"Hi\"".to_owned()), true));
    assert_eq!(value("pc", "hello", "output"), (Some("console".to_owned()), false));
    assert_eq!(value("pc", "console", "baud"), (Some("115200".to_owned()), false));
    assert_eq!(value("pc", "platform", "memory"), (Some("\"16MiB\"".to_owned()), true));
    assert_eq!(value("host", "platform", "memory"), (Some("\"64MiB\"".to_owned()), false));
    let app = inventory.image("pc").unwrap().member("hello").unwrap();
    assert_eq!(app.field("greeting").unwrap().typed, ["Hi"]);
    assert!(matches!(app.field("output").unwrap().kind, FieldKind::Requirement(_)));
    assert_eq!(app.field("greeting").unwrap().reason.as_ref().unwrap().rule(), "system.kdl says so");
}

#[test]
fn what_is_refused_has_its_instances_all_the_same() {
    let wrong = SYSTEM.replace("greeting \"Hi\"", "greeting 1; output \"nothing\"");
    let inventory = inventory(&wrong);
    assert_eq!(value(&inventory, "pc", "hello", "greeting"), (None, true));
    assert_eq!(value(&inventory, "pc", "hello", "output"), (Some("nothing".to_owned()), true));
    // A node that cannot be read does not hide the others.
    let broken = self::inventory(&SYSTEM.replace("greeting \"Hi\"", "greeting )"));
    assert!(broken.image("pc").unwrap().member("tick").is_some());
    assert_eq!(Inventory::default().images.len(), 0);
}

#[test]
fn a_default_that_is_changed_becomes_an_instance_of_the_file() {
    let set = |instance: &'static str, platform, field: &'static str, value: &str| {
        let values = [value.to_owned()];
        changed(SYSTEM, |inventory, text| inventory.set(text, Place { instance, platform }, field, &values))
    };
    let last = "as=\"q\" on=\"host\"\n";
    // What the platform sets goes with it.
    let console =
        "    module \"uart\" as=\"console\" on=\"pc\" {\n        device \"com1\"\n        baud 9600\n    }\n";
    assert_eq!(
        set("console", Some("pc"), "baud", "9600").unwrap(),
        SYSTEM.replace(last, &format!("{last}{console}"))
    );
    assert!(matches!(set("console", None, "baud", "9600"), Err(Refusal::NeedsPlatform { .. })));
    // The same on both, so it is one instance.
    let panic = "    module \"reporter\" as=\"panic\" { output \"q\" }\n";
    assert_eq!(
        set("panic", None, "output", "\"q\"").unwrap(),
        SYSTEM.replace(last, &format!("{last}{panic}"))
    );
    assert_eq!(set("pc", None, "memory", "\"32MiB\"").unwrap(), SYSTEM.replace("16MiB", "32MiB"));
    assert_eq!(set("platform", Some("pc"), "memory", "\"32MiB\"").unwrap(), SYSTEM.replace("16MiB", "32MiB"));
    assert!(matches!(set("platform", None, "memory", "\"32MiB\""), Err(Refusal::NeedsPlatform { .. })));
    assert_eq!(set("hello", None, "greeting", "\"Ho\"").unwrap(), SYSTEM.replace("\"Hi\"", "\"Ho\""));
    assert!(matches!(set("hello", Some("pc"), "greeting", "\"Ho\""), Err(Refusal::SetForAll { .. })));
    assert!(matches!(set("nothing", None, "x", "1"), Err(Refusal::NoInstance { .. })));
    assert!(matches!(
        changed(SYSTEM, |inventory, text| inventory.unset(text, everywhere("panic"), "output")),
        Err(Refusal::NoField { .. })
    ));
}

#[test]
fn another_module_takes_the_place_of_one_of_the_file_or_of_a_default() {
    let use_module = |text: &str, instance: &str, module: &str| {
        changed(text, |inventory, system| {
            inventory.use_module(system, everywhere(instance), module, &|_| true)
        })
    };
    let timed = SYSTEM.replace("app \"hello\" { greeting \"Hi\" }", "app \"timed\"");
    let with_heap = use_module(&timed, "heap", "other-heap").unwrap();
    let last = "as=\"q\" on=\"host\"\n";
    assert_eq!(with_heap, timed.replace(last, &format!("{last}    module \"other-heap\" as=\"heap\"\n")));
    let report = catalog().check(&with_heap);
    assert!(report.is_sound(), "{:?}", report.diagnostics);
    let back = use_module(&with_heap, "heap", "bump").unwrap();
    assert_eq!(back, with_heap.replace("other-heap", "bump"));
}
