//! Which point of the brand a conversation is about: by the number written to, by its name in a
//! message, remembered, or asked, and asked only where the answer depends on it.

use format::{Branch, BranchMode};

use super::talk::hear;
use super::{Talk, Verdict, questions};
use crate::Mind;
use crate::understand::{Slot, Token, read};

/// Settles the branch where that needs no question. Never ends a turn by itself, except when the
/// message is nothing but the choice of a branch.
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
    if let (Some(branch), BranchMode::ByInstance | BranchMode::Hybrid) = (by_number, mode) {
        change(mind, talk, branch);
    }
    if let Some(branch) = named(mind, talk, &active) {
        change(mind, talk, branch);
        // The question that waited for the choice is the one to answer now.
        if let Some(waiting) = talk.memory.asked_branch.take() {
            let merged = format!("{waiting}\n{}", talk.heard.original);
            talk.heard = hear(mind, talk.branch.as_deref(), merged);
        }
    }
    None
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
fn named<'m>(mind: &'m Mind, talk: &Talk, active: &[&'m Branch]) -> Option<&'m Branch> {
    let tokens = &talk.heard.tokens;
    if talk.memory.asked_branch.is_some()
        && let [only] = tokens.as_slice()
        && let Ok(number) = only.text.parse::<usize>()
    {
        return active.get(number.wrapping_sub(1)).copied();
    }
    active.iter().copied().find(|branch| names(branch).any(|it| !places(mind, it, tokens).is_empty()))
}

/// Marks the words that name a branch, so that they count neither as unknown nor as a question.
pub(super) fn mark(mind: &Mind, tokens: &mut [Token]) {
    for branch in &mind.release().branches {
        for name in names(branch) {
            let found: Vec<usize> =
                places(mind, name, tokens).into_iter().filter(|it| tokens[*it].slot.is_none()).collect();
            let part = 1.0 / found.len().max(1) as f32;
            found.into_iter().for_each(|it| tokens[it].slot = Some((Slot::Branch, part)));
        }
    }
}

fn names(branch: &Branch) -> impl Iterator<Item = &str> {
    let own = std::iter::once(branch.name.ru.as_str()).chain(branch.name.kk.as_deref());
    own.chain(branch.aliases.iter().map(String::as_str))
}

/// Where a message says all telling words of a phrase; empty when it does not.
fn places(mind: &Mind, phrase: &str, tokens: &[Token]) -> Vec<usize> {
    let words: Vec<_> = read(mind.lexicon(), phrase).into_iter().filter(|it| !it.stop).collect();
    if !words.iter().any(|it| it.text.chars().count() >= 3) {
        return Vec::new();
    }
    let place =
        |word: &Token| tokens.iter().position(|it| it.stems.iter().any(|stem| word.stems.contains(stem)));
    words.iter().map(place).collect::<Option<Vec<usize>>>().unwrap_or_default()
}

/// Asks for the branch when the answers of two branches differ.
pub(crate) fn ask(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    if talk.branch.is_some()
        || talk.told.is_empty()
        || mind.release().branches.iter().filter(|it| it.is_active).count() < 2
    {
        return None;
    }
    let differ = mind.release().branches.iter().filter(|it| it.is_active).any(|branch| {
        let mut other = talk.clone();
        other.branch = Some(branch.slug.clone());
        other.told.clear();
        other.open.clear();
        other.intents.clear();
        other.heard = hear(mind, Some(&branch.slug), other.heard.original.clone());
        questions::answer(mind, &mut other);
        other.told.iter().map(|it| &it.text).ne(talk.told.iter().map(|it| &it.text))
    });
    if !differ {
        return None;
    }
    let filled = talk.filler(mind).say("branch.ask")?;
    talk.memory.asked_branch = Some(talk.heard.original.clone());
    talk.trace.push("branch.ask", "answers differ between branches", Vec::new());
    Some(Verdict::reply("branch", filled.text))
}
