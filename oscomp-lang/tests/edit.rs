//! Tools change what they are asked to change, and nothing else: what the file says otherwise, its comments and its
//! layout stay.

mod support;
use oscomp_lang::diagnostic::Fix;
use oscomp_lang::edit::{NewInstance, Owner, Refusal, SystemText, apply, quoted};
use oscomp_lang::editor::Workspace;
use oscomp_lang::format::format;
use oscomp_lang::source::SourcePath;
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::catalog;

fn file() -> SourcePath {
    SourcePath::Project("system.kdl".into())
}

/// The text with what `change` asks for.
fn changed(text: &str, change: impl Fn(&SystemText<'_>) -> Result<Fix, Refusal>) -> String {
    let file = file();
    let system = SystemText::read(&file, text).expect("the text has no mistakes");
    let fix = change(&system).expect("it can be done");
    apply(text, &fix.edits).expect("edits fit")
}

const SYSTEM: &str = r#"// The head.
system "web" {
    platform "pc" { memory "16MiB" }
    platform "host"      // a process

    app "hello" {
        greeting "Hi"    // what it says
        names "a" "b"
    }

    // The time.
    module "tick"
    module "quiet" as="u" on="host"

    // At the end.
    build { optimize "size" }
}
"#;

#[test]
fn a_field_that_is_there_gets_its_values() {
    let set = |field: &str, values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        changed(SYSTEM, |system| system.set(Owner::Instance("hello"), field, &values, None))
    };
    assert_eq!(set("greeting", &["\"Ho\""]), SYSTEM.replace("\"Hi\"", "\"Ho\""));
    assert_eq!(set("greeting", &["\"Hi\""]), SYSTEM);
    assert_eq!(set("names", &["\"a\""]), SYSTEM.replace(" \"b\"", ""));
    assert_eq!(
        set("names", &["\"a\"", "\"c\"", "\"d\""]),
        SYSTEM.replace("\"a\" \"b\"", "\"a\" \"c\" \"d\"")
    );
    assert_eq!(set("names", &[]), SYSTEM.replace(" \"a\" \"b\"", ""));
}

#[test]
fn a_field_that_is_missing_is_added_as_the_file_does_it() {
    let set = |owner: Owner<'_>, on: Option<&str>| {
        changed(SYSTEM, |system| system.set(owner, "stack", &["1".to_owned()], on))
    };
    assert_eq!(
        set(Owner::Instance("hello"), None),
        SYSTEM.replace("names \"a\" \"b\"\n", "names \"a\" \"b\"\n        stack 1\n")
    );
    assert_eq!(
        set(Owner::Instance("hello"), Some("pc")),
        SYSTEM.replace("names \"a\" \"b\"\n", "names \"a\" \"b\"\n        stack 1 on=\"pc\"\n")
    );
    assert_eq!(
        set(Owner::Instance("tick"), None),
        SYSTEM.replace("\"tick\"\n", "\"tick\" {\n        stack 1\n    }\n")
    );
    // The instance has that limit, so its field has it too.
    assert_eq!(
        set(Owner::Instance("u"), Some("host")),
        SYSTEM.replace("on=\"host\"\n", "on=\"host\" {\n        stack 1\n    }\n")
    );
    assert_eq!(set(Owner::Platform("pc"), Some("pc")), SYSTEM.replace("\"16MiB\" }", "\"16MiB\"; stack 1 }"));
    assert_eq!(
        set(Owner::Platform("host"), None),
        SYSTEM.replace("\"host\"      // a process", "\"host\" {\n        stack 1\n    }      // a process")
    );
}

#[test]
fn one_line_stays_one_line() {
    let text = "system \"a\" { platform \"pc\"; app \"hello\"; module \"tick\" {} }";
    let set = |owner| changed(text, |system| system.set(owner, "x", &["1".to_owned()], None));
    assert_eq!(set(Owner::Instance("hello")), text.replace("\"hello\"", "\"hello\" { x 1 }"));
    assert_eq!(set(Owner::Instance("tick")), text.replace("{}", "{ x 1 }"));
    let new = NewInstance {
        module: "bump".into(),
        name: Some("heap".into()),
        fields: vec![("a".into(), vec!["1".into()]), ("b".into(), vec!["2".into(), "3".into()])],
        ..NewInstance::default()
    };
    let added = changed(text, |system| system.add(&new));
    assert_eq!(added, text.replace("{} }", "{}; module \"bump\" as=\"heap\" { a 1; b 2 3 } }"));
}

