//! What the whole-system tests share.
#![forbid(unsafe_code)]

pub mod browser;
pub mod client;
pub mod command;
pub mod disk;
pub mod folder;
pub mod indirect;
pub mod lsp;
pub mod net;
pub mod power;
pub mod promise;
pub mod running;
pub mod share;
pub mod sources;
pub mod tmux;
pub mod varied;
