//! The menu as a person meets it, without a terminal: keys in, pictures and texts out.

use super::draw::draw;
use super::state::{Bytes, Effect};
use super::terminal::look;
use super::{Menu, Theme};
use crate::command::{Global, SystemArgument};
use crate::edit::Editing;
use oscomp_lang::catalog::list;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Color;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A system that has something of most things, with comments.
const SYSTEM: &str = r#"// What it runs, and where.
system "web" {
    platform "qemu-microvm"    // a virtual machine
    platform "hosted"

    // The app of this folder.
    app "web" {
        greeting "Hello!"      // for everybody
    }

    build { optimize "size" }
}
"#;

const PLAIN: Theme = Theme { colour: false };

struct Session {
    menu: Menu,
    editing: Editing,
    folder: TempDir,
}

impl Session {
    fn new(system: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = include_str!("../template/lib.rs.txt").replace("{Name}", "Web").replace("{name}", "web");
        let manifest = include_str!("../template/manifest-in-catalog.toml").replace("{name}", "web");
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/lib.rs"), app).unwrap();
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.path().join("system.kdl"), system).unwrap();
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let global = Global {
            system: Some(folder.path().to_owned()),
            catalog: Some(catalog.to_owned()),
            ..Global::default()
        };
        let editing = Editing::open(&global, &SystemArgument::default()).unwrap();
        let listing = list(&editing.session);
        let menu = Menu::new(editing.file.clone(), "system.kdl".to_owned(), editing.text(), listing);
        let mut session = Self { menu, editing, folder };
        session.settle();
        session
    }

    /// Looks at every text that somebody should look at, as the loop around the menu does.
    fn settle(&mut self) {
        for _ in 0..8 {
            match self.menu.wants() {
                Some(text) => self.menu.looked(look(&mut self.editing, text)),
                None => return,
            }
        }
        panic!("there is no end to looking");
    }

    fn press(&mut self, code: KeyCode) -> Effect {
        let effect = self.menu.key(KeyEvent::from(code));
        self.settle();
        effect
    }

    /// Presses a key for each character; some stand for keys that have none.
    fn keys(&mut self, keys: &str) -> Effect {
        let mut last = Effect::None;
        for key in keys.chars() {
            last = self.press(match key {
                '⏎' => KeyCode::Enter,
                '⎋' => KeyCode::Esc,
                '⇥' => KeyCode::Tab,
                '↓' => KeyCode::Down,
                '↑' => KeyCode::Up,
                '⌫' => KeyCode::Backspace,
                other => KeyCode::Char(other),
            });
        }
        last
    }

    fn drawn(&self, width: u16, height: u16, theme: Theme) -> TestBackend {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(&self.menu, theme, frame)).unwrap();
        terminal.backend().clone()
    }

    fn screen(&self) -> String {
        self.drawn(80, 24, PLAIN).to_string()
    }

    fn text(&self) -> &str {
        self.menu.text()
    }

    fn message(&self) -> &str {
        self.menu.message.as_deref().unwrap_or_default()
    }
}

#[test]
fn it_begins_with_the_app_and_what_that_requires() {
    insta::assert_snapshot!(Session::new(SYSTEM).screen());
}

#[test]
fn a_value_is_checked_while_it_is_typed() {
    let mut session = Session::new(SYSTEM);
    session.keys("/console.baud⏎⏎⌫⌫⌫⌫⌫⌫9");
    insta::assert_snapshot!(session.screen());
    session.keys("⏎");
    assert_eq!(session.text(), SYSTEM, "what is refused is not taken");
    session.keys("600⏎");
    assert!(!session.menu.is_stale());
    assert!(session.text().contains("\n    module \"uart-16550\" as=\"console\" on=\"qemu-microvm\" {\n"));
    assert!(session.text().contains("baud 9600\n"));
    assert!(session.message().ends_with(", on qemu-microvm only"), "{}", session.message());
    session.keys("u");
    assert_eq!(session.text(), SYSTEM);
    session.keys("r");
    assert_ne!(session.text(), SYSTEM);
}

