//! How well confidence tells questions that can be answered from those that cannot.

use std::io;

use text::lexical::{self, Idf, SparseVector, encode_passage, encode_query};

use super::{Question, Set, fixtures, is_held_out, rows};

/// How sure the encoder is of a passage.
type Confidence = fn(&lexical::Question, &SparseVector) -> f32;

/// The best passage for a question at one tenant.
pub(crate) struct Best {
    pub(crate) confidence: f32,
    pub(crate) lang: String,
    pub(crate) tenant: String,
    pub(crate) held_out: bool,
    /// Whether the tenant can answer it.
    pub(crate) own: bool,
    /// Whether the best passage is the right one.
    pub(crate) right: bool,
    /// How much surer it is than of any other passage.
    pub(crate) lead: f32,
}

/// Every question of the trades at home, and every question of strangers at every trade.
pub(crate) fn bests(set: &Set, confidence: Confidence) -> io::Result<Vec<Best>> {
    let strangers = rows(&fixtures().join("strangers.tsv"))?;
    let mut out = Vec::new();
    for trade in set.trades() {
        let places: Vec<usize> =
            (0..set.passages.len()).filter(|it| set.passages[*it].tenant() == trade).collect();
        let asker = Asker::new(set, &places, confidence);
        out.extend(set.questions.iter().filter(|it| it.tenant() == trade).map(|it| asker.own(it)));
        out.extend(strangers.iter().filter(|it| it.len() == 2).map(|row| Best {
            confidence: asker.best(&row[1]).1,
            lead: asker.best(&row[1]).2,
            lang: row[0].clone(),
            tenant: trade.to_owned(),
            held_out: is_held_out(&row[1]),
            own: false,
            right: false,
        }));
    }
    Ok(out)
}

/// Every question of a set among these places.
pub(crate) fn own(set: &Set, places: &[usize], confidence: Confidence) -> Vec<Best> {
    let asker = Asker::new(set, places, confidence);
    set.questions.iter().map(|it| asker.own(it)).collect()
}

/// The passages of a tenant, ready to be asked.
struct Asker<'a> {
    places: &'a [usize],
    encoded: Vec<SparseVector>,
    idf: Idf,
    confidence: Confidence,
}

impl<'a> Asker<'a> {
    fn new(set: &Set, places: &'a [usize], confidence: Confidence) -> Self {
        let passages = places.iter().map(|it| &set.passages[*it]);
        let encoded: Vec<SparseVector> = passages.map(|it| encode_passage(&it.section, &it.text)).collect();
        Self { places, idf: Idf::from_documents(&encoded), encoded, confidence }
    }

    /// The best passage and how sure it is.
    fn best(&self, text: &str) -> (Option<usize>, f32, f32) {
        let asked = encode_query(text, &self.idf);
        let score = |it: &usize| asked.vector.dot(&self.encoded[*it]);
        let top = (0..self.encoded.len()).max_by(|a, b| score(a).total_cmp(&score(b)));
        let sure = |it: usize| (self.confidence)(&asked, &self.encoded[it]);
        let Some(top) = top else { return (None, 0.0, 0.0) };
        let other = (0..self.encoded.len()).filter(|it| *it != top).map(sure).fold(0.0, f32::max);
        (Some(self.places[top]), sure(top), sure(top) - other)
    }

    fn own(&self, question: &Question) -> Best {
        let (top, confidence, lead) = self.best(&question.text);
        Best {
            lead,
            confidence,
            lang: question.lang().to_owned(),
            tenant: question.tenant().to_owned(),
            held_out: question.held_out,
            own: true,
            right: top == Some(question.gold),
        }
    }
}

/// Shares of own questions at or above a threshold, and of strangers' below it.
pub(crate) fn shares<'a>(bests: impl IntoIterator<Item = &'a Best>, threshold: f32) -> (f32, f32) {
    let (mut own, mut above, mut strange, mut below) = (0.0_f32, 0.0, 0.0_f32, 0.0);
    for best in bests {
        if best.own {
            own += 1.0;
            above += f32::from(best.confidence >= threshold);
        } else {
            strange += 1.0;
            below += f32::from(best.confidence < threshold);
        }
    }
    (above / own.max(1.0), below / strange.max(1.0))
}

/// Questions of nearly one confidence.
pub(crate) struct Bin {
    pub(crate) from: f32,
    pub(crate) questions: usize,
    /// Share whose best passage is the right one.
    pub(crate) right: f32,
}

/// Tenths of confidence that have questions.
pub(crate) fn bins(bests: &[&Best]) -> Vec<Bin> {
    let bin = |at: u8| {
        let of: Vec<_> = bests.iter().filter(|it| ((it.confidence * 10.0) as u8).min(9) == at).collect();
        let right = of.iter().filter(|it| it.right).count() as f32 / of.len().max(1) as f32;
        Bin { from: f32::from(at) / 10.0, questions: of.len(), right }
    };
    (0..10).map(bin).filter(|it| it.questions > 0).collect()
}
