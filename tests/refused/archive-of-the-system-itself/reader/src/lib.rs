//! An app that reads files.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Files, Status};
use oscomp_macros::module;

/// Counts files.
#[module(provides(App))]
pub struct Reader<Content: Files> {
    content: Content,
}

impl<Content: Files> Reader<Content> {
    /// Keeps the files.
    pub fn start(content: Content) -> Result<Self, StartError> {
        Ok(Self { content })
    }
}

impl<Content: Files> App for &Reader<Content> {
    fn run(self) -> Status {
        Status(u8::from(self.content.count() == 0))
    }
}
