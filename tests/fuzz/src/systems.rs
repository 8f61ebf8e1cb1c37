//! The checker, over any text.

use oscomp_lang::check::{CheckOptions, check};
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::sync::Arc;

/// One text, and a catalog of nothing.
struct One(Arc<str>);

impl Sources for One {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        match file {
            SourcePath::Project(name) if name == "system.kdl" => Ok(self.0.clone()),
            _ => Err(ReadError::NotFound),
        }
    }

    fn list(&self, _folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        Ok(Arc::new([]))
    }
}

/// Every place that a report names is one of the text.
pub fn system(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = SourcePath::Project("system.kdl".into());
    let report = check(&One(text.into()), &file, &CheckOptions::default());
    for diagnostic in &report.diagnostics {
        for label in &diagnostic.labels {
            assert!(report.texts[&label.file].get(label.span.clone()).is_some(), "{diagnostic:?}");
        }
        for edit in diagnostic.fixes.iter().flat_map(|fix| &fix.edits) {
            assert!(report.texts[&edit.file].get(edit.span.clone()).is_some(), "{diagnostic:?}");
        }
        assert!(oscomp_lang::explain(diagnostic.code).is_some());
    }
}
