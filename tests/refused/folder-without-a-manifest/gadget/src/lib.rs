//! No manifest.
