//! How things look.

use ratatui::style::{Color, Modifier, Style};

/// Whether there is colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Without it, things differ by weight alone.
    pub colour: bool,
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    Title,
    Selected,
    Quiet,
    Good,
    Bad,
}

impl Theme {
    pub(super) fn of(self, role: Role) -> Style {
        let style = Style::new();
        let coloured = |style: Style, colour| if self.colour { style.fg(colour) } else { style };
        match role {
            Role::Plain => style,
            Role::Title => style.add_modifier(Modifier::BOLD),
            Role::Selected => style.add_modifier(Modifier::REVERSED),
            Role::Quiet => style.add_modifier(Modifier::DIM),
            Role::Good => coloured(style, Color::Green),
            Role::Bad => coloured(style.add_modifier(Modifier::BOLD), Color::Red),
        }
    }
}
