//! What is kept between one keystroke and the next.

use super::View;
use crate::catalog::Catalog;
use crate::check::{CheckOptions, Report, Scope, check_in, readable};
use crate::files::Files;
use crate::source::{SourcePath, Sources};
use std::rc::Rc;
use std::sync::Arc;

/// Bytes of Rust sources that have changed since, above which everything is read anew: the source map of
/// `proc-macro2` keeps each text that was ever read.
const STALE: usize = 4 << 20;

/// One folder with a system, and the catalog, with what has been read of them.
///
/// All workspaces of a thread share the source map of `proc-macro2`: whoever calls [`crate::check::check`]
/// or the like on that thread has to [`Workspace::forget`] all of them.
pub struct Workspace {
    catalog: Rc<Catalog<'static>>,
    stale: usize,
}

impl Workspace {
    /// A workspace in which nothing has been read yet.
    pub fn new(sources: impl Sources + 'static) -> Self {
        Self { catalog: Rc::new(Catalog::new(Files::new(sources))), stale: 0 }
    }

    /// Checks a system, as [`crate::check::check`] does.
    #[must_use]
    pub fn check(&self, system: &SourcePath) -> Report {
        check_in(self.catalog.clone(), system, &CheckOptions::default())
    }

    /// Answers a question of a system, if its file can be read.
    pub fn look<T>(&self, system: &SourcePath, answer: impl FnOnce(&View<'_, '_>) -> T) -> Option<T> {
        let text = readable(&self.catalog.files, system).ok()?;
        Some(self.look_at(system, text, answer))
    }

    /// Answers a question of a system that has this text.
    pub fn look_at<T>(
        &self,
        system: &SourcePath,
        text: Arc<str>,
        answer: impl FnOnce(&View<'_, '_>) -> T,
    ) -> T {
        let scope = Scope { catalog: self.catalog.clone(), file: system.clone(), text };
        View::with(&scope, answer)
    }

    pub(super) fn files(&self) -> &Files<'static> {
        &self.catalog.files
    }

    /// The text of a file as it was read last.
    #[must_use]
    pub fn text(&self, file: &SourcePath) -> Option<Arc<str>> {
        self.catalog.files.read(file).ok()
    }

    /// Forgets what depends on the text of a file, which has changed, appeared or vanished.
    pub fn changed(&mut self, file: &SourcePath) {
        let (SourcePath::Catalog(path) | SourcePath::Project(path)) = file;
        if path.ends_with(".rs") {
            self.stale += self.catalog.files.known(file).map_or(0, |text| text.len());
        }
        // Nothing else has a part in it: every view borrows it for the time of an answer.
        if let Some(catalog) = Rc::get_mut(&mut self.catalog) {
            catalog.changed(file);
        }
    }

    /// Whether enough has changed that everything should be forgotten, with that of all other workspaces.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.stale > STALE
    }

    /// Forgets everything that workspaces of this thread have read.
    pub fn forget<'w>(all: impl Iterator<Item = &'w mut Self>) {
        for workspace in all {
            workspace.stale = 0;
            if let Some(catalog) = Rc::get_mut(&mut workspace.catalog) {
                catalog.forget();
            }
        }
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}
