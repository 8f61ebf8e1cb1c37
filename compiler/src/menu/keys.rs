//! What keys do.

use super::Menu;
use super::change::Change;
use super::input::Input;
use super::popup::{Action, Pick, Popup, Trial, Typing};
use super::state::{Effect, Pane};
use super::tree::RowKind;
use oscomp_lang::inventory::FieldKind;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What keys do, for the help.
pub const HELP: [(&str, &str); 17] = [
    ("up down, j k", "the line before, the next; PgUp PgDn Home End"),
    ("tab, left right", "between the instances and the fields of one"),
    ("enter", "change the field; in the tree: show the fields"),
    ("c", "choose what the line of the tree is bound to"),
    ("d", "leave the field out: a default decides"),
    ("a", "add an instance of a module"),
    ("x", "remove the instance from the file"),
    ("p, P", "the next platform of the system, the one before"),
    ("/", "search instances, fields and modules"),
    ("w", "why it is as it is: which rule decided, and where"),
    ("f", "all findings of the check"),
    ("u, r", "undo, do again"),
    ("s", "save to the file; comments and layout stay"),
    ("q", "quit; esc closes what lies over the rest"),
    ("*", "the file has it"),
    ("!", "an error is said of it"),
    ("^", "what it requires is shown further up"),
];

/// Lines that a page has.
const PAGE: usize = 10;

