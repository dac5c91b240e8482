//! A town of a thousand generated tenants of about 250 kB each, through the binary as operators run it:
//! cold and warm `check`, a plan without changes, and one changed price from edit to live. Beside each
//! figure stands the goal; bytes per second stand beside a bare scan of the same YAML.
//!
//! Run with `cargo bench --profile dev --bench scale`; `TENANTRY_BENCH_TENANTS` sets another size.

#[path = "town/mod.rs"]
mod town;

use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use granit_parser::Parser;

/// Tenants of the town.
const TENANTS: usize = 1_000;
/// Runs of what is quick; the median is told.
const TIMES: usize = 7;

fn main() -> io::Result<()> {
    let asked = std::env::var("TENANTRY_BENCH_TENANTS").ok().and_then(|it| it.parse().ok());
    let tenants: usize = asked.unwrap_or(TENANTS);
    let folder = tempfile::tempdir()?;
    let (tree, data) = (folder.path().join("tenants"), folder.path().join("var"));
    let bytes = town::grow(&tree, tenants)?;
    let mut out = io::stdout();
    let (scan, scanned) = scan(&tree)?;
    writeln!(
        out,
        "town: {tenants} tenants, {:.0} MB of YAML and Markdown; goals are for 1000 tenants and two cores",
        mega(bytes),
    )?;
    writeln!(
        out,
        "bare scan of the YAML: {:.0} MB in {:.2} s on one core, {:.1} MB/s",
        mega(scanned),
        scan.as_secs_f64(),
        mega(scanned) / scan.as_secs_f64(),
    )?;
    let verb = |verb: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.arg("--data").arg(&data).arg(verb).arg(&tree);
        command.env("TENANTRY_CACHE", folder.path().join("cache"));
        command
    };

    let cold = run(&mut verb("check"))?;
    writeln!(
        out,
        "cold check: {:.2} s, {:.1} MB/s, peak {:.0} MB; goals 10 s and 1000 MB",
        cold.took.as_secs_f64(),
        mega(bytes) / cold.took.as_secs_f64(),
        mega(cold.peak_bytes),
    )?;
    // Files just written are read once more, see `compiler/src/compile/stamp.rs`.
    run(&mut verb("check"))?;
    let warm = median(|round| {
        reprice(&tree, tenants / 2, round)?;
        run(&mut verb("check"))
    })?;
    writeln!(out, "check with one file changed: {} ms; goal 300 ms", warm.took.as_millis())?;

    let first = run(&mut verb("apply"))?;
    writeln!(out, "first apply: {:.1} s, everything is embedded and published", first.took.as_secs_f64())?;
    let idle = median(|_| run(&mut verb("plan")))?;
    writeln!(out, "plan without changes: {} ms; goal 1000 ms", idle.took.as_millis())?;
    let (mut plans, mut applies) = (Vec::new(), Vec::new());
    for round in 0..TIMES {
        reprice(&tree, tenants / 3, TIMES + round)?;
        plans.push(run(&mut verb("plan"))?.took);
        applies.push(run(&mut verb("apply"))?.took);
    }
    let (plan, apply) = (middle(plans), middle(applies));
    writeln!(
        out,
        "one changed price: plan {} ms, apply {} ms, together {} ms; goal 500 ms",
        plan.as_millis(),
        apply.as_millis(),
        (plan + apply).as_millis(),
    )
}

/// A run of the binary.
struct Run {
    took: Duration,
    /// Most memory it ever had, bytes; zero where the system does not tell.
    peak_bytes: u64,
}

fn run(command: &mut Command) -> io::Result<Run> {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut peak_bytes = 0;
    let status = loop {
        peak_bytes = peak(child.id()).unwrap_or(peak_bytes).max(peak_bytes);
        match child.try_wait()? {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(1)),
        }
    };
    let took = start.elapsed();
    match status.success() {
        true => Ok(Run { took, peak_bytes }),
        false => Err(io::Error::other(format!("{command:?}: {status}"))),
    }
}

/// The high-water mark of a process, as Linux tells it.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn median(mut one: impl FnMut(usize) -> io::Result<Run>) -> io::Result<Run> {
    let mut runs = (0..TIMES).map(&mut one).collect::<io::Result<Vec<_>>>()?;
    runs.sort_by_key(|it| it.took);
    Ok(runs.swap_remove(TIMES / 2))
}

fn middle(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

/// Changes one price of one tenant.
fn reprice(tree: &Path, number: usize, round: usize) -> io::Result<()> {
    let path = tree.join(town::slug(number)).join("SALON_TRUTH.yaml");
    let text = fs::read_to_string(&path)?;
    let at = text.rfind("price: ").map_or(0, |at| at + "price: ".len());
    let end = text[at..].find('}').map_or(text.len(), |it| at + it);
    fs::write(&path, format!("{}{}{}", &text[..at], 100_000 + round, &text[end..]))
}

/// How long a bare scan of every YAML file takes, and their bytes.
fn scan(tree: &Path) -> io::Result<(Duration, u64)> {
    let (mut took, mut bytes) = (Duration::ZERO, 0);
    for tenant in fs::read_dir(tree)? {
        for entry in fs::read_dir(tenant?.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "yaml") {
                let text = fs::read_to_string(&path)?;
                bytes += text.len() as u64;
                let start = Instant::now();
                for event in Parser::new_from_str(&text) {
                    drop(black_box(event));
                }
                took += start.elapsed();
            }
        }
    }
    Ok((took, bytes))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
