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
    let questions = price_questions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants"));
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
