//! Which point of the brand a conversation is about: by the number written to, by its name in a
//! message, remembered, or asked, and asked only where the answer depends on it.

use format::{Branch, BranchMode};

use super::talk::hear;
use super::{Talk, Verdict, questions};
use crate::Mind;
use crate::understand::{Place, Slot, Token};

/// Ordinals as an answer to «which branch?», masculine stems in Russian, Kazakh in full.
const ORDINALS: [&[&str]; 5] = [
    &["перв", "бірінші", "биринши"],
    &["втор", "екінші", "екинши"],
    &["трет", "үшінші", "ушинши"],
    &["четверт", "төртінші"],
    &["пят", "бесінші"],
];
/// «Any of them», by beginnings.
const ANY: [&str; 14] = [
    "любой",
    "любом",
    "любая",
    "разниц",
    "равно",
    "неважно",
    "обоих",
    "оба",
    "обе",
    "бәрібір",
    "кез",
    "дешевл",
    "арзан",
    "екеу",
];

/// Settles the branch where that needs no question. Ends the turn only when the message is nothing but
/// the choice of a branch and no question waits for it.
pub(crate) fn settle(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let release = mind.release();
    let active: Vec<&Branch> = release.branches.iter().filter(|it| it.is_active).collect();
    if let [only] = active.as_slice() {
        talk.branch = Some(only.slug.clone());
        return None;
    }
    let mode = release.client.settings.branch_resolution_mode;
    let by_number = talk.turn.instance_id.as_deref().and_then(|number| {
        let written = |it: &&&Branch| it.instance_id.as_ref().is_some_and(|id| id.as_written() == number);
        active.iter().find(written).or_else(|| active.iter().find(|it| it.slug == number))
    });
    let decides = matches!(mode, BranchMode::ByInstance | BranchMode::Hybrid) && !talk.memory.branch_named;
    if let Some(branch) = by_number.filter(|_| decides) {
        change(mind, talk, branch);
    }
    if talk.memory.asked_branch.is_some() && is_any(&talk.heard.tokens) {
        return anywhere(mind, talk);
    }
    if asked_by_intake(talk) && is_any(&talk.heard.tokens) {
        let words = talk.heard.original.trim().to_owned();
        talk.memory.intake.iter_mut().for_each(|it| {
            it.slots.insert("branch".to_owned(), words.clone());
        });
        return None;
    }
    let branch = named(mind, talk, &active)?;
    talk.memory.branch_named = true;
    change(mind, talk, branch);
    // The question that waited for the choice is the one to answer now.
    if let Some(waiting) = talk.memory.asked_branch.take() {
        let telling = talk.heard.tokens.iter().filter(|it| !it.stop).count();
        let merged = match telling <= 1 || is_only_branch(talk) {
            // «первый» is the choice and nothing else.
            true => waiting.clone(),
            false => format!("{waiting}\n{}", talk.heard.original),
        };
        talk.hear_again(mind, merged);
        talk.question = Some(waiting);
    } else if is_only_branch(talk) && talk.memory.intake.is_none() {
        match talk.memory.question.clone() {
            // «а на Достыке?»: the last question, for that branch.
            Some(question) => talk.hear_again(mind, question),
            None => {
                talk.trace.push("branch.chosen", "", Vec::new());
                return talk.say(mind, "branch.chosen").map(|it| Verdict::reply("branch", it));
            }
        }
    }
    None
}

/// The intake has asked for the branch.
fn asked_by_intake(talk: &Talk) -> bool {
    talk.memory.intake.as_ref().and_then(|it| it.asked.as_deref()) == Some("branch")
}

/// Nothing but the name of a branch, «как», «сколько» and the like aside.
fn is_only_branch(talk: &Talk) -> bool {
    let telling = |it: &&Token| !it.stop && !it.is(Slot::Branch) && it.text.chars().count() > 2;
    let mut rest = talk.heard.tokens.iter().filter(telling);
    rest.all(|it| matches!(it.text.as_str(), "сколько" | "қанша" | "канша" | "ше" | "почем"))
}

/// A short «any of them».
fn is_any(tokens: &[Token]) -> bool {
    tokens.len() <= 4 && tokens.iter().any(|token| ANY.iter().any(|it| token.text.starts_with(it)))
}

/// The waiting question answered for each branch.
fn anywhere(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let waiting = talk.memory.asked_branch.take()?;
    talk.hear_again(mind, waiting);
    each(mind, talk)
}

/// What every branch answers, named one after the other.
fn each(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let mut lines = Vec::new();
    for branch in mind.release().branches.iter().filter(|it| it.is_active) {
        let other = elsewhere(mind, talk, branch);
        let text = questions::join(&other);
        if !text.is_empty() {
            let values = [("branch.name", branch.name.get(talk.lang).to_owned()), ("text", text)];
            lines.extend(other.filler(mind).with(&values).say("branch.each").map(|it| it.text));
            talk.trace.entries.extend(other.trace.entries.into_iter().skip(talk.trace.entries.len()));
        }
    }
    (!lines.is_empty()).then(|| Verdict::reply("branch", lines.join(" ")))
}

