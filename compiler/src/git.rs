//! Git, asked with a deadline.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long git may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const PAUSE: Duration = Duration::from_millis(1);

/// What git prints when run in `folder`.
///
/// # Errors
/// The last line of what it complains of; that it is absent or takes too long.
pub(crate) fn ask(folder: &Path, args: &[&str]) -> Result<String, String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    // Read beside the wait, so that a long answer does not fill the pipe and stop git.
    let told = reader(child.stdout.take());
    let complaint = reader(child.stderr.take());
    let status = wait(&mut child).map_err(|error| format!("git: {error}"))?;
    let read = |it: thread::JoinHandle<io::Result<String>>| it.join().ok().and_then(Result::ok);
    match (status.success(), read(told)) {
        (true, Some(told)) => Ok(told),
        (true, None) => Err("git: its answer is no UTF-8".to_owned()),
        (false, _) => {
            let complaint = read(complaint).unwrap_or_default();
            let last = complaint.lines().rfind(|it| !it.trim().is_empty()).unwrap_or("git failed");
            Err(last.strip_prefix("fatal: ").unwrap_or(last).to_owned())
        }
    }
}

/// Whether a clone lacks the older part of its history.
pub(crate) fn is_shallow(folder: &Path) -> bool {
    ask(folder, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|it| it.trim() == "true")
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<io::Result<String>> {
    thread::spawn(move || {
        let mut told = String::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_string(&mut told)?;
        }
        Ok(told)
    })
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(status),
            None if Instant::now() < deadline => thread::sleep(PAUSE),
            None => {
                // It may end by itself in this very moment, then there is nothing to kill.
                let _ = child.kill();
                let _ = child.wait();
                return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"));
            }
        }
    }
}