#[test]
fn fields_can_be_limited_to_platforms() {
    let text = "system \"a\" {\n    app \"hello\" {\n        x 1 on=\"pc\" // one\n        y 1\n    }\n}\n";
    let set = |field: &str, on| {
        let file = file();
        let system = SystemText::read(&file, text).unwrap();
        let fix = system.set(Owner::Instance("hello"), field, &["2".into()], on);
        fix.map(|fix| apply(text, &fix.edits).unwrap())
    };
    assert_eq!(set("x", Some("pc")).unwrap(), text.replace("x 1", "x 2"));
    assert_eq!(
        set("x", Some("host")).unwrap(),
        text.replace("// one\n", "// one\n        x 2 on=\"host\"\n")
    );
    assert!(matches!(set("x", None), Err(Refusal::SetByPlatform { .. })));
    assert!(matches!(set("y", Some("pc")), Err(Refusal::SetForAll { .. })));
}

#[test]
fn a_field_is_removed_with_its_line() {
    let unset =
        |text: &str, owner: Owner<'_>, field: &str| changed(text, |system| system.unset(owner, field, None));
    assert_eq!(
        unset(SYSTEM, Owner::Instance("hello"), "greeting"),
        SYSTEM.replace("        greeting \"Hi\"    // what it says\n", "")
    );
    assert_eq!(unset(SYSTEM, Owner::Platform("pc"), "memory"), SYSTEM.replace(" { memory \"16MiB\" }", ""));
    let text = "system \"a\" { app \"b\" { x 1; y 2; z 3 } }";
    let unset = |field| unset(text, Owner::Instance("b"), field);
    assert_eq!(unset("x"), text.replace("x 1; ", ""));
    assert_eq!(unset("y"), text.replace("y 2; ", ""));
    assert_eq!(unset("z"), text.replace("; z 3", ""));
    let only = "system \"a\" { app \"b\" { x 1; }; module \"c\" }";
    assert_eq!(
        changed(only, |system| system.unset(Owner::Instance("b"), "x", None)),
        only.replace(" { x 1; }", "")
    );
}

#[test]
fn an_instance_is_added_behind_its_like() {
    let new = |module: &str, name: Option<&str>| NewInstance {
        module: module.into(),
        name: name.map(str::to_owned),
        ..NewInstance::default()
    };
    let added = |text: &str, instance: &NewInstance| changed(text, |system| system.add(instance));
    assert_eq!(
        added(SYSTEM, &new("bump", Some("heap"))),
        SYSTEM.replace("on=\"host\"\n", "on=\"host\"\n    module \"bump\" as=\"heap\"\n")
    );
    assert_eq!(
        added(SYSTEM, &new("bump", Some("bump"))),
        SYSTEM.replace("on=\"host\"\n", "on=\"host\"\n    module \"bump\"\n")
    );
    // Groups are apart where groups are.
    let text =
        "system \"a\" {\n    platform \"pc\"\n\n    app \"b\" // it\n\n    build { optimize \"size\" }\n}\n";
    assert_eq!(added(text, &new("c", None)), text.replace("// it\n", "// it\n\n    module \"c\"\n"));
    let text = "system \"a\" {\r\n\tplatform \"pc\"\r\n\tapp \"b\" {\r\n\t}\r\n}\r\n";
    assert_eq!(added(text, &new("c", None)), text.replace("\t}\r\n", "\t}\r\n\tmodule \"c\"\r\n"));
    assert_eq!(
        changed(text, |system| system.set(Owner::Instance("b"), "x", &["1".into()], None)),
        text.replace("{\r\n\t}", "{\r\n\t    x 1\r\n\t}")
    );
}

