//! The loop around the menu: keys in, pictures and files out.

use super::draw::draw;
use super::state::{Bytes, Effect, Look};
use super::{Menu, Theme};
use crate::edit::Editing;
use crate::failure::Failure;
use crate::size;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGTERM};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long an ending of the process waits to be noticed.
const TICK: Duration = Duration::from_millis(200);

/// Shows the menu until somebody quits. The terminal is as it was afterwards, whatever happens.
pub fn run(menu: &mut Menu, editing: &mut Editing, theme: Theme) -> Result<(), Failure> {
    let terminal_failed = |error: &io::Error| {
        Failure::environment(format!("the terminal cannot be used: {error}"), "use `oscomp set` instead")
    };
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, ended.clone()).map_err(|error| terminal_failed(&error))?;
    }
    end_without_a_terminal(ended.clone());
    // Restores the terminal if something panics, too.
    let mut terminal = ratatui::try_init().map_err(|error| terminal_failed(&error))?;
    let result = shown(menu, editing, theme, &mut terminal, &ended);
    ratatui::restore();
    result.map_err(|error| terminal_failed(&error))?;
    if ended.load(Ordering::Relaxed) {
        let help =
            if menu.is_modified() { "changes that were not saved are lost" } else { "nothing was changed" };
        return Err(Failure::environment("the menu was told to end", help));
    }
    Ok(())
}

/// Ends the process when it was told to, or its terminal is gone, and the loop does not notice: crossterm waits for
/// ever for keys of a terminal that has hung up, and takes a whole processor to do so.
fn end_without_a_terminal(ended: Arc<AtomicBool>) {
    thread::spawn(move || {
        loop {
            thread::sleep(TICK);
            let input = io::stdin();
            let mut watched = [PollFd::new(&input, PollFlags::empty())];
            let hung_up = poll(&mut watched, Some(&Timespec::default())).is_ok()
                && watched[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
            if hung_up || ended.load(Ordering::Relaxed) {
                ended.store(true, Ordering::Relaxed);
                thread::sleep(5 * TICK);
                ratatui::restore();
                std::process::exit(2);
            }
        }
    });
}

fn shown(
    menu: &mut Menu,
    editing: &mut Editing,
    theme: Theme,
    terminal: &mut DefaultTerminal,
    ended: &AtomicBool,
) -> io::Result<()> {
    while !ended.load(Ordering::Relaxed) {
        terminal.draw(|frame| draw(menu, theme, frame))?;
        // A key that waits goes first: what it does is looked at with the rest.
        if !event::poll(Duration::ZERO)? {
            if let Some(text) = menu.wants() {
                menu.looked(look(editing, text));
                continue;
            }
            if let Some(platform) = menu.wants_bytes().map(str::to_owned) {
                let bytes = bytes(menu, editing, &platform);
                menu.set_bytes(&platform, bytes);
                continue;
            }
            if !event::poll(TICK)? {
                continue;
            }
        }
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match menu.key(key) {
            Effect::None => {}
            Effect::Save => menu.saved(save(menu, editing)),
            Effect::SaveAndQuit => {
                let saved = save(menu, editing);
                let is_saved = saved.is_ok();
                menu.saved(saved);
                if is_saved {
                    return Ok(());
                }
            }
            Effect::Quit => return Ok(()),
        }
    }
    Ok(())
}

/// What is known of a text.
pub(super) fn look(editing: &mut Editing, text: Arc<str>) -> Look {
    editing.set_text(text.clone());
    Look { text, report: editing.check(), inventory: editing.inventory() }
}

/// Writes the text to the file.
fn save(menu: &Menu, editing: &mut Editing) -> Result<(), String> {
    editing.set_text(menu.text().clone());
    editing.save().map_err(|failure| match failure {
        Failure::Refused(message) | Failure::Environment(message) => message.what,
        Failure::Reported => "the file cannot be written".to_owned(),
    })
}

/// Bytes of the instances in the image of a platform that was built last. What cannot be counted is not known.
fn bytes(menu: &Menu, editing: &Editing, platform: &str) -> Bytes {
    let plan = menu.look().report.plans.iter().find(|plan| plan.platform.name == platform);
    let last = plan.and_then(|plan| size::of_last_build(&editing.session, plan).ok().flatten());
    last.map_or_else(Bytes::default, |last| Bytes {
        instances: last
            .sizes
            .instances
            .iter()
            .map(|share| (share.name.clone(), share.bytes.loaded + share.bytes.zeroed))
            .collect(),
        current: last.same_plan,
    })
}
