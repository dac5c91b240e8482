//! Measures retrieval on the development set in `tests/fixtures`: five trades and an encyclopaedia,
//! each in Russian and Kazakh, with questions whose right passage is known.

#![expect(clippy::unwrap_used, reason = "tests: the fixtures stand beside this file")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::PathBuf;

use text::chunk::chunk;
use text::lexical::{Idf, SparseVector, coverage, encode_passage, encode_query};
use text::{grams, words};

/// Folders of the development set.
pub(crate) const TENANTS: [&str; 6] = ["studio", "dental", "garage", "school", "bakery", "atlas"];

/// A passage of the set.
pub(crate) struct Passage {
    pub(crate) tenant: &'static str,
    pub(crate) lang: &'static str,
    pub(crate) section: String,
    pub(crate) text: String,
}

/// A question and the place of its passage.
pub(crate) struct Question {
    pub(crate) tenant: String,
    pub(crate) lang: String,
    pub(crate) text: String,
    pub(crate) gold: usize,
}

/// The development set.
pub(crate) struct Set {
    pub(crate) passages: Vec<Passage>,
    pub(crate) questions: Vec<Question>,
    /// Questions that no tenant can answer.
    pub(crate) strangers: Vec<String>,
}

/// Quality over some questions.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) questions: usize,
    pub(crate) hit1: f32,
    pub(crate) hit5: f32,
    pub(crate) mrr: f32,
    pub(crate) ndcg: f32,
}

impl Score {
    /// From the ranks (from 1) of the right passages.
    pub(crate) fn of(ranks: &[usize]) -> Self {
        let mean = |part: &dyn Fn(f32) -> f32| {
            ranks.iter().map(|it| part(*it as f32)).sum::<f32>() / ranks.len().max(1) as f32
        };
        Self {
            questions: ranks.len(),
            hit1: mean(&|it| f32::from(it <= 1.0)),
            hit5: mean(&|it| f32::from(it <= 5.0)),
            mrr: mean(&|it| 1.0 / it),
            ndcg: mean(&|it| if it <= 10.0 { 1.0 / (it + 1.0).log2() } else { 0.0 }),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { questions, hit1, hit5, mrr, ndcg } = self;
        write!(
            f,
            "{questions:4} questions  hit@1 {hit1:.3}  hit@5 {hit5:.3}  MRR {mrr:.3}  nDCG@10 {ndcg:.3}"
        )
    }
}

/// Reads the set.
pub(crate) fn load() -> Set {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut passages = Vec::new();
    for tenant in TENANTS {
        for lang in ["ru", "kk"] {
            let markdown = fs::read_to_string(root.join(tenant).join(format!("{lang}.md"))).unwrap();
            let chunks = chunk(&format!("{lang}.md"), &markdown).into_iter();
            passages.extend(chunks.map(|it| Passage { tenant, lang, section: it.section, text: it.text }));
        }
    }
    let questions = fs::read_to_string(root.join("questions.tsv")).unwrap();
    let questions = rows(&questions).map(|row| {
        let [tenant, lang, place, text] = row[..] else { panic!("four columns: {row:?}") };
        let found = passages.iter().position(|it| {
            let first = it.text.lines().next().unwrap_or("");
            it.tenant == tenant && it.lang == lang && (it.section.contains(place) || first.contains(place))
        });
        let gold = found.unwrap_or_else(|| panic!("no passage for {row:?}"));
        Question { tenant: tenant.to_owned(), lang: lang.to_owned(), text: text.to_owned(), gold }
    });
    let questions = questions.collect();
    let strangers = fs::read_to_string(root.join("strangers.tsv")).unwrap();
    let strangers = rows(&strangers).map(|row| row[1].to_owned()).collect();
    Set { passages, questions, strangers }
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|it| !it.starts_with('#')).map(|it| it.split('\t').collect())
}

/// Where a question is asked: in its own tenant, or among the passages of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Corpus {
    Tenant,
    Pooled,
}

impl Set {
    fn places(&self, corpus: Corpus, tenant: &str) -> Vec<usize> {
        (0..self.passages.len())
            .filter(|it| corpus == Corpus::Pooled || self.passages[*it].tenant == tenant)
            .collect()
    }