#[test]
fn an_instance_is_removed_with_what_is_said_about_it() {
    let removed = |text: &str, name: &str| changed(text, |system| system.remove(name, None));
    // The comment may be about what follows, too.
    assert_eq!(removed(SYSTEM, "tick"), SYSTEM.replace("    module \"tick\"\n", ""));
    assert_eq!(removed(SYSTEM, "u"), SYSTEM.replace("    module \"quiet\" as=\"u\" on=\"host\"\n", ""));
    let alone = "system \"a\" {\n    app \"b\"\n\n    // About c.\n    module \"c\" { x 1 } // more\n\n    build {}\n}\n";
    assert_eq!(removed(alone, "c"), "system \"a\" {\n    app \"b\"\n\n    build {}\n}\n");
    let last = "system \"a\" {\n    app \"b\"\n\n    module \"c\"\n}\n";
    assert_eq!(removed(last, "c"), "system \"a\" {\n    app \"b\"\n}\n");
    let one_line = "system \"a\" { app \"b\"; module \"c\" }";
    assert_eq!(removed(one_line, "c"), "system \"a\" { app \"b\" }");
}

#[test]
fn another_module_keeps_the_name_and_the_fields_that_fit() {
    let text = "system \"a\" {\n    app \"b\"\n    module \"c\" path=\"m/c\" { // why\n        x 1\n        y 2\n    }\n}\n";
    let replaced =
        |keeps: &dyn Fn(&str) -> bool| changed(text, |system| system.replace_module("c", "d", None, keeps));
    let renamed = text.replace("\"c\" path=\"m/c\"", "\"d\" as=\"c\"");
    assert_eq!(replaced(&|_| true), renamed);
    assert_eq!(replaced(&|field| field == "x"), renamed.replace("        y 2\n", ""));
    assert_eq!(replaced(&|_| false), "system \"a\" {\n    app \"b\"\n    module \"d\" as=\"c\"\n}\n");
}

#[test]
fn renaming_finds_every_binding_and_nothing_else() {
    let text = "system \"t\" {\n    platform \"pc\"\n    app \"hello\" { output \"quiet\"; greeting \"quiet\" }\n    module \"tee\" { first \"quiet\"; second \"console\" }\n    module \"quiet\" // quiet\n}\n";
    let rename = |text: &str, from: &str, to: &str| {
        let sources = catalog().with("system.kdl", text);
        let fix = Workspace::new(sources).look(&file(), |view| view.rename_instance(from, to)).unwrap();
        fix.map(|fix| apply(text, &fix.edits).unwrap())
    };
    let expected = text
        .replace("output \"quiet\"", "output \"calm\"")
        .replace("first \"quiet\"", "first \"calm\"")
        .replace("module \"quiet\"", "module \"quiet\" as=\"calm\"");
    assert_eq!(rename(text, "quiet", "calm").unwrap(), expected);
    assert_eq!(rename(&expected, "calm", "quiet").unwrap(), text);
    assert!(matches!(rename(text, "console", "x"), Err(Refusal::NoInstance { .. })));
    assert!(matches!(rename(text, "quiet", "tee"), Err(Refusal::Taken { .. })));
    assert!(matches!(rename(text, "quiet", "Calm"), Err(Refusal::NotAName { .. })));
}

#[test]
fn what_cannot_be_done_is_refused() {
    let file = file();
    let read = |text| SystemText::read(&file, text).map(|_| ());
    assert!(matches!(read("system \"a\" {"), Err(Refusal::Mistake { .. })));
    assert_eq!(read("// nothing"), Err(Refusal::NoSystem));
    let system = SystemText::read(&file, SYSTEM).unwrap();
    assert!(matches!(system.set(Owner::Instance("x"), "y", &[], None), Err(Refusal::NoInstance { .. })));
    assert!(matches!(system.set(Owner::Platform("x"), "y", &[], None), Err(Refusal::NoPlatform { .. })));
    assert!(matches!(system.unset(Owner::Instance("hello"), "y", None), Err(Refusal::NoField { .. })));
    assert!(matches!(system.remove("hello", None), Err(Refusal::App { .. })));
    let taken = NewInstance { module: "tick".into(), ..NewInstance::default() };
    assert!(matches!(system.add(&taken), Err(Refusal::Taken { .. })));
    let elsewhere =
        NewInstance { module: "uart".into(), name: Some("u".into()), on: Some("pc".into()), ..taken };
    assert!(system.add(&elsewhere).is_ok());
}

