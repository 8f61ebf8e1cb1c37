//! What an editor is told, and that it is told something whatever is being typed.

mod support;
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::Severity;
use oscomp_lang::editor::{ActionKind, Completion, Location, TokenKind, View, Workspace};
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use support::{Memory, catalog};

/// Sources that a test can change.
struct Changing(RefCell<Memory>);

impl Sources for Changing {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        self.0.borrow().read(file)
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        self.0.borrow().list(folder)
    }
}

struct Editor {
    sources: Rc<Changing>,
    workspace: Workspace,
}

fn file() -> SourcePath {
    SourcePath::Project("system.kdl".into())
}

impl Editor {
    fn new(text: &str) -> Self {
        let sources = Rc::new(Changing(RefCell::new(catalog().with("system.kdl", text))));
        let workspace = Workspace::new(sources.clone());
        Self { sources, workspace }
    }

    /// Changes a file by its name as it is shown.
    fn write(&mut self, name: &str, text: &str) {
        let changed = self.sources.0.borrow().clone().with(name, text);
        self.sources.0.replace(changed);
        self.workspace.changed(&match name.strip_prefix("catalog/") {
            Some(path) => SourcePath::Catalog(path.to_owned()),
            None => SourcePath::Project(name.to_owned()),
        });
    }

    fn look<T>(&self, answer: impl FnOnce(&View<'_, '_>) -> T) -> T {
        self.workspace.look(&file(), answer).expect("it can be read")
    }
}

/// A text with its one `|` taken out, and where that was.
fn marked(text: &str) -> (String, usize) {
    let at = text.find('|').expect("a mark");
    (text.replacen('|', "", 1), at)
}

fn completions(text: &str) -> Vec<Completion> {
    let (text, at) = marked(text);
    Editor::new(&text).workspace.complete(&file(), at)
}

fn labels(text: &str) -> Vec<String> {
    completions(text).into_iter().map(|item| item.label).collect()
}

fn shown(locations: &[Location], text: &str) -> Vec<String> {
    let show = |location: &Location| match &location.file {
        SourcePath::Project(path) if path == "system.kdl" => text[location.range()].to_owned(),
        other => other.to_string(),
    };
    locations.iter().map(show).collect()
}

const WEB: &str = "system \"web\" {
    platform \"pc\" { memory \"16MiB\" }
    platform \"host\"

    // What it says.
    app \"hello\" {
        output \"t\"
        greeting \"Good day\" on=\"pc\"
    }
    module \"tee\" as=\"t\" { first \"console\"; second \"u\" }
    module \"uart\" as=\"u\" on=\"pc\" { device \"com2\" }
    module \"quiet\" as=\"u\" on=\"host\"
}
";

#[test]
fn nodes_that_fit_are_offered() {
    assert_eq!(labels("|"), ["system"]);
    assert_eq!(labels("system \"a\" {\n    |\n}\n"), ["app", "build", "module", "platform"]);
    assert_eq!(
        labels("system \"a\" {\n    app \"hello\"\n    build { }\n    |\n}\n"),
        ["module", "platform"]
    );
    assert_eq!(labels("system \"a\" {\n    mo|\n}\n"), ["module"]);
    assert!(labels("system \"a\" {\n    om|\n}\n").iter().all(|label| label != "module"));
    assert_eq!(labels("system \"a\" {\n    build { op| }\n}\n"), ["optimize"]);
    assert_eq!(labels("system \"a\" {\n    build { optimize \"|\" }\n}\n"), ["size", "speed"]);
    // What begins so comes before what has the characters somewhere.
    assert_eq!(labels("system \"a\" {\n    app \"hello\"\n    l|\n}\n"), ["build", "module", "platform"]);
    assert_eq!(labels("system \"a\" {\n    p|\n}\n"), ["platform", "app"]);
    // Nothing in a comment.
    assert!(labels("system \"a\" {\n    // mo|\n}\n").is_empty());
}

#[test]
fn platforms_and_modules_that_fit_are_offered() {
    assert_eq!(labels("system \"a\" {\n    platform \"pc\"\n    platform \"|\n}\n"), ["host"]);
    assert_eq!(
        labels("system \"a\" {\n    platform \"pc\"\n    app \"|\"\n}\n"),
        ["echoing", "hello", "strict", "timed"]
    );
    // `tock` is for another architecture, `stream` for another environment; what is missing comes first.
    let modules = labels("system \"a\" {\n    platform \"pc\"\n    app \"timed\"\n    module \"|\"\n}\n");
    assert_eq!(modules.first().map(String::as_str), Some("tick"));
    assert!(modules.contains(&"uart".to_owned()));
    assert!(!modules.contains(&"tock".to_owned()) && !modules.contains(&"stream".to_owned()));
    assert!(!modules.contains(&"hello".to_owned()));
}

