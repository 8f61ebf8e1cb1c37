//! `oscomp graph --format html`.

use super::{LOOKS, address, assert_readable, made, number, run, systems, text};
use oscomp_tests::browser::Browser;
use oscomp_tests::command::{oscomp, repository};
use oscomp_tests::folder::copy;
use serde_json::json;
use std::fs;
use std::process::Command;

const SELECTED: &str = "document.querySelector('#details h2').textContent";
const SCALE: &str =
    "document.querySelector('svg.drawing:not([hidden]) .world').transform.baseVal.consolidate().matrix.a";

#[test]
fn five_instances() {
    let file = made("graph-5.html");
    run(&["graph", "tests/two-platforms", "--format", "html", "-o", file.to_str().expect("UTF-8")]);
    let mut browser = Browser::start().expect("chromium starts");
    for (name, look) in LOOKS {
        browser.open(&address(&file), look).expect("the page opens");
        assert_readable(&mut browser, name);
        browser.picture(&made(&format!("graph-5-{name}.png"))).expect("a picture");
        browser.click(".nodes > g[aria-label^='console']").expect("the console is shown");
        assert_eq!(text(&mut browser, SELECTED), "console");
        let baud = text(&mut browser, "document.querySelector('[data-field=baud]').innerText");
        for part in
            ["115200", "a whole number (u32)", "Symbols per second", "the module's default", "otherwise: "]
        {
            assert!(baud.contains(part), "{part}: {baud}");
        }
        assert_readable(&mut browser, name);
        browser.picture(&made(&format!("graph-5-{name}-console.png"))).expect("a picture");
    }
}

#[test]
fn sixty_instances() {
    let file = made("graph-60.html");
    let system = systems::sixty();
    let (system, path) = (system.to_str().expect("UTF-8"), file.to_str().expect("UTF-8"));
    run(&["graph", system, "--format", "html", "-o", path]);
    let mut browser = Browser::start().expect("chromium starts");
    for (name, look) in LOOKS {
        browser.open(&address(&file), look).expect("the page opens");
        let nodes = number(&mut browser, "platforms[0].nodes.length");
        assert!(nodes >= 60.0, "{nodes}");
        assert_readable(&mut browser, name);
        browser.picture(&made(&format!("graph-60-{name}.png"))).expect("a picture");
        browser.click("#fit").expect("there is a button");
        assert_readable(&mut browser, name);
        browser.picture(&made(&format!("graph-60-{name}-fit.png"))).expect("a picture");
        browser.click("#list button").expect("there is a list");
        browser.picture(&made(&format!("graph-60-{name}-chosen.png"))).expect("a picture");
    }

    // What is looked for is found, in the drawing and in the list.
    browser.open(&address(&file), LOOKS[0].1).expect("the page opens");
    browser.press("/").expect("a key");
    browser.write("posix").expect("a text");
    let lit = "[...document.querySelectorAll('svg.drawing:not([hidden]) .nodes > g.found')].map(g => g.getAttribute('aria-label')).sort().join()";
    assert_eq!(
        text(&mut browser, lit),
        "posix-files, an instance of posix-files,posix-memory, an instance of posix-memory"
    );
    assert!(text(&mut browser, "document.getElementById('count').textContent").starts_with("2 of "));
    let listed = "[...document.querySelectorAll('#list > li')].filter(li => li.checkVisibility()).length";
    assert_eq!(number(&mut browser, listed), 2.0);
    assert_eq!(
        browser
            .value("groups[0].some((group, index) => group.classList.contains('found') && visible(index))"),
        Ok(json!(true))
    );
    browser.picture(&made("graph-60-search.png")).expect("a picture");
    browser.press("Enter").expect("a key");
    assert_eq!(text(&mut browser, SELECTED), "posix-files");
    browser.press("Escape").expect("a key");
    assert_eq!(text(&mut browser, "document.getElementById('search').value"), "");

    // The address names what is chosen, and leads there again.
    browser.click("[data-node] button").expect("there is a list");
    let hash = text(&mut browser, "location.hash");
    browser
        .open(&format!("{}#qemu-virt-aarch64/c-base", address(&file)), LOOKS[0].1)
        .expect("the page opens");
    assert!(hash.starts_with("#qemu-microvm/"), "{hash}");
    assert_eq!(text(&mut browser, SELECTED), "c-base");
    assert_eq!(number(&mut browser, "shown"), 1.0);

    // The wheel makes it larger, the mouse moves it, and a drag is no click.
    let before = number(&mut browser, SCALE);
    browser.wheel(400, 400, -200).expect("a wheel");
    assert!(number(&mut browser, SCALE) > before);
    let place = "document.querySelector('svg.drawing:not([hidden]) .world').getAttribute('transform')";
    let before = text(&mut browser, place);
    browser.drag((300, 300), (360, 340)).expect("a drag");
    assert_ne!(text(&mut browser, place), before);
    assert_eq!(text(&mut browser, SELECTED), "c-base");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn the_keyboard_is_enough() {
    let file = made("graph-keyboard.html");
    run(&["graph", "systems/ping-pong", "--format", "html", "-o", file.to_str().expect("UTF-8")]);
    let mut browser = Browser::start().expect("chromium starts");
    browser.open(&address(&file), LOOKS[0].1).expect("the page opens");
    // From the search box on: at the most every element that takes the focus, once.
    let focus = "document.activeElement.getAttribute('aria-label') ?? ''";
    for step in 0..40 {
        if text(&mut browser, focus).starts_with("pong, ") {
            break;
        }
        assert!(step < 39, "the instance is not reached");
        browser.press("Tab").expect("a key");
    }
    browser.press("Enter").expect("a key");
    assert_eq!(text(&mut browser, SELECTED), "pong");
    assert_eq!(browser.value("document.activeElement.getAttribute('aria-pressed')"), Ok(json!("true")));
    // Another platform is a choice away.
    browser.value("(() => { const list = document.getElementById('platform'); list.value = '2'; list.dispatchEvent(new Event('change')); })()").expect("it is chosen");
    assert_eq!(text(&mut browser, SELECTED), text(&mut browser, "platforms[2].name"));
    browser.press("Escape").expect("a key");
    assert_eq!(browser.complaints(), [""; 0]);
}

/// Of an image that is no image there is nothing to say, and the graph is that of the system.
#[test]
fn what_was_built_last_may_be_damaged() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    copy(&repository().join("systems/hello"), folder.path());
    let built = folder.path().join("target/oscomp/hello/qemu-microvm");
    fs::create_dir_all(&built).expect("there is room for a folder");
    for name in ["hello.elf", "hello.debug.elf"] {
        fs::write(built.join(name), "no image").expect("there is room for a file");
    }
    let output = Command::new(oscomp())
        .args(["graph", "--format", "html", "--catalog"])
        .arg(repository())
        .current_dir(&folder)
        .output()
        .expect("oscomp runs");
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{notes}");
    assert!(
        notes.starts_with("without the bytes of qemu-microvm: ") && notes.lines().count() == 1,
        "{notes}"
    );
    assert!(output.stdout.starts_with(b"<!"));
}
