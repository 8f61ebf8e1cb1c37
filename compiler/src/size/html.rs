//! Sizes as a page: a map in which every area is as large as what it stands for, with a table beside it.

use super::tree::{Part, tree};
use super::{Bytes, Sizes};
use crate::page::{self, Page, escape};
use serde::Serialize;
use std::fmt::Write;

/// What the script knows of an image.
#[derive(Serialize)]
struct ImageData<'s> {
    platform: &'s str,
    file: u64,
    total: Bytes,
    tree: Part,
}

/// The page of a system's images.
pub fn page(system: &str, images: &[&Sizes]) -> String {
    let mut choices = String::new();
    for (index, sizes) in images.iter().enumerate() {
        let _ = write!(choices, "<option value=\"{index}\">{}</option>", escape(&sizes.platform));
    }
    let choice = match images {
        [only] => format!("<span class=\"quiet\">on {}</span>\n", escape(&only.platform)),
        _ => format!("<label>platform <select id=\"platform\">{choices}</select></label>\n"),
    };
    let body = format!(
        "<header class=\"bar\">\n<h1>{}</h1>\n{choice}\
         <label>count <select id=\"measure\"><option value=\"loaded\">loaded bytes</option>\
         <option value=\"zeroed\">zeroes</option><option value=\"both\">both</option></select></label>\n\
         <span id=\"summary\" class=\"quiet small\"></span>\n</header>\n\
         <nav id=\"path\" aria-label=\"what is shown\"></nav>\n\
         <main>\n<div id=\"map\" aria-hidden=\"true\"></div>\n\
         <section id=\"parts\" class=\"scrolls\" aria-label=\"parts\"></section>\n</main>\n\
         <p id=\"under\" class=\"small\" role=\"status\"></p>\n",
        escape(system)
    );
    let images = images.iter().map(|sizes| ImageData {
        platform: &sizes.platform,
        file: sizes.file,
        total: sizes.total,
        tree: tree(sizes),
    });
    Page {
        title: format!("{system}: size"),
        style: include_str!("page/size.css"),
        body,
        data: page::data(&images.collect::<Vec<_>>()),
        script: include_str!("page/size.js"),
    }
    .html()
}

#[cfg(test)]
mod tests {
    use super::super::Symbol;
    use super::*;

    #[test]
    fn names_of_symbols_are_text() {
        let sizes = Sizes {
            system: "<b>".into(),
            platform: "\"><script>".into(),
            file: 1,
            total: Bytes { loaded: 1, zeroed: 0 },
            sections: Vec::new(),
            instances: Vec::new(),
            crates: Vec::new(),
            symbols: vec![Symbol {
                name: "</script><script>alert(1)</script>".into(),
                of_crate: None,
                instance: None,
                section: String::new(),
                bytes: Bytes { loaded: 1, zeroed: 0 },
            }],
        };
        let page = page(&sizes.system, &[&sizes]);
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(!page.contains("<b>"));
    }
}