#[test]
fn names_that_fit_are_offered() {
    let text =
        WEB.replace("module \"uart\" as=\"u\" on=\"pc\" { device \"com2\" }", "module \"uart\" as=\"|\"");
    let text = text.replace("    module \"quiet\" as=\"u\" on=\"host\"\n", "");
    // What the tee is bound to.
    assert_eq!(labels(&text), ["console", "u"]);
    assert_eq!(labels(&WEB.replace("on=\"host\"", "on=\"|\"")), ["host", "pc"]);
    let properties = labels(&WEB.replace("as=\"u\" on=\"host\"", "as=\"u\" |"));
    assert_eq!(properties, ["on", "path"]);
}

#[test]
fn fields_that_are_not_set_are_offered() {
    // `greeting` is set for one platform only.
    let fields = labels(&WEB.replace("greeting \"Good", "|\n        greeting \"Good"));
    assert_eq!(fields, ["greeting", "names", "page", "pause", "style"]);
    assert_eq!(labels(&WEB.replace("{ memory \"16MiB\" }", "{ | }")), ["memory", "stack"]);
    let required = completions("system \"a\" {\n    platform \"pc\"\n    app \"strict\" { | }\n}\n");
    assert_eq!(required[0].label, "count");
    assert_eq!(required[0].rank, 0);
    assert!(required[0].detail.contains("has to be set"), "{:?}", required[0]);
    let snippet = required[0].snippet.as_deref().unwrap();
    assert_eq!(snippet, "count ${1:1}");
    let fields = completions(&WEB.replace("greeting \"Good", "|\n        greeting \"Good"));
    let pause = fields.iter().find(|item| item.label == "pause").and_then(|item| item.snippet.as_deref());
    assert_eq!(pause, Some("pause \"${1:10ms}\""));
}

#[test]
fn only_instances_that_provide_what_is_required_are_offered() {
    assert_eq!(labels(&WEB.replace("output \"t\"", "output \"|\"")), ["t", "u", "console"]);
    assert_eq!(labels(&WEB.replace("first \"console\"", "first |")), ["u", "console"]);
    let clocks = labels(
        "system \"a\" {\n    platform \"pc\"\n    app \"timed\" { time \"|\" }\n    module \"tick\" as=\"c\"\n    module \"quiet\"\n}\n",
    );
    assert_eq!(clocks, ["c"]);
}

#[test]
fn values_that_fit_are_offered() {
    let value = |field: &str| labels(&WEB.replace("output \"t\"", field));
    assert_eq!(value("style \"|\""), ["plain", "very-fancy"]);
    assert_eq!(value("pause |")[0], "10ms");
    assert_eq!(value("page \"|\""), ["catalog/", "image.png", "index.html", "site/", "system.kdl"]);
    assert_eq!(value("page \"site/|\""), ["site/a.html"]);
    let uart = |field: &str| labels(&WEB.replace("device \"com2\"", field));
    assert_eq!(uart("device \"|\""), ["com1", "com2"]);
    assert_eq!(uart("crlf |"), ["#false", "#true"]);
    assert_eq!(uart("baud |"), ["115200", "50", "4000000"]);
    assert_eq!(labels(&WEB.replace("memory \"16MiB\"", "memory \"|\""))[0], "8MiB");
    // A field takes one value; behind it stands what limits it.
    assert_eq!(uart("baud 9600 |"), ["on"]);
}

/// A text in which the first completion has been taken.
fn taken(text: &str) -> String {
    let item = completions(text).into_iter().next().expect("there is one");
    let (mut text, _) = marked(text);
    text.replace_range(item.span.start..item.span.end, &item.insert);
    text
}

#[test]
fn what_is_taken_stands_between_quotes_once() {
    let value = |before: &str| {
        let text = taken(&WEB.replace("output \"t\"", before));
        text.lines().find(|line| line.contains("style")).unwrap().trim().to_owned()
    };
    for before in
        ["style |", "style \"|", "style \"|\"", "style \"pla|\"", "style \"pla|", "style |\"\"", "style pl|"]
    {
        assert_eq!(value(before), "style \"plain\"", "{before}");
    }
    assert_eq!(value("style \"plain\"|"), "style \"plain\"");
    // Editors compare the name with what is replaced before the cursor.
    let begun = completions(&WEB.replace("output \"t\"", "style \"pl|"));
    let (text, at) = marked(&WEB.replace("output \"t\"", "style \"pl|"));
    assert_eq!((begun.len(), begun[0].label.as_str()), (1, "plain"));
    assert_eq!(&text[begun[0].span.start..at], "pl");
    let named = taken(&WEB.replace("\"quiet\" as=\"u\" on=\"host\"", "\"quiet\" as=\"u\" on=\"h|\""));
    assert!(named.contains(" on=\"host\"\n"), "{named}");
}

