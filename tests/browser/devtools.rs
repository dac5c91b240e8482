//! A Chromium without a window, driven over its DevTools protocol.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// Anything a browser is asked to do is done by then, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One page of a browser; both end with the value.
pub(crate) struct Page {
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    calls: u64,
    complaints: Vec<String>,
    browser: Child,
    _profile: TempDir,
}

impl Page {
    /// A page on `url`; `None` where no Chromium is installed.
    pub(crate) fn open(url: &str) -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let mut browser = launch(&profile)?;
        let (port, path) = devtools_address(&profile, &mut browser);
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream).unwrap();
        let mut page =
            Self { socket, session: None, calls: 0, complaints: Vec::new(), browser, _profile: profile };
        let target = page.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = page.call("Target.attachToTarget", &attach);
        page.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.call("Page.navigate", &json!({"url": url}));
        Some(page)
    }

    /// What an expression comes to; a promise is waited for.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", &params);
        let failure = &answer["exceptionDetails"];
        assert!(failure.is_null(), "{expression}\n{}", failure["exception"]["description"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is truthy and returns it; fails with all the page says.
    pub(crate) fn wait_for(&mut self, expression: &str) -> Value {
        self.eval(&format!(
            "new Promise((done, fail) => {{
                const end = Date.now() + {};
                const look = () => {{
                    const found = {expression};
                    if (found) done(found);
                    else if (Date.now() > end) fail(new Error(document.body.innerText));
                    else setTimeout(look, 30);
                }};
                look();
            }})",
            PATIENCE.as_millis() / 2
        ))
    }

    /// Clicks into the middle of an element, as a person would.
    pub(crate) fn click(&mut self, selector: &str) {
        self.click_on(&format!("document.querySelector({})", json!(selector)));
    }

    /// Clicks into the middle of the element that an expression finds, once it can be seen.
    pub(crate) fn click_on(&mut self, element: &str) {
        let middle = self.wait_for(&format!(
            "(() => {{
                const found = {element};
                found?.scrollIntoView({{ block: 'nearest' }});
                const box = found?.getBoundingClientRect();
                return box?.width && {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }};
            }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let params =
                json!({"type": kind, "x": middle["x"], "y": middle["y"], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &params);
        }
    }

    /// Types into whatever has the focus.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Errors of scripts, of the security policy and of the network so far.
    pub(crate) fn complaints(&self) -> &[String] {
        &self.complaints
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let mut request = json!({"id": self.calls, "method": method, "params": params});
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(request.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else { continue };
            let mut message: Value = serde_json::from_str(&text).unwrap();
            if message["id"] == self.calls {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
            let is_bad = message["method"] == "Runtime.exceptionThrown"
                || (message["method"] == "Log.entryAdded" && message["params"]["entry"]["level"] == "error");
            if is_bad {
                self.complaints.push(message["params"].to_string());
            }
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It has nothing to save; waiting lets go of the profile before the folder is removed.
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

fn launch(profile: &TempDir) -> Option<Child> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(|name| {
        Command::new(name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
            .args(["--no-first-run", "--remote-debugging-port=0", "--window-size=1440,900", "--lang=ru"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()
    })
}

/// Port and path, which the browser writes into its profile once it listens.
fn devtools_address(profile: &TempDir, browser: &mut Child) -> (u16, String) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let told = fs::read_to_string(profile.path().join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = told.trim().split_once('\n') {
            return (port.parse().unwrap(), path.to_owned());
        }
        let ended = browser.try_wait().unwrap();
        assert!(ended.is_none() && Instant::now() < deadline, "chromium does not start: {ended:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
