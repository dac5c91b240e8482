//! Prints the speed of encoding on the development set; its quality is printed by the example
//! `evaluate`.

#[path = "../tests/evaluation/mod.rs"]
mod evaluation;

use std::io::{self, Write as _};
use std::time::Instant;

use evaluation::Set;
use text::lexical::{Idf, confidence, encode_passage, encode_query};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let set = Set::development()?;
    let bytes: usize = set.passages.iter().map(|it| it.section.len() + it.text.len()).sum();
    let start = Instant::now();
    let rounds = 20;
    let terms: usize =
        (0..rounds).flat_map(|_| &set.passages).map(|it| encode_passage(&it.section, &it.text).len()).sum();
    let speed = (bytes * rounds) as f64 / start.elapsed().as_secs_f64() / 1e6;
    let passages = set.passages.len();
    writeln!(
        out,
        "encoding {speed:.1} MB/s, {:.1} terms a passage",
        terms as f64 / (passages * rounds) as f64
    )?;
    let encoded: Vec<_> = set.passages.iter().map(|it| encode_passage(&it.section, &it.text)).collect();
    let idf = Idf::from_documents(&encoded);
    let start = Instant::now();
    let sure: f32 =
        set.questions.iter().map(|it| confidence(&encode_query(&it.text, &idf), &encoded[it.gold])).sum();
    let each = start.elapsed().as_secs_f64() * 1e6 / set.questions.len() as f64;
    writeln!(
        out,
        "a question with its confidence {each:.1} µs (mean confidence {:.2})",
        sure / set.questions.len() as f32
    )
}