#[test]
fn a_hover_says_which_rule_chose() {
    let text = |place: &str| {
        let (text, at) = marked(&WEB.replacen(&place.replace('|', ""), place, 1));
        let hover = Editor::new(&text).look(|view| view.hover(at));
        hover.map(|hover| hover.text).unwrap_or_default()
    };
    assert!(text("mod|ule \"tee\"").contains("instance of a module"));
    let uart = text("\"ua|rt\"");
    assert!(uart.contains("module uart\n  provides Console\n") && uart.contains("A UART."), "{uart}");
    let name = text("as=\"|t\"");
    assert!(name.contains("Used by `hello.output`."), "{name}");
    assert!(name.contains("- `first` `console`: system.kdl says so (system.kdl:10)"), "{name}");
    let greeting = text("gree|ting");
    assert!(greeting.contains("default \"Hello\""), "{greeting}");
    assert!(greeting.contains("pc: `\"Good day\"`: system.kdl says so (system.kdl:8)"), "{greeting}");
    assert!(
        greeting.contains("host: `\"Hello\"`: the module's default (catalog/modules/app/hello/src/lib.rs:"),
        "{greeting}"
    );
    assert!(text("\"co|m2\"").contains("`com2` of pc: uart"));
    assert!(text("platform \"h|ost\"").contains("device stdout: stream"));
}

#[test]
fn definitions_are_in_the_file_and_in_rust() {
    let find = |place: &str| {
        let (text, at) = marked(&WEB.replacen(&place.replace('|', ""), place, 1));
        shown(&Editor::new(&text).look(|view| view.definitions(at)), &text)
    };
    assert_eq!(find("output \"|t\""), ["\"t\""]);
    assert_eq!(find("second \"|u\""), ["\"u\"", "\"u\""]);
    assert_eq!(
        find("first \"|console\""),
        ["catalog/modules/platform/host/platform.kdl", "catalog/modules/platform/pc/platform.kdl"]
    );
    assert_eq!(find("\"te|e\""), ["catalog/modules/console/tee/src/lib.rs"]);
    assert_eq!(find("gre|eting"), ["catalog/modules/app/hello/src/lib.rs"]);
    assert_eq!(find("\"co|m2\""), ["catalog/modules/platform/pc/platform.kdl"]);
    assert_eq!(find("on=\"h|ost\""), ["\"host\""]);
}

#[test]
fn references_are_all_of_them() {
    let find = |place: &str| {
        let (text, at) = marked(&WEB.replacen(&place.replace('|', ""), place, 1));
        Editor::new(&text).look(|view| view.references(at, true)).len()
    };
    assert_eq!(find("second \"|u\""), 3);
    assert_eq!(find("output \"|t\""), 2);
    assert_eq!(find("platform \"p|c\""), 3);
}

#[test]
fn an_instance_is_renamed_everywhere() {
    let (text, at) = marked(&WEB.replacen("second \"u\"", "second \"u|\"", 1));
    let editor = Editor::new(&text);
    let fix = editor.look(|view| view.rename(at, "backup")).unwrap();
    let renamed = support::apply(&text, &fix);
    assert_eq!(renamed, WEB.replace("\"u\"", "\"backup\""));
    assert!(editor.look(|view| view.rename(at, "t")).is_err());
    assert!(editor.look(|view| view.rename(at, "Not a name")).is_err());
    // The default of a platform is not the file's to rename.
    let at = WEB.find("console").unwrap();
    assert_eq!(editor.look(|view| view.renamable(at)), None);
}

#[test]
fn what_was_filled_in_is_shown() {
    let text =
        "system \"a\" {\n    platform \"pc\"\n    app \"hello\"\n    module \"uart\" as=\"console\"\n}\n";
    let hints = Editor::new(text).look(|view| view.hints());
    let labels: Vec<&str> = hints.iter().map(|hint| hint.label.as_str()).collect();
    assert_eq!(labels, ["output \"console\""]);
    assert_eq!(&text[..hints[0].offset].lines().last().unwrap().trim(), &"app \"hello\"");
    // One UART is left when another is taken.
    let text =
        text.replace("as=\"console\"", "as=\"console\" { device \"com1\" }\n    module \"uart\" as=\"b\"");
    let labels: Vec<String> =
        Editor::new(&text).look(|view| view.hints()).into_iter().map(|hint| hint.label).collect();
    assert_eq!(labels, ["output \"console\""], "what nothing uses drives nothing");
}

