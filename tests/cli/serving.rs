//! `serve`: starts, says where, takes messages, stops; and what `handovers`, `usage` and `why` tell
//! of them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::bundle::Tree;
use crate::tool::{command, run};

const PATIENCE: Duration = Duration::from_secs(30);

/// A responder over what is published; it does not outlive its test.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(tree: &Tree) -> Self {
        Self::with(tree, &[])
    }

    fn command(tree: &Tree, more: &[(&str, &str)]) -> Command {
        let mut command = command(tree.path());
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            // Nobody listens there: replies are kept for later.
            .env("CHATFLOW_API_URL", "http://127.0.0.1:9/api/v1")
            .env("CHATFLOW_TOKEN", "token")
            .env("SPOKE_SECRET", "s".repeat(32))
            .env("CRUMB_SECRET", "c".repeat(32))
            .envs(more.iter().copied())
            .stdin(Stdio::null());
        command
    }

    /// With more in its environment.
    fn with(tree: &Tree, more: &[(&str, &str)]) -> Self {
        let mut child =
            Self::command(tree, more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, address }
    }

    /// Posts a message as the gateway does; returns the whole answer.
    fn message(&self, slug: &str, secret: &str, body: &serde_json::Value) -> String {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST /webhook/{slug} HTTP/1.1\r\nhost: {}\r\nx-webhook-secret: {secret}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Gets a page; returns the whole answer.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// `kill -9`.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop; returns the exit code and the logs.
    fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let status = until("it stops", || self.child.try_wait().unwrap());
        let mut logs = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut logs).unwrap();
        (status.code(), logs)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

#[test]
fn serve_says_where_it_listens_and_stops_when_asked() {
    let tree = Tree::of_two();
    run(tree.path(), &["apply"]).exits(0);
    let served = Served::start(&tree);
    assert!(
        served.address.starts_with("127.0.0.1:") && !served.address.ends_with(":0"),
        "{}",
        served.address
    );
    let (code, logs) = served.stop();
    assert_eq!(code, Some(0), "{logs}");
    assert!(!logs.is_empty());
    for line in logs.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[test]
fn one_process_serves_from_a_data_folder_also_where_a_server_has_the_passages() {
    let tree = Tree::of_two();
    run(tree.path(), &["apply"]).exits(0);
    // Nobody listens there: it is not waited for.
    let elsewhere = [("QDRANT_URL", "http://127.0.0.1:9")];
    let served = Served::with(&tree, &elsewhere);
    let mut second = Served::command(&tree, &elsewhere);
    let second = crate::tool::Run::from(second.output().unwrap()).exits(3);
    assert!(second.err.contains("serve.lock") && second.err.contains("one process"), "{}", second.err);
    assert!(second.out.is_empty(), "it did not listen: {}", second.out);
    // Whoever only reads is not held up.
    run(tree.path(), &["handovers"]).exits(0);
    served.kill();
    let (code, logs) = Served::with(&tree, &elsewhere).stop();
    assert_eq!(code, Some(0), "a kill gives it back: {logs}");
}

#[test]
fn a_message_can_be_followed() {
    let tree = Tree::of_two();
    run(tree.path(), &["apply"]).exits(0);
    let served = Served::start(&tree);
    let said = "Позовите, пожалуйста, живого человека";
    let body = json!({
        "messageType": "text",
        "message": said,
        "metadata": {
            "sender": "Zh.", "timestamp": 1_764_929_737, "messageId": "AB12", "instanceId": "spoke-hill",
            "remoteJid": "77010000000@s.whatsapp.net",
        },
    });
    let answer = served.message("spoke", &"s".repeat(32), &body);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Accepted"), "{answer}");
    let waiting = until("the request waits", || {
        let json = run(tree.path(), &["handovers", "spoke", "--format", "json"]).exits(0).json();
        json["handovers"].as_array().unwrap().first().cloned()
    });
    assert_eq!(
        (waiting["client"].as_str(), waiting["reason"].as_str()),
        (Some("spoke"), Some("human_request")),
        "{waiting}"
    );
    assert!(run(tree.path(), &["handovers"]).exits(0).out.contains("human_request"));
    assert_eq!(
        run(tree.path(), &["handovers", "crumb", "--format", "json"]).exits(0).json()["handovers"],
        json!([])
    );
    let usage = run(tree.path(), &["usage", "--format", "json"]).exits(0).json();
    assert_eq!(
        (usage["usage"][0]["client"].as_str(), usage["usage"][0]["messages_in"].as_u64()),
        (Some("spoke"), Some(1))
    );
    let why = run(tree.path(), &["why", "AB12", "--format", "json"]).exits(0).json();
    assert_eq!(
        (why["client"].as_str(), why["trace"]["action"].as_str()),
        (Some("spoke"), Some("escalate")),
        "{why}"
    );
    assert!(!why["trace"]["steps"].as_array().unwrap().is_empty(), "{why}");
    let human = run(tree.path(), &["why", "AB12"]).exits(0);
    assert!(human.out.contains(why["trace"]["release"].as_str().unwrap()), "{}", human.out);
    let (code, logs) = served.stop();
    assert_eq!(code, Some(0));
    for secret in [said, "77010000000", "token=", &"s".repeat(32)] {
        assert!(!logs.contains(secret), "`{secret}` is in the logs: {logs}");
    }
}

#[test]
fn mistakes_of_the_configuration_stop_the_start() {
    let tree = Tree::of_two();
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--chatflow-api-url",
        "nonsense",
        "--openai-base-url",
        "ftp://x",
    ];
    let stopped = run(tree.path(), &args).exits(2);
    assert!(
        stopped.err.contains("CHATFLOW_API_URL") && stopped.err.contains("OPENAI_BASE_URL"),
        "{}",
        stopped.err
    );
    run(tree.path(), &["serve", "--log", "=/=nonsense=/="]).exits(2);
    run(tree.path(), &["serve", "--listen", "nowhere"]).exits(2);
}

