//! The pages that are made from the command, so that nobody writes them twice.

use crate::links::source;
use libtest_mimic::Failed;
use oscomp_lang::explain;
use oscomp_tests::command::oscomp;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Who may wonder why a change is lost.
const MADE: &str = "<!-- Made by `UPDATE=1 cargo test -p oscomp-tests --test guide`. -->\n\n";

/// The index of errors says what `oscomp explain` says.
pub fn errors() -> Result<(), Failed> {
    let mut page = format!(
        "# Error index\n\n{MADE}Each finding of `oscomp check` has a code, which keeps its meaning for ever. \
         `oscomp explain CODE` prints what stands here.\n"
    );
    let mut explained = 0;
    for (prefix, family) in explain::FAMILIES {
        write!(page, "\n## {family}\n")?;
        for one in explain::ALL.iter().filter(|one| one.code.starts_with(prefix)) {
            explained += 1;
            write!(page, "\n### {}\n\n**{}**\n\n{}\n", one.code, sentence(one.title), one.text)?;
            for (heading, example) in [("Wrong", one.wrong), ("Right", one.right)] {
                if !example.is_empty() {
                    write!(page, "\n{heading}:\n\n```text\n{example}\n```\n")?;
                }
            }
        }
    }
    if explained != explain::ALL.len() {
        return Err("a code is of no family, or of two".into());
    }
    compare(&source().join("errors.md"), &page)
}

/// There is a page for each command, with what its `--help` says, and the summary leads to it.
pub fn commands() -> Result<(), Failed> {
    let all = help(&["--help"])?;
    let names: Vec<(&str, &str)> = all
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(name, about)| (name, about.trim()))
        .filter(|(name, _)| *name != "help")
        .collect();
    if names.len() < 10 {
        return Err(format!("these are not all commands: {names:?}").into());
    }
    let mut index = format!("# Commands\n\n{MADE}| command | |\n|---|---|\n");
    let mut entries = String::new();
    let mut pages = BTreeMap::new();
    for (name, about) in &names {
        writeln!(index, "| [`oscomp {name}`](commands/{name}.md) | {about} |")?;
        writeln!(entries, "  - [oscomp {name}](commands/{name}.md)")?;
        let help = help(&[name, "--help"])?;
        pages.insert(
            format!("{name}.md"),
            format!("# oscomp {name}\n\n{MADE}```text\n{}\n```\n", help.trim_end()),
        );
    }
    let common = &all[all.find("Options:").ok_or("there are no common options")?..];
    write!(index, "\nAll of them take:\n\n```text\n{}\n```\n", common.trim_end())?;
    compare(&source().join("commands.md"), &index)?;
    let folder = source().join("commands");
    for (name, page) in &pages {
        compare(&folder.join(name), page)?;
    }
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !pages.contains_key(&name) {
            if !updates() {
                return Err(format!("commands/{name} is of no command").into());
            }
            fs::remove_file(folder.join(name))?;
        }
    }
    // The part of the summary behind the index.
    let path = source().join("SUMMARY.md");
    let summary = fs::read_to_string(&path)?;
    let head = "- [Commands](commands.md)\n";
    let start = summary.find(head).ok_or("SUMMARY.md has no commands")? + head.len();
    let length: usize = summary[start..]
        .split_inclusive('\n')
        .take_while(|line| line.starts_with("  - "))
        .map(str::len)
        .sum();
    compare(&path, &format!("{}{entries}{}", &summary[..start], &summary[start + length..]))
}

fn sentence(title: &str) -> String {
    let mut characters = title.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn help(arguments: &[&str]) -> Result<String, Failed> {
    let output =
        Command::new(oscomp()).args(arguments).env("NO_COLOR", "1").env("COLUMNS", "100").output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(str::trim_end).fold(String::new(), |all, line| all + line + "\n"))
}

fn updates() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// A page is as it would be made now; with `UPDATE` it is made.
fn compare(path: &Path, page: &str) -> Result<(), Failed> {
    if fs::read_to_string(path).is_ok_and(|is| is == page) {
        return Ok(());
    }
    if updates() {
        return Ok(fs::write(path, page)?);
    }
    Err(format!("{} is not what the command says now: UPDATE=1 makes it anew", path.display()).into())
}
