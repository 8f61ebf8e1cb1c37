//! Pages for browsers: one look for all of them, and what keeps them to themselves.
//!
//! A page is one file: it works where there is no network and from a folder on a disk. What comes from systems and
//! modules is text to it, never markup; a policy lets no script run but the page's own, and nothing be fetched.

pub mod markdown;
mod open;

pub use open::{open, write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The style of every page, on a light and on a dark background.
pub const STYLE: &str = include_str!("style.css");

/// A page in one file.
pub struct Page<'p> {
    /// Its title, as text.
    pub title: String,
    /// Its style besides [`STYLE`].
    pub style: &'p str,
    /// Its body, as markup.
    pub body: String,
    /// What its script finds in the element `data`, as [`data`] writes it.
    pub data: String,
    /// Its script.
    pub script: &'p str,
}

impl Page<'_> {
    /// The whole text.
    pub fn html(&self) -> String {
        let Self { title, style, body, data, script } = self;
        let hash = STANDARD.encode(Sha256::digest(script));
        let title = escape(title);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
             <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n{body}\
             <script id=\"data\" type=\"application/json\">{data}</script>\n<script>{script}</script>\n</body>\n</html>\n"
        )
    }
}

/// A value as JSON that can stand in a page: nothing in it ends the element.
pub fn data(value: &impl Serialize) -> String {
    // Maps have string keys and numbers are finite, so that this does not fail.
    let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    text.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// A text as it stands in markup, also between quotes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a<b>&\"c\"'"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;");
    }

    #[test]
    fn data_ends_no_element() {
        assert_eq!(data(&"</script><!--"), "\"\\u003c/script>\\u003c!--\"");
    }

    #[test]
    fn a_page_allows_its_own_script_alone() {
        let page = Page {
            title: "</title>".into(),
            style: "",
            body: String::new(),
            data: "{}".into(),
            script: "alert('Hello, world.');",
        };
        let html = page.html();
        // The example of the specification of policies.
        assert!(html.contains("script-src 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"), "{html}");
        assert!(html.contains("<title>&lt;/title&gt;</title>"));
    }
}
