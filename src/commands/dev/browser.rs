//! Opening the page.

use std::process::{Command, Stdio};

/// Asks the desktop to open `url`. There may be no desktop: failing is fine, the address is printed.
pub(super) fn open(url: &str) {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args(["/C", "start", ""]);
        command
    } else {
        Command::new("xdg-open")
    };
    let child = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Ok(mut child) = child {
        // Waited for aside, so that it leaves no zombie and keeps nobody waiting.
        std::thread::spawn(move || child.wait());
    }
}