/// Who types fast does not wait for the check, and what is refused is refused all the same.
#[test]
fn a_value_can_be_entered_before_it_is_checked() {
    let mut session = Session::new(SYSTEM);
    session.keys("/web.greeting⏎⏎");
    session.menu.key(KeyEvent::from(KeyCode::Char('?')));
    assert_eq!(session.menu.key(KeyEvent::from(KeyCode::Enter)), Effect::None);
    assert_eq!(session.text(), SYSTEM);
    session.settle();
    assert_eq!(session.text(), SYSTEM.replace("Hello!", "Hello!?"));
    session.keys("u/console.baud⏎⏎");
    session.menu.key(KeyEvent::from(KeyCode::Char('x')));
    session.menu.key(KeyEvent::from(KeyCode::Enter));
    session.settle();
    assert_eq!(session.text(), SYSTEM);
    assert_eq!(session.message(), "this value is refused; esc leaves it as it was");
}

#[test]
fn only_the_value_changes_in_the_file() {
    let mut session = Session::new(SYSTEM);
    session.keys("/greeting⏎⏎⌫ \"you\"⏎");
    assert_eq!(session.text(), SYSTEM.replace("\"Hello!\"", "\"Hello \\\"you\\\"\""));
    session.keys("d");
    assert_eq!(
        session.text(),
        SYSTEM.replace(" {\n        greeting \"Hello!\"      // for everybody\n    }", " {\n    }")
    );
    session.keys("uu");
    assert_eq!(session.text(), SYSTEM);
    assert!(!session.menu.is_modified());
}

#[test]
fn another_provider_is_chosen_for_a_requirement() {
    let mut session = Session::new(SYSTEM);
    session.keys("↓c");
    let screen = session.screen();
    // What there is, what could be new, and what could take its place; the catalog may have more.
    for entry in ["> * console ", "  + null-console ", "  console = null-console "] {
        assert!(screen.contains(entry), "{entry}: {screen}");
    }
    session.keys("+ null");
    assert!(session.screen().contains("│ok "), "{}", session.screen());
    session.keys("⏎");
    assert_eq!(
        session.text(),
        SYSTEM
            .replace("// for everybody\n", "// for everybody\n        output \"null-console\"\n")
            .replace("    }\n\n    build", "    }\n\n    module \"null-console\"\n\n    build")
    );
    assert!(session.menu.findings().0 == 0, "{}", session.screen());
    assert_eq!(session.menu.selected().map(|member| member.name.as_str()), Some("null-console"));
}

#[test]
fn another_module_takes_the_place_of_a_default() {
    let mut session = Session::new(SYSTEM);
    session.keys("/panic⏎");
    session.keys("c");
    let screen = session.screen();
    for entry in ["> * panic = panic-message ", "  panic = panic-backtrace "] {
        assert!(screen.contains(entry), "{entry}: {screen}");
    }
    session.keys("backtrace⏎");
    let added = "\n\n    module \"panic-backtrace\" as=\"panic\"\n\n    build";
    let expected = SYSTEM.replace("\n\n    build", added);
    assert_eq!(session.text(), expected);
    // And back to the default.
    session.keys("cremove⏎");
    assert_eq!(session.text(), SYSTEM);
}

#[test]
fn instances_are_added_and_removed() {
    let mut session = Session::new(SYSTEM);
    session.keys("atsc-counter⏎");
    assert_eq!(
        session.text(),
        SYSTEM.replace("\n\n    build", "\n\n    module \"tsc-counter\"\n\n    build")
    );
    insta::assert_snapshot!(session.screen());
    session.keys("x");
    assert_eq!(session.text(), SYSTEM);
    session.keys("gx");
    assert_eq!(session.text(), SYSTEM);
    assert_eq!(session.message(), "`web` is the app, which a system cannot be without");
    session.keys("↓x");
    assert_eq!(session.message(), "`console` is the platform's: choose another module with c");
}

#[test]
fn everything_can_be_searched() {
    let mut session = Session::new(SYSTEM);
    session.keys("/console.bau");
    insta::assert_snapshot!(session.screen());
    // Several words, in any order, of instances, fields and modules.
    session.keys("⎋/heap tlsf");
    assert!(session.screen().contains(">   + tlsf"), "{}", session.screen());
    session.keys("⎋/no such thing");
    assert!(session.screen().contains("nothing of that name"));
}

