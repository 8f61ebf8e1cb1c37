//! `oscomp doc`.

use super::{LOOKS, address, assert_readable, made, number, run, text};
use oscomp_tests::browser::Browser;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The site of a system, which has its own modules too.
fn site(name: &str) -> PathBuf {
    let folder = made(name);
    run(&["doc", "systems/ping-pong", "-o", folder.to_str().expect("UTF-8")]);
    folder
}

/// The pages of a site.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|end| end == "html") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// The values of an attribute in a page.
fn values<'p>(page: &'p str, attribute: &'p str) -> impl Iterator<Item = &'p str> {
    let start = format!(" {attribute}=\"");
    let found: Vec<&str> =
        page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    found.into_iter()
}

#[test]
fn every_link_leads_somewhere() {
    let folder = site("doc-links");
    let pages = pages(&folder);
    assert!(pages.len() > 200, "{}", pages.len());
    let texts: BTreeMap<&Path, String> =
        pages.iter().map(|page| (page.as_path(), fs::read_to_string(page).expect("a page"))).collect();
    let ids: BTreeMap<&Path, BTreeSet<&str>> =
        texts.iter().map(|(page, text)| (*page, values(text, "id").collect())).collect();
    let mut links = 0;
    for (page, text) in &texts {
        for link in values(text, "href").chain(values(text, "src")) {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            let (file, place) =
                link.split_once('#').map_or((link, None), |(file, place)| (file, Some(place)));
            let mut target = page.parent().expect("a page is in a folder").to_owned();
            for part in Path::new(file).components() {
                match part {
                    Component::ParentDir => assert!(target.pop()),
                    Component::Normal(name) => target.push(name),
                    other => panic!("{}: {link}: {other:?}", page.display()),
                }
            }
            let target = if file.is_empty() { (*page).to_owned() } else { target };
            assert!(target.is_file() && target.starts_with(&folder), "{}: {link}", page.display());
            if let Some(place) = place {
                assert!(ids[target.as_path()].contains(place), "{}: {link}", page.display());
            }
            links += 1;
        }
    }
    assert!(links > 2000, "{links}");
    // No page that nothing leads to.
    let named: BTreeSet<&str> = values(&texts[folder.join("index.html").as_path()], "href").collect();
    for page in &pages {
        let path = page.strip_prefix(&folder).expect("it is in the site").to_str().expect("UTF-8");
        assert!(path == "index.html" || named.contains(path), "{path}");
    }
}

#[test]
fn it_reads_well_and_is_searched() {
    let folder = site("doc-read");
    let mut browser = Browser::start().expect("chromium starts");
    for (name, look) in LOOKS {
        for (page, heading) in [
            ("index.html", "What ping-pong is composed from"),
            ("interface/BlockDevice.html", "BlockDevice"),
            ("module/smoltcp-ipv4.html", "smoltcp-ipv4"),
            ("module/ping.html", "ping"),
            ("platform/qemu-microvm.html", "qemu-microvm"),
            ("error/E0203.html", "E0203"),
        ] {
            browser.open(&address(&folder.join(page)), look).expect("the page opens");
            let said = text(&mut browser, "document.querySelector('main h1').textContent");
            assert!(said.starts_with(heading), "{said}");
            assert_readable(&mut browser, &format!("{page} {name}"));
            let stem = Path::new(page).file_stem().expect("a name").to_string_lossy().into_owned();
            browser.picture(&made(&format!("doc-{stem}-{name}.png"))).expect("a picture");
        }
        // From any page, by the keyboard alone.
        browser.press("/").expect("a key");
        browser.write("baud 16550").expect("a text");
        assert_eq!(
            text(&mut browser, "document.querySelector('#found [aria-selected=true] .name').textContent"),
            "uart-16550"
        );
        assert_readable(&mut browser, name);
        browser.picture(&made(&format!("doc-search-{name}.png"))).expect("a picture");
        browser.press("Enter").expect("a key");
        browser.settle().expect("the page opens");
        assert_eq!(text(&mut browser, "document.querySelector('main h1').textContent"), "uart-16550");
        browser.click("a[href$='interface/Console.html']").expect("there is a link");
        browser.settle().expect("the page opens");
        assert_eq!(text(&mut browser, "document.querySelector('main h1').textContent"), "Console");
    }
    browser.click("#search").expect("there is a box");
    browser.write("no such thing").expect("a text");
    assert_eq!(number(&mut browser, "document.querySelectorAll('#found [role=option]').length"), 0.0);
    browser.press("Escape").expect("a key");
    assert_eq!(browser.value("document.getElementById('found').hidden"), Ok(true.into()));
    assert_eq!(browser.complaints(), [""; 0]);
}
