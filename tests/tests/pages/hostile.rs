//! Modules whose comments are meant to do something in a browser.

use super::{LOOKS, address, made, number, run, text};
use oscomp_tests::browser::Browser;
use oscomp_tests::command::repository;
use std::fs;

/// Each sets `taken` if it works.
const COMMENT: &str = "<img src=x onerror=\"taken=1\"> </script><script>taken=2</script> \
    [a link](javascript:taken=3) ![a picture](https://example.invalid/taken.png) <svg onload=taken=4> \
    <https://example.org/\"onmouseover=\"taken=5> `</code><b onclick=taken=6>`";

#[test]
fn comments_do_nothing_but_say_what_they_say() {
    let folder = made("hostile");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src")).expect("the folder can be made");
    let hello = repository().join("systems/hello");
    fs::copy(hello.join("Cargo.toml"), folder.join("Cargo.toml")).expect("it can be copied");
    let source = fs::read_to_string(hello.join("src/lib.rs")).expect("it can be read");
    let mut hostile = source.clone();
    for comment in
        ["Writes a greeting and ends.", "Where the greeting goes.", "The greeting; a line feed follows it."]
    {
        assert!(hostile.contains(comment));
        hostile = hostile.replace(comment, COMMENT);
    }
    fs::write(folder.join("src/lib.rs"), hostile).expect("it can be written");
    let greeting = "</script><script>taken=7</script><img src=x onerror=taken=8>";
    let system = format!(
        "system \"hello\" {{\n    platform \"hosted\"\n    app \"hello\" {{ greeting \"{greeting}\" }}\n}}\n"
    );
    fs::write(folder.join("system.kdl"), system).expect("it can be written");

    let path = folder.to_str().expect("UTF-8");
    let (graph, site) = (folder.join("graph.html"), folder.join("site"));
    run(&["graph", path, "--format", "html", "-o", graph.to_str().expect("UTF-8")]);
    run(&["doc", path, "-o", site.to_str().expect("UTF-8")]);
    let mut browser = Browser::start().expect("chromium starts");
    for page in [graph.clone(), site.join("module/hello.html"), site.join("index.html")] {
        browser.open(&address(&page), LOOKS[0].1).expect("the page opens");
        if page == graph {
            browser.click(".nodes > g[aria-label^='hello']").expect("the app is shown");
            let said =
                text(&mut browser, "document.querySelector('[data-field=greeting] .value').textContent");
            assert_eq!(said, format!("{greeting:?}"));
        } else {
            browser.press("/").expect("a key");
            browser.write("hello").expect("a text");
        }
        let said = text(&mut browser, "document.body.innerText");
        assert!(said.contains("<img src=x onerror=") || page.ends_with("index.html"), "{said}");
        assert_eq!(text(&mut browser, "typeof taken"), "undefined", "{}", page.display());
        assert_eq!(number(&mut browser, "document.images.length"), 0.0);
        let links = "[...document.links].filter(link => !/^(file|https?):/.test(link.protocol)).length";
        assert_eq!(number(&mut browser, links), 0.0);
        let handlers = "[...document.querySelectorAll('*')].filter(element => [...element.attributes].some(({ name }) => name.startsWith('on'))).length";
        assert_eq!(number(&mut browser, handlers), 0.0);
        // The policy of the page has had nothing to refuse.
        assert_eq!(browser.complaints(), [""; 0]);
    }
}
