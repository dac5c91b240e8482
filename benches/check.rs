//! How long `check` of the example tree takes once the process runs, beside a bare scan of the same
//! YAML. Run with `cargo bench --profile dev`, which finds what the tests have built.

use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use compiler::compile::{Options, compile};
use granit_parser::Parser;

const ROUNDS: usize = 30;

fn main() -> io::Result<()> {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let texts: Vec<String> =
        yaml_below(&tree)?.into_iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    let bytes: usize = texts.iter().map(String::len).sum();
    let options = Options::default();
    let compilation = compile(&tree, &options);
    let check = median(|| drop(black_box(compile(&tree, &options))));
    let scan = median(|| {
        for text in &texts {
            for event in Parser::new_from_str(text) {
                drop(black_box(event));
            }
        }
    });
    writeln!(
        io::stdout(),
        "check: {:.1} ms for {} tenants ({} KiB of YAML), {:.1} times a bare scan of the YAML ({:.2} ms); goal 50 ms",
        check.as_secs_f64() * 1e3,
        compilation.tenants.len(),
        bytes / 1024,
        check.as_secs_f64() / scan.as_secs_f64(),
        scan.as_secs_f64() * 1e3,
    )
}

/// The median of [`ROUNDS`] runs, after one that warms the caches.
fn median(mut run: impl FnMut()) -> Duration {
    run();
    let mut took: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[ROUNDS / 2]
}

fn yaml_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(yaml_below(&path)?);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            found.push(path);
        }
    }
    Ok(found)
}
