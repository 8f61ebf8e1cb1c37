//! What is around every page of the site.

use crate::page::escape;

/// A page of the site.
pub struct Frame<'p> {
    /// Its title, as text.
    pub title: &'p str,
    /// What it is a page of: `interface`; empty for the first one.
    pub kind: &'p str,
    /// Its contents, as markup.
    pub body: String,
}

impl Frame<'_> {
    /// The whole text.
    pub fn html(&self) -> String {
        let Self { title, kind, body } = self;
        let (root, trail) = if kind.is_empty() {
            ("", String::new())
        } else {
            ("../", format!("<span class=\"quiet\">{kind}</span>\n"))
        };
        let title = escape(title);
        // A page on a disk has no origin of its own that `'self'` could mean, so that its scheme is named.
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self' file:; \
             script-src 'self' file:; base-uri 'none'; form-action 'none'\">\n\
             <title>{title} - oscomp</title>\n<link rel=\"stylesheet\" href=\"{root}site.css\">\n\
             <script defer src=\"{root}search-index.js\"></script>\n<script defer src=\"{root}site.js\"></script>\n\
             </head>\n<body data-root=\"{root}\">\n<header class=\"bar\">\n\
             <h1><a href=\"{root}index.html\">oscomp</a></h1>\n{trail}\
             <search class=\"rest\"><input type=\"search\" id=\"search\" placeholder=\"Search\" aria-label=\"Search\" \
             autocomplete=\"off\" role=\"combobox\" aria-expanded=\"false\" aria-controls=\"found\">\n\
             <ul id=\"found\" role=\"listbox\" hidden></ul></search>\n\
             </header>\n<main>\n{body}</main>\n</body>\n</html>\n"
        )
    }
}