#[test]
fn rules_and_keys_are_explained() {
    let mut session = Session::new(SYSTEM);
    session.keys("↓w");
    let screen = session.screen();
    for line in [
        "console: an instance of uart-16550",
        "because    the platform's default",
        "used by    panic.output, web.output",
    ] {
        assert!(screen.contains(line), "{line}: {screen}");
    }
    session.keys("⎋?");
    insta::assert_snapshot!(session.screen());
    session.keys("⎋");
    // What is refused has no plan, but rules have decided all the same.
    let mut refused = Session::new(&SYSTEM.replace("\"Hello!\"", "1"));
    refused.keys("↓⇥w");
    assert!(refused.screen().contains("because    the platform's default"), "{}", refused.screen());
}

#[test]
fn findings_are_those_of_the_text_that_nobody_saved() {
    let mut session = Session::new(&SYSTEM.replace("greeting", "greating"));
    assert_eq!(session.menu.findings(), (1, 0));
    insta::assert_snapshot!(session.screen());
    session.keys("f");
    assert!(session.screen().contains("did you mean"), "{}", session.screen());
    let broken = Session::new(&SYSTEM.replace("system \"web\" {", "system \"web\""));
    assert!(broken.menu.findings().0 > 0);
    assert!(broken.screen().contains("refused"));
}

#[test]
fn a_wrong_value_does_not_hide_another() {
    let mut session = Session::new(&SYSTEM.replace("\"qemu-microvm\"", "\"qemu-microvm\" { memory \"1B\" }"));
    session.keys("/platform.memory⏎⏎⌫⌫2B⏎");
    assert_eq!(session.message(), "this value is refused; esc leaves it as it was");
}

#[test]
fn platforms_are_turned_over() {
    let mut session = Session::new(SYSTEM);
    session.keys("p");
    assert!(session.screen().contains("web on hosted (2 of 2)"), "{}", session.screen());
    assert!(session.screen().contains("console (host-stdout)"), "{}", session.screen());
    session.keys("p");
    assert!(session.screen().contains("web on qemu-microvm (1 of 2)"));
    session.keys("P");
    assert!(session.screen().contains("web on hosted (2 of 2)"));
}

#[test]
fn bytes_are_shown_where_they_are_known() {
    let mut session = Session::new(SYSTEM);
    assert!(session.screen().contains("bytes not known: `oscomp build` first"));
    assert_eq!(session.menu.wants_bytes(), Some("qemu-microvm"));
    let instances = [("web".to_owned(), 700), ("console".to_owned(), 123_456)].into();
    session.menu.set_bytes("qemu-microvm", Bytes { instances, current: false });
    assert_eq!(session.menu.wants_bytes(), None);
    let screen = session.screen();
    assert!(screen.contains("700 B in the image that was built last"), "{screen}");
    assert!(screen.contains("121 KiB"), "{screen}");
}

#[test]
fn quitting_asks_while_something_is_not_saved() {
    let mut session = Session::new(SYSTEM);
    assert_eq!(session.keys("q"), Effect::Quit);
    session.keys("/greeting⏎⏎⌫⏎");
    assert_eq!(session.keys("q"), Effect::None);
    assert!(session.screen().contains("not saved"));
    assert_eq!(session.keys("⎋"), Effect::None);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(session.menu.key(control_c), Effect::None);
    assert_eq!(session.keys("d"), Effect::Quit);
    session.keys("q");
    assert_eq!(session.keys("s"), Effect::SaveAndQuit);
}

#[test]
fn what_somebody_else_wrote_is_not_overwritten() {
    let mut session = Session::new(SYSTEM);
    session.keys("/greeting⏎⏎⌫⏎");
    let path = session.folder.path().join("system.kdl");
    fs::write(&path, "// mine").unwrap();
    session.editing.set_text(session.menu.text().clone());
    let saved = session.editing.save();
    assert!(saved.is_err());
    session.menu.saved(Err("it was changed meanwhile".to_owned()));
    assert!(session.menu.is_modified());
    assert_eq!(fs::read_to_string(&path).unwrap(), "// mine");
}

