//! The code blocks of a document and what is to be done with each: `docs/guide/README.md` is for who writes them.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use std::collections::BTreeMap;

/// A code block.
pub struct Block {
    /// The line of its fence, from 1.
    pub line: usize,
    pub action: Action,
}

/// What is done with a code block.
pub enum Action {
    /// It is for reading only.
    Nothing,
    /// Commands, each with what it prints.
    Session(Session),
    /// Commands alone.
    Script(String),
    /// A system that is checked.
    System(System),
    /// A file of the project.
    File { text: String, file: String },
    /// A part of a file in KDL.
    Part(String),
}

/// A system that is checked.
pub struct System {
    pub text: String,
    /// What check finds; nothing for one that is sound.
    pub codes: Vec<String>,
    /// The file that it stays as.
    pub file: Option<String>,
    /// The folder whose system it would be, if it does not stay.
    pub folder: Option<String>,
}

/// Commands, each with what it prints.
pub struct Session {
    pub steps: Vec<Step>,
    /// The exit status of the last one; all others end with 0.
    pub status: i32,
    /// Whether the last command runs on until the next session is over.
    pub background: bool,
    /// Whether any number in what is printed stands for any other.
    pub any_numbers: bool,
}

/// A command with what it prints.
pub struct Step {
    pub command: String,
    pub expected: Vec<String>,
}

/// The code blocks of a document.
///
/// # Errors
/// The first block that is marked as none can be.
pub fn blocks(document: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    // What stands in backticks since the last block.
    let mut named: Vec<String> = Vec::new();
    for (event, range) in Parser::new(document).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let line = document[..range.start].matches('\n').count() + 1;
                let CodeBlockKind::Fenced(info) = kind else {
                    return Err(format!("line {line}: a code block without a fence"));
                };
                open = Some((line, info.to_string(), String::new()));
            }
            Event::Code(text) => named.push(text.to_string()),
            Event::Text(text) => {
                if let Some((_, _, block)) = &mut open {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((line, info, text)) = open.take() {
                    let action = action(&info, text).map_err(|problem| format!("line {line}: {problem}"))?;
                    // A reader does not see how the block is marked.
                    if let Action::File { file, .. } | Action::System(System { file: Some(file), .. }) =
                        &action
                        && !named.contains(file)
                    {
                        return Err(format!("line {line}: the text before the block does not name `{file}`"));
                    }
                    named.clear();
                    blocks.push(Block { line, action });
                }
            }
            _ => {}
        }
    }
    Ok(blocks)
}

fn action(info: &str, text: String) -> Result<Action, String> {
    let (language, rest) = info.split_once(',').unwrap_or((info, ""));
    let mut marks = Marks::read(rest)?;
    if let Some(reason) = marks.take("not-run") {
        if reason.is_empty() {
            return Err("`not-run` says why: `not-run=\"it installs packages\"`".into());
        }
        marks.finish()?;
        return Ok(Action::Nothing);
    }
    let file = marks.take("file");
    let action = match (language, file) {
        ("text", None) => Action::Nothing,
        ("console", None) if text.starts_with("$ ") => Action::Session(session(&text, &mut marks)?),
        ("console", None) => Action::Script(text),
        ("kdl", file) => {
            let codes = marks.take("refused");
            match (marks.flag("system")? || codes.is_some(), marks.flag("part")?, file) {
                (true, false, file) => {
                    let codes = codes.unwrap_or_default();
                    let codes = codes.split('+').filter(|code| !code.is_empty()).map(str::to_owned).collect();
                    Action::System(System { text, codes, file, folder: marks.take("in") })
                }
                (false, true, None) => Action::Part(text),
                (false, false, Some(file)) => Action::File { text, file },
                _ => {
                    return Err(
                        "expected `kdl,system`, `kdl,refused=CODE`, `kdl,part` or `kdl,file=PATH`".into()
                    );
                }
            }
        }
        (_, Some(file)) => Action::File { text, file },
        _ => {
            return Err(format!(
                "`{info}` says nothing that can be done with the block: see docs/guide/README.md"
            ));
        }
    };
    marks.finish()?;
    Ok(action)
}

