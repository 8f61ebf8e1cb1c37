//! A Neovim without a terminal, to which a test types, and which it asks what is shown.

use super::desk::{Desk, documented, write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Neovim that is open, ended when it is dropped.
pub struct Neovim {
    child: Child,
    socket: PathBuf,
}

impl Neovim {
    /// Opens a file of the desk, with the settings of the documentation that are for this version.
    pub fn start(desk: &Desk, file: &str) -> Self {
        let version =
            desk.command("nvim").arg("--version").output().expect("`./setup.sh all` installs Neovim");
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        let minor = version.strip_prefix("NVIM v0.").and_then(|rest| rest.split('.').next()?.parse().ok());
        let minor: u32 = minor.unwrap_or_else(|| panic!("{version}"));
        let blocks = documented("Neovim", "lua");
        let [new, old, both] = blocks.as_slice() else { panic!("three blocks of Lua: {blocks:?}") };
        let settings = [if minor >= 11 { new } else { old }.as_str(), both.as_str()].join("\n");
        let settings = write(desk.path().join("init.lua"), &settings);
        let socket = desk.path().join("socket");
        let child = desk
            .command("nvim")
            .args(["--headless", "-n", "-i", "NONE", "-u"])
            .arg(settings)
            .arg("--listen")
            .arg(&socket)
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Neovim starts");
        let neovim = Self { child, socket };
        neovim.until("1", "1");
        neovim
    }

    fn remote(&self, how: &str, what: &str) -> Result<String, String> {
        let mut command = Command::new("nvim");
        command
            .args(["--headless", "-u", "NONE", "-i", "NONE", "--server"])
            .arg(&self.socket)
            .args([how, what]);
        let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        // 0.7 says what it is asked for on stderr.
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim_end_matches('\n').to_owned();
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    /// Types.
    pub fn keys(&self, keys: &str) {
        self.remote("--remote-send", keys).unwrap_or_else(|error| panic!("typing {keys}: {error}"));
    }

    /// The value of an expression of Vim's.
    pub fn evaluate(&self, expression: &str) -> String {
        let expression = expression.replace('\n', " ");
        self.remote("--remote-expr", &expression).unwrap_or_else(|error| error)
    }

    /// Waits until an expression has that value.
    pub fn until(&self, expression: &str, expected: &str) {
        self.wait(expression, &format!("{expected:?}"), |value| value == expected);
    }

    /// Waits until the value of an expression is as wanted, and returns it.
    pub fn wait(&self, expression: &str, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let value = self.evaluate(expression);
            if wanted(&value) {
                return value;
            }
            if Instant::now() > end {
                let messages = self.evaluate("execute('messages')");
                panic!("{expression} is {value:?}, not {what}; Neovim says: {messages}");
            }
            sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Neovim {
    fn drop(&mut self) {
        // Neovim ends its server, one that hangs is ended.
        let _ = self.remote("--remote-send", "<C-\\><C-N>:qall!<CR>");
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
