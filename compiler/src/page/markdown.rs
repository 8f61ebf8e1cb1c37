//! Doc comments as markup.

use super::escape;
use crate::phrase;
use pulldown_cmark::{BrokenLink, CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// The markup of a doc comment. `link` gives the address of what a comment links to by its name (``[`Clock`]``); what
/// it does not know stays text. Markup in the comment is shown as it is written, and links go to the web or to
/// where `link` says, nowhere else.
pub fn html(text: &str, link: &dyn Fn(&str) -> Option<String>) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut named = |broken: BrokenLink<'_>| {
        // Without an address the text stays, as code if it is.
        Some((CowStr::from(link(named(&broken.reference)).unwrap_or_default()), CowStr::from("")))
    };
    let parser = Parser::new_with_broken_link_callback(text, options, Some(&mut named));
    // Whether the links that are open have an address.
    let mut open = Vec::new();
    let events = parser.filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let address = if dest_url.is_empty() || is_web(&dest_url) {
                Some(dest_url)
            } else {
                link(self::named(&dest_url))
                    .map(CowStr::from)
                    .or_else(|| is_own(&dest_url).then_some(dest_url))
            };
            let address = address.filter(|address| !address.is_empty());
            open.push(address.is_some());
            address.map(|dest_url| Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(end @ TagEnd::Link) => open.pop().unwrap_or(false).then_some(Event::End(end)),
        // A page fetches nothing: the text of a picture has to do.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        // The page has its own headings above.
        Event::Start(Tag::Heading { .. }) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Paragraph)),
        event => Some(event),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// The last part of a path in Rust: ``crate::clock::Clock`` and `` `Clock` `` are Clock.
fn named(reference: &str) -> &str {
    let plain = reference.trim_matches('`');
    let plain = plain.rsplit_once('@').map_or(plain, |(_, name)| name);
    plain.rsplit("::").next().unwrap_or(plain).trim_end_matches("()").trim_end_matches('!')
}

fn is_web(address: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// Whether an address is one that `link` gave.
fn is_own(address: &str) -> bool {
    address.ends_with(".html") && !address.contains(':')
}

/// The first sentence of a doc comment as text.
pub fn summary(doc: &str) -> String {
    plain(&phrase::first_sentence(doc))
}

/// A doc comment without its marks.
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut named =
        |broken: BrokenLink<'_>| Some((CowStr::from("#"), CowStr::from(broken.reference.into_string())));
    for event in Parser::new_with_broken_link_callback(text, Options::empty(), Some(&mut named)) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                plain.push_str(&text)
            }
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_) | TagEnd::CodeBlock)
                if !plain.ends_with(' ') =>
            {
                plain.push(' ');
            }
            _ => {}
        }
    }
    plain.trim_end().to_owned()
}

/// A short text with code between backticks, such as the text of an explanation: paragraphs and code, no more.
pub fn inline(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        let code = index % 2 == 1;
        if code {
            out.push_str("<code>");
        }
        out.push_str(&escape(part));
        if code {
            out.push_str("</code>");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(text: &str) -> String {
        html(text, &|name| (name == "Clock").then(|| "../interface/Clock.html".to_owned()))
    }

    #[test]
    fn names_become_links_where_there_is_something_of_that_name() {
        let clock = "<a href=\"../interface/Clock.html\"><code>Clock</code></a>";
        assert_eq!(linked("A [`Clock`]."), format!("<p>A {clock}.</p>\n"));
        assert_eq!(linked("A [`Clock`](crate::clock::Clock)."), format!("<p>A {clock}.</p>\n"));
        assert_eq!(linked("A [`Watch`] and [x](crate::x)."), "<p>A <code>Watch</code> and x.</p>\n");
        assert!(linked("[the web](https://example.org)").contains("href=\"https://example.org\""));
    }

    #[test]
    fn comments_bring_no_markup_and_no_scripts() {
        assert_eq!(linked("a <b onclick='x()'>b</b>"), "<p>a &lt;b onclick='x()'&gt;b&lt;/b&gt;</p>\n");
        assert!(linked("<script>\nalert(1)\n</script>").contains("&lt;script&gt;"));
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x.html",
        ] {
            let html = linked(&format!("[x]({address}) ![y]({address})"));
            assert_eq!(html, "<p>x y</p>\n", "{address}");
        }
        assert!(!linked("[x](https://e.org/\"onclick=\")").contains("\"onclick"));
    }

    #[test]
    fn summaries_are_plain() {
        assert_eq!(summary("A [`Clock`] that *ticks*. It\nis good.\n\nMore."), "A Clock that ticks");
        assert_eq!(plain("One `two`\nthree.\n\n- four"), "One two three. four");
        assert_eq!(inline("use `<x>` & go"), "use <code>&lt;x&gt;</code> &amp; go");
    }
}