/// What stands behind the language: `file=PATH,status=1,not-run="it installs packages"`.
struct Marks(BTreeMap<String, Option<String>>);

impl Marks {
    fn read(text: &str) -> Result<Self, String> {
        let mut marks = BTreeMap::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find([',', '=']).unwrap_or(rest.len());
            let name = rest[..end].to_owned();
            rest = &rest[end..];
            let mut value = None;
            if let Some(behind) = rest.strip_prefix('=') {
                let (text, behind) = match behind.strip_prefix('"') {
                    Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
                    None => behind.split_at(behind.find(',').unwrap_or(behind.len())),
                };
                value = Some(text.to_owned());
                rest = behind;
            }
            rest = match rest.strip_prefix(',') {
                Some(rest) => rest,
                None if rest.is_empty() => rest,
                None => return Err(format!("expected a comma before `{rest}`")),
            };
            if marks.insert(name.clone(), value).is_some() {
                return Err(format!("`{name}` twice"));
            }
        }
        Ok(Self(marks))
    }

    /// The value of a mark, empty if it has none.
    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).map(Option::unwrap_or_default)
    }

    /// Whether there is a mark that has no value.
    fn flag(&mut self, name: &str) -> Result<bool, String> {
        match self.0.remove(name) {
            None => Ok(false),
            Some(None) => Ok(true),
            Some(Some(_)) => Err(format!("`{name}` has no value")),
        }
    }

    fn finish(self) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("`{name}` is no mark of such a block")),
        }
    }
}

fn session(text: &str, marks: &mut Marks) -> Result<Session, String> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.to_owned(), expected: Vec::new() });
            continue;
        }
        let step = steps.last_mut().ok_or("the session begins without a command")?;
        match line.strip_prefix("> ") {
            Some(more) if step.expected.is_empty() => {
                step.command.push('\n');
                step.command.push_str(more);
            }
            _ => step.expected.push(line.trim_end().to_owned()),
        }
    }
    let status = marks.take("status").map_or(Ok(0), |status| status.parse());
    Ok(Session {
        status: status.map_err(|_| "`status` is a number")?,
        background: marks.flag("background")?,
        any_numbers: marks.flag("any-numbers")?,
        steps,
    })
}

/// A block that nothing can be done with is refused, and so is one that hides what it makes.
pub fn marks_are_needed() -> Result<(), libtest_mimic::Failed> {
    for block in [
        "```\n$ true\n```",
        "```bash\ntrue\n```",
        "    indented\n",
        "```kdl\nsystem\n```",
        "```kdl,part,system\nsystem\n```",
        "```console,statsu=1\n$ false\n```",
        "```console,status=one\n$ false\n```",
        "```console,not-run\n$ true\n```",
        "```console,not-run=\"why\",status=1\n$ true\n```",
        "```console,not-run=\"why\n$ true\n```",
        "```rust,file=src/lib.rs\n//! Its name is not said.\n```",
        "```rust\nfn main() {}\n```",
    ] {
        if blocks(&format!("Text.\n\n{block}\n")).is_ok() {
            return Err(format!("nothing is wrong with\n{block}").into());
        }
    }
    for block in [
        "```text\nanything\n```",
        "```console\n$ true\n```",
        "```console,status=1,any-numbers\n$ false\n```",
        "```sql,not-run=\"a, b=c\"\n$ true\n```",
        "`src/lib.rs`:\n\n```rust,file=src/lib.rs\n//! Its name is said.\n```",
        "```kdl,refused=E0206+E0302,in=systems/hello\nsystem\n```",
    ] {
        blocks(block).map_err(|problem| format!("{problem}:\n{block}"))?;
    }
    Ok(())
}