impl Menu {
    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Effect {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            self.popup = None;
            return self.quit();
        }
        self.message = None;
        match self.popup.take() {
            None => self.browse(key),
            Some(Popup::Type(typing)) => self.type_key(typing, key),
            Some(Popup::Pick(pick)) => self.pick_key(pick, key),
            Some(Popup::Read { title, lines, scroll }) => {
                let last = lines.len().saturating_sub(1);
                let scroll = match key.code {
                    KeyCode::Up | KeyCode::Char('k') => scroll.saturating_sub(1),
                    KeyCode::Down | KeyCode::Char('j') => (scroll + 1).min(last),
                    KeyCode::PageUp => scroll.saturating_sub(PAGE),
                    KeyCode::PageDown => (scroll + PAGE).min(last),
                    _ => return Effect::None,
                };
                self.popup = Some(Popup::Read { title, lines, scroll });
                Effect::None
            }
            Some(Popup::Quit) => match key.code {
                KeyCode::Char('s' | 'y') => Effect::SaveAndQuit,
                KeyCode::Char('d' | 'n' | 'q') => Effect::Quit,
                KeyCode::Esc | KeyCode::Char('c') => Effect::None,
                _ => {
                    self.popup = Some(Popup::Quit);
                    Effect::None
                }
            },
        }
    }

    fn quit(&mut self) -> Effect {
        if !self.is_modified() {
            return Effect::Quit;
        }
        self.popup = Some(Popup::Quit);
        Effect::None
    }

    fn browse(&mut self, key: KeyEvent) -> Effect {
        if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            if key.code == KeyCode::Char('r') {
                self.redo();
            }
            return Effect::None;
        }
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.go(-1),
            KeyCode::Down | KeyCode::Char('j') => self.go(1),
            KeyCode::PageUp => self.go(-(PAGE as isize)),
            KeyCode::PageDown => self.go(PAGE as isize),
            KeyCode::Home | KeyCode::Char('g') => self.go(isize::MIN / 2),
            KeyCode::End | KeyCode::Char('G') => self.go(isize::MAX / 2),
            KeyCode::Tab | KeyCode::BackTab => {
                self.focus(if self.pane == Pane::Tree { Pane::Fields } else { Pane::Tree });
            }
            KeyCode::Right | KeyCode::Char('l') => self.focus(Pane::Fields),
            KeyCode::Left | KeyCode::Char('h') | KeyCode::Esc => self.pane = Pane::Tree,
            KeyCode::Enter if self.pane == Pane::Tree => self.focus(Pane::Fields),
            KeyCode::Enter => self.change_field(),
            KeyCode::Char('c') => self.choose(),
            KeyCode::Char('d') | KeyCode::Delete | KeyCode::Backspace => self.leave_out(),
            KeyCode::Char('a') => {
                let modules = self.modules();
                self.pick("add an instance of".to_owned(), modules);
            }
            KeyCode::Char('x') => self.remove(),
            KeyCode::Char('p') => self.turn(false),
            KeyCode::Char('P') => self.turn(true),
            KeyCode::Char('/') => {
                let everything = self.everything();
                self.pick("search".to_owned(), everything);
            }
            KeyCode::Char('w') => match self.why() {
                Some(lines) => self.read("why", lines),
                None => self.message = Some("select an instance or a field first".to_owned()),
            },
            KeyCode::Char('f') => {
                let lines: Vec<String> = self.finding_lines().collect();
                let none = || vec!["nothing is wrong".to_owned()];
                self.read("findings", if lines.is_empty() { none() } else { lines });
            }
            KeyCode::Char('?') | KeyCode::F(1) => {
                let lines =
                    HELP.iter().map(|(keys, what)| format!("{keys:<16} {what}").trim_end().to_owned());
                self.read("keys", lines.collect());
            }
            KeyCode::Char('u') => self.undo(),
            KeyCode::Char('r') => self.redo(),
            KeyCode::Char('s') => {
                if self.is_modified() {
                    return Effect::Save;
                }
                self.message = Some("nothing to save".to_owned());
            }
            KeyCode::Char('q') => return self.quit(),
            _ => {}
        }
        Effect::None
    }

    fn read(&mut self, title: &str, lines: Vec<String>) {
        self.popup = Some(Popup::Read { title: title.to_owned(), lines, scroll: 0 });
    }

    fn pick(&mut self, title: String, entries: Vec<super::popup::Entry>) {
        self.popup = Some(Popup::Pick(Pick::new(title, entries)));
        self.retry();
    }

    fn go(&mut self, by: isize) {
        let (at, count) = match self.pane {
            Pane::Tree => (self.row, self.rows().len()),
            Pane::Fields => (self.line, self.selected().map_or(0, |member| member.fields.len())),
        };
        let at = at.saturating_add_signed(by).min(count.saturating_sub(1));
        match self.pane {
            Pane::Tree => (self.row, self.line) = (at, 0),
            Pane::Fields => self.line = at,
        }
    }

    fn focus(&mut self, pane: Pane) {
        if pane == Pane::Fields && self.selected().is_none_or(|member| member.fields.is_empty()) {
            self.message = Some("there are no fields here".to_owned());
            return;
        }
        self.pane = pane;
    }

    /// The instance and the field that are selected.
    fn place(&self) -> Option<(String, String)> {
        Some((self.selected()?.name.clone(), self.selected_field()?.name.clone()))
    }

    fn change_field(&mut self) {
        let Some((instance, field)) = self.place() else { return };
        if let Some(entries) = self.alternatives(&instance, &field) {
            self.pick(format!("{instance}.{field}"), entries);
            return;
        }
        let Some(found) = self.field(&instance, &field) else { return };
        let list = matches!(&found.kind, FieldKind::Option(option) if option.list);
        let text = if list {
            found.value.clone().unwrap_or_default()
        } else {
            found.typed.first().cloned().unwrap_or_default()
        };
        let input = Input::new(&text);
        let trial = Trial::None;
        self.popup = Some(Popup::Type(Typing { instance, field, list, input, trial, entered: false }));
        self.retry();
    }

    /// Chooses what the selected line of the tree is bound to, or the selected field.
    fn choose(&mut self) {
        if self.pane == Pane::Fields {
            return self.change_field();
        }
        let Some(row) = self.selected_row().cloned() else { return };
        match row.kind {
            RowKind::Requirement { user } => match self.alternatives(&user, &row.label) {
                Some(entries) => self.pick(format!("{user}.{}", row.label), entries),
                None => self.message = Some("there is nothing to choose".to_owned()),
            },
            RowKind::Ambient => {
                let entries = self.ambient_alternatives(&row.label);
                self.pick(format!("what provides {}", row.label), entries);
            }
            RowKind::Own | RowKind::Heading => {
                self.message = Some("select what an instance requires, or an ambient interface".to_owned());
            }
        }
    }

    fn leave_out(&mut self) {
        let Some((instance, field)) = self.place().filter(|_| self.pane == Pane::Fields) else {
            self.message = Some("select a field first".to_owned());
            return;
        };
        match self.changed(&Change::Unset { instance, field }) {
            Ok(changed) => self.make(changed),
            Err(problem) => self.message = Some(problem),
        }
    }

    fn remove(&mut self) {
        let Some(member) = self.selected() else {
            self.message = Some("select an instance first".to_owned());
            return;
        };
        if !member.is_written() {
            self.message = Some(format!("`{}` is the platform's: choose another module with c", member.name));
            return;
        }
        let instance = member.name.clone();
        match self.changed(&Change::Remove { instance }) {
            Ok(changed) => self.make(changed),
            Err(problem) => self.message = Some(problem),
        }
    }

    fn type_key(&mut self, mut typing: Typing, key: KeyEvent) -> Effect {
        match key.code {
            KeyCode::Esc => return Effect::None,
            KeyCode::Enter => {
                typing.entered = true;
                self.popup = Some(Popup::Type(typing));
                self.enter();
                return Effect::None;
            }
            _ => {
                typing.entered = false;
                if typing.input.key(key) == Some(true) {
                    typing.trial = Trial::None;
                    self.popup = Some(Popup::Type(typing));
                    self.retry();
                    return Effect::None;
                }
            }
        }
        self.popup = Some(Popup::Type(typing));
        Effect::None
    }

    /// Takes the value that is typed, if it was entered and is known to be right: whoever types one wants one that is taken.
    pub(super) fn enter(&mut self) {
        let Some(Popup::Type(typing)) = &mut self.popup else { return };
        if !typing.entered {
            return;
        }
        match &typing.trial {
            Trial::Open(_) => {}
            Trial::Tried(changed, errors) if errors.is_empty() => {
                let changed = changed.clone();
                self.popup = None;
                self.make(changed);
            }
            _ => {
                typing.entered = false;
                self.message = Some("this value is refused; esc leaves it as it was".to_owned());
            }
        }
    }

    fn pick_key(&mut self, mut pick: Pick, key: KeyEvent) -> Effect {
        let count = pick.left().len();
        let last = count.saturating_sub(1);
        match key.code {
            KeyCode::Esc => return Effect::None,
            KeyCode::Enter => match pick.picked().map(|entry| entry.action.clone()) {
                None => {}
                Some(Action::Nothing) => return Effect::None,
                Some(Action::Show { instance, field }) => {
                    self.show(&instance, field.as_deref());
                    return Effect::None;
                }
                Some(Action::Change(_)) => match pick.trial.changed() {
                    // A choice may leave something for the next one to mend: the findings say what.
                    Some(changed) => {
                        let changed = changed.clone();
                        self.make(changed);
                        return Effect::None;
                    }
                    None => {
                        if let Trial::Impossible(problem) = &pick.trial {
                            self.message = Some(problem.clone());
                        }
                    }
                },
            },
            KeyCode::Up => pick.at = pick.at.saturating_sub(1),
            KeyCode::Down => pick.at = (pick.at + 1).min(last),
            KeyCode::PageUp => pick.at = pick.at.saturating_sub(PAGE),
            KeyCode::PageDown => pick.at = (pick.at + PAGE).min(last),
            _ => {
                if pick.filter.key(key) == Some(true) {
                    pick.at = 0;
                }
            }
        }
        pick.trial = Trial::None;
        self.popup = Some(Popup::Pick(pick));
        self.retry();
        Effect::None
    }
}
