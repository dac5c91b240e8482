//! Questions about services: prices, durations, whether there is one.

use super::Talk;
use super::questions::{AT_ONCE, Came};
use crate::Mind;
use crate::answer::{
    Named, Told, View, duration, label, name_targets, not_on_the_list, presence, price, refine, suggestions,
};
use crate::understand::{Class, Meaning, Mention, Slot, Token};

/// Letters of a word nobody knows from which it may be what is asked («сколько приживается …»).
const STRANGE: usize = 5;
/// Telling words of the longest message that does nothing but choose a variant.
const CHOOSING: usize = 2;

/// Words that point at what was spoken of.
const POINTERS: [&str; 16] = [
    "он", "она", "оно", "они", "это", "этот", "эта", "его", "ее", "их", "ол", "оның", "бұл", "оны", "онда",
    "сол",
];

/// Whether a message points at something instead of naming it.
pub(super) fn points(tokens: &[Token]) -> bool {
    tokens.iter().any(|it| POINTERS.contains(&it.text.as_str()))
}

/// Whether a message does nothing but choose among the variants of what was spoken of («у меня
/// большой», «а срочный?»).
pub(super) fn chooses(mind: &Mind, talk: &Talk, tokens: &[Token]) -> bool {
    let telling: Vec<&Token> = tokens.iter().filter(|it| !it.stop && !it.is_number_like()).collect();
    let whole = talk.heard.mentions.iter().any(|it| it.whole);
    (1..=CHOOSING).contains(&telling.len()) && !whole && refined(mind, talk, &telling, &[]).is_some()
}

/// The variants of what was spoken of that these words choose. A service named in full is only a
/// choice where it is said to go with the one before («с доставкой», «көлікпен»).
fn refined(mind: &Mind, talk: &Talk, words: &[&Token], named: &[Named]) -> Option<Named> {
    let before = talk.memory.service.as_ref()?;
    let here: Vec<Token> = if named.is_empty() {
        words.iter().copied().cloned().collect()
    } else {
        let joined = |at: usize| {
            let it = &talk.heard.tokens[at];
            let led = at > 0 && matches!(talk.heard.tokens[at - 1].text.as_str(), "с" | "со");
            led || ["мен", "бен", "пен"].iter().any(|case| it.text.ends_with(case))
        };
        let first = talk.heard.mentions.first()?.tokens.iter().min().copied()?;
        let last = talk.heard.mentions.last()?.tokens.iter().max().copied()?;
        if !(joined(first) || joined(last)) || talk.heard.mentions.len() > 1 {
            return None;
        }
        talk.heard.tokens.iter().filter(|it| it.is(Slot::Service)).cloned().collect()
    };
    let chosen = refine(talk.view(mind), mind.lexicon(), before, &here)?;
    Some(chosen)
}

/// What a meaning names; else what the turn names. One entry for each mention.
pub(super) fn named(mind: &Mind, talk: &Talk, meaning: &Meaning) -> Vec<Named> {
    let view = talk.view(mind);
    let here: Vec<&Mention> = talk.heard.mentions_in(meaning).collect();
    let mentions = if here.is_empty() { talk.heard.mentions.iter().collect() } else { here };
    let mut out: Vec<Named> = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    for mention in &mentions {
        if mention.tokens.iter().all(|it| used.contains(it)) {
            continue;
        }
        let mut one = name_targets(view, mention);
        // «ремонт, большое колесо»: words beside a service choose among its variants.
        if !one.by_item && one.offers.len() > 1 {
            let beside: Vec<usize> =
                (meaning.from..meaning.to).filter(|it| !mention.tokens.contains(it)).collect();
            used.extend(narrow(view, talk, &mut one, &beside));
        }
        let loose = one.by_item && one.services.is_empty() && mention.tokens.len() == 1 && mentions.len() > 1;
        if !loose && !out.contains(&one) {
            out.push(one);
        }
    }
    let finer = out.iter().any(|it| it.category.is_none());
    out.retain(|it| !finer || it.category.is_none());
    out
}