#[test]
fn changes_that_help_are_offered() {
    let offered = |text: &str| {
        let (text, at) = marked(text);
        let editor = Editor::new(&text);
        let report = editor.workspace.check(&file());
        let actions = editor.look(|view| view.actions(&report, at..at));
        (text, actions)
    };
    let (text, actions) = offered("system \"a\" {\n    platform \"pc\"\n    app \"str|ict\"\n}\n");
    let missing = actions.iter().find(|action| action.kind == ActionKind::Complete).unwrap();
    assert!(support::apply(&text, &missing.fix).contains("app \"strict\" {\n        count 1\n    }"));
    let (text, actions) = offered("system \"a\" {\n    platform \"pc\"\n    app \"he|llo\"\n}\n");
    let extract: Vec<_> = actions.iter().filter(|action| action.kind == ActionKind::Extract).collect();
    assert_eq!(extract.len(), 2, "{actions:?}");
    for action in extract {
        let changed = Editor::new(&support::apply(&text, &action.fix));
        let report = changed.workspace.check(&file());
        assert!(report.is_sound(), "{:?}", report.diagnostics);
    }
    let (text, actions) = offered(&WEB.replacen("first \"console\"", "first \"cons|ole\"", 1));
    let choose: Vec<_> = actions.iter().filter(|action| action.kind == ActionKind::Choose).collect();
    assert!(choose.iter().any(|action| action.fix.title == "bind `first` to `u`"), "{choose:?}");
    assert!(
        choose.iter().any(|action| support::apply(&text, &action.fix).contains("    module \"quiet\"\n"))
    );
    let (_, actions) =
        offered("system \"a\" {\n    platform \"pc\"\n    app \"hello\" { outptu| \"console\" }\n}\n");
    assert!(actions.iter().any(|action| action.mends.is_some() && action.preferred), "{actions:?}");
}

#[test]
fn words_have_their_kinds() {
    let tokens = Editor::new(WEB).look(|view| view.tokens());
    let of = |kind: TokenKind| -> Vec<&str> {
        let of_kind = tokens.iter().filter(|token| token.kind == kind);
        of_kind.map(|token| &WEB[token.span.start..token.span.end]).collect()
    };
    assert_eq!(of(TokenKind::Comment), ["// What it says."]);
    assert_eq!(of(TokenKind::Module), ["\"hello\"", "\"tee\"", "\"uart\"", "\"quiet\""]);
    assert_eq!(of(TokenKind::Requirement), ["output", "first", "second"]);
    assert_eq!(of(TokenKind::Option), ["greeting", "device"]);
    assert_eq!(of(TokenKind::Platform).len(), 5);
    assert!(of(TokenKind::Keyword).contains(&"on") && of(TokenKind::Instance).contains(&"\"console\""));
}

#[test]
fn a_change_in_rust_is_seen_at_once() {
    let mut editor = Editor::new(WEB);
    let report = editor.workspace.check(&file());
    assert!(report.is_sound(), "{:?}", report.diagnostics);
    let source = "catalog/modules/console/tee/src/lib.rs";
    let before = String::from_utf8(editor.sources.0.borrow().0[source].clone()).unwrap();
    editor.write(source, &before.replace("Second", "Third"));
    let report = editor.workspace.check(&file());
    assert!(report.diagnostics.iter().any(|found| found.code == "E0206"), "{:?}", report.diagnostics);
    editor.write(source, "this is not Rust {");
    let report = editor.workspace.check(&file());
    assert!(report.diagnostics.iter().any(|found| found.code == "E0905"), "{:?}", report.diagnostics);
    editor.write(source, &before);
    assert!(editor.workspace.check(&file()).is_sound());
    // An interface that is changed changes what its modules are.
    let source = "catalog/modules/interfaces/core/src/console.rs";
    let before = String::from_utf8(editor.sources.0.borrow().0[source].clone()).unwrap();
    editor.write(source, &before.replace("trait Console", "trait Terminal"));
    assert!(!editor.workspace.check(&file()).is_sound());
    editor.write(source, &before);
    assert!(editor.workspace.check(&file()).is_sound());
    Workspace::forget(std::iter::once(&mut editor.workspace));
    assert!(editor.workspace.check(&file()).is_sound());
}

