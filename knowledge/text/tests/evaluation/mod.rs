//! Measures retrieval: a folder of Markdown documents, and questions whose right passage is known.

#![expect(dead_code, reason = "each of the test, the bench and the example uses a part")]

pub(crate) mod confidence;
pub(crate) mod rival;
pub(crate) mod score;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use text::chunk::chunk;
use text::lexical::{Idf, SparseVector, encode_passage, encode_query};

use rival::Rival;
use score::Score;

/// A passage of the set.
pub(crate) struct Passage {
    /// Document relative to the folder, with `/`.
    pub(crate) doc: String,
    pub(crate) section: String,
    pub(crate) text: String,
}

impl Passage {
    /// The tenant of a development document: its folder.
    pub(crate) fn tenant(&self) -> &str {
        self.doc.split_once('/').map_or("", |it| it.0)
    }

    fn heading(&self) -> &str {
        self.section.rsplit(" > ").next().unwrap_or_default()
    }

    fn mentions(&self, place: &str) -> bool {
        self.section.contains(place) || self.text.lines().next().is_some_and(|it| it.contains(place))
    }
}

/// A question and its passage.
pub(crate) struct Question {
    pub(crate) doc: String,
    pub(crate) text: String,
    pub(crate) gold: usize,
    /// Whether it may only be measured, not tuned on. Questions about one passage are on one side.
    pub(crate) held_out: bool,
}

impl Question {
    pub(crate) fn tenant(&self) -> &str {
        self.doc.split_once('/').map_or("", |it| it.0)
    }

    pub(crate) fn lang(&self) -> &str {
        let name = self.doc.rsplit('/').next().unwrap_or_default();
        name.split_once('.').map_or(name, |it| it.0)
    }
}

/// Passages and what is asked of them.
pub(crate) struct Set {
    pub(crate) passages: Vec<Passage>,
    pub(crate) questions: Vec<Question>,
}

/// Scores of the passages, in order, for a question.
type Scores = Box<dyn Fn(&str) -> Vec<f32>>;

/// The folder of the encyclopaedia in the development set; the others are trades.
const ATLAS: &str = "atlas";

/// Where the development set stands.
pub(crate) fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Rows of a file of tab-separated columns; lines that begin with `#` are left out.
pub(crate) fn rows(path: &Path) -> io::Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(path)?;
    let lines = text.lines().filter(|it| !it.starts_with('#') && !it.trim().is_empty());
    Ok(lines.map(|it| it.split('\t').map(str::to_owned).collect()).collect())
}

