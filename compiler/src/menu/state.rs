//! What the menu shows, and what was done.

use super::change::{Change, Changed};
use super::history::History;
use super::popup::{Popup, Trial};
use super::tree::{self, Row, RowKind};
use crate::edit::new_errors;
use crate::why;
use oscomp_lang::catalog::Listing;
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::{Diagnostic, Severity};
use oscomp_lang::edit::{SystemText, Written};
use oscomp_lang::inventory::{Field, Image, Inventory, Member};
use oscomp_lang::source::SourcePath;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known of a text.
#[derive(Clone, Default)]
pub struct Look {
    /// The text.
    pub text: Arc<str>,
    /// What checking found.
    pub report: Report,
    /// What the system has.
    pub inventory: Inventory,
}

/// Bytes of each instance in the image that was built last, for a platform.
#[derive(Clone, Debug, Default)]
pub struct Bytes {
    /// By instance.
    pub instances: BTreeMap<String, u64>,
    /// Whether it was built of what the file says now.
    pub current: bool,
}

/// Which part of the screen keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The tree of instances.
    Tree,
    /// The fields of the instance that is selected there.
    Fields,
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The text is to be written to the file; then [`Menu::saved`].
    Save,
    /// The same, and the menu ends if that went well.
    SaveAndQuit,
    /// The menu ends.
    Quit,
}

/// The whole state.
pub struct Menu {
    file: SourcePath,
    /// The file as the user would write it.
    shown: String,
    listing: Listing,
    history: History,
    saved: Arc<str>,
    look: Look,
    bytes: BTreeMap<String, Bytes>,
    platform: usize,
    pub(super) pane: Pane,
    rows: Vec<Row>,
    pub(super) row: usize,
    pub(super) line: usize,
    pub(super) popup: Option<Popup>,
    pub(super) message: Option<String>,
    /// The instances of the file that an error is said of.
    wrong: BTreeSet<String>,
    /// The platform to show when it is there.
    first: Option<String>,
    /// The instance to select when it is there.
    awaited: Option<String>,
}

impl Menu {
    /// A menu for a file with that text.
    pub fn new(file: SourcePath, shown: String, text: Arc<str>, listing: Listing) -> Self {
        Self {
            file,
            shown,
            listing,
            saved: text.clone(),
            history: History::new(text),
            // Of no text, so that the first thing that is wanted is a look at the one there is.
            look: Look { text: "\0".into(), ..Look::default() },
            bytes: BTreeMap::new(),
            platform: 0,
            pane: Pane::Tree,
            rows: Vec::new(),
            row: 0,
            line: 0,
            popup: None,
            message: None,
            wrong: BTreeSet::new(),
            first: None,
            awaited: None,
        }
    }

    /// Shows a platform first.
    pub fn show_platform(&mut self, platform: &str) {
        self.first = Some(platform.to_owned());
    }

    /// Says how large instances are on a platform.
    pub fn set_bytes(&mut self, platform: &str, bytes: Bytes) {
        self.bytes.insert(platform.to_owned(), bytes);
    }

    /// The platform whose image's size nobody has looked for yet, if it is the one that is shown.
    pub fn wants_bytes(&self) -> Option<&str> {
        let platform = &self.image()?.platform;
        (!self.bytes.contains_key(platform)).then_some(platform)
    }

    /// The system's file.
    pub fn file(&self) -> &SourcePath {
        &self.file
    }

    /// The file as the user would write it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What the catalog has.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// The text as it is now.
    pub fn text(&self) -> &Arc<str> {
        self.history.text()
    }

    /// Whether it is not what is in the file.
    pub fn is_modified(&self) -> bool {
        self.history.text() != &self.saved
    }

    /// What is known of the text; of the one before, until somebody has looked at it.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// Whether that is not of the text as it is now.
    pub fn is_stale(&self) -> bool {
        self.look.text != *self.history.text()
    }

    /// The text that somebody should look at next: the one there is, else the one that a change would lead to.
    pub fn wants(&self) -> Option<Arc<str>> {
        if self.is_stale() {
            return Some(self.history.text().clone());
        }
        match self.trial() {
            Some(Trial::Open(changed)) => Some(changed.text.clone()),
            _ => None,
        }
    }

    /// Takes what was found at a text that was wanted.
    pub fn looked(&mut self, look: Look) {
        if look.text == *self.history.text() && self.is_stale() {
            self.look = look;
            self.wrong = self.find_wrong();
            if let Some(first) = self.first.take() {
                let images = &self.look.inventory.images;
                self.platform = images.iter().position(|image| image.platform == first).unwrap_or(0);
            }
            self.lay_out();
            if let Some(instance) = self.awaited.take() {
                self.show(&instance, None);
            }
            // What was tried was tried against what there was before.
            self.retry();
            return;
        }
        let errors: Vec<String> = new_errors(&self.look.report, &look.report)
            .map(|found| format!("{}: {}", found.code, self.told(found)))
            .collect();
        if let Some(trial) = self.trial_mut()
            && let Trial::Open(changed) = trial
            && changed.text == look.text
        {
            *trial = Trial::Tried(changed.clone(), errors);
            self.enter();
        }
    }

