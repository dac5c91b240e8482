//! Prints the quality of retrieval on the development set, the curve of confidence, and the speed of
//! encoding.

#[path = "../tests/evaluation/mod.rs"]
mod evaluation;

use std::io::{self, Write as _};
use std::time::Instant;

use evaluation::Corpus;
use text::lexical::encode_passage;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let set = evaluation::load();
    for corpus in [Corpus::Tenant, Corpus::Pooled] {
        let (ours, bm25) = (set.ours(corpus), set.floor(corpus));
        for (group, score) in ours {
            writeln!(out, "{corpus:?} {group:10} ours   {score}")?;
            writeln!(out, "{corpus:?} {group:10} bm25   {}", bm25[&group])?;
        }
    }
    let (home, strange) = set.confidences();
    for step in 2..=14 {
        let at = f32::from(u8::try_from(step).unwrap_or(0)) * 0.05;
        let above = home.iter().filter(|it| **it >= at).count() as f32 / home.len() as f32;
        let below = strange.iter().filter(|it| **it < at).count() as f32 / strange.len() as f32;
        writeln!(
            out,
            "confidence {at:.2}: {:5.1} % of own questions above, {:5.1} % of others below",
            above * 100.0,
            below * 100.0
        )?;
    }
    let bytes: usize = set.passages.iter().map(|it| it.section.len() + it.text.len()).sum();
    let start = Instant::now();
    let rounds = 20;
    let terms: usize =
        (0..rounds).flat_map(|_| &set.passages).map(|it| encode_passage(&it.section, &it.text).len()).sum();
    let speed = (bytes * rounds) as f64 / start.elapsed().as_secs_f64() / 1e6;
    writeln!(
        out,
        "encoding {speed:.1} MB/s, {:.1} terms a passage",
        terms as f64 / (set.passages.len() * rounds) as f64
    )
}
