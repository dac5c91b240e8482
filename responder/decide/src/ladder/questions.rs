//! Questions answered by facts; several at once compose one reply.

use super::services::{about_service, chooses, named};
use super::{Talk, UNDERSTOOD, Verdict};
use crate::Mind;
use crate::answer::{Told, hours, overview, promotions, tidy};
use crate::understand::{Class, Meaning, Slot, Token};

/// Questions about services, which a bare name continues.
const ABOUT_SERVICES: &[&str] = &["pricing", "duration", "service_presence"];
/// «How much?» of what was spoken of.
const HOW_MUCH: &[&str] = &["сколько", "скока", "почем", "қанша", "канша", "қаншадан"];
/// «Right now», as a question for hours says it.
const NOW: &[&str] = &["сейчас", "щас", "теперь", "қазір", "казир"];
/// Below this a meaning with unknown words is not answered from facts.
const SURE: f32 = 0.57;
/// Most answers in one reply.
pub(super) const AT_ONCE: usize = 4;

/// What came of one question.
pub(super) enum Came {
    /// An answer.
    Told(Told),
    /// What is asked for is not on the list, unless a passage speaks of it.
    Unlisted(Told),
    /// The question is understood and no fact answers it.
    Open,
    /// Not a question for facts.
    Other,
}

/// Answers every meaning that facts can answer, into `talk.told`; the rest goes into `talk.open`.
pub(crate) fn answer(mind: &Mind, talk: &mut Talk) {
    let meanings = talk.heard.meanings.clone();
    for meaning in &meanings {
        let Some((class, weak)) = class_of(mind, talk, meaning) else {
            if is_question(talk, meaning) {
                talk.open.push(talk.words(meaning));
            }
            continue;
        };
        let (id, came) = match &class {
            Class::Intent(id) => (id.clone(), intent(mind, talk, id, meaning)),
            Class::Answer(at) => own_answer(mind, talk, *at),
            Class::Harmless(_) => (String::new(), Came::Open),
            Class::Policy(_) | Class::Playbook(_) => continue,
        };
        match came {
            Came::Unlisted(told) => later(talk, meaning, id, told),
            // Weakly understood: what a passage surely says comes first.
            Came::Told(told) if weak => later(talk, meaning, id, told),
            Came::Told(told) => {
                // «акции и скидки» asks once.
                let again = talk.intents.contains(&id) && !ABOUT_SERVICES.contains(&id.as_str());
                let same = talk.told.iter().any(|it| it.text == told.text);
                if !again && !same && talk.told.len() < AT_ONCE {
                    let score = format!("score {:.2}", meaning.score());
                    talk.trace.push(format!("facts.{id}"), score, told.sources.clone());
                    talk.told.push(told);
                }
                talk.intents.push(id);
            }
            Came::Open => match advice_beside(meaning) {
                // No fact of that kind, but a consultation speaks of the same thing.
                Some(at) => talk.advise = talk.advise.or(Some(at)),
                None => {
                    talk.open.push(talk.words(meaning));
                    // A branch may know what holds nowhere else.
                    talk.intents.extend(Some(id).filter(|it| !it.is_empty()));
                }
            },
            Came::Other => {}
        }
    }
}

/// Keeps an answer for where no passage has a better one.
fn later(talk: &mut Talk, meaning: &Meaning, id: String, told: Told) {
    talk.otherwise = talk.otherwise.take().or(Some(told));
    talk.open.push(talk.words(meaning));
    talk.intents.push(id);
}

/// A consultation that the meaning speaks to nearly as much as to its best class.
fn advice_beside(meaning: &Meaning) -> Option<usize> {
    meaning.ranked.iter().filter(|it| it.score >= UNDERSTOOD).find_map(|it| match it.class {
        Class::Playbook(at) => Some(at),
        _ => None,
    })
}

/// The class of a meaning, and whether it is only weakly understood; a bare name of a service or a day continues what was spoken of.
fn class_of(mind: &Mind, talk: &Talk, meaning: &Meaning) -> Option<(Class, bool)> {
    let tokens = talk.heard.tokens_of(meaning);
    let rest = tokens.iter().filter(|it| it.slot.is_none() && !it.stop).count();
    let has = |slot: Slot| tokens.iter().any(|it| it.is(slot));
    let topic = talk.intents.last().or(talk.memory.topic.as_ref());
    if rest == 0 && has(Slot::Service) {
        let continued = topic.filter(|it| ABOUT_SERVICES.contains(&it.as_str()));
        let beside = talk.understood().find_map(|(other, class)| match class {
            Class::Intent(id)
                if other != meaning && (ABOUT_SERVICES.contains(&id.as_str()) || id == "booking") =>
            {
                Some(id.clone())
            }
            _ => None,
        });
        let id = beside.or(continued.cloned()).unwrap_or_else(|| "service_presence".to_owned());
        return Some((Class::Intent(id), false));
    }
    if rest == 0 && has(Slot::Date) && !has(Slot::Service) && topic.is_some_and(|it| it == "hours") {
        return Some((Class::Intent("hours".to_owned()), false));
    }
    let how_much = |it: &Token| HOW_MUCH.contains(&it.text.as_str());
    let telling = || tokens.iter().filter(|it| !it.stop);
    if telling().next().is_some() && telling().all(how_much) && talk.memory.service.is_some() {
        return Some((Class::Intent("pricing".to_owned()), false));
    }
    if chooses(mind, talk, tokens) {
        let continued = topic.filter(|it| ABOUT_SERVICES.contains(&it.as_str()));
        return Some((Class::Intent(continued.map_or_else(|| "pricing".to_owned(), Clone::clone)), false));
    }
    let class = meaning.answerable(UNDERSTOOD, &mind.pack().policies).cloned();
    if let Some(Class::Intent(_)) = class
        && meaning.score() < SURE
        && tokens.iter().any(|it| !it.stop && it.slot.is_none() && !mind.classes().knows(it))
    {
        // Half understood, and what is left is a word nobody here uses: better looked up than guessed.
        return None;
    }
    if class.is_none() && has(Slot::Service) && meaning.score() < UNDERSTOOD {
        // A service among words nobody knows: weakly understood is better than not at all.
        let weak = meaning
            .ranked
            .iter()
            .find(|it| matches!(&it.class, Class::Intent(id) if ABOUT_SERVICES.contains(&id.as_str())));
        return weak
            .filter(|it| it.score >= UNDERSTOOD * 0.8 && mind.pack().intents.len() > 1)
            .map(|it| (it.class.clone(), true));
    }
    Some((class?, false))
}

