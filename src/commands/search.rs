//! `search`: what production retrieval finds in a bundle.

use std::collections::BTreeMap;
use std::io::BufRead;

use compiler::compile::Compiled;
use compiler::drawer::Drawer;
use format::{Passage, Release};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outside;
use crate::cli;
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
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
    /// Of the best hit: the share of the question's meaning that it covers, 0–1.
    confidence: f32,
}

#[derive(Debug, Serialize)]
struct FoundPassage<'a> {
    doc: &'a str,
    section: &'a str,
    /// Position in the document, from 0.
    chunk: u32,
    score: f32,
    lang: &'static str,
    line: u32,
    text: &'a str,
}

pub(super) fn run(args: &cli::Search, output: &Output) -> Outcome {
    let Compiled { release, .. } = target::tenant(&args.target, output)?;
    let shelf = Shelf::of(&release, args)?;
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

/// A release's passages, indexed and by digest.
struct Shelf<'a> {
    release: &'a Release,
    drawer: Drawer,
    passages: BTreeMap<&'a str, &'a Passage>,
    branch: Option<&'a str>,
    limit: usize,
}

impl<'a> Shelf<'a> {
    fn of(release: &'a Release, args: &'a cli::Search) -> Result<Self, Stop> {
        let passages = release.passages.iter().map(|it| (it.digest.as_str(), it)).collect();
        let drawer = Drawer::of(release).map_err(outside)?;
        Ok(Self { release, drawer, passages, branch: args.branch.as_deref(), limit: args.limit.into() })
    }

    fn find(&self, id: Value, question: &str, branch: Option<&str>) -> Result<Found<'a>, Stop> {
        let tag = match branch.or(self.branch) {
            None => None,
            Some(slug) => {
                let branch = self.release.branch(slug);
                Some(
                    &branch.ok_or_else(|| Stop::Usage(format!("there is no branch `{slug}`")))?.knowledge_tag,
                )
            }
        };
        let hits = self.drawer.search(question, tag.map(String::as_str), self.limit).map_err(outside)?;
        let confidence = hits.first().map_or(0.0, |it| it.confidence);
        let hits = hits.iter().filter_map(|hit| {
            let passage = self.passages.get(hit.digest.as_str())?;
            Some(FoundPassage {
                doc: &passage.doc,
                section: &passage.section,
                chunk: passage.ordinal,
                score: hit.score,
                lang: passage.lang.code(),
                line: passage.line,
                text: &passage.text,
            })
        });
        Ok(Found { id, hits: hits.collect(), confidence })
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
        }
        match found.hits.len() {
            0 => writeln!(out, "nothing found"),
            _ => writeln!(out, "confidence {:.2}", found.confidence),
        }
    })
}
