//! The book's structure: that mdBook finds all its pages, and that no link of a document leads nowhere.

use libtest_mimic::Failed;
use oscomp_tests::command::repository;
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The pages of the book.
pub fn source() -> PathBuf {
    repository().join("docs/guide/src")
}

/// Every relative link of every document leads to a file, and its fragment to a heading of it.
pub fn lead_somewhere() -> Result<(), Failed> {
    let mut lost = Vec::new();
    let mut anchors: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for document in crate::documents() {
        let text = fs::read_to_string(&document)?;
        for (line, target) in targets(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, fragment) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() {
                document.clone()
            } else {
                plain(&document.parent().unwrap_or(Path::new("")).join(path))
            };
            let found = file.exists()
                && (fragment.is_empty()
                    || anchors
                        .entry(file.clone())
                        .or_insert_with(|| self::anchors(&file))
                        .contains(fragment));
            // A page of the book cannot lead out of it.
            let stays = !document.starts_with(source()) || file.starts_with(source());
            if !found || !stays {
                lost.push(format!("{}:{line}: {target}", document.display()));
            }
        }
    }
    if lost.is_empty() {
        Ok(())
    } else {
        Err(format!("links that lead nowhere:\n{}", lost.join("\n")).into())
    }
}

/// The book's summary has each of its pages once, and nothing else.
pub fn summary_is_whole() -> Result<(), Failed> {
    let summary = fs::read_to_string(source().join("SUMMARY.md"))?;
    let named: Vec<PathBuf> =
        targets(&summary).into_iter().map(|(_, target)| source().join(target)).collect();
    let pages: BTreeSet<PathBuf> = crate::documents()
        .into_iter()
        .filter(|document| document.starts_with(source()) && !document.ends_with("SUMMARY.md"))
        .collect();
    let once: BTreeSet<PathBuf> = named.iter().cloned().collect();
    if once.len() != named.len() {
        return Err("SUMMARY.md names a page twice".into());
    }
    for page in &pages {
        let text = fs::read_to_string(page)?;
        for part in text.split("{{#include ").skip(1) {
            let included = part.split_once("}}").map_or(part, |(path, _)| path);
            if !page.parent().unwrap_or(page).join(included).exists() {
                return Err(format!("{}: there is no {included} to include", page.display()).into());
            }
        }
    }
    let differ: Vec<_> = pages.symmetric_difference(&once).map(|page| page.display().to_string()).collect();
    if differ.is_empty() {
        Ok(())
    } else {
        Err(format!("SUMMARY.md and the pages differ in {differ:?}").into())
    }
}

/// Where the links and pictures of a document lead, with their lines.
fn targets(document: &str) -> Vec<(usize, String)> {
    let mut targets = Vec::new();
    for (event, range) in Parser::new(document).into_offset_iter() {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
            let line = document[..range.start].matches('\n').count() + 1;
            targets.push((line, dest_url.to_string()));
        }
    }
    targets
}

/// The anchors of a document's headings, as mdBook and GitHub make them.
fn anchors(file: &Path) -> BTreeSet<String> {
    let Ok(text) = fs::read_to_string(file) else { return BTreeSet::new() };
    let mut anchors = BTreeSet::new();
    let mut heading: Option<(HeadingLevel, String)> = None;
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => heading = Some((level, String::new())),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((_, heading)) = heading.take() {
                    let anchor = anchor(&heading);
                    let again = (1..).map(|number| format!("{anchor}-{number}"));
                    let free =
                        std::iter::once(anchor.clone()).chain(again).find(|name| !anchors.contains(name));
                    anchors.extend(free);
                }
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        character if character.is_alphanumeric() => Some(character.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}