    /// Ranks of the right passages by our encoder, by group (`ru` or `kk`, trade or atlas).
    pub(crate) fn ours(&self, corpus: Corpus) -> BTreeMap<String, Score> {
        let encoded: Vec<SparseVector> =
            self.passages.iter().map(|it| encode_passage(&it.section, &it.text)).collect();
        self.score(|question| {
            let places = self.places(corpus, &question.tenant);
            let idf = Idf::from_documents(places.iter().map(|it| &encoded[*it]));
            let asked = encode_query(&question.text, &idf);
            rank(places, question.gold, |it| asked.vector.dot(&encoded[it]))
        })
    }

    /// The same by BM25 over in-word 4-grams with the true mean length, the floor to beat.
    pub(crate) fn floor(&self, corpus: Corpus) -> BTreeMap<String, Score> {
        let grams_of =
            |text: &str| -> Vec<String> { words(text).iter().flat_map(|it| grams(&it.text, 4)).collect() };
        let counts: Vec<BTreeMap<String, f32>> = self
            .passages
            .iter()
            .map(|it| {
                let mut out = BTreeMap::new();
                for gram in grams_of(&format!("{}\n{}", it.section, it.text)) {
                    *out.entry(gram).or_insert(0.0) += 1.0;
                }
                out
            })
            .collect();
        let length = |it: usize| counts[it].values().sum::<f32>();
        self.score(|question| {
            let places = self.places(corpus, &question.tenant);
            let mean = places.iter().map(|it| length(*it)).sum::<f32>() / places.len() as f32;
            let asked: BTreeSet<String> = grams_of(&question.text).into_iter().collect();
            let idf: BTreeMap<&String, f32> = asked
                .iter()
                .map(|gram| {
                    let have = places.iter().filter(|it| counts[**it].contains_key(gram)).count() as f32;
                    (gram, (1.0 + (places.len() as f32 - have + 0.5) / (have + 0.5)).ln())
                })
                .collect();
            rank(places, question.gold, |it| {
                let norm = 1.2 * (0.25 + 0.75 * length(it) / mean);
                idf.iter()
                    .map(|(gram, idf)| counts[it].get(*gram).map_or(0.0, |tf| idf * tf * 2.2 / (tf + norm)))
                    .sum()
            })
        })
    }

    fn score(&self, rank: impl Fn(&Question) -> usize) -> BTreeMap<String, Score> {
        let mut ranks: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for question in &self.questions {
            let kind = if question.tenant == "atlas" { "atlas" } else { "trades" };
            ranks.entry(format!("{} {kind}", question.lang)).or_default().push(rank(question));
        }
        ranks.into_iter().map(|(group, ranks)| (group, Score::of(&ranks))).collect()
    }

    /// Confidence of the best passage: for the questions of the trades asked at home, and for
    /// questions of strangers and of other trades.
    pub(crate) fn confidences(&self) -> (Vec<f32>, Vec<f32>) {
        let (mut home, mut strange) = (Vec::new(), Vec::new());
        for tenant in TENANTS {
            let encoded: Vec<SparseVector> = self
                .passages
                .iter()
                .filter(|it| it.tenant == tenant)
                .map(|it| encode_passage(&it.section, &it.text))
                .collect();
            let idf = Idf::from_documents(&encoded);
            let best = |text: &str| {
                let asked = encode_query(text, &idf);
                let top = encoded.iter().max_by(|a, b| asked.vector.dot(a).total_cmp(&asked.vector.dot(b)));
                top.map_or(0.0, |it| coverage(&asked, it))
            };
            home.extend(self.questions.iter().filter(|it| it.tenant == tenant).map(|it| best(&it.text)));
            strange.extend(self.strangers.iter().map(|it| best(it)));
        }
        home.sort_by(f32::total_cmp);
        strange.sort_by(f32::total_cmp);
        (home, strange)
    }
}

fn rank(places: Vec<usize>, gold: usize, score: impl Fn(usize) -> f32) -> usize {
    let right = score(gold);
    1 + places.into_iter().filter(|it| *it != gold && score(*it) >= right).count()
}
