//! A line of text that somebody types.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A line with a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Bytes before the cursor.
    at: usize,
}

impl Input {
    /// A line with the cursor at its end.
    pub fn new(text: &str) -> Self {
        // A line has no end within it, nor anything else that moves the cursor of a terminal.
        let text: String = text.chars().filter(|character| !character.is_control()).collect();
        Self { at: text.len(), text }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and behind the cursor.
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Takes a key, and says whether it changed the text; none for a key that is not for it.
    pub fn key(&mut self, key: KeyEvent) -> Option<bool> {
        let before =
            |text: &str, at: usize| text[..at].char_indices().next_back().map_or(0, |(index, _)| index);
        let after = |text: &str, at: usize| text[at..].chars().next().map_or(at, |next| at + next.len_utf8());
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let length = self.text.len();
        match key.code {
            KeyCode::Char('u') if control => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            KeyCode::Char('a') if control => self.at = 0,
            KeyCode::Char('e') if control => self.at = length,
            KeyCode::Char(_) if control || key.modifiers.contains(KeyModifiers::ALT) => return None,
            KeyCode::Char(character) => {
                self.text.insert(self.at, character);
                self.at += character.len_utf8();
            }
            KeyCode::Backspace if self.at > 0 => {
                self.at = before(&self.text, self.at);
                self.text.remove(self.at);
            }
            KeyCode::Delete if self.at < length => {
                self.text.remove(self.at);
            }
            KeyCode::Backspace | KeyCode::Delete => {}
            KeyCode::Left => self.at = before(&self.text, self.at),
            KeyCode::Right => self.at = after(&self.text, self.at),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = length,
            _ => return None,
        }
        Some(self.text.len() != length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_by_characters() {
        let mut input = Input::new("aä");
        let mut key = |code| input.key(KeyEvent::from(code));
        assert_eq!(key(KeyCode::Left), Some(false));
        assert_eq!(key(KeyCode::Char('漢')), Some(true));
        assert_eq!(key(KeyCode::Delete), Some(true));
        assert_eq!(key(KeyCode::Delete), Some(false));
        assert_eq!(key(KeyCode::Home), Some(false));
        assert_eq!(key(KeyCode::Backspace), Some(false));
        assert_eq!(key(KeyCode::Right), Some(false));
        assert_eq!(key(KeyCode::Tab), None);
        assert_eq!(input.halves(), ("a", "漢"));
        assert_eq!(Input::new("a\nb\u{1b}").text(), "ab");
    }
}
