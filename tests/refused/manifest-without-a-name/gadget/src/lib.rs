//! A workspace.
