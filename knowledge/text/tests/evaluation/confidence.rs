//! How well confidence tells questions that can be answered from those that cannot.

use std::io;

use text::lexical::{Idf, SparseVector, encode_passage, encode_query};

use super::{Set, fixtures, is_held_out, rows};

/// The best passage for a question at one tenant.
pub(crate) struct Best {
    pub(crate) confidence: f32,
    /// The question's language.
    pub(crate) lang: String,
    pub(crate) text: String,
    pub(crate) held_out: bool,
    /// Whether the tenant can answer it.
    pub(crate) own: bool,
    /// Whether the best passage is the right one.
    pub(crate) right: bool,
}

/// Every question of the trades at home, and every question of strangers at every trade.
pub(crate) fn bests(set: &Set, confidence: impl Fn(&text::lexical::Question, &SparseVector) -> f32) -> io::Result<Vec<Best>> {
    let strangers = rows(&fixtures().join("strangers.tsv"))?;
    let mut out = Vec::new();
    for trade in set.trades() {
        let places: Vec<usize> = (0..set.passages.len()).filter(|it| set.passages[*it].tenant() == trade).collect();
        let encoded: Vec<SparseVector> =
            places.iter().map(|it| encode_passage(&set.passages[*it].section, &set.passages[*it].text)).collect();
        let idf = Idf::from_documents(&encoded);
        let ask = |text: &str| {
            let asked = encode_query(text, &idf);
            let score = |it: &usize| asked.vector.dot(&encoded[*it]);
            let top = (0..places.len()).max_by(|a, b| score(a).total_cmp(&score(b)));
            top.map_or((None, 0.0), |it| (Some(places[it]), confidence(&asked, &encoded[it])))
        };
        for question in set.questions.iter().filter(|it| it.tenant() == trade) {
            let (top, confidence) = ask(&question.text);
            out.push(Best {
                confidence,
                lang: question.lang().to_owned(),
                text: question.text.clone(),
                held_out: question.held_out,
                own: true,
                right: top == Some(question.gold),
            });
        }
        for row in &strangers {
            let [lang, text] = &row[..] else { continue };
            let (_, confidence) = ask(text);
            let (lang, text, held_out) = (lang.clone(), text.clone(), is_held_out(text));
            out.push(Best { confidence, lang, text, held_out, own: false, right: false });
        }
    }
    Ok(out)
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