/// The same turn at another branch.
fn elsewhere(mind: &Mind, talk: &Talk, branch: &Branch) -> Talk {
    let mut other = talk.clone();
    other.branch = Some(branch.slug.clone());
    other.told.clear();
    other.otherwise = None;
    other.open.clear();
    other.intents.clear();
    other.heard = hear(mind, Some(&branch.slug), other.heard.original.clone());
    questions::answer(mind, &mut other);
    other
}

fn change(mind: &Mind, talk: &mut Talk, branch: &Branch) {
    if talk.branch.as_deref() == Some(&branch.slug) {
        return;
    }
    talk.branch = Some(branch.slug.clone());
    talk.trace.push("branch", branch.slug.clone(), Vec::new());
    talk.heard = hear(mind, talk.branch.as_deref(), talk.heard.original.clone());
}

/// A branch named in the message, by name, alias or, when it was asked for, by number.
fn named<'m>(mind: &Mind, talk: &Talk, active: &[&'m Branch]) -> Option<&'m Branch> {
    let tokens = &talk.heard.tokens;
    let asked = talk.memory.asked_branch.is_some() || asked_by_intake(talk);
    if asked && tokens.len() <= 5 {
        // «2», «2й», «ну давайте 2й»; a time or a phone is no choice.
        let number = |it: &Token| it.text.trim_end_matches(char::is_alphabetic).parse::<usize>().ok();
        let chosen = (0..tokens.len()).filter(|at| tokens[*at].slot.is_none() && !counts(tokens, *at));
        let chosen = chosen.filter_map(|at| number(&tokens[at])).next();
        if let Some(number) = chosen {
            return active.get(number.wrapping_sub(1)).copied();
        }
    }
    let telling = tokens.iter().filter(|it| !it.stop).count();
    let led = talk.memory.question.is_some() && tokens.iter().any(|it| it.text == "на") && telling <= 1;
    if asked && telling <= 2 || led {
        let says = |names: &&[&str]| {
            (0..tokens.len())
                .any(|at| names.iter().any(|it| tokens[at].text.starts_with(it)) && !counts(tokens, at))
        };
        if let Some(branch) = ORDINALS.iter().position(says).and_then(|at| active.get(at)) {
            return Some(branch);
        }
    }
    let place = |branch: &Branch| mind.place(&branch.slug);
    let by_name = active.iter().copied().find(|it| place(it).is_some_and(|it| it.is_named(tokens)));
    if let Some(denied) = by_name.filter(|it| place(it).is_some_and(|it| is_denied(it, tokens))) {
        // «не на Абая»: of two it is the other one.
        let mut others = active.iter().copied().filter(|it| it.slug != denied.slug);
        return others.next().filter(|_| others.next().is_none());
    }
    by_name.or_else(|| active.iter().copied().find(|it| place(it).is_some_and(|it| it.is_by_street(tokens))))
}

/// «2 человека», «первый раз»: what counts something chooses no branch.
fn counts(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|next| {
        let word = next.text.chars().count() > 2;
        word && !next.stop
            && next.boundary == 0
            && !["филиал", "адрес"].iter().any(|it| next.text.starts_with(it))
    })
}

/// «не на Абая», «Абай емес».
fn is_denied(place: &Place, tokens: &[Token]) -> bool {
    let at: Vec<usize> = place.said(tokens).flatten().collect();
    let (Some(first), Some(last)) = (at.iter().min(), at.iter().max()) else { return false };
    let word = |at: usize| tokens.get(at).map_or("", |it| it.text.as_str());
    let led = matches!(first.checked_sub(1).map_or("", word), "на" | "в" | "во");
    let before = first.checked_sub(if led { 2 } else { 1 }).map_or("", word);
    before == "не" || word(last + 1) == "емес"
}

/// Marks the words that name a branch, so that they count neither as unknown nor as a question.
pub(super) fn mark(mind: &Mind, tokens: &mut [Token]) {
    for place in mind.release().branches.iter().filter_map(|it| mind.place(&it.slug)) {
        let said: Vec<Vec<usize>> = place.said(tokens).collect();
        for places in said {
            let found: Vec<usize> = places.into_iter().filter(|it| tokens[*it].slot.is_none()).collect();
            let part = 1.0 / found.len().max(1) as f32;
            found.into_iter().for_each(|it| tokens[it].slot = Some((Slot::Branch, part)));
        }
    }
}

