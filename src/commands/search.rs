//! `search`: what production retrieval finds in a bundle, and why.

mod shelf;

use std::io::BufRead;

use compiler::compile::Compiled;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::shelf::Shelf;
use crate::cli;
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;
use crate::target;

/// A question, as `--json` reads it.
#[derive(Debug, Deserialize)]
struct Question {
    #[serde(default)]
    id: Value,
    q: String,
    branch: Option<String>,
}

/// What was found, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Found<'a> {
    id: Value,
    hits: Vec<FoundPassage<'a>>,
    /// Of the best hit: how sure it is that this passage answers, 0–1. From
    /// [`text::lexical::CONFIDENT`] on it does.
    confidence: f32,
    /// Whether the responder would answer from it.
    answers: bool,
}

#[derive(Debug, Serialize)]
struct FoundPassage<'a> {
    doc: &'a str,
    section: &'a str,
    /// Position in the document, from 0.
    chunk: u32,
    score: f32,
    confidence: f32,
    lang: &'static str,
    line: u32,
    /// Its place by words alone and by embedding alone, from 1.
    lexical_rank: Option<usize>,
    dense_rank: Option<usize>,
    matched: Vec<Matched>,
    text: &'a str,
}

/// A word of the question that the passage holds.
#[derive(Debug, Serialize)]
struct Matched {
    word: String,
    /// What the word weighs in the question, 0–1.
    share: f32,
    /// How much of it the passage holds, 0–1.
    presence: f32,
}

pub(super) fn run(args: &cli::Search, place: &Place, output: &Output) -> Outcome {
    let Compiled { release, .. } = target::tenant(&args.target, output)?;
    let shelf = Shelf::of(&release, args, place, output)?;
    match (&args.question, args.json) {
        (Some(question), _) => {
            let found = shelf.find(Value::Null, question, None)?;
            if args.json {
                output.json_line(&found)?
            } else {
                show(&found, output)?
            }
            Ok(Exit::Fine)
        }
        (None, true) => lines(&shelf, output),
        (None, false) => {
            Err(Stop::Usage("a question is missing; with --json questions are read from stdin".to_owned()))
        }
    }
}

fn lines(shelf: &Shelf<'_>, output: &Output) -> Outcome {
    let mut exit = Exit::Fine;
    for bytes in std::io::stdin().lock().split(b'\n') {
        let bytes = bytes?;
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let found = match serde_json::from_slice::<Question>(&bytes) {
            Ok(Question { id, q, branch }) => shelf.find(id, &q, branch.as_deref()),
            Err(error) => Err(Stop::Usage(error.to_string())),
        };
        match found {
            Ok(found) => output.json_line(&found)?,
            Err(Stop::Usage(problem)) => {
                output.json_line(&serde_json::json!({ "error": problem }))?;
                exit = Exit::Findings;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(exit)
}

fn show(found: &Found<'_>, output: &Output) -> std::io::Result<()> {
    output.data(|out| {
        for it in &found.hits {
            writeln!(out, "{:.3}   {}:{} § {}", it.score, it.doc, it.line, it.section)?;
            for line in it.text.lines() {
                writeln!(out, "        {line}")?;
            }
            writeln!(out, "        ^ {}", reasons(it))?;
        }
        match found.hits.len() {
            0 => writeln!(out, "nothing found"),
            _ => {
                let answers =
                    if found.answers { "answered from the first" } else { "too little to answer from" };
                writeln!(out, "confidence {:.2}: {answers}", found.confidence)
            }
        }
    })
}

/// `confidence 0.93; words 1st, embedding 3rd; доставка 71 %, город 20 % (in part)`.
fn reasons(it: &FoundPassage<'_>) -> String {
    let place = |name: &str, rank: Option<usize>| Some(format!("{name} {}", ordinal(rank?)));
    let places: Vec<String> = [place("by words", it.lexical_rank), place("by embedding", it.dense_rank)]
        .into_iter()
        .flatten()
        .collect();
    let words: Vec<String> = it
        .matched
        .iter()
        .map(|it| {
            let part = if it.presence < 0.99 { ", in part" } else { "" };
            format!("{} ({:.0} %{part})", it.word, it.share * 100.0)
        })
        .collect();
    let mut told = format!("confidence {:.2}", it.confidence);
    for part in [places.join(", "), words.join(", ")].iter().filter(|it| !it.is_empty()) {
        told.push_str("; ");
        told.push_str(part);
    }
    told
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, it) if it != 11 => "st",
        (2, it) if it != 12 => "nd",
        (3, it) if it != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