/// The comments of a text, in their order.
fn comments(text: &str) -> Vec<String> {
    // The generated texts have the markers of comments nowhere else.
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['/']) {
        rest = &rest[at..];
        let length = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/-") {
            2
        } else {
            rest = &rest[1..];
            continue;
        };
        found.push(rest[..length].trim_end().to_owned());
        rest = &rest[length..];
    }
    found
}

/// What a text says: the platforms and instances with their fields.
type Said = BTreeMap<String, Vec<(String, Vec<String>)>>;

fn said(text: &str, fields: &[&str]) -> Said {
    let file = file();
    let system = SystemText::read(&file, text).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"));
    let values = |owner| {
        let set = |field: &&str| Some(((*field).to_owned(), system.values(owner, field, None)?));
        fields
            .iter()
            .filter_map(set)
            .map(|(field, values)| (field, values.into_iter().map(str::to_owned).collect()))
            .collect()
    };
    let instances =
        system.instances().map(|it| (format!("{} {}", it.name, it.module), values(Owner::Instance(it.name))));
    let platforms =
        system.platforms().map(|name| (format!("platform {name}"), values(Owner::Platform(name))));
    instances.chain(platforms).collect()
}

const FIELDS: [&str; 4] = ["alpha", "beta", "gamma", "memory"];

/// White space, comments and ends of lines where a node ends.
fn end() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("\n".to_owned()),
        2 => Just(" // why\n".to_owned()),
        1 => Just("\n\n\n".to_owned()),
        1 => Just("; ".to_owned()),
        1 => Just(" /* so */\n".to_owned()),
        1 => Just("\n    // A line.\n".to_owned()),
        1 => Just(";\n  /- gone { x 1 }\n".to_owned()),
    ]
}

fn field_text() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "1",
        "0x1f",
        "\"a b\"",
        "word",
        "#true",
        "#\"raw \"x\"\"#",
        "\"\"\"\n      in\n      \"\"\"",
        "/-3 4",
        "\\\n    5",
        "/* what */ 6",
    ]);
    (prop::collection::vec(value, 0..4), end())
        .prop_map(|(values, end)| format!(" {}{end}", values.join(" ")))
}

fn block() -> impl Strategy<Value = String> {
    let fields = prop::sample::subsequence(&FIELDS[..3], 0..=3);
    (fields, prop::collection::vec(field_text(), 3), 0..5_u8).prop_map(|(names, texts, style)| {
        let inside: String = names.iter().zip(texts).map(|(name, text)| format!("{name}{text}")).collect();
        match style {
            0 if names.is_empty() => String::new(),
            1 if names.is_empty() => " {}".to_owned(),
            2 => format!(" {{\n{inside}\n}}"),
            3 => format!(" {{ // here\n        {inside}\n    }}"),
            _ => format!(" {{ {inside} }}"),
        }
    })
}

prop_compose! {
    /// A system with a platform, an app and some modules, in any layout.
    fn system()(
        blocks in prop::collection::vec(block(), 5),
        ends in prop::collection::vec(end(), 6),
        gap in prop::sample::select(vec![" ", "\t", "   ", " /* c */ "]),
        crlf in any::<bool>(),
    ) -> String {
        let text = format!(
            "// Head.\nsystem \"s\"{gap}{{{}platform \"pc\"{}{}app{gap}\"web\"{}{}module \"one\"{}{}module \"two\"{gap}as=\"second\"{}{}module \"three\" on=\"pc\"{}{}}}",
            if ends[0].starts_with(';') { "\n" } else { &ends[0] }, blocks[0], ends[1], blocks[1], ends[2], blocks[2], ends[3],
            blocks[3], ends[4], blocks[4], ends[5],
        );
        if crlf { text.replace('\n', "\r\n") } else { text }
    }
}