#[test]
fn a_source_says_who_uses_it() {
    let editor = Editor::new(WEB);
    let uses = |path: &str| {
        let uses = editor.look(|view| view.uses(&SourcePath::Catalog(path.into())));
        uses.into_iter().map(|found| (found.title, found.places.len())).collect::<Vec<_>>()
    };
    assert_eq!(
        uses("modules/console/tee/src/lib.rs"),
        [("1 instance".to_owned(), 1), ("set once".to_owned(), 1), ("set once".to_owned(), 1)]
    );
    assert_eq!(uses("modules/interfaces/core/src/console.rs"), [("provided by 3 instances".to_owned(), 3)]);
    assert_eq!(uses("modules/alloc/bump/src/lib.rs"), []);
}

/// Asks for everything at a place, and holds every answer to what it promises.
fn ask_everything(editor: &Editor, text: &str, at: usize) -> Report {
    let valid = |location: &Location| {
        let text = editor.workspace.text(&location.file).unwrap_or_else(|| "".into());
        assert!(text.get(location.range()).is_some(), "{location:?}");
    };
    let report = editor.workspace.check(&file());
    editor.look(|view| {
        view.hover(at).iter().for_each(|hover| valid(&hover.location));
        view.definitions(at).iter().for_each(valid);
        view.type_definitions(at).iter().for_each(valid);
        view.references(at, true).iter().for_each(valid);
        view.renamable(at).iter().for_each(|(location, _)| valid(location));
        if let Ok(fix) = view.rename(at, "renamed") {
            support::apply(text, &fix);
        }
        for action in view.actions(&report, at..at) {
            support::apply(text, &action.fix);
        }
        let mut end = 0;
        for token in view.tokens() {
            assert!(token.span.start >= end && text.get(token.span.start..token.span.end).is_some());
            end = token.span.end;
        }
        for fold in view.folds() {
            assert!(text.get(fold.span.start..fold.span.end).is_some());
        }
        let mut symbols = view.symbols();
        while let Some(symbol) = symbols.pop() {
            assert!(!symbol.name.is_empty() && symbol.span.start <= symbol.name_span.start, "{symbol:?}");
            assert!(symbol.name_span.end <= symbol.span.end, "{symbol:?}");
            symbols.extend(symbol.children);
        }
        view.hints().iter().for_each(|hint| assert!(text.is_char_boundary(hint.offset)));
        assert!(view.images().iter().all(|(span, _)| span.start <= span.end && span.end <= text.len()));
    });
    for item in editor.workspace.complete(&file(), at) {
        let span = item.span.start..item.span.end;
        let replaced = text.get(span.clone()).unwrap_or_else(|| panic!("{item:?}"));
        assert!(!replaced.contains('\n') || replaced.starts_with('"'), "{item:?}");
        assert!(span.start <= at && at <= span.end, "{item:?} at {at}");
    }
    report
}

/// Whether a finding has a label within a line of a place.
fn points_near(report: &Report, text: &str, at: usize) -> bool {
    let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count();
    let labels = report.diagnostics.iter().flat_map(|found| &found.labels);
    labels.filter(|label| label.file == file()).any(|label| {
        (line(label.span.start).saturating_sub(1)..=line(label.span.end) + 1).contains(&line(at))
    })
}

#[test]
fn whatever_is_deleted_or_inserted_is_answered() {
    let inserts = ["\"", "{", "}", "/*", "/-", "x", " ", "\n", "=", "é", ";", "#"];
    let mut editor = Editor::new(WEB);
    let (mut broken, mut near) = (0, 0);
    // Where the rest is cut off, it is the opening brace that is to blame, wherever that is.
    for at in 0..WEB.len() {
        let deleted = [&WEB[..at], &WEB[at + 1..]].concat();
        let cut = WEB[..at].to_owned();
        let inserted = [&WEB[..at], inserts[at % inserts.len()], &WEB[at..]].concat();
        for (text, whole) in [(deleted, true), (cut, false), (inserted, true)] {
            editor.write("system.kdl", &text);
            let report = ask_everything(&editor, &text, at);
            if whole && report.diagnostics.iter().any(|found| found.severity == Severity::Error) {
                broken += 1;
                near += usize::from(points_near(&report, &text, at));
            }
        }
    }
    println!("{near} of {broken} broken texts have a finding near the edit");
    assert!(broken > WEB.len(), "most edits break it");
    assert!(near * 100 >= broken * 98, "{near} of {broken}");
}
