//! The changes that mend what check has found, where there is no choice.

use crate::check::Report;
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::source::SourcePath;

/// The findings that have one remedy, each with it: those whose edits are in that file, and not in each other's way.
///
/// Of those that insert something there is one: it can be the remedy of several findings, which the next check says.
#[must_use]
pub fn remedies<'r>(report: &'r Report, file: &SourcePath) -> Vec<(&'r Diagnostic, &'r Fix)> {
    let mut chosen: Vec<(&Diagnostic, &Fix)> = Vec::new();
    let mut inserts = false;
    for diagnostic in &report.diagnostics {
        let [fix] = diagnostic.fixes.as_slice() else { continue };
        let is_insertion = fix.edits.iter().any(|edit| edit.span.is_empty());
        let overlaps = |edit: &Edit| {
            let mut others = chosen.iter().flat_map(|(_, fix)| &fix.edits);
            others.any(|other| edit.span.start <= other.span.end && other.span.start <= edit.span.end)
        };
        let is_own = fix.edits.iter().all(|edit| edit.file == *file);
        if !is_own || fix.edits.is_empty() || is_insertion && inserts || fix.edits.iter().any(overlaps) {
            continue;
        }
        inserts |= is_insertion;
        chosen.push((diagnostic, fix));
    }
    chosen
}
