//! Stand-in.
use crate::diagnostic::Diagnostic;
use crate::source::SourcePath;
/// Stand-in.
pub fn format(_: &SourcePath, text: &str) -> Result<String, Vec<Diagnostic>> { Ok(text.to_owned()) }