#[test]
fn all_that_is_wrong_with_the_settings_is_named_at_once() {
    let tree = Tree::of_two();
    let wrong = [
        ("CHATFLOW_API_URL", "nonsense"),
        ("OPENAI_BASE_URL", "ftp://x"),
        ("TELEGRAM_API_URL", "http://x/?token=1"),
        ("PUBLIC_BASE_URL", "example.org"),
        ("CHATFLOW_IDEMPOTENT", "perhaps"),
        ("CHATFLOW_PER_MINUTE", "0"),
        ("TENANTRY_LOG", "=/=nonsense=/="),
        ("TENANTRY_STORE", "mysql://user:hunter2@host/x"),
        ("QDRANT_URL", "nowhere at all"),
        ("EMBEDDINGS_BASE_URL", "file:///etc"),
    ];
    let mut serve = command(tree.path());
    serve.args(["serve", "--listen", "nowhere"]).envs(wrong).env("EMBEDDINGS_MODEL", "m");
    let stopped = crate::tool::Run::from(serve.output().unwrap()).exits(2);
    for (name, _) in wrong {
        let flag = match name {
            "TENANTRY_STORE" => "--store",
            "QDRANT_URL" => "--qdrant",
            other => other,
        };
        assert!(stopped.err.contains(&format!("  {flag}: ")), "{name} is not named:\n{}", stopped.err);
    }
    assert!(
        stopped.err.contains("11 settings are wrong") && stopped.err.contains("--listen: "),
        "{}",
        stopped.err
    );
    assert!(!stopped.err.contains("hunter2"), "{}", stopped.err);
    assert!(stopped.out.is_empty() && !tree.path().join("var").exists(), "nothing was begun");
}

#[test]
fn a_responder_that_stops_says_so_and_still_takes_messages() {
    let tree = Tree::of_two();
    run(tree.path(), &["apply"]).exits(0);
    let served = Served::start(&tree);
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));
    let began = Instant::now();
    let id = served.child.id().to_string();
    std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap();
    let ready = until("it says that it goes", || {
        let ready = served.get("/readyz");
        ready.starts_with("HTTP/1.1 503").then_some(ready)
    });
    assert!(ready.contains(r#""reasons":["draining"]"#), "{ready}");
    let body = json!({
        "messageType": "text",
        "message": "?",
        "metadata": {"messageId": "LAST", "instanceId": "spoke-hill", "remoteJid": "77010000000@s.whatsapp.net"},
    });
    let answer = served.message("spoke", &"s".repeat(32), &body);
    assert!(answer.contains("Accepted"), "{answer}");
    let (code, _) = served.stop();
    assert_eq!(code, Some(0));
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    let usage = run(tree.path(), &["usage", "--format", "json"]).exits(0).json();
    assert_eq!(usage["usage"][0]["messages_in"], 1, "what was acknowledged is stored");
}

#[test]
fn nothing_published_is_not_ready() {
    let tree = Tree::of_two();
    let served = Served::start(&tree);
    let ready = served.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains(r#""reasons":["no_release"]"#), "{ready}");
    run(tree.path(), &["apply"]).exits(0);
    until("it is ready", || served.get("/readyz").starts_with("HTTP/1.1 200").then_some(()));
}
