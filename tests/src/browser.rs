//! A browser that a test drives: pages at a size, on a light or a dark background, with the mouse and the keyboard.
//!
//! Chromium's own protocol, through a pipe: no port, no other program. Every wait has an end.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a browser may take for one answer, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page, ended when it is dropped.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    last: u64,
    complaints: Vec<String>,
    loaded: bool,
    _profile: TempDir,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Width of the window in pixels.
    pub width: u32,
    /// Height of the window in pixels.
    pub height: u32,
    /// Whether its user prefers dark pages.
    pub dark: bool,
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Errors
    /// What went wrong.
    pub fn start() -> Result<Self, String> {
        let profile = tempfile::tempdir().map_err(|error| error.to_string())?;
        // The protocol is spoken through the descriptors 3 and 4. Chromium refuses to run as root with its sandbox.
        let mut child = Command::new("sh")
            .args(["-c", "exec chromium \"$@\" 3<&0 4>&1 0</dev/null 1>&2", "sh"])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
            ])
            .args([
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromium: {error}"))?;
        let (Some(to), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("chromium has no pipes".to_owned());
        };
        let (sender, from) = channel();
        thread::spawn(move || {
            for message in BufReader::new(stdout).split(0) {
                let Ok(message) = message else { return };
                let Ok(value) = serde_json::from_slice(&message) else { return };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            to,
            from,
            session: String::new(),
            last: 0,
            complaints: Vec::new(),
            loaded: false,
            _profile: profile,
        };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attached = browser
            .ask("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }))?;
        browser.session = attached["sessionId"].as_str().unwrap_or_default().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(browser)
    }

    /// Asks for something and waits for the answer.
    fn ask(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).map_err(|error| format!("{method}: {error}"))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let message = self.next(deadline).map_err(|problem| format!("{method}: {problem}"))?;
            if message["id"] == json!(self.last) {
                return match message.get("error") {
                    Some(error) => Err(format!("{method}: {error}")),
                    None => Ok(message["result"].clone()),
                };
            }
        }
    }

    /// The next message; what events say is kept.
    fn next(&mut self, deadline: Instant) -> Result<Value, String> {
        let left = deadline.saturating_duration_since(Instant::now());
        let message = self.from.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => "the browser does not answer".to_owned(),
            RecvTimeoutError::Disconnected => "the browser has ended".to_owned(),
        })?;
        let parameters = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Page.loadEventFired" => self.loaded = true,
            "Runtime.exceptionThrown" => self.complaints.push(parameters["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled"
                if ["error", "warning", "assert"]
                    .contains(&parameters["type"].as_str().unwrap_or_default()) =>
            {
                self.complaints.push(parameters["args"].to_string());
            }
            "Log.entryAdded"
                if parameters["entry"]["level"] != "info" && parameters["entry"]["level"] != "verbose" =>
            {
                self.complaints.push(parameters["entry"].to_string());
            }
            "Network.requestWillBeSent" => {
                let url = parameters["request"]["url"].as_str().unwrap_or_default();
                if !url.starts_with("file:") && !url.starts_with("data:") && url != "about:blank" {
                    self.complaints.push(format!("the page fetches {url}"));
                }
            }
            _ => {}
        }
        Ok(message)
    }

    /// Opens a page.
    ///
    /// # Errors
    /// What went wrong.
    pub fn open(&mut self, address: &str, look: Look) -> Result<(), String> {
        let Look { width, height, dark } = look;
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )?;
        let scheme = if dark { "dark" } else { "light" };
        self.ask(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )?;
        // From another page, so that an address that differs in its fragment alone is loaded as well.
        for address in ["about:blank", address] {
            self.loaded = false;
            let answer = self.ask("Page.navigate", json!({ "url": address }))?;
            if let Some(error) = answer.get("errorText") {
                return Err(format!("{address}: {error}"));
            }
            self.settle()?;
        }
        Ok(())
    }

    /// Waits until the page that is being opened, by a click or a key, is there.
    ///
    /// # Errors
    /// It never is.
    pub fn settle(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !self.loaded {
            self.next(deadline).map_err(|problem| format!("a page that is to open: {problem}"))?;
        }
        self.loaded = false;
        Ok(())
    }

    /// The value of an expression in the page.
    ///
    /// # Errors
    /// What it throws.
    pub fn value(&mut self, expression: &str) -> Result<Value, String> {
        let answer = self.ask(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        )?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(format!("{expression}: {details}")),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Clicks on the middle of the first element that a selector of CSS finds and that is shown.
    ///
    /// # Errors
    /// There is none, or something else lies over it.
    pub fn click(&mut self, selector: &str) -> Result<(), String> {
        let place = self.value(&format!(
            "(() => {{ for (const element of document.querySelectorAll({selector:?})) {{\
               element.scrollIntoView({{ block: 'nearest' }});\
               const box = element.getBoundingClientRect();\
               const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];\
               if (box.width === 0) continue;\
               const there = document.elementFromPoint(x, y);\
               return [x, y, element.contains(there) || there?.contains(element) === true];\
             }} return null; }})()"
        ))?;
        let (Some(x), Some(y)) = (place[0].as_f64(), place[1].as_f64()) else {
            return Err(format!("nothing is shown of {selector}"));
        };
        if place[2] != json!(true) {
            return Err(format!("something lies over {selector}"));
        }
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            self.ask(
                "Input.dispatchMouseEvent",
                json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": 1 }),
            )?;
        }
        Ok(())
    }

    /// Turns the wheel over a place.
    ///
    /// # Errors
    /// What went wrong.
    pub fn wheel(&mut self, x: u32, y: u32, by: i32) -> Result<(), String> {
        self.ask(
            "Input.dispatchMouseEvent",
            json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by }),
        )
        .map(|_| ())
    }

    /// Moves the mouse to a place.
    ///
    /// # Errors
    /// What went wrong.
    pub fn point(&mut self, x: u32, y: u32) -> Result<(), String> {
        self.ask("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y })).map(|_| ())
    }

    /// Presses the mouse at one place and lets it go at another.
    ///
    /// # Errors
    /// What went wrong.
    pub fn drag(&mut self, from: (i32, i32), to: (i32, i32)) -> Result<(), String> {
        let middle = (i32::midpoint(from.0, to.0), i32::midpoint(from.1, to.1));
        for (kind, (x, y)) in
            [("mousePressed", from), ("mouseMoved", middle), ("mouseMoved", to), ("mouseReleased", to)]
        {
            self.ask(
                "Input.dispatchMouseEvent",
                json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 }),
            )?;
        }
        Ok(())
    }

    /// Types a text where the focus is.
    ///
    /// # Errors
    /// What went wrong.
    pub fn write(&mut self, text: &str) -> Result<(), String> {
        self.ask("Input.insertText", json!({ "text": text })).map(|_| ())
    }

    /// Presses a key: `Enter`, `Escape`, `Tab`, or a character.
    ///
    /// # Errors
    /// What went wrong.
    pub fn press(&mut self, key: &str) -> Result<(), String> {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "Tab" => (9, ""),
            _ => (0, key),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            self.ask(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code }),
            )?;
        }
        Ok(())
    }

    /// Writes a picture of what is shown.
    ///
    /// # Errors
    /// What went wrong.
    pub fn picture(&mut self, file: &Path) -> Result<(), String> {
        let answer = self.ask("Page.captureScreenshot", json!({ "format": "png" }))?;
        let text = answer["data"].as_str().unwrap_or_default();
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        fs::write(file, decoded(text)).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// What pages have complained of since this was asked last: errors, warnings, and what they fetch.
    pub fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.session.clear();
        // It answers before it ends; if not, it is made to.
        let _ = self.ask("Browser.close", json!({}));
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Base64 without a mistake in it.
fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for six in text.bytes().filter_map(value) {
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_decoded() {
        assert_eq!(super::decoded("aGVsbG8="), b"hello");
    }
}