    /// A finding in one line: what is wrong, and what is said at the place.
    fn told(&self, found: &Diagnostic) -> String {
        let label = found.labels.iter().find(|label| label.file == self.file);
        let at = label.map_or_else(String::new, |label| format!(" ({})", label.text));
        let help = found.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        format!("{}{at}{help}", found.message)
    }

    fn trial(&self) -> Option<&Trial> {
        match self.popup.as_ref()? {
            Popup::Type(typing) => Some(&typing.trial),
            Popup::Pick(pick) => Some(&pick.trial),
            Popup::Read { .. } | Popup::Quit => None,
        }
    }

    fn trial_mut(&mut self) -> Option<&mut Trial> {
        match self.popup.as_mut()? {
            Popup::Type(typing) => Some(&mut typing.trial),
            Popup::Pick(pick) => Some(&mut pick.trial),
            Popup::Read { .. } | Popup::Quit => None,
        }
    }

    /// Makes out anew what the change would come to that is in hand.
    pub(super) fn retry(&mut self) {
        use super::popup::Action;
        let change = match &self.popup {
            Some(Popup::Type(typing)) => Some(Self::typed(typing)),
            Some(Popup::Pick(pick)) => match pick.picked().map(|entry| &entry.action) {
                Some(Action::Change(change)) => Some(Ok(change.clone())),
                _ => None,
            },
            _ => None,
        };
        let trial = match change {
            None => Trial::None,
            Some(Err(problem)) => Trial::Impossible(problem),
            Some(Ok(change)) => match self.changed(&change) {
                Ok(changed) if changed.text == *self.text() => Trial::Tried(changed, Vec::new()),
                Ok(changed) => Trial::Open(changed),
                Err(problem) => Trial::Impossible(problem),
            },
        };
        if let Some(open) = self.trial_mut() {
            *open = trial;
        }
    }

    /// What is typed, as a change.
    fn typed(typing: &super::popup::Typing) -> Result<Change, String> {
        let (instance, field) = (typing.instance.clone(), typing.field.clone());
        let text = typing.input.text();
        if !typing.list {
            return Ok(Change::Set { instance, field, values: vec![text.to_owned()] });
        }
        match oscomp_lang::edit::typed(text) {
            Some(values) => Ok(Change::Set { instance, field, values }),
            None => Err("expected values side by side, those with spaces in quotes".to_owned()),
        }
    }

    /// The image that is shown.
    pub fn image(&self) -> Option<&Image> {
        self.look.inventory.images.get(self.platform)
    }

    /// The number of the image that is shown, from 1, and how many there are.
    pub fn position(&self) -> (usize, usize) {
        (self.platform + 1, self.look.inventory.images.len())
    }

    /// Shows the next image, or the one before.
    pub(super) fn turn(&mut self, back: bool) {
        let count = self.look.inventory.images.len().max(1);
        self.platform = (self.platform + if back { count - 1 } else { 1 }) % count;
        self.lay_out();
    }

    /// The lines of the tree.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The line of the tree that is selected.
    pub fn selected_row(&self) -> Option<&Row> {
        self.rows.get(self.row)
    }

    /// The instance that is selected.
    pub fn selected(&self) -> Option<&Member> {
        self.image()?.member(self.selected_row()?.instance.as_deref()?)
    }

    /// The field that is selected.
    pub fn selected_field(&self) -> Option<&Field> {
        self.selected()?.fields.get(self.line)
    }

    /// Makes the lines of the tree anew; what is selected stays selected, if it is there.
    fn lay_out(&mut self) {
        let before = self.rows.get(self.row).cloned();
        self.platform = self.platform.min(self.look.inventory.images.len().saturating_sub(1));
        self.rows = self.image().map(tree::rows).unwrap_or_default();
        let same = |row: &Row| {
            before.as_ref().is_some_and(|before| before.label == row.label && before.kind == row.kind)
        };
        let like = |row: &Row| before.as_ref().is_some_and(|before| before.instance == row.instance);
        let found = self.rows.iter().position(|row| same(row) && like(row));
        let found = found.or_else(|| self.rows.iter().position(same));
        self.row = found.unwrap_or_else(|| self.row.min(self.rows.len().saturating_sub(1)));
        self.line = self.line.min(self.selected().map_or(0, |member| member.fields.len().saturating_sub(1)));
    }

    /// Selects an instance, and a field of it.
    pub(super) fn show(&mut self, instance: &str, field: Option<&str>) {
        let of = |row: &Row| row.instance.as_deref() == Some(instance);
        let full = self.rows.iter().position(|row| of(row) && !row.again);
        if let Some(row) = full.or_else(|| self.rows.iter().position(of)) {
            self.row = row;
            self.line = 0;
            self.pane = Pane::Tree;
            let number =
                field.and_then(|field| self.selected()?.fields.iter().position(|known| known.name == field));
            if let Some(number) = number {
                (self.line, self.pane) = (number, Pane::Fields);
            }
        }
    }

