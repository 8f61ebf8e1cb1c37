//! Showing a page in the browser of whoever asked for it.

use crate::build::write_whole;
use crate::failure::Failure;
use crate::output::Output;
use crate::run::find;
use crate::session::relative;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a browser that cannot start has to say so.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes a file whole, says where it is, and shows it if that is asked for.
pub fn write(file: &Path, text: &str, shown: bool, output: &Output) -> Result<(), Failure> {
    write_whole(file, text.as_bytes())?;
    output.note(format!("wrote {}", relative(file)));
    if shown {
        open(file, output);
    }
    Ok(())
}

/// Shows a file in a browser: that of `BROWSER`, else the desktop's. Says so where there is none; the file is
/// there all the same.
pub fn open(page: &Path, output: &Output) {
    let shown = browsers(env::var("BROWSER").ok().as_deref(), &|name| env::var_os(name).is_some())
        .into_iter()
        .any(|browser| start(&browser, page));
    if !shown {
        output.note("no browser was found to show it: set BROWSER to one, or open the file yourself");
    }
}

/// What may show a page, the best first: each a program with its arguments.
fn browsers(browser: Option<&str>, is_set: &dyn Fn(&str) -> bool) -> Vec<Vec<String>> {
    let words = |command: &str| command.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let mut all: Vec<Vec<String>> = browser.into_iter().flat_map(|list| list.split(':')).map(words).collect();
    if cfg!(target_os = "macos") {
        all.push(words("open"));
    } else {
        all.push(words("wslview"));
        // Without a desktop it would show the page in a browser for terminals, or wait for ever.
        if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
            all.push(words("xdg-open"));
        }
    }
    all.retain(|command| !command.is_empty());
    all
}

/// Starts a browser; whether it did not fail at once.
fn start(command: &[String], page: &Path) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let Some(program) = find(program) else { return false };
    let mut command = Command::new(program);
    let mut named = false;
    for argument in arguments {
        named |= argument.contains("%s");
        command.arg(argument.replace("%s", &page.to_string_lossy()));
    }
    if !named {
        command.arg::<PathBuf>(page.into());
    }
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(10)),
            Err(_) => return false,
        }
    }
    // It runs on by itself.
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_of_the_environment_comes_first() {
        let found = browsers(Some("firefox --new-window %s:w3m"), &|_| true);
        assert_eq!(found[0], ["firefox", "--new-window", "%s"]);
        assert_eq!(found[1], ["w3m"]);
        assert!(found.len() > 2);
    }

    #[test]
    fn without_a_desktop_nobody_is_asked_to_find_one() {
        let found = browsers(Some(""), &|_| false);
        assert!(found.iter().all(|command| command[0] != "xdg-open"), "{found:?}");
    }

    #[test]
    fn what_fails_or_is_missing_has_shown_nothing() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(start(&words("true"), Path::new("page.html")));
        assert!(!start(&words("false"), Path::new("page.html")));
        assert!(!start(&words("no-such-browser"), Path::new("page.html")));
        assert!(start(&words("test %s = page.html"), Path::new("page.html")));
    }
}
