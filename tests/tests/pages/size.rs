//! `oscomp size --html`.

use super::{LOOKS, address, assert_readable, made, number, run, text};
use oscomp_tests::browser::Browser;

const SHOWN: &str = "document.querySelector('#path [aria-current]').textContent";
const ROWS: &str = "document.querySelectorAll('#parts tbody tr').length";

#[test]
fn the_map_and_its_table() {
    let file = made("size.html");
    run(&["size", "tests/two-platforms", "--html", "-o", file.to_str().expect("UTF-8")]);
    let mut browser = Browser::start().expect("chromium starts");
    for (name, look) in LOOKS {
        browser.open(&address(&file), look).expect("the page opens");
        assert_readable(&mut browser, name);
        browser.picture(&made(&format!("size-{name}.png"))).expect("a picture");
        assert_eq!(text(&mut browser, SHOWN), "two-platforms");

        // The areas are as the bytes: nothing lies over another, and they fill the map.
        let filled = "[...document.querySelectorAll('#map .part:not(.inner)')].reduce((sum, part) => sum + part.offsetWidth * part.offsetHeight, 0) / (at('map').clientWidth * at('map').clientHeight)";
        let filled = number(&mut browser, filled);
        assert!((0.93..1.07).contains(&filled), "{name}: {filled}");
        // Each level adds up to the one above.
        let adds = "(function adds(part) { return !part.parts || (part.parts.every(adds) && part.parts.reduce((sum, inner) => sum + inner.loaded, 0) === part.loaded); })(image.tree) && image.tree.loaded === image.total.loaded";
        assert_eq!(browser.value(adds), Ok(true.into()));

        // Into an instance by a click on the map, into a crate by one in the table, and out again.
        browser
            .value("document.querySelector('#map .deeper[data-part]').classList.add('target')")
            .expect("a part");
        let before = number(&mut browser, ROWS);
        // At its name, where no inner part lies.
        let place = "(() => { const box = document.querySelector('.target').getBoundingClientRect(); return [box.left + 5, box.top + 5]; })()";
        let place = browser.value(place).expect("a place");
        let (x, y) =
            (place[0].as_f64().expect("a number") as i32, place[1].as_f64().expect("a number") as i32);
        let name_of_part = text(&mut browser, "document.querySelector('.target').textContent");
        browser.drag((x, y), (x, y)).expect("a click");
        assert_eq!(text(&mut browser, SHOWN), name_of_part);
        assert_ne!(number(&mut browser, ROWS), before);
        browser.click("#parts button").expect("there is a crate");
        assert_eq!(number(&mut browser, "path.length"), 2.0);
        assert_readable(&mut browser, name);
        browser.picture(&made(&format!("size-{name}-crate.png"))).expect("a picture");
        browser.press("Escape").expect("a key");
        browser.click("#path button").expect("the way back");
        assert_eq!(text(&mut browser, SHOWN), "two-platforms");
        assert_eq!(number(&mut browser, ROWS), before);
    }

    // Whatever is under the pointer is named, with its bytes.
    browser.open(&address(&file), LOOKS[0].1).expect("the page opens");
    browser.point(200, 200).expect("a pointer");
    browser.point(300, 300).expect("a pointer");
    let under = text(&mut browser, "at('under').textContent");
    assert!(under.contains(" bytes loaded"), "{under}");
    // Another platform, other bytes.
    let before = text(&mut browser, "at('summary').textContent");
    browser.value("(() => { const list = at('platform'); list.value = '1'; list.dispatchEvent(new Event('change')); })()").expect("it is chosen");
    assert_ne!(text(&mut browser, "at('summary').textContent"), before);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// What a page says of bytes is what the image has: here in the graph.
#[test]
fn the_graph_has_the_bytes_of_the_last_build() {
    run(&["build", "tests/two-platforms"]);
    let file = made("graph-bytes.html");
    run(&["graph", "tests/two-platforms", "--format", "html", "-o", file.to_str().expect("UTF-8")]);
    let mut browser = Browser::start().expect("chromium starts");
    browser.open(&address(&file), LOOKS[0].1).expect("the page opens");
    let image = text(&mut browser, "document.getElementById('details').innerText");
    assert!(image.contains("Image: ") && !image.contains("before the system changed"), "{image}");
    browser.click(".nodes > g[aria-label^='console']").expect("the console is shown");
    let bytes = text(&mut browser, "document.querySelector('.bytes').innerText");
    assert!(bytes.contains(" bytes") && bytes.contains('%'), "{bytes}");
    browser.picture(&made("graph-bytes.png")).expect("a picture");
    assert_eq!(browser.complaints(), [""; 0]);
}
