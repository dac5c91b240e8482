//! How long a price question takes to decide, beside encoding its text alone. The questions are
//! those of the example tenants' own tests that are answered with prices. Run with
//! `cargo bench --profile dev`, which finds what the tests have built.

use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use compiler::compile::{Options, compile};
use compiler::rehearsal::START;
use decide::{Decision, Memory, Mind, Step, Turn};
use jiff::Zoned;
use text::lexical::encode_document;

/// Decisions timed together: the clock costs too much for one.
const BATCH: u32 = 20;
/// Batches for each question.
const BATCHES: usize = 15;

/// The base pack's intent of questions about prices.
const PRICING: &str = "pricing";

struct Question {
    mind: Arc<Mind>,
    text: String,
    now: Zoned,
}

fn main() -> io::Result<()> {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    large(&tree)?;
    let questions = price_questions(&tree);
    let mut decided: Vec<Duration> = Vec::new();
    let mut encoded: Vec<Duration> = Vec::new();
    for question in &questions {
        decided.push(median(|| drop(black_box(begin(question)))));
        encoded.push(median(|| drop(black_box(encode_document(&question.text)))));
    }
    decided.sort_unstable();
    encoded.sort_unstable();
    let Some(slowest) = decided.last() else {
        return Err(io::Error::other("no test is answered with a price"));
    };
    let (decide, encode) = (decided[decided.len() / 2], encoded[encoded.len() / 2]);
    writeln!(
        io::stdout(),
        "decide: {:.0} µs median of {} price questions (slowest {:.0} µs), {:.1} times encoding the text ({:.1} µs); goal 200 µs",
        decide.as_secs_f64() * 1e6,
        questions.len(),
        slowest.as_secs_f64() * 1e6,
        decide.as_secs_f64() / encode.as_secs_f64(),
        encode.as_secs_f64() * 1e6,
    )
}

/// Questions about prices that the facts alone answer.
fn price_questions(tree: &Path) -> Vec<Question> {
    let mut questions = Vec::new();
    for tenant in compile(tree, &Options::default()).tenants {
        let Some(compiled) = tenant.compiled else { continue };
        let zone = jiff::tz::TimeZone::get(&compiled.release.client.timezone)
            .expect("the compiler checks time zones");
        let now = START.to_zoned(zone).expect("noon exists in every zone");
        let mind = Arc::new(Mind::new(Arc::new(compiled.release)));
        let texts = compiled.cases.into_iter().filter_map(|it| it.case.user).map(|it| it.0);
        let asked = texts.map(|text| Question { mind: Arc::clone(&mind), text, now: now.clone() });
        questions.extend(asked.filter(|it| begin(it).is_some_and(|it| is_price(&it))));
    }
    questions
}

fn is_price(decision: &Decision) -> bool {
    decision.intent == PRICING && !decision.trace.sources().is_empty()
}

/// The decision, where it needs nothing from outside.
fn begin(question: &Question) -> Option<Box<Decision>> {
    match decide::begin(&question.mind, Memory::default(), &Turn::text(question.text.as_str()), &question.now)
    {
        Step::Done(decision) => Some(decision),
        Step::Need(..) => None,
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut took: Vec<Duration> = (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            (0..BATCH).for_each(|_| run());
            start.elapsed() / BATCH
        })
        .collect();
    took.sort_unstable();
    took[BATCHES / 2]
}

/// Services of the large tenant.
const SERVICES: usize = 500;
/// Minds kept side by side to see what one costs.
const MINDS: usize = 20;

/// Every message of the example tests at a tenant with 500 services: the questions that need nothing
/// from outside, long messages, and what a prepared tenant costs in memory.
fn large(tree: &Path) -> io::Result<()> {
    let Some(compiled) = compile(tree, &Options::default()).tenants.into_iter().find_map(|it| it.compiled)
    else {
        return Err(io::Error::other("no tenant compiles"));
    };
    let mut release = compiled.release;
    let zone = jiff::tz::TimeZone::get(&release.client.timezone).expect("the compiler checks time zones");
    let now = START.to_zoned(zone).expect("noon exists in every zone");
    let pattern = release.facts.services.clone();
    for number in release.facts.services.len()..SERVICES {
        let mut service = pattern[number % pattern.len()].clone();
        service.name.ru = format!("{} {}", service.name.ru, word(number));
        service.name.kk = None;
        service.aliases.clear();
        release.facts.services.push(service);
    }
    release.branch_facts.clear();
    let exemplars: usize = release.pack.intents.values().map(|it| it.examples.all().count()).sum::<usize>()
        + release.pack.policies.iter().map(|it| it.examples.all().count()).sum::<usize>();
    let texts: Vec<String> =
        compiled.cases.into_iter().filter_map(|it| it.case.user).map(|it| it.0).collect();
    let release = Arc::new(release);
    let before = anonymous()?;
    let began = Instant::now();
    let minds: Vec<Arc<Mind>> = (0..MINDS).map(|_| Arc::new(Mind::new(Arc::clone(&release)))).collect();
    let prepared = began.elapsed() / u32::try_from(MINDS).expect("a few");
    let cost = anonymous()?.saturating_sub(before) / MINDS as u64;
    let ask = |text: &str| {
        let question = Question { mind: Arc::clone(&minds[0]), text: text.to_owned(), now: now.clone() };
        median(|| drop(black_box(begin(&question))))
    };
    let mut took: Vec<Duration> = texts.iter().map(|it| ask(it)).collect();
    took.sort_unstable();
    let long: String = texts.iter().cycle().flat_map(|it| it.chars().chain(['.', ' '])).take(5_500).collect();
    let short: String = long.chars().take(1_900).collect();
    writeln!(
        io::stdout(),
        "{SERVICES} services, {exemplars} exemplars: {:.0} µs median, {:.0} µs p99 of {} messages (goal 100, 500); {} bytes {:.1} ms, {} bytes {:.1} ms (goal 5); {cost} kB and {:.1} ms a prepared tenant",
        took[took.len() / 2].as_secs_f64() * 1e6,
        took[took.len() * 99 / 100].as_secs_f64() * 1e6,
        took.len(),
        short.len(),
        ask(&short).as_secs_f64() * 1e3,
        long.len(),
        ask(&long).as_secs_f64() * 1e3,
        prepared.as_secs_f64() * 1e3,
    )
}

/// A made-up word that no two services share.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 10] = ["ба", "ве", "ги", "до", "жу", "за", "ки", "ло", "му", "на"];
    [number / 100, number / 10, number].map(|it| SYLLABLES[it % 10]).concat()
}

/// Anonymous memory of this process in kB; 0 where the system does not tell.
fn anonymous() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("RssAnon:"));
    Ok(line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0))
}
