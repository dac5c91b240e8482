//! Questions that facts do not answer: passages are searched and shown to a model; without one the
//! best passage is quoted, if it is surely the right one; otherwise a person is asked, and that is said.

use format::{Passage, PassageKind, Reason};

use super::{Talk, Verdict, clarify, model};
use crate::answer::tidy;
use crate::quote;
use crate::{Effect, Found, Mind, Outcome, Progress, Step};

/// Confidence from which a passage is quoted as it stands: there the best one is the right one in more
/// than nine of ten cases (`docs/retrieval.md`).
const QUOTE: f32 = 0.80;
/// …and from which it is where it leads the next one by [`LEAD`]: nearly nine of ten.
const LED: f32 = 0.60;
const LEAD: f32 = 0.05;
/// Confidence from which it is worth showing to a model.
const SHOW: f32 = text::lexical::CONFIDENT;
/// Passages searched for.
const LIMIT: usize = 5;
/// Sentences quoted at most.
const SENTENCES: usize = 3;

/// What the ladder waits for.
#[derive(Debug, Clone)]
pub(crate) enum Waiting {
    /// Passages.
    Passages {
        /// The question they are for.
        question: String,
    },
    /// A model's answer.
    Model(model::Asked),
}

/// Asks for passages.
pub(crate) fn search(talk: Talk) -> Step {
    let question = match talk.open.first() {
        Some(open) => open.clone(),
        None => talk.heard.original.clone(),
    };
    let tag = talk.tag();
    // «чем он отличается?»: what is pointed at is what was spoken of.
    let pointed = super::services::points(&talk.heard.tokens).then(|| talk.memory.service.clone()).flatten();
    let query = match pointed {
        Some(service) => text::normalize(&format!("{service} {question}")),
        None => text::normalize(&question),
    };
    let effect = Effect::Search { query, tag, limit: LIMIT };
    Step::Need(Box::new(Progress { talk, waits_for: Waiting::Passages { question } }), effect)
}

/// Goes on with passages or with a model's answer.
pub(crate) fn resume(mind: &Mind, mut talk: Talk, waiting: Waiting, outcome: Outcome) -> Step {
    match (waiting, outcome) {
        (Waiting::Passages { question }, Outcome::Found(found)) => {
            let best = found.first().map_or(0.0, |it| it.confidence);
            talk.trace.push(
                "passages",
                format!("{} found, confidence of the best {best:.2}", found.len()),
                sources(mind, &found),
            );
            if best < SHOW {
                return honest(mind, talk, Reason::LowConfidence);
            }
            model::ask(mind, talk, question, found)
        }
        (Waiting::Model(asked), outcome) => model::resume(mind, talk, asked, &outcome),
        (Waiting::Passages { .. }, _) => {
            talk.trace.push("passages", "search failed", Vec::new());
            honest(mind, talk, Reason::UnknownFact)
        }
    }
}

/// The passage that was found.
pub(super) fn passage<'m>(mind: &'m Mind, found: &Found) -> Option<&'m Passage> {
    mind.release().passages.iter().find(|it| it.digest == found.digest)
}

/// `document:line` of what was found.
pub(super) fn sources(mind: &Mind, found: &[Found]) -> Vec<String> {
    found.iter().filter_map(|it| passage(mind, it)).map(|it| format!("{}:{}", it.doc, it.line)).collect()
}

/// The best passage in its own words, if it surely answers.
pub(super) fn without_model(mind: &Mind, mut talk: Talk, question: &str, found: &[Found]) -> Step {
    let others = found.iter().skip(1).map(|it| it.confidence).fold(0.0, f32::max);
    let leads = |it: &&Found| it.confidence >= LED && it.confidence - others >= LEAD;
    let sure = found.iter().find(|it| it.confidence >= QUOTE).or_else(|| found.first().filter(leads));
    let quote = sure.and_then(|it| passage(mind, it)).map(|it| match it.kind {
        // A person's answer to this question: half of it could say the opposite.
        PassageKind::Learned => (it, it.text.clone()),
        _ => (it, quote::answer_in(&it.text, question, SENTENCES)),
    });
    match quote {
        Some((passage, text)) if !text.is_empty() => {
            talk.trace.push(
                "passages.quoted",
                passage.section.clone(),
                vec![format!("{}:{}", passage.doc, passage.line)],
            );
            let told = super::questions::join(&talk);
            talk.memory.clarified = 0;
            Verdict::reply("passage", tidy(&format!("{told} {text}"))).done(mind, talk)
        }
        _ => honest(mind, talk, Reason::UnknownFact),
    }
}

/// Nothing answers: said so, and a person is really asked. What facts did answer is told first.
fn honest(mind: &Mind, mut talk: Talk, reason: Reason) -> Step {
    if let Some(told) = talk.otherwise.take() {
        talk.trace.push("facts.otherwise", "", told.sources.clone());
        talk.told.push(told);
        if let Some(verdict) = super::questions::compose(mind, &mut talk) {
            return verdict.done(mind, talk);
        }
    }
    // A few words can be said again in others; a whole sentence would only come back.
    let few = talk.heard.tokens.iter().filter(|it| !it.stop).count() < clarify::SENTENCE;
    if talk.open.is_empty()
        && few
        && let Some(verdict) = clarify::ask_back(mind, &mut talk)
    {
        return verdict.done(mind, talk);
    }
    talk.trace.push("unknown", "", Vec::new());
    let told = super::questions::join(&talk);
    let text = talk.say(mind, "handover.unknown_fact").or_else(|| talk.say(mind, "handover.default"));
    let text = tidy(&format!("{told} {}", text.unwrap_or_default()));
    Verdict::reply("unknown", text).handing_over(reason).done(mind, talk)
}