/// Something the customer wants to know: a question mark, or enough words nobody understood.
fn is_question(talk: &Talk, meaning: &Meaning) -> bool {
    let tokens = talk.heard.tokens_of(meaning);
    let telling = tokens.iter().filter(|it| !it.stop).count();
    let understood = |it: &Meaning| it.top(UNDERSTOOD).is_some();
    // «ладно, а …»: what is not understood beside small talk is what is asked.
    let alone = talk.heard.meanings.iter().filter(|it| !understood(it)).count() == 1;
    tokens.iter().any(|it| it.question) && telling > 0 || telling >= 3 && alone
}

fn own_answer(mind: &Mind, talk: &Talk, at: usize) -> (String, Came) {
    let Some(asked) = mind.release().facts.answers.get(at) else { return (String::new(), Came::Open) };
    // The branch may have its own wording of the same answer.
    let answer = talk.view(mind).facts.answers.iter().find(|it| it.id == asked.id).unwrap_or(asked);
    let text = tidy(&format!("{}.", answer.text.get(talk.lang).trim()));
    let told = Told::new(text, vec![answer.source.0.clone()]);
    (format!("answer.{}", answer.id), Came::Told(told))
}

fn intent(mind: &Mind, talk: &mut Talk, id: &str, meaning: &Meaning) -> Came {
    let view = talk.view(mind);
    let tokens = talk.heard.tokens_of(meaning).to_vec();
    // Words of the intent itself do not tell which entry of a map is wanted.
    let class = Class::Intent(id.to_owned());
    let own: Vec<_> = mind.classes().left_over(&class, &tokens).into_iter().cloned().collect();
    let named_here = tokens.iter().filter(|it| it.is(Slot::Service)).cloned();
    let choosing: Vec<_> = own.into_iter().chain(named_here).collect();
    let named = named(mind, talk, meaning);
    let categories: Vec<String> =
        named.iter().filter_map(|it| it.category).map(|at| mind.pack().categories[at].id.clone()).collect();
    let filler = talk.filler(mind).asked(&choosing, categories);
    let told = match id {
        "pricing" | "duration" | "service_presence" => return about_service(mind, talk, id, meaning, named),
        // Who leaves a number does not ask for one.
        "contacts" if talk.heard.tokens.iter().any(|it| it.is(Slot::Phone)) => return Came::Other,
        "services_overview" => overview(view, &filler),
        "hours" => {
            let day = talk.heard.when.day.as_ref().map(|(day, words)| (*day, words.as_str()));
            let now = tokens.iter().any(|it| NOW.contains(&it.text.as_str())).then(|| talk.now.time());
            hours(&filler, day, talk.now.date(), now)
        }
        "promotions" => promotions(&filler, &tokens),
        "booking" | "off_topic" | "greeting" | "thanks" | "bye" | "ack" | "who_are_you" | "still_waiting"
        | "existing_visit" => {
            return Came::Other;
        }
        _ => filler.say(&format!("answer.{id}")).map(|it| Told::new(it.text, it.sources)),
    };
    match told {
        Some(told) => Came::Told(told),
        None => Came::Open,
    }
}

/// One reply of everything told, with an offer to book where something bookable was told.
pub(crate) fn compose(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    if talk.told.is_empty() {
        return None;
    }
    talk.told.extend(talk.otherwise.take());
    let bookable = talk.told.iter().any(|it| it.bookable);
    let mut text = join(talk);
    let offer = bookable && !talk.memory.offered && !talk.view(mind).facts.booking.collect.is_empty();
    talk.memory.offered = false;
    if offer && let Some(question) = talk.say(mind, "cta.booking") {
        text = format!("{text} {question}");
        talk.memory.offered = true;
    }
    talk.memory.topic = talk.intents.last().cloned();
    talk.memory.question = talk.question.clone().or_else(|| Some(talk.heard.original.clone()));
    talk.memory.clarified = 0;
    let intent = if talk.intents.len() > 1 {
        "multi".to_owned()
    } else {
        talk.intents.first().cloned().unwrap_or_default()
    };
    Some(Verdict::reply(intent, text))
}

/// Everything told; what one answer says already, the next one leaves out.
pub(crate) fn join(talk: &Talk) -> String {
    let mut said = String::new();
    for told in &talk.told {
        for sentence in crate::quote::sentences(&told.text) {
            let bare = sentence.trim_end_matches(['.', '!']).to_lowercase();
            if !said.to_lowercase().contains(&bare) {
                said = format!("{said} {sentence}");
            }
        }
    }
    tidy(&said)
}