proptest! {
    #[test]
    fn formatting_keeps_all_that_is_said(text in system()) {
        let formatted = format(&file(), &text).unwrap();
        prop_assert_eq!(&format(&file(), &formatted).unwrap(), &formatted, "{}", text);
        prop_assert_eq!(said(&formatted, &FIELDS), said(&text, &FIELDS));
        prop_assert_eq!(comments(&formatted), comments(&text));
        let lines = || formatted.lines().filter(|line| !line.contains("in") && !line.contains("\"\"\""));
        prop_assert!(lines().all(|line| line.trim_end() == line), "{formatted}");
        prop_assert!(!formatted.replace('\r', "").contains("\n\n\n"), "{formatted}");
        prop_assert!(!formatted.replace('\r', "").contains("{\n\n"), "{formatted}");
    }

    #[test]
    fn setting_a_field_sets_it_and_nothing_else(
        text in system(),
        owner in prop::sample::select(vec![Owner::Platform("pc"), Owner::Instance("web"), Owner::Instance("one"), Owner::Instance("second"), Owner::Instance("three")]),
        field in prop::sample::select(FIELDS.to_vec()),
        values in prop::collection::vec("[a-z \"\\\\\n]{0,4}", 0..3),
    ) {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        let after = changed(&text, |system| system.set(owner, field, &values, None));
        prop_assert_eq!(comments(&after), comments(&text), "{}", after);
        let mut expected = said(&text, &FIELDS);
        let name = match owner { Owner::Platform(name) => format!("platform {name}"), Owner::Instance(name) => format!("{name} ") };
        let fields = expected.iter_mut().find(|(key, _)| key.starts_with(&name)).unwrap().1;
        fields.retain(|(name, _)| name != field);
        fields.push((field.to_owned(), values));
        fields.sort_by_key(|(name, _)| FIELDS.iter().position(|field| field == name));
        prop_assert_eq!(said(&after, &FIELDS), expected.clone(), "{}", after);
        // And back again.
        let removed = changed(&after, |system| system.unset(owner, field, None));
        let fields = expected.iter_mut().find(|(key, _)| key.starts_with(&name)).unwrap().1;
        fields.retain(|(name, _)| name != field);
        prop_assert_eq!(said(&removed, &FIELDS), expected, "{}", removed);
    }

    #[test]
    fn adding_removing_and_replacing_touch_one_instance(
        text in system(),
        fields in prop::sample::subsequence(FIELDS.to_vec(), 0..=3),
        victim in prop::sample::select(vec![("one", "one"), ("second", "two"), ("three", "three")]),
        kept_field in prop::sample::select(FIELDS.to_vec()),
    ) {
        let new = NewInstance {
            module: "four".into(),
            name: Some("other".into()),
            fields: fields.iter().map(|field| ((*field).to_owned(), vec!["1".to_owned()])).collect(),
            ..NewInstance::default()
        };
        let before = said(&text, &FIELDS);
        let after = changed(&text, |system| system.add(&new));
        let mut expected = before.clone();
        let set = |field: &&str| ((*field).to_owned(), vec!["1".to_owned()]);
        expected.insert("other four".to_owned(), fields.iter().map(set).collect());
        prop_assert_eq!(said(&after, &FIELDS), expected, "{}", after);
        prop_assert_eq!(comments(&after), comments(&text));

        let removed = changed(&after, |system| system.remove("other", None));
        prop_assert_eq!(said(&removed, &FIELDS), before.clone(), "{}", removed);
        let removed = changed(&text, |system| system.remove(victim.0, None));
        let mut expected = before.clone();
        let values = expected.remove(&format!("{} {}", victim.0, victim.1)).unwrap();
        prop_assert_eq!(said(&removed, &FIELDS), expected.clone(), "{}", removed);

        let replaced = changed(&text, |system| {
            system.replace_module(victim.0, "five", None, &|field| field == kept_field)
        });
        let kept = values.into_iter().filter(|(field, _)| field == kept_field).collect();
        expected.insert(format!("{} five", victim.0), kept);
        prop_assert_eq!(said(&replaced, &FIELDS), expected, "{}", replaced);
    }
}

/// Every system and platform of the repository is laid out as the formatter does it.
#[test]
fn the_files_of_the_repository_are_formatted() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut seen = 0;
    for pattern in ["systems", "modules/platform"] {
        for entry in std::fs::read_dir(format!("{root}/{pattern}")).unwrap() {
            for name in ["system.kdl", "platform.kdl"] {
                let path = entry.as_ref().unwrap().path().join(name);
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                seen += 1;
                assert_eq!(format(&file(), &text).unwrap(), text, "{}", path.display());
            }
        }
    }
    assert!(seen > 15, "{seen}");
}