/// Keeps the variants whose names hold most of these tokens, and tells which tokens chose.
fn narrow(view: &View, talk: &Talk, named: &mut Named, beside: &[usize]) -> Vec<usize> {
    let holds = |offer: usize| -> Vec<usize> {
        let name = &view.facts.offers[offer].name;
        let words = text::words(&format!("{} {}", name.ru, name.kk.as_deref().unwrap_or_default()));
        let own: Vec<String> = words.iter().flat_map(|it| text::stems(&it.text)).collect();
        let said = |at: &usize| {
            let token = &talk.heard.tokens[*at];
            !token.stop && token.stems.iter().any(|it| own.contains(it))
        };
        beside.iter().copied().filter(said).collect()
    };
    let held: Vec<(usize, Vec<usize>)> = named.offers.iter().map(|it| (*it, holds(*it))).collect();
    let most = held.iter().map(|it| it.1.len()).max().unwrap_or(0);
    if most == 0 {
        return Vec::new();
    }
    let chosen: Vec<_> = held.into_iter().filter(|it| it.1.len() == most).collect();
    named.offers = chosen.iter().map(|it| it.0).collect();
    named.by_item = true;
    chosen.into_iter().flat_map(|it| it.1).collect()
}

pub(super) fn about_service(
    mind: &Mind,
    talk: &mut Talk,
    id: &str,
    meaning: &Meaning,
    named: Vec<Named>,
) -> Came {
    let view = talk.view(mind);
    let mut named = named;
    let unknown = |it: &&crate::understand::Token| !mind.classes().knows(it);
    let class = Class::Intent(id.to_owned());
    let left_over = mind.classes().left_over(&class, talk.heard.tokens_of(meaning));
    if !named.is_empty() && named.iter().all(|it| it.vague) && left_over.iter().any(unknown) {
        // «шлифовка рамы»: the word that tells the service apart is the one nobody knows.
        return not_on_the_list(&talk.filler(mind)).map_or(Came::Open, Came::Unlisted);
    }
    let unexplained = !left_over.is_empty();
    let strange = left_over.iter().any(|it| unknown(it) && it.text.chars().count() >= STRANGE);
    let chosen = refined(mind, talk, &left_over, &named);
    if let Some(chosen) = chosen {
        named = vec![chosen];
    }
    let pointing = points(&talk.heard.tokens) && talk.memory.service.is_some();
    if named.is_empty() {
        if !left_over.is_empty() && !pointing {
            return not_on_the_list(&talk.filler(mind)).map_or(Came::Open, Came::Unlisted);
        }
        let Some(service) = talk.memory.service.clone() else { return ask_which(mind, talk, id) };
        let heard = super::talk::hear(mind, talk.branch.as_deref(), service);
        named.extend(heard.mentions.first().map(|it| name_targets(view, it)));
    }
    let filler = talk.filler(mind);
    let one = |named: &Named| match id {
        "pricing" => price(view, &filler, named).or_else(|| presence(view, &filler, named)),
        "duration" => duration(view, &filler, named),
        _ => presence(view, &filler, named),
    };
    let mut told: Option<Told> = None;
    for next in named.iter().take(AT_ONCE).filter_map(one) {
        match &mut told {
            Some(so_far) => so_far.and(next),
            None => told = Some(next),
        }
    }
    if let Some(name) = named.first().and_then(|it| label(view, &filler, it)) {
        talk.memory.service = Some(name.to_owned());
    }
    match told {
        // What is asked of the thing pointed at may stand in a passage.
        Some(told) if pointing && unexplained || strange => Came::Unlisted(told),
        told => told.map_or(Came::Open, Came::Told),
    }
}

/// Which service? Asked with suggestions.
fn ask_which(mind: &Mind, talk: &Talk, id: &str) -> Came {
    let filler = talk.filler(mind);
    let filler = filler.with(&[("suggestions", suggestions(&filler))]);
    filler.say(&format!("which.{id}")).map_or(Came::Open, |it| Came::Told(Told::new(it.text, it.sources)))
}
