//! The instances, the fields of one, what there is to say of what is selected, and the findings.

use super::super::state::Pane;
use super::super::tree::{Row, RowKind};
use super::theme::Role;
use super::{Menu, Theme, bytes, clipped, focused, framed, list_line, paragraph, window};
use crate::phrase::first_sentence;
use oscomp_lang::inventory::{Field, FieldKind, Member, Origin};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

pub(super) fn draw(menu: &Menu, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let [left, right] = Layout::horizontal([Constraint::Percentage(50), Constraint::Fill(1)]).areas(area);
    let [upper, lower] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(8.min(area.height / 2))]).areas(right);
    tree(menu, theme, frame, left);
    fields(menu, theme, frame, upper);
    details(menu, theme, frame, lower);
}

fn tree(menu: &Menu, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let inner = framed(frame, area, "instances", focused(menu, Pane::Tree), theme);
    let shown = window(menu.rows().len(), menu.row, inner.height);
    for (line, index) in shown.enumerate() {
        let row = &menu.rows()[index];
        let place = Rect { y: inner.y + u16::try_from(line).unwrap_or(u16::MAX), height: 1, ..inner };
        frame.render_widget(tree_line(menu, theme, row, index == menu.row, inner.width), place);
    }
}

fn tree_line(menu: &Menu, theme: Theme, row: &Row, selected: bool, width: u16) -> Line<'static> {
    let indent = "  ".repeat(row.depth.min(12));
    if row.kind == RowKind::Heading {
        return list_line(row.label.clone(), String::new(), width, selected, theme);
    }
    let Some(instance) = &row.instance else {
        return list_line(format!("{indent}{}: ! nothing", row.label), String::new(), width, selected, theme);
    };
    let member = menu.image().and_then(|image| image.member(instance));
    let mut text = format!("{indent}{}: {instance}", row.label);
    if let Some(member) = member {
        if member.module != *instance && member.origin != Origin::Platform {
            text += &format!(" ({})", member.module);
        }
        if member.is_written() {
            text += " *";
        }
        if menu.is_wrong(instance) {
            text += " !";
        }
    }
    if row.again {
        text += " ^";
    }
    let size = menu.bytes(instance).filter(|_| !row.again).map_or_else(String::new, bytes);
    list_line(text, size, width, selected, theme)
}

fn fields(menu: &Menu, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let member = menu.selected();
    let title = member.map_or_else(|| "fields".to_owned(), |member| format!("fields of {}", member.name));
    let inner = framed(frame, area, &title, focused(menu, Pane::Fields), theme);
    let Some(member) = member else { return };
    let width = member.fields.iter().map(|field| field.name.len()).max().unwrap_or(0).min(20);
    let shown = window(member.fields.len(), menu.line, inner.height);
    for (line, index) in shown.enumerate() {
        let field = &member.fields[index];
        let place = Rect { y: inner.y + u16::try_from(line).unwrap_or(u16::MAX), height: 1, ..inner };
        let selected = index == menu.line && menu.pane == Pane::Fields;
        frame.render_widget(field_line(theme, field, width, selected, inner.width), place);
    }
}

fn field_line(theme: Theme, field: &Field, width: usize, selected: bool, room: u16) -> Line<'static> {
    let mark = if field.written { '*' } else { ' ' };
    let value = match (&field.value, &field.kind) {
        (Some(value), FieldKind::Requirement(_)) => format!("-> {value}"),
        (Some(value), FieldKind::Option(_)) if value == "#null" => "not set".to_owned(),
        (Some(value), FieldKind::Option(option)) => match &option.unit {
            Some(unit) => format!("{value} {unit}"),
            None => value.clone(),
        },
        (None, _) => "! no value".to_owned(),
    };
    list_line(format!("{mark} {:<width$}  {value}", field.name), String::new(), room, selected, theme)
}

/// What there is to say of what is selected.
fn details(menu: &Menu, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let inner = framed(frame, area, "about", false, theme);
    let lines = match (menu.pane, menu.selected_field(), menu.selected()) {
        (Pane::Fields, Some(field), _) => about_field(field, theme),
        (_, _, Some(member)) => about_instance(menu, member, theme),
        _ => vec![Line::styled("? says what keys do", theme.of(Role::Quiet))],
    };
    paragraph(frame, inner, lines, 0);
}

fn about_field(field: &Field, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let doc = field.kind.doc().split("\n\n").next().unwrap_or_default().replace('\n', " ");
    if !doc.is_empty() {
        lines.push(Line::raw(doc));
    }
    lines.push(Line::raw(match &field.kind {
        FieldKind::Requirement(requirement) => format!("requires {}", requirement.interfaces.join(" + ")),
        FieldKind::Option(option) => option.facts().join("; "),
    }));
    if let Some(reason) = &field.reason {
        lines.push(Line::styled(format!("because: {}", reason.rule()), theme.of(Role::Quiet)));
    }
    lines
}

fn about_instance(menu: &Menu, member: &Member, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let from = match &member.origin {
        Origin::Platform => "the platform's own".to_owned(),
        Origin::App => "the app".to_owned(),
        Origin::Module { on: None } => "in the file".to_owned(),
        Origin::Module { on: Some(on) } => format!("in the file, for {on} only"),
        Origin::Default { .. } => "a default of the platform".to_owned(),
    };
    lines.push(Line::raw(format!("{}: an instance of {}, {from}", member.name, member.module)));
    match &member.entry {
        Some(entry) => {
            let doc = first_sentence(&entry.doc);
            if !doc.is_empty() {
                lines.push(Line::raw(doc));
            }
            lines.push(Line::raw(format!("provides {}", entry.provides.join(", "))));
        }
        None => lines.push(Line::styled("! its module cannot be read", theme.of(Role::Bad))),
    }
    if !member.used {
        lines.push(Line::raw("nothing uses it: the image is built without it"));
    }
    let size = match (menu.bytes(&member.name), menu.built()) {
        (Some(size), Some(true)) => format!("{} in the image", bytes(size)),
        (Some(size), _) => format!("{} in the image that was built last", bytes(size)),
        (None, Some(_)) => "no bytes of its own in the image that was built last".to_owned(),
        (None, None) => "bytes not known: `oscomp build` first".to_owned(),
    };
    lines.push(Line::styled(size, theme.of(Role::Quiet)));
    lines
}

/// The first findings.
pub(super) fn findings(menu: &Menu, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    if area.height < 2 {
        return;
    }
    let (errors, warnings) = menu.findings();
    let rule = "─".repeat(usize::from(area.width));
    let title = match errors + warnings {
        0 => "─ findings: none ".to_owned(),
        count => format!("─ findings: {count}, f shows all "),
    };
    let room = usize::from(area.width);
    let title: String = title.chars().chain(rule.chars()).take(room).collect();
    let mut shown = vec![Line::styled(title, theme.of(Role::Quiet))];
    for line in menu.finding_lines().take(usize::from(area.height - 1)) {
        let role = if line.starts_with("error") { Role::Bad } else { Role::Plain };
        shown.push(Line::styled(format!(" {}", clipped(&line, room.saturating_sub(1))), theme.of(role)));
    }
    for (line, text) in shown.into_iter().enumerate() {
        let place = Rect { y: area.y + u16::try_from(line).unwrap_or(u16::MAX), height: 1, ..area };
        frame.render_widget(text, place);
    }
}
