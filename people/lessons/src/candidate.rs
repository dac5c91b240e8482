//! What was said → a question and its answer.

use format::{Lang, Role};

use crate::filler::{
    asks, is_about_nothing, is_booking_data, is_booking_told, is_courtesy, is_courtesy_by_name,
    is_customer_filler, is_waiting, says_nothing,
};
use crate::material::{Material, Message, Who};
use crate::sentence::sentences;

/// No question is longer, in characters: further sentences are left out.
pub const LONGEST_QUESTION: usize = 600;
/// A longer answer teaches nothing, in characters: half of one could say the opposite.
pub const LONGEST_ANSWER: usize = 2000;

/// A question of a customer and what people answered; not cleaned yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The customer's words.
    pub question: String,
    /// The people's words, in order.
    pub answer: String,
    /// Language of the question.
    pub lang: Lang,
    /// Roles of those whose words these are, each once, in order; `None` for unknown people.
    pub by: Vec<Option<Role>>,
    /// When the answer was complete, milliseconds since 1970.
    pub answered_ms: i64,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people write stays out of logs.
        let Self { lang, by, answered_ms, .. } = self;
        f.debug_struct("Candidate")
            .field("lang", lang)
            .field("by", by)
            .field("answered_ms", answered_ms)
            .finish_non_exhaustive()
    }
}

/// Takes the lesson out of a closed request, if there is one.
///
/// The question is what the customer had asked when the request was made: the last run of messages
/// up to then that says something. When people ask back, what the customer adds belongs to the
/// question. The answer is what people said to it until the customer asks something else, without
/// greetings, promises to look, counter-questions and bookings of one customer.
#[must_use]
pub fn candidate(material: Material<'_>) -> Option<Candidate> {
    let messages = material.messages;
    let asked = question_at(material)?;
    let mut question = joined(messages[asked.clone()].iter().filter(|it| is_question_part(it)));
    let (mut answer, mut by, mut answered_ms) = (Vec::new(), Vec::new(), 0);
    let mut is_asked_back = false;
    for message in &messages[asked.end..] {
        match &message.who {
            Who::Bot => {}
            Who::Customer if !is_question_part(message) => {}
            Who::Customer if is_asked_back => {
                question.push('\n');
                question.push_str(message.text.trim());
                is_asked_back = false;
            }
            // Something else, or the same in other words while nobody has answered.
            Who::Customer if answer.is_empty() => {}
            Who::Customer => break,
            Who::Person { role, .. } => {
                let part = told(&message.text);
                // «Что-нибудь ещё?» behind an answer asks nothing back.
                let is_asking = || sentences(&message.text).into_iter().any(|it| asks(&message.text[it]));
                is_asked_back = answer.is_empty() && part.is_none() && (is_asked_back || is_asking());
                if let Some(part) = part {
                    answer.push(part);
                    answered_ms = message.at_ms;
                    if !by.contains(role) {
                        by.push(*role);
                    }
                }
            }
        }
    }
    let answer = answer.join("\n");
    let question = clipped(&question);
    if says_nothing(&answer) || is_about_nothing(&question) || answer.chars().count() > LONGEST_ANSWER {
        return None;
    }
    let lang = match text::detect(&question) {
        text::Lang::Ru => Lang::Ru,
        text::Lang::Kk => Lang::Kk,
    };
    Some(Candidate { question, answer, lang, by, answered_ms })
}

/// Where the words that the request is about stand: the last run of the customer's messages up to the
/// request that asks something, else the first after it, before a person has answered.
fn question_at(material: Material<'_>) -> Option<std::ops::Range<usize>> {
    let Material { messages, requested_ms } = material;
    let is_before = |it: &Message| it.at_ms <= requested_ms;
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        match runs.last_mut() {
            _ if message.who != Who::Customer => {}
            // What was added after the request belongs to another run.
            Some(run) if run.end == at && is_before(&messages[run.start]) == is_before(message) => {
                run.end = at + 1;
            }
            _ => runs.push(at..at + 1),
        }
    }
    let is_answer = |it: &Message| matches!(it.who, Who::Person { .. }) && told(&it.text).is_some();
    let first_answer = messages.iter().position(is_answer)?;
    runs.retain(|it| {
        it.end <= first_answer
            && !is_about_nothing(&joined(messages[it.clone()].iter().filter(|it| is_question_part(it))))
    });
    let before = runs.iter().rfind(|it| is_before(&messages[it.start]));
    before.or(runs.first()).cloned()
}

fn is_question_part(message: &Message) -> bool {
    message.who == Who::Customer && !is_customer_filler(&message.text) && !is_booking_data(&message.text)
}

fn joined<'m>(messages: impl Iterator<Item = &'m Message>) -> String {
    messages.map(|it| it.text.trim()).collect::<Vec<_>>().join("\n")
}

/// What a person's message tells; as it was written unless a sentence of it is left out.
fn told(text: &str) -> Option<String> {
    let all = sentences(text);
    let leave_out = |it: &str| {
        is_courtesy(it) || is_courtesy_by_name(it) || is_waiting(it) || asks(it) || is_booking_told(it)
    };
    let kept: Vec<_> = all.iter().filter(|it| !leave_out(&text[(*it).clone()])).cloned().collect();
    let (first, last) = (kept.first()?, kept.last()?);
    if kept.len() == all.len() {
        return Some(text.trim().to_owned());
    }
    let mut out = text[first.clone()].to_owned();
    for pair in kept.windows(2) {
        // Sentences that stood on lines of their own still do.
        let between = &text[pair[0].end..pair[1].start];
        out.push(if between.contains('\n') { '\n' } else { ' ' });
        out.push_str(&text[pair[1].clone()]);
    }
    debug_assert!(out.ends_with(&text[last.clone()]), "the last sentence ends it");
    Some(out)
}

/// Whole sentences up to the bound; a single one that is longer is cut.
fn clipped(question: &str) -> String {
    let question = question.trim();
    if question.chars().count() <= LONGEST_QUESTION {
        return question.to_owned();
    }
    let fits = |it: &&std::ops::Range<usize>| question[..it.end].chars().count() <= LONGEST_QUESTION;
    match sentences(question).iter().take_while(fits).last() {
        Some(last) => question[..last.end].to_owned(),
        None => question.chars().take(LONGEST_QUESTION).collect(),
    }
}
