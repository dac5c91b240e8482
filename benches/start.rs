//! How long `serve` takes from its start to `listening` with the example tenants published, beside the
//! bare start of the same binary. Run with `cargo bench --profile dev --bench start`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Starts measured; the median is told.
const TIMES: usize = 9;
/// The goal, in milliseconds.
const GOAL_MS: u128 = 1_000;

fn main() {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let tenantry = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("--data").arg(data.path());
        command.env("TENANTRY_CACHE", data.path().join("cache"));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command
    };
    let applied = tenantry().args(["apply", "tenants"]).status().expect("the binary runs");
    assert!(applied.success(), "the example tenants publish");
    let bare = median(|| {
        tenantry().arg("--version").status().expect("the binary runs");
    });
    let first = listening(&mut tenantry());
    let again = median(|| {
        listening(&mut tenantry());
    });
    let ratio = again.as_secs_f64() / bare.as_secs_f64();
    writeln!(
        std::io::stdout(),
        "start: {} ms to listening ({} ms with an empty index), {ratio:.0} times the bare start of the binary ({} ms); goal {GOAL_MS} ms",
        again.as_millis(),
        first.as_millis(),
        bare.as_millis(),
    )
    .expect("somebody reads the figures");
}

/// Time until the line that says it listens; the process is ended after it.
fn listening(command: &mut Command) -> Duration {
    let began = Instant::now();
    let mut child = command.args(["serve", "--listen", "127.0.0.1:0"]).spawn().expect("the binary runs");
    let mut line = String::new();
    let out = child.stdout.take().expect("stdout is piped");
    BufReader::new(out).read_line(&mut line).expect("it prints a line");
    let took = began.elapsed();
    assert!(line.starts_with("listening on"), "{line}");
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    took
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let began = Instant::now();
            run();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[TIMES / 2]
}
