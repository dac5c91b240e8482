//! Prints what the embedded engine costs: throw-away libraries, filling, filtered searches, a sync of
//! one changed passage, memory and disk. `INDEX_TENANTS` sets how many tenants of 200 passages.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use format::{Release, SHARED_TAG};
use index::{Asked, Catalogue, EdgeIndex, Layout, Library, VectorIndex, Vectors};
use sample::{passage, release};

const PASSAGES: usize = 200;
/// Names the folder in the process that reopens it.
const REOPEN: &str = "INDEX_REOPEN";
/// Words of about seven letters at most, so a passage is about 500 characters.
const WORDS: usize = 90;

/// A tenant with 200 passages of about 500 characters; `version` changes the first of them.
fn tenant(number: usize, version: usize) -> Release {
    let passages = (0..PASSAGES).map(|it| {
        let version = if it == 0 { version } else { 0 };
        let text = (0..WORDS)
            .map(|at| word(mix(number * 7919 + it * 65 + at, version)))
            .collect::<Vec<_>>()
            .join(" ");
        passage(SHARED_TAG, "Раздел", &text, u32::try_from(it).unwrap_or(0))
    });
    release(&format!("tenant_{number}"), passages.collect())
}

/// A repeatable number below 8,000, low ones more often, as words of a language are.
fn mix(seed: usize, version: usize) -> usize {
    let mut it =
        (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (version as u64).wrapping_mul(0xd1b5_4a32);
    it ^= it >> 31;
    it = it.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it ^= it >> 29;
    let part = (it % 1_000_003) as f64 / 1_000_003.0;
    (part * part * 8_000.0) as usize
}

fn word(number: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ма", "ни", "кюр", "стри", "жка", "до", "став", "ка", "пар", "ков", "за", "пись", "шаш", "тыр",
        "нақ", "бо", "яу", "те", "леф", "он",
    ];
    [number % 20, number / 20 % 20, number / 400].map(|it| SYLLABLES[it % 20]).concat()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let tenants = env::var("INDEX_TENANTS").ok().and_then(|it| it.parse().ok()).unwrap_or(20);
    if let Some(folder) = env::var_os(REOPEN) {
        return reopen(Path::new(&folder), tenants, &mut out);
    }
    let small = tenant(0, 0);
    let none = Vectors::default();
    let mut made: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        Library::in_memory(&small, &none, &Layout::default())?;
        made.push(start.elapsed());
    }
    writeln!(
        out,
        "throw-away library of {PASSAGES}: made, and dropped, in {:?} (median)",
        median(&mut made)
    )?;

    let folder = tempfile::tempdir()?;
    let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::open(folder.path(), Layout::default())?);
    let start = Instant::now();
    let mut most = 0;
    for number in 0..tenants {
        let tenant = tenant(number, 0);
        Catalogue::of(&tenant, &none, &Layout::default()).add_missing(index.as_ref(), &tenant, &none)?;
        most = most.max(anonymous()?);
    }
    let filled = start.elapsed();
    writeln!(out, "filled {} passages in {filled:?}, RssAnon at most {most} MB", tenants * PASSAGES)?;
    writeln!(out, "filled, {}", memory()?)?;
    searches(&mut out, "after filling", &libraries(&index, tenants))?;

    let changed = tenant(tenants / 2, 1);
    let start = Instant::now();
    let catalogue = Catalogue::of(&changed, &none, &Layout::default());
    let synced = catalogue.sync(index.as_ref(), &changed, &none)?;
    writeln!(out, "sync of one changed passage: {synced:?} in {:?}", start.elapsed())?;

    drop(index);
    writeln!(out, "on disk {} MB", size(folder.path())? / 1_000_000)?;
    // In a process of its own, which holds nothing of what filling took.
    let mut reopened = Command::new(env::current_exe()?);
    reopened.env(REOPEN, folder.path()).env("INDEX_TENANTS", tenants.to_string());
    if reopened.status()?.success() { Ok(()) } else { Err("reopening failed".into()) }
}

/// What a process costs that finds a folder.
fn reopen(folder: &Path, tenants: usize, out: &mut impl io::Write) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::open(folder, Layout::default())?);
    writeln!(out, "reopened in {:?}, {}", start.elapsed(), memory()?)?;
    let libraries = libraries(&index, tenants);
    writeln!(out, "with {} catalogues {}", libraries.len(), memory()?)?;
    searches(out, "after reopening", &libraries)
}

/// Up to a hundred of the tenants, each asked before as waking does: the first question of a tenant
/// finds out whether its file is whole.
fn libraries(index: &Arc<dyn VectorIndex>, tenants: usize) -> Vec<Library> {
    let library = |number| {
        let catalogue = Catalogue::of(&tenant(number, 0), &Vectors::default(), &Layout::default());
        let library = Library::new(Arc::clone(index), Arc::new(catalogue));
        drop(library.search(None, &Asked::text("доставка"), 1));
        library
    };
    (0..tenants).step_by(tenants.div_ceil(100)).map(library).collect()
}

fn searches(out: &mut impl io::Write, when: &str, libraries: &[Library]) -> Result<(), Box<dyn Error>> {
    // The first round reads files that no cache may hold.
    for round in ["first", "again"] {
        let mut taken = Vec::new();
        let before = on_processor()?;
        for at in 0..2_000 {
            let question = (0..6).map(|it| word(mix(at * 31 + it, 0))).collect::<Vec<_>>().join(" ");
            let library = &libraries[mix(at, 5) % libraries.len()];
            let start = Instant::now();
            library.search(None, &Asked::text(&question), 5)?;
            taken.push(start.elapsed());
        }
        let worked = on_processor()?.saturating_sub(before) / 2_000;
        let middle = median(&mut taken);
        writeln!(
            out,
            "search {when}, {round}: p10 {:?}, p50 {middle:?}, p99 {:?}; on the processor {worked:?} on average",
            taken[taken.len() / 10],
            taken[taken.len() * 99 / 100]
        )?;
    }
    Ok(())
}

/// How long this thread has run, which other processes do not lengthen.
fn on_processor() -> io::Result<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(told.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0)))
}

fn median(taken: &mut [Duration]) -> Duration {
    taken.sort_unstable();
    taken[taken.len() / 2]
}

fn memory() -> io::Result<String> {
    let status = fs::read_to_string("/proc/self/status")?;
    let lines = status.lines().filter(|it| it.starts_with("RssAnon") || it.starts_with("RssFile"));
    Ok(lines.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", "))
}

/// Megabytes of memory that no file is behind.
fn anonymous() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|it| it.strip_prefix("RssAnon:"));
    Ok(line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1_000)
}

fn size(path: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let data = entry.metadata()?;
        sum += if data.is_dir() {
            size(&entry.path())?
        } else {
            std::os::unix::fs::MetadataExt::blocks(&data) * 512
        };
    }
    Ok(sum)
}
