//! Measures retrieval and confidence: `cargo run -p text --example evaluate -- FOLDER QUESTIONS.tsv`
//! for a folder of Markdown documents as one tenant, without arguments for the development set.
//!
//! Columns of the questions, parted by tabs: the document relative to the folder, the heading of the
//! right passage (or words its first line has), the question. Lines that begin with `#` are left out.

#[path = "../tests/evaluation/mod.rs"]
mod evaluation;

use std::io::{self, Write as _};
use std::path::Path;

use evaluation::confidence::{self, Best};
use evaluation::rival::Rival;
use evaluation::score::Score;
use evaluation::{Question, Set};

const RIVALS: [(Rival, &str); 3] =
    [(Rival::Ours, "ours"), (Rival::Grams, "BM25 of 4-grams"), (Rival::Words, "BM25 of words")];

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => development(),
        [folder, questions] => foreign(Path::new(folder), Path::new(questions)),
        _ => Err(io::Error::other("usage: evaluate [FOLDER QUESTIONS.tsv]")),
    }
}

/// Confidence at which a passage is quoted only where it leads the next one by so much.
const LED: (f32, f32, f32) = (0.6, 0.8, 0.05);

fn development() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let set = Set::development()?;
    for (rival, name) in RIVALS {
        for ((group, held_out), score) in set.groups(rival) {
            let half = if held_out { "held out" } else { "tuning" };
            writeln!(out, "{name:16} {group:10} {half:9} {score}")?;
        }
    }
    let bests = confidence::bests(&set, text::lexical::confidence)?;
    for (held_out, half) in [(false, "tuning"), (true, "held out")] {
        let half_of: Vec<&Best> = bests.iter().filter(|it| it.held_out == held_out).collect();
        curve(&mut out, half, &half_of)?;
        for trade in set.trades() {
            let at = half_of.iter().copied().filter(|it| it.tenant == trade);
            let (above, below) = confidence::shares(at, text::lexical::CONFIDENT);
            let (above, below) = (100.0 * above, 100.0 * below);
            writeln!(
                out,
                "{half:9} {trade:9} {above:5.1} % of own questions above, {below:5.1} % of strangers' below"
            )?;
        }
    }
    Ok(())
}

fn foreign(folder: &Path, questions: &Path) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let set = Set::read(folder, questions)?;
    let places: Vec<usize> = (0..set.passages.len()).collect();
    let questions: Vec<&Question> = set.questions.iter().collect();
    writeln!(out, "{} passages", places.len())?;
    for (rival, name) in RIVALS {
        writeln!(out, "{name:16} {}", Score::of(&set.ranks(rival, &places, &questions)))?;
    }
    let bests = confidence::own(&set, &places, text::lexical::confidence);
    curve(&mut out, "all", &bests.iter().collect::<Vec<_>>())
}

/// The reliability of confidence, and what each threshold would let through.
fn curve(out: &mut impl io::Write, half: &str, bests: &[&Best]) -> io::Result<()> {
    for bin in confidence::bins(bests) {
        writeln!(
            out,
            "{half:9} confidence {:.1}–{:.1}: {:4} questions, the best passage right in {:5.1} %",
            bin.from,
            bin.from + 0.1,
            bin.questions,
            100.0 * bin.right
        )?;
    }
    let (from, to, lead) = LED;
    let led = |it: &&&Best| (from..to).contains(&it.confidence) && it.lead >= lead;
    let (own, strange): (Vec<&Best>, Vec<&Best>) = bests.iter().filter(led).copied().partition(|it| it.own);
    let right = own.iter().filter(|it| it.right).count();
    writeln!(
        out,
        "{half:9} confidence {from}–{to}, leading by {lead}: right in {right} of {} own questions, {} strangers'",
        own.len(),
        strange.len()
    )?;
    for step in 6_u8..=14 {
        let threshold = f32::from(step) * 0.05;
        let (above, below) = confidence::shares(bests.iter().copied(), threshold);
        writeln!(
            out,
            "{half:9} threshold {threshold:.2}: {:5.1} % of own questions above, {:5.1} % of strangers' below",
            100.0 * above,
            100.0 * below
        )?;
    }
    Ok(())
}
