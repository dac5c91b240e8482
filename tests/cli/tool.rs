//! Running the binary.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// The exit code is this one; everything is shown where it is not.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// Stdout as lines of JSON.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }
}

impl From<Output> for Run {
    fn from(it: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: it.status.code().unwrap_or(-1), out: text(it.stdout), err: text(it.stderr) }
    }
}

/// The binary in `folder`, with nothing of this machine's settings.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let ours = ["TENANTRY_", "CHATFLOW_", "OPENAI_", "EMBEDDINGS_", "QDRANT_", "TELEGRAM_", "PUBLIC_"];
        if ours.iter().any(|it| name.starts_with(it)) {
            command.env_remove(name);
        }
    }
    command.env("TENANTRY_CACHE", folder.join("cache")).env("LC_ALL", "C.UTF-8");
    command
}

/// Runs the binary.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Run {
    command(folder).args(args).stdin(Stdio::null()).output().unwrap().into()
}

/// Runs the binary and feeds it `input`.
pub(crate) fn fed(folder: &Path, args: &[&str], input: &str) -> Run {
    let mut child = command(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}
