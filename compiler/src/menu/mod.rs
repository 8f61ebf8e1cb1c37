//! `oscomp menu`: a system on the terminal, to look at and to change.
//!
//! - [`state`]: what is shown and what was done; keys change it ([`keys`]), and nothing here does I/O.
//! - [`change`]: what a person asks for, as another text; [`alternatives`]: what else could be.
//! - [`draw`]: a state as a picture, and nothing else.
//! - [`terminal`]: the loop around it, with all the I/O: keys in, pictures and files out.
//!
//! The text of the file is the only state that counts: whatever is changed, the text is changed, and all else is made
//! out anew from it. So undo is the text before, and saving writes it.

mod alternatives;
mod change;
mod draw;
mod history;
mod input;
mod keys;
mod popup;
mod search;
mod state;
mod terminal;
#[cfg(test)]
mod tests;
mod tree;

pub use draw::Theme;
pub use state::Menu;
pub use terminal::run;
