//! A state as a picture.
//!
//! Whatever means something is said by a word or a mark; colour only repeats it.

mod browse;
mod popup;
mod theme;

pub use theme::Theme;

use super::Menu;
use super::state::Pane;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use theme::Role;

/// Lines of findings that are shown below the rest.
const FINDINGS: u16 = 3;

/// Draws the menu.
pub fn draw(menu: &Menu, theme: Theme, frame: &mut Frame<'_>) {
    let findings = if frame.area().height >= 16 { FINDINGS + 1 } else { 0 };
    let [title, body, below, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(findings),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(title_line(menu, theme), title);
    browse::draw(menu, theme, frame, body);
    browse::findings(menu, theme, frame, below);
    frame.render_widget(key_line(menu, theme, keys.width), keys);
    popup::draw(menu, theme, frame, body.union(below));
}

fn title_line(menu: &Menu, theme: Theme) -> Line<'static> {
    let (at, count) = menu.position();
    let system = &menu.look().inventory.system;
    let platform = menu.image().map_or("no platform", |image| image.platform.as_str());
    let place = if count > 1 { format!(" ({at} of {count})") } else { String::new() };
    let verdict = match (menu.is_stale(), menu.findings()) {
        (true, _) => Span::styled("checking", theme.of(Role::Quiet)),
        (false, (0, 0)) => Span::styled("sound", theme.of(Role::Good)),
        (false, (0, warnings)) => {
            Span::styled(format!("sound, {}", counted(warnings, "warning")), theme.of(Role::Good))
        }
        (false, (errors, _)) => {
            Span::styled(format!("refused: {}", counted(errors, "error")), theme.of(Role::Bad))
        }
    };
    let modified = if menu.is_modified() { "  modified" } else { "" };
    Line::from(vec![
        Span::styled(format!(" {system}"), theme.of(Role::Title)),
        Span::raw(format!(" on {platform}{place}  ")),
        verdict,
        Span::styled(modified, theme.of(Role::Title)),
        Span::styled(format!("  {}", menu.shown()), theme.of(Role::Quiet)),
    ])
}

fn counted(count: usize, what: &str) -> String {
    crate::report::counted(count, what)
}

fn key_line(menu: &Menu, theme: Theme, width: u16) -> Line<'static> {
    match &menu.message {
        Some(message) => {
            Line::styled(clipped(&format!(" {message}"), usize::from(width)), theme.of(Role::Title))
        }
        None if menu.popup.is_some() => Line::default(),
        None => Line::styled(
            " enter change  c choose  a add  x remove  / find  w why  u undo  s save  q quit ?",
            theme.of(Role::Quiet),
        ),
    }
}

/// A part of the screen with a frame.
fn framed(frame: &mut Frame<'_>, area: Rect, title: &str, focused: bool, theme: Theme) -> Rect {
    let role = if focused { Role::Title } else { Role::Quiet };
    // The mark says it too.
    let title = if focused { format!(" > {title} ") } else { format!(" {title} ") };
    let block =
        Block::bordered().title(Span::styled(title, theme.of(role))).border_style(theme.of(Role::Quiet));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// What of a list is shown: as many lines as there is room for, with the selected one among them.
fn window(count: usize, selected: usize, height: u16) -> std::ops::Range<usize> {
    let height = usize::from(height);
    let start = selected.saturating_sub(height / 2).min(count.saturating_sub(height));
    start..count.min(start + height)
}

/// A line of a list: text to the left and to the right, and a mark where it is selected.
fn list_line(left: String, right: String, width: u16, selected: bool, theme: Theme) -> Line<'static> {
    let width = usize::from(width);
    let mark = if selected { "> " } else { "  " };
    let right_width = Line::raw(right.as_str()).width();
    let room = width.saturating_sub(2 + right_width + usize::from(right_width > 0));
    let left = clipped(&left, room);
    let gap = width.saturating_sub(2 + Line::raw(left.as_str()).width() + right_width);
    let text = format!("{mark}{left}{}{right}", " ".repeat(gap));
    Line::styled(text, theme.of(if selected { Role::Selected } else { Role::Plain }))
}

/// A text that is no wider than that, with a mark where something is left out.
fn clipped(text: &str, width: usize) -> String {
    if Line::raw(text).width() <= width {
        return text.to_owned();
    }
    let mut clipped = String::new();
    // With room for the mark.
    let mut room = width.saturating_sub(1);
    for character in text.chars() {
        let wide = Span::raw(String::from(character)).width();
        if wide > room {
            break;
        }
        room -= wide;
        clipped.push(character);
    }
    if width > 0 {
        clipped.push('…');
    }
    clipped
}

/// Draws lines of text from the top, wrapped.
fn paragraph(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>, scroll: u16) {
    let text = Paragraph::new(lines).wrap(ratatui::widgets::Wrap { trim: false }).scroll((scroll, 0));
    frame.render_widget(text, area);
}

/// Whether keys are for a part of the screen.
fn focused(menu: &Menu, pane: Pane) -> bool {
    menu.popup.is_none() && menu.pane == pane
}

/// Bytes for people.
fn bytes(bytes: u64) -> String {
    if bytes < 10_240 { format!("{bytes} B") } else { format!("{} KiB", bytes.div_ceil(1024)) }
}