/// Asks for the branch when the answers of two branches differ; where they are is told of each.
pub(crate) fn ask(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let branches: Vec<&Branch> = mind.release().branches.iter().filter(|it| it.is_active).collect();
    if talk.branch.is_some() || branches.len() < 2 || talk.intents.is_empty() || asked_by_intake(talk) {
        return None;
    }
    let others: Vec<Talk> = branches.into_iter().map(|it| elsewhere(mind, talk, it)).collect();
    let texts = |it: &Talk| it.told.iter().chain(&it.otherwise).map(|it| it.text.clone()).collect::<Vec<_>>();
    let told = texts(talk);
    if others.iter().all(|it| texts(it) == told) {
        return None;
    }
    let only = |id: &str| talk.intents.iter().all(|it| it == id);
    let priced = !mind.release().client.settings.require_branch_for_pricing;
    if !told.is_empty() && priced && only("pricing") {
        return None;
    }
    if only("location")
        && talk.memory.intake.is_none()
        && let Some(verdict) = each(mind, talk)
    {
        talk.memory.question = Some(talk.heard.original.clone());
        return Some(verdict);
    }
    let filled = talk.filler(mind).say("branch.ask")?;
    talk.memory.asked_branch = Some(talk.heard.original.clone());
    talk.trace.push("branch.ask", "answers differ between branches", Vec::new());
    Some(Verdict::reply("branch", filled.text))
}

#[cfg(test)]
mod tests {
    use crate::sample::{Chat, with_branches};
    use crate::{Kind, Turn};

    const PRICE: &str = "сколько стоит замена камеры?";

    #[test]
    fn the_branch_is_asked_only_where_answers_differ() {
        let mut chat = Chat::with(with_branches);
        assert_eq!(
            chat.hears("до скольки вы работаете"),
            "Работаем ежедневно, кроме понедельника с 10:00 до 19:00."
        );
        assert_eq!(chat.hears(PRICE), "Какой филиал: 1) Северный, 2) Южный?");
        assert_eq!(
            chat.hears("где вы находитесь?"),
            "Северный: Адрес: ул. Садовая, 7. Южный: Адрес: ул. Речная, 7."
        );
    }

    #[test]
    fn it_is_answered_by_number_name_ordinal_or_street() {
        for answer in ["2", "Южный", "второй", "на Речной", "2й", "в южном"] {
            let mut chat = Chat::with(with_branches);
            chat.hears(PRICE);
            assert!(chat.hears(answer).contains("4\u{a0}500"), "{answer}");
        }
        let mut chat = Chat::with(with_branches);
        chat.hears(PRICE);
        let each = chat.hears("без разницы");
        assert!(each.contains("3\u{a0}500") && each.contains("4\u{a0}500"), "{each}");
    }

    #[test]
    fn what_is_denied_or_counted_is_no_choice() {
        let mut chat = Chat::with(with_branches);
        chat.hears(PRICE);
        assert!(chat.hears("не на Южном").contains("3\u{a0}500"));
        let mut chat = Chat::with(with_branches);
        chat.hears(PRICE);
        assert!(!chat.hears("мне 2 колеса надо").contains("4\u{a0}500"));
    }

    #[test]
    fn the_question_traps_nobody() {
        let mut chat = Chat::with(with_branches);
        chat.hears(PRICE);
        assert_eq!(chat.say("вы плохо сделали настройку тормозов").kind, Kind::Escalate);
        let mut chat = Chat::with(with_branches);
        chat.hears(PRICE);
        assert_eq!(chat.say("позовите человека").kind, Kind::Escalate);
        assert!(chat.hears("до скольки вы работаете").contains("19:00"));
    }

    #[test]
    fn the_next_branch_gets_the_last_question() {
        let mut chat = Chat::with(with_branches);
        chat.hears(PRICE);
        assert!(chat.hears("Северный").contains("3\u{a0}500"));
        let next = chat.say("а на Южном?");
        assert!(next.reply().unwrap().contains("4\u{a0}500"), "{next:?}");
    }

    #[test]
    fn the_number_decides_until_another_branch_is_named() {
        let mut chat = Chat::with(with_branches);
        let mut ask = |text: &str| {
            let turn = Turn { instance_id: Some("north-number".to_owned()), ..Turn::text(text) };
            chat.hears_turn(&turn)
        };
        assert!(ask(PRICE).contains("3\u{a0}500"));
        assert!(ask("а на Южном сколько стоит замена камеры?").contains("4\u{a0}500"));
        assert!(ask(PRICE).contains("4\u{a0}500"), "the customer has moved on");
    }

    #[test]
    fn prices_need_no_branch_where_the_tenant_says_so() {
        let mut chat = Chat::with(|it| {
            with_branches(it);
            it.client.settings.require_branch_for_pricing = false;
        });
        assert!(chat.hears(PRICE).contains("3\u{a0}500"));
    }

    #[test]
    fn a_branch_is_remembered_for_longer_only_where_the_tenant_says_so() {
        for (remember, asked) in [(true, false), (false, true)] {
            let mut chat = Chat::with(|it| {
                with_branches(it);
                it.client.settings.remember_branch_preference = remember;
            });
            chat.hears(PRICE);
            chat.hears("Южный");
            chat.now = chat.now.checked_add(jiff::Span::new().hours(30)).unwrap();
            let reply = chat.hears(PRICE);
            assert_eq!(reply.contains("Какой филиал"), asked, "remember: {remember}, {reply}");
        }
    }
}
