//! The texts that there were.

use std::sync::Arc;

/// The text as it is now, with those before and after it.
pub struct History {
    text: Arc<str>,
    /// Earlier texts, the last one last, each with what was done to it.
    undone: Vec<(Arc<str>, String)>,
    /// What was taken back, with what had been done.
    redone: Vec<(Arc<str>, String)>,
}

impl History {
    /// A text without a past.
    pub fn new(text: Arc<str>) -> Self {
        Self { text, undone: Vec::new(), redone: Vec::new() }
    }

    /// The text as it is now.
    pub const fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Makes it another text; `what` was done to it.
    pub fn change(&mut self, text: Arc<str>, what: String) {
        let before = std::mem::replace(&mut self.text, text);
        self.undone.push((before, what));
        self.redone.clear();
    }

    /// Takes the last change back, and says what it was.
    pub fn undo(&mut self) -> Option<String> {
        let (before, what) = self.undone.pop()?;
        let after = std::mem::replace(&mut self.text, before);
        self.redone.push((after, what.clone()));
        Some(what)
    }

    /// Makes the change again that was taken back last, and says what it is.
    pub fn redo(&mut self) -> Option<String> {
        let (after, what) = self.redone.pop()?;
        let before = std::mem::replace(&mut self.text, after);
        self.undone.push((before, what.clone()));
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_taken_back_and_made_again() {
        let mut history = History::new("a".into());
        assert_eq!(history.undo(), None);
        history.change("b".into(), "first".into());
        history.change("c".into(), "second".into());
        assert_eq!(history.undo().as_deref(), Some("second"));
        assert_eq!(history.undo().as_deref(), Some("first"));
        assert_eq!(&**history.text(), "a");
        assert_eq!(history.redo().as_deref(), Some("first"));
        history.change("d".into(), "third".into());
        assert_eq!(history.redo(), None);
        assert_eq!(history.undo().as_deref(), Some("third"));
        assert_eq!(&**history.text(), "b");
    }
}
