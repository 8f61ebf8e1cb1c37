//! The page of a code.

use super::{Frame, Links};
use crate::page::{escape, markdown};
use oscomp_lang::explain::Explanation;
use std::fmt::Write;

/// Where the page of a code is in the site.
pub fn path(code: &str) -> String {
    format!("error/{code}.html")
}

/// The page of a code.
pub fn page(links: &Links, explanation: &Explanation) -> String {
    let Explanation { code, title, text, wrong, right } = explanation;
    let what = if code.starts_with('W') { "warning" } else { "error" };
    let mut body = format!("<h1>{code}: {}</h1>\n{}", markdown::inline(title), links.document(text));
    for (heading, example) in [("Wrong", wrong), ("Right", right)] {
        if !example.is_empty() {
            let _ = write!(body, "<h2>{heading}</h2>\n<pre><code>{}</code></pre>\n", escape(example));
        }
    }
    Frame { title: code, kind: what, body }.html()
}
