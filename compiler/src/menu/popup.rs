//! What lies over the rest: a value to type, a list to pick from, a text to read, a question.

use super::change::{Change, Changed};
use super::input::Input;

/// What lies over the rest.
#[derive(Clone, Debug)]
pub enum Popup {
    /// A value is typed.
    Type(Typing),
    /// One of many is picked.
    Pick(Pick),
    /// Something is read.
    Read {
        /// What it is.
        title: String,
        /// The text.
        lines: Vec<String>,
        /// Lines above the window.
        scroll: usize,
    },
    /// Whether to end although there are unsaved changes.
    Quit,
}

/// A value that is typed for a field.
#[derive(Clone, Debug)]
pub struct Typing {
    /// The instance.
    pub instance: String,
    /// The field.
    pub field: String,
    /// Whether it takes several values, which are typed as KDL has them.
    pub list: bool,
    /// The line.
    pub input: Input,
    /// What it would come to.
    pub trial: Trial,
    /// Whether it is taken as soon as it is known to be right.
    pub entered: bool,
}

/// A list, of which what is typed leaves those that have it.
#[derive(Clone, Debug)]
pub struct Pick {
    /// What is picked.
    pub title: String,
    /// All entries.
    pub entries: Vec<Entry>,
    /// What is typed.
    pub filter: Input,
    /// The number of the entry, among those that are left.
    pub at: usize,
    /// What the entry would come to.
    pub trial: Trial,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub label: String,
    /// What there is to say about it.
    pub detail: String,
    /// Bytes of it in the image that was built last, if it is in it.
    pub bytes: Option<u64>,
    /// Whether it is what there is now.
    pub current: bool,
    /// What picking it does.
    pub action: Action,
}

/// What picking an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// The file is changed.
    Change(Change),
    /// An instance, or a field of it, is shown.
    Show {
        /// The instance.
        instance: String,
        /// The field.
        field: Option<String>,
    },
}

/// What a change would come to, before it is made.
#[derive(Clone, Debug, Default)]
pub enum Trial {
    /// There is nothing to try.
    #[default]
    None,
    /// It cannot be made.
    Impossible(String),
    /// It leads to this text, which nobody has looked at yet.
    Open(Changed),
    /// It leads to this text, and these are the errors that it brings.
    Tried(Changed, Vec<String>),
}

impl Trial {
    /// What the change leads to, if it can be made.
    pub const fn changed(&self) -> Option<&Changed> {
        match self {
            Self::Open(changed) | Self::Tried(changed, _) => Some(changed),
            Self::None | Self::Impossible(_) => None,
        }
    }
}

impl Pick {
    /// A list in which the entry that there is now is picked, if there is one.
    pub fn new(title: String, entries: Vec<Entry>) -> Self {
        let at = entries.iter().position(|entry| entry.current).unwrap_or(0);
        Self { title, entries, filter: Input::default(), at, trial: Trial::None }
    }

    /// The entries that have all words that are typed.
    pub fn left(&self) -> Vec<&Entry> {
        let filter = self.filter.text().to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        if words.is_empty() {
            return self.entries.iter().collect();
        }
        let has = |entry: &&Entry| {
            let text = format!("{} {}", entry.label, entry.detail).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let mut left: Vec<&Entry> = self.entries.iter().filter(has).collect();
        // Those that have it in their names come first.
        left.sort_by_cached_key(|entry| {
            let label = entry.label.to_lowercase();
            !words.iter().all(|word| label.contains(word))
        });
        left
    }

    /// The entry that is picked.
    pub fn picked(&self) -> Option<&Entry> {
        self.left().get(self.at).copied()
    }
}