/// Nothing is said by colour alone: without it the same characters are there, and no colour at all.
#[test]
fn colour_only_repeats_what_words_say() {
    let mut session = Session::new(&SYSTEM.replace("greeting", "greating"));
    for keys in ["", "↓c", "⎋/greet", "⎋f"] {
        session.keys(keys);
        let (plain, coloured) = (session.drawn(80, 24, PLAIN), session.drawn(80, 24, Theme { colour: true }));
        let cells = |backend: &TestBackend| backend.buffer().content.clone();
        let symbols =
            |backend| cells(backend).iter().map(|cell| cell.symbol().to_owned()).collect::<Vec<_>>();
        assert_eq!(symbols(&plain), symbols(&coloured));
        assert!(cells(&plain).iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

#[test]
fn every_size_can_be_drawn() {
    let mut session = Session::new(SYSTEM);
    for keys in ["", "⇥", "c", "⎋/web.greeting⏎⏎", "⎋?", "⎋w"] {
        session.keys(keys);
        for (width, height) in [(1, 1), (2, 9), (9, 2), (20, 5), (40, 10), (79, 15), (300, 100)] {
            session.drawn(width, height, PLAIN);
        }
    }
}

/// Whatever is pressed: nothing panics, the text can be read, and undo leads back to where it began.
#[test]
fn any_keys_lead_back() {
    const KEYS: &str = "↑↓↓⏎⏎⎋⎋⇥jkcdaxpPwfurr?9x\"⌫tlsf/uq";
    let keys: Vec<char> = KEYS.chars().collect();
    for seed in 1..=4_u64 {
        let mut session = Session::new(SYSTEM);
        let mut random = seed;
        for _ in 0..120 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = keys[usize::try_from(random >> 33).unwrap() % keys.len()];
            session.keys(&key.to_string());
            session.drawn(80, 24, PLAIN);
            assert!(
                oscomp_lang::format::format(session.menu.file(), session.text()).is_ok(),
                "{}",
                session.text()
            );
        }
        session.keys("⎋⎋⎋");
        for _ in 0..200 {
            session.keys("u");
        }
        assert_eq!(session.text(), SYSTEM);
    }
}

/// What a redraw costs in a system of 60 instances:
/// `cargo test --release -p oscomp cost_of_a_redraw -- --ignored --nocapture`.
#[test]
#[ignore = "it measures, and says so"]
fn cost_of_a_redraw() {
    let modules: String =
        (0..56).map(|number| format!("    module \"tsc-counter\" as=\"counter-{number}\"\n")).collect();
    let mut session = Session::new(&SYSTEM.replace("\n    build", &format!("\n{modules}\n    build")));
    assert_eq!(session.menu.image().map_or(0, |image| image.members.len()), 60);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let (mut drawn, mut tried) = (Cost::default(), Cost::default());
    for round in 0..2000 {
        session.menu.key(KeyEvent::from(match round % 20 {
            0 => KeyCode::Char('a'),
            10 => KeyCode::Esc,
            _ => KeyCode::Down,
        }));
        drawn.of(|| {
            terminal.draw(|frame| draw(&session.menu, PLAIN, frame)).unwrap();
        });
        if session.menu.wants().is_some() {
            tried.of(|| session.settle());
        }
    }
    drawn.say("a redraw at 200x60");
    tried.say("checking a text that is tried");
}

/// Times by the clock, and what the processor did for them: others may keep it busy meanwhile.
#[derive(Default)]
struct Cost {
    clock: Vec<Duration>,
    processor: Duration,
}

impl Cost {
    fn of(&mut self, work: impl FnOnce()) {
        let (clock, processor) = (Instant::now(), Self::processor());
        work();
        self.processor += Self::processor() - processor;
        self.clock.push(clock.elapsed());
    }

    /// How long this thread has run; the kernel counts in ticks, so it says something of many times only.
    fn processor() -> Duration {
        let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
    }

    fn say(&mut self, what: &str) {
        self.clock.sort_unstable();
        let at = |share: usize| self.clock[(self.clock.len() - 1) * share / 100];
        let mean = self.processor / u32::try_from(self.clock.len()).unwrap();
        println!(
            "{what}: median {:?}, p99 {:?}, most {:?}; {mean:?} of the processor",
            at(50),
            at(99),
            at(100)
        );
    }
}
