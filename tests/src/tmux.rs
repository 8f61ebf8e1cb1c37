//! A terminal without a screen: tmux, on a server of its own.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// How often the screen is looked at before what is waited for is given up.
const LOOKS: usize = 600;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A terminal in which a command runs; the server of it ends with this.
pub struct Tmux {
    socket: String,
}

impl Tmux {
    /// Starts a command in a terminal of that many columns and lines, in a folder. When it ends, the terminal says with
    /// what: `ended 0`, and what of it is not as usual.
    ///
    /// # Panics
    /// There is no tmux.
    #[must_use]
    pub fn start(columns: u16, lines: u16, folder: &Path, command: &[&str]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let tmux = Self { socket: format!("oscomp-{}-{number}", std::process::id()) };
        let (columns, lines) = (columns.to_string(), lines.to_string());
        let folder = folder.to_str().expect("a path in UTF-8");
        // The words of the command are arguments of the shell, which need no quotes so.
        let shell = ["sh", "-c", "\"$@\"; echo \"ended $?\"; stty; exec sleep 600", "sh"];
        let session = ["new-session", "-d", "-x", &columns, "-y", &lines, "-c", folder];
        let output = tmux.run(&[&["-f", "/dev/null"], &session[..], &shell[..], command].concat());
        assert!(output.status.success(), "tmux starts: {}", String::from_utf8_lossy(&output.stderr));
        tmux
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new("tmux")
            .args(["-L", &self.socket])
            .args(arguments)
            .env_remove("TMUX")
            .output()
            .expect("tmux is installed: ./setup.sh all")
    }

    /// What is on the screen.
    #[must_use]
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.run(&["capture-pane", "-p"]).stdout).into_owned()
    }

    /// Presses keys, by tmux's names for them: `Enter`, `Escape`, `Down`, `x`.
    pub fn press(&self, keys: &[&str]) {
        let output = self.run(&[&["send-keys"], keys].concat());
        assert!(output.status.success(), "{keys:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Types a text.
    pub fn write(&self, text: &str) {
        let output = self.run(&["send-keys", "-l", text]);
        assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The number of the command's process.
    ///
    /// # Panics
    /// It does not run any more.
    #[must_use]
    pub fn process(&self) -> String {
        let shell = self.run(&["list-panes", "-F", "#{pane_pid}"]).stdout;
        let shell = String::from_utf8_lossy(&shell).trim().to_owned();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
        children.expect("the shell runs").trim().to_owned()
    }

    /// Tells the command to end.
    ///
    /// # Panics
    /// It does not run any more.
    pub fn terminate(&self) {
        let command = self.process();
        let killed = Command::new("kill").arg(&command).status().expect("kill runs");
        assert!(killed.success(), "the command runs as {command}");
    }

    /// Makes the terminal larger or smaller.
    pub fn resize(&self, columns: u16, lines: u16) {
        let (columns, lines) = (columns.to_string(), lines.to_string());
        let output = self.run(&["resize-window", "-x", &columns, "-y", &lines]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The screen, once it is as it should be.
    ///
    /// # Panics
    /// It does not come to that.
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let mut screen = String::new();
        for _ in 0..LOOKS {
            screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            sleep(PAUSE);
        }
        panic!("{what} does not show:\n{screen}");
    }

    /// The screen, once a text is on it.
    ///
    /// # Panics
    /// It does not come.
    pub fn see(&self, text: &str) -> String {
        self.until(&format!("`{text}`"), |screen| screen.contains(text))
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // That there is nothing left to end is not an error.
        self.run(&["kill-server"]);
    }
}