/// Whether a row is held out: half of them are, by a hash of its text.
pub(crate) fn is_held_out(text: &str) -> bool {
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, it| (hash ^ u32::from(it)).wrapping_mul(0x0100_0193));
    (hash >> 7) & 1 == 1
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl Set {
    /// Cuts every Markdown document below `folder` and reads `questions`: columns *document*, *place*
    /// (the heading of the passage, or words of its first line) and *question*.
    pub(crate) fn read(folder: &Path, questions: &Path) -> io::Result<Self> {
        let mut documents = Vec::new();
        walk(folder, folder, &mut documents)?;
        documents.sort();
        let mut passages = Vec::new();
        for doc in documents {
            let markdown = fs::read_to_string(folder.join(&doc))?;
            let chunks = chunk(&doc, &markdown).into_iter();
            passages.extend(chunks.map(|it| Passage {
                doc: doc.clone(),
                section: it.section,
                text: it.text,
            }));
        }
        let mut out = Self { passages, questions: Vec::new() };
        for row in rows(questions)? {
            let [doc, place, text] = &row[..] else {
                return Err(invalid(format!("three columns expected: {row:?}")));
            };
            let exact = out.passages.iter().position(|it| it.doc == *doc && it.heading() == place);
            let near = || out.passages.iter().position(|it| it.doc == *doc && it.mentions(place));
            let gold = exact.or_else(near).ok_or_else(|| invalid(format!("no passage for {row:?}")))?;
            let held_out = is_held_out(&format!("{doc} {place}"));
            out.questions.push(Question { doc: doc.clone(), text: text.clone(), gold, held_out });
        }
        Ok(out)
    }

    /// The development set. Paragraphs of the encyclopaedia stand for documents without a heading.
    pub(crate) fn development() -> io::Result<Self> {
        let mut out = Self::read(&fixtures(), &fixtures().join("questions.tsv"))?;
        for passage in out.passages.iter_mut().filter(|it| it.tenant() == ATLAS) {
            passage.section = "text".to_owned();
        }
        Ok(out)
    }

    /// Ranks, from 1, of the right passages of the development set by group: each question asked at
    /// home, among the passages of all trades (`pooled`), or in the encyclopaedia of its language.
    pub(crate) fn groups(&self, rival: Rival) -> BTreeMap<(String, bool), Score> {
        let mut ranks: BTreeMap<(String, bool), Vec<usize>> = BTreeMap::new();
        let mut ask = |name: &str, places: &dyn Fn(&Passage) -> bool, asked: &dyn Fn(&Question) -> bool| {
            let places: Vec<usize> =
                (0..self.passages.len()).filter(|it| places(&self.passages[*it])).collect();
            let questions: Vec<&Question> = self.questions.iter().filter(|it| asked(it)).collect();
            for (question, rank) in questions.iter().zip(self.ranks(rival, &places, &questions)) {
                ranks
                    .entry((format!("{} {name}", question.lang()), question.held_out))
                    .or_default()
                    .push(rank);
            }
        };
        let trades: Vec<&str> = self.trades();
        for trade in &trades {
            ask("home", &|it| it.tenant() == *trade, &|it| it.tenant() == *trade);
        }
        ask("pooled", &|it| it.tenant() != ATLAS, &|it| it.tenant() != ATLAS);
        for lang in ["ru", "kk"] {
            let doc = format!("{ATLAS}/{lang}.md");
            ask(ATLAS, &|it| it.doc == doc, &|it| it.doc == doc);
        }
        ranks.into_iter().map(|(group, ranks)| (group, Score::of(&ranks))).collect()
    }

    /// Ranks of the right passages of some questions among these places.
    pub(crate) fn ranks(&self, rival: Rival, places: &[usize], questions: &[&Question]) -> Vec<usize> {
        let passages: Vec<&Passage> = places.iter().map(|it| &self.passages[*it]).collect();
        let scores: Scores = match rival {
            Rival::Ours => {
                let encoded: Vec<SparseVector> =
                    passages.iter().map(|it| encode_passage(&it.section, &it.text)).collect();
                let idf = Idf::from_documents(&encoded);
                Box::new(move |text| {
                    let asked = encode_query(text, &idf).vector;
                    encoded.iter().map(|it| asked.dot(it)).collect()
                })
            }
            _ => Box::new(rival::bm25(rival, &passages)),
        };
        let rank = |question: &&Question| {
            let scores = scores(&question.text);
            let gold = places.iter().position(|it| *it == question.gold).map_or(0.0, |it| scores[it]);
            // Those that tie with the right one count as better.
            scores.iter().filter(|it| **it >= gold).count().max(1)
        };
        questions.iter().map(rank).collect()
    }

    /// The tenants that are trades.
    pub(crate) fn trades(&self) -> Vec<&str> {
        let mut out: Vec<&str> =
            self.passages.iter().map(Passage::tenant).filter(|it| *it != ATLAS).collect();
        out.dedup();
        out
    }
}

fn walk(root: &Path, folder: &Path, out: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, out)?;
        } else if path.extension().is_some_and(|it| it == "md") {
            let relative = path.strip_prefix(root).map_err(|it| invalid(it.to_string()))?;
            let parts: Vec<_> = relative.iter().map(|it| it.to_string_lossy()).collect();
            out.push(parts.join("/"));
        }
    }
    Ok(())
}
