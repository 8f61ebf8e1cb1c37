//! What lies over the rest.

use super::super::input::Input;
use super::super::popup::{Entry, Pick, Popup, Trial, Typing};
use super::theme::Role;
use super::{Menu, Theme, bytes, framed, list_line, paragraph, window};
use oscomp_lang::inventory::FieldKind;
use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

pub(super) fn draw(menu: &Menu, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    match &menu.popup {
        None => {}
        Some(Popup::Type(typing)) => type_value(menu, typing, theme, frame, area),
        Some(Popup::Pick(pick)) => pick_one(pick, theme, frame, area),
        Some(Popup::Read { title, lines, scroll }) => {
            let room = usize::from(width_over(area).saturating_sub(2)).max(1);
            // A word that does not fit begins a line of its own, so this can be a line short: the text scrolls.
            let height: usize =
                lines.iter().map(|line| Line::raw(line.as_str()).width().div_ceil(room).max(1)).sum();
            let more = if height + 2 > usize::from(area.height) { ", up and down scroll" } else { "" };
            let height = u16::try_from(height + 2).unwrap_or(u16::MAX);
            let inner = over(frame, area, &format!("{title}{more}"), height, theme);
            let lines = lines.iter().map(|line| Line::raw(line.clone())).collect();
            paragraph(frame, inner, lines, u16::try_from(*scroll).unwrap_or(u16::MAX));
        }
        Some(Popup::Quit) => {
            let inner = over(frame, area, "quit", 4, theme);
            let lines =
                ["There are changes that are not saved.", "s save and quit   d discard them   esc stay"];
            paragraph(frame, inner, lines.map(Line::raw).into(), 0);
        }
    }
}

/// Room over the rest, cleared.
fn over(frame: &mut Frame<'_>, area: Rect, title: &str, height: u16, theme: Theme) -> Rect {
    let width = width_over(area);
    let [column] = Layout::horizontal([Constraint::Length(width)]).flex(Flex::Center).areas(area);
    let height = height.min(area.height);
    let [place] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(column);
    frame.render_widget(Clear, place);
    framed(frame, place, title, true, theme)
}

fn width_over(area: Rect) -> u16 {
    area.width.saturating_sub(4).clamp(area.width.min(20), area.width.min(100))
}

/// A line that is typed, with its cursor.
fn input_line(label: &str, input: &Input, theme: Theme) -> Line<'static> {
    let (before, behind) = input.halves();
    let mut rest = behind.chars();
    let under = rest.next().map_or_else(|| " ".to_owned(), String::from);
    Line::from(vec![
        Span::styled(label.to_owned(), theme.of(Role::Quiet)),
        Span::raw(before.to_owned()),
        Span::styled(under, theme.of(Role::Selected)),
        Span::raw(rest.as_str().to_owned()),
    ])
}

fn type_value(menu: &Menu, typing: &Typing, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let title = format!("{}.{}", typing.instance, typing.field);
    let inner = over(frame, area, &title, 12, theme);
    let mut lines = vec![input_line("value: ", &typing.input, theme), Line::default()];
    lines.extend(trial_lines(&typing.trial, theme));
    lines.push(Line::default());
    if let Some(kind) = menu.field_kind(&typing.instance, &typing.field) {
        lines.push(Line::raw(kind.doc().split("\n\n").next().unwrap_or_default().replace('\n', " ")));
        if let FieldKind::Option(option) = kind {
            lines.push(Line::raw(option.facts().join("; ")));
        }
    }
    if typing.list {
        lines.push(Line::styled("several values side by side, with spaces in quotes", theme.of(Role::Quiet)));
    }
    lines.push(Line::styled("enter takes it   esc leaves it as it was", theme.of(Role::Quiet)));
    paragraph(frame, inner, lines, 0);
}

fn trial_lines(trial: &Trial, theme: Theme) -> Vec<Line<'static>> {
    match trial {
        Trial::None => Vec::new(),
        Trial::Impossible(problem) => vec![Line::styled(format!("! {problem}"), theme.of(Role::Bad))],
        Trial::Open(_) => vec![Line::styled("checking", theme.of(Role::Quiet))],
        Trial::Tried(_, errors) if errors.is_empty() => vec![Line::styled("ok", theme.of(Role::Good))],
        Trial::Tried(_, errors) => {
            let line = |error: &String| Line::styled(format!("! {error}"), theme.of(Role::Bad));
            errors.iter().take(4).map(line).collect()
        }
    }
}

fn pick_one(pick: &Pick, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let left = pick.left();
    let wanted = pick.entries.len().saturating_add(8);
    let inner = over(frame, area, &pick.title, u16::try_from(wanted).unwrap_or(u16::MAX), theme);
    let [top, list, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(5)]).areas(inner);
    frame.render_widget(input_line("find: ", &pick.filter, theme), top);
    let width = left.iter().map(|entry| Line::raw(entry.label.as_str()).width()).max().unwrap_or(0).min(30);
    for (line, index) in window(left.len(), pick.at, list.height).enumerate() {
        let place = Rect { y: list.y + u16::try_from(line).unwrap_or(u16::MAX), height: 1, ..list };
        frame.render_widget(entry_line(left[index], width, index == pick.at, list.width, theme), place);
    }
    let lines = match pick.picked() {
        None => vec![Line::raw("nothing of that name")],
        Some(entry) => {
            let mut lines = trial_lines(&pick.trial, theme);
            lines.truncate(2);
            lines.insert(0, Line::raw(entry.detail.clone()));
            lines
        }
    };
    let keys = Line::styled("enter takes it   esc leaves it as it was", theme.of(Role::Quiet));
    let [said, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(bottom);
    paragraph(frame, said, lines, 0);
    frame.render_widget(keys, below);
}

fn entry_line(entry: &Entry, width: usize, selected: bool, room: u16, theme: Theme) -> Line<'static> {
    let mark = if entry.current { "*" } else { " " };
    let size = entry.bytes.map_or_else(String::new, bytes);
    let text = format!("{mark} {:<width$}  {}", entry.label, entry.detail);
    list_line(text, size, room, selected, theme)
}