    /// Bytes of an instance in the image that was built last.
    pub fn bytes(&self, instance: &str) -> Option<u64> {
        self.bytes.get(&self.image()?.platform)?.instances.get(instance).copied()
    }

    /// Whether there is an image from which sizes are known, and whether it is of what the file says now.
    pub fn built(&self) -> Option<bool> {
        let bytes = self.bytes.get(&self.image()?.platform)?;
        (!bytes.instances.is_empty()).then_some(bytes.current)
    }

    /// Makes a change.
    pub(super) fn make(&mut self, changed: Changed) {
        if changed.text == *self.text() {
            self.message = Some("nothing changes".to_owned());
            return;
        }
        self.message = Some(changed.what.clone());
        let is_new = self.image().is_none_or(|image| image.member(&changed.instance).is_none());
        self.awaited = is_new.then_some(changed.instance);
        self.history.change(changed.text, changed.what);
    }

    pub(super) fn undo(&mut self) {
        self.message = Some(match self.history.undo() {
            Some(what) => format!("undone: {what}"),
            None => "nothing to undo".to_owned(),
        });
    }

    pub(super) fn redo(&mut self) {
        self.message = Some(match self.history.redo() {
            Some(what) => format!("done again: {what}"),
            None => "nothing to do again".to_owned(),
        });
    }

    /// Takes how saving the text went.
    pub fn saved(&mut self, result: Result<(), String>) {
        self.message = Some(match result {
            Ok(()) => {
                self.saved = self.history.text().clone();
                format!("saved {}", self.shown)
            }
            Err(problem) => format!("not saved: {problem}"),
        });
    }

    /// The findings that are errors, and those that are warnings.
    pub fn findings(&self) -> (usize, usize) {
        let count =
            |severity| self.look.report.diagnostics.iter().filter(|it| it.severity == severity).count();
        (count(Severity::Error), count(Severity::Warning))
    }

    /// The findings, each in one line with its place.
    pub fn finding_lines(&self) -> impl Iterator<Item = String> {
        self.look.report.diagnostics.iter().map(|found| {
            let label = found.labels.iter().find(|label| label.file == self.file);
            let before = label.and_then(|label| self.look.text.get(..label.span.start));
            let line = |before: &str| format!("line {}: ", before.matches('\n').count() + 1);
            let mark = if found.severity == Severity::Error { "error" } else { "warning" };
            format!("{mark} {} {}{}", found.code, before.map_or_else(String::new, line), self.told(found))
        })
    }

    /// Whether an error is said of an instance of the file.
    pub fn is_wrong(&self, instance: &str) -> bool {
        self.wrong.contains(instance)
    }

    /// The instances of the file within whose nodes an error is.
    fn find_wrong(&self) -> BTreeSet<String> {
        let Ok(system) = SystemText::read(&self.file, &self.look.text) else { return BTreeSet::new() };
        let errors = self.look.report.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let own = errors.filter_map(|found| found.labels.first()).filter(|label| label.file == self.file);
        let starts: Vec<usize> = own.map(|label| label.span.start).collect();
        let has = |instance: &Written<'_>| starts.iter().any(|start| instance.span.contains(start));
        system.instances().filter(has).map(|instance| instance.name.to_owned()).collect()
    }

    /// Why what is selected is as it is.
    pub(super) fn why(&self) -> Option<Vec<String>> {
        let row = self.selected_row()?;
        let image = self.image()?;
        let plan = self.look.report.plans.iter().find(|plan| plan.platform.name == image.platform);
        if let (Pane::Tree, RowKind::Ambient, Some(plan)) = (self.pane, &row.kind, plan) {
            return Some(why::lines(&why::why(plan, &row.label).ok()?));
        }
        let member = self.selected()?;
        let field = self.selected_field().filter(|_| self.pane == Pane::Fields);
        let subject =
            field.map_or_else(|| member.name.clone(), |field| format!("{}.{}", member.name, field.name));
        if let Some(answer) = plan.and_then(|plan| why::why(plan, &subject).ok()) {
            return Some(why::lines(&answer));
        }
        // What is refused has no plan, but rules have decided all the same.
        let because = |field: &Field| match &field.reason {
            Some(reason) => {
                let place =
                    reason.place().map_or_else(String::new, |it| format!(" ({}:{})", it.file, it.line));
                format!("{}{place}", reason.rule())
            }
            None => "nothing decides: see the findings".to_owned(),
        };
        Some(match field {
            Some(field) => vec![
                format!("{subject} {}", field.value.as_deref().unwrap_or("has no value")),
                format!("  because    {}", because(field)),
            ],
            None => std::iter::once(format!("{subject}: an instance of {}", member.module))
                .chain(member.fields.iter().map(|field| {
                    let value = field.value.as_deref().unwrap_or("has no value");
                    format!("  {} {value}: {}", field.name, because(field))
                }))
                .collect(),
        })
    }
}
