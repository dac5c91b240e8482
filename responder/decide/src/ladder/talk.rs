//! One turn while it is being decided.

use std::sync::Arc;

use format::{Branch, Lang, Release, Text};
use jiff::Zoned;

use super::media::Aside;
use super::shield;
use crate::answer::{Filler, Told, View};
use crate::understand::{Class, Heard, Meaning, Slot, Token, cut, find_when, is_bare_name, mark_phone, read};
use crate::{Memory, Mind, Speaker, Trace, Turn};

/// Everything known of a turn so far.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    pub(crate) turn: Turn,
    pub(crate) memory: Memory,
    pub(crate) now: Zoned,
    pub(crate) heard: Heard,
    pub(crate) lang: Lang,
    pub(crate) branch: Option<String>,
    pub(crate) trace: Trace,
    /// What facts have answered so far.
    pub(crate) told: Vec<Told>,
    /// Ids of what was understood, in order.
    pub(crate) intents: Vec<String>,
    /// Questions that facts could not answer, in the customer's words.
    pub(crate) open: Vec<String>,
    /// The question being answered, where the message only completed it.
    pub(crate) question: Option<String>,
    /// What is said where no passage has a better answer: a thing is not on the list, or the question
    /// is only weakly understood.
    pub(crate) otherwise: Option<Told>,
    /// The consultation to give where facts had no answer.
    pub(crate) advise: Option<usize>,
    release: Arc<Release>,
    /// The customer is new or was away for a day: this reply discloses the assistant.
    pub(crate) first: bool,
    /// What is said of files before the answer to the words.
    pub(crate) aside: Option<Aside>,
    /// The message is longer than what is read of it.
    pub(crate) long: bool,
}

impl Talk {
    pub(crate) fn new(mind: &Mind, mut memory: Memory, turn: &Turn, now: &Zoned) -> Self {
        let original = turn
            .messages
            .iter()
            .map(|it| it.text.trim())
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join("\n");
        let long = shield::is_long(&original);
        let original = shield::brief(&original).to_owned();
        let at = now.timestamp().as_second();
        let keep_branch = mind.release().client.settings.remember_branch_preference;
        let first = memory.wake(at, keep_branch);
        let lang = language(mind, &memory, &original);
        memory.said.push(crate::Said { by: Speaker::Customer, text: original.clone() });
        let mut heard = hear(mind, memory.branch.as_deref(), original);
        answer_name(mind, &memory, &mut heard);
        Self {
            turn: turn.clone(),
            branch: memory.branch.clone(),
            memory,
            now: now.clone(),
            heard,
            lang,
            trace: Trace::default(),
            told: Vec::new(),
            intents: Vec::new(),
            open: Vec::new(),
            question: None,
            otherwise: None,
            advise: None,
            release: Arc::clone(mind.release()),
            first,
            aside: None,
            long,
        }
    }

    /// Reads another text in place of what was heard.
    pub(crate) fn hear_again(&mut self, mind: &Mind, original: String) {
        self.heard = hear(mind, self.branch.as_deref(), original);
    }

    /// Facts as they hold for this conversation.
    pub(crate) fn view<'m>(&self, mind: &'m Mind) -> &'m View {
        mind.view(self.branch.as_deref())
    }

    /// Fills templates in the language of the reply.
    pub(crate) fn filler<'a>(&self, mind: &'a Mind) -> Filler<'a> {
        let branch = self.branch.as_deref().and_then(|it| mind.release().branch(it));
        let phone = branch.and_then(|it| it.phone.clone());
        let named = branch.map(|it| it.name.get(self.lang).to_owned()).unwrap_or_default();
        Filler::new(&self.view(mind).facts, mind.pack(), self.lang).with(&[
            ("client.name", mind.release().client.name.get(self.lang).to_owned()),
            ("branch.name", named),
            ("branch.phone", phone.unwrap_or_default()),
            ("branches", numbered(&self.open_branches(), self.lang)),
        ])
    }

    /// The knowledge tag of the branch.
    pub(crate) fn tag(&self) -> Option<String> {
        let branch = self.release.branch(self.branch.as_deref()?)?;
        Some(branch.knowledge_tag.clone())
    }

    /// Branches that are not closed.
    pub(crate) fn open_branches(&self) -> Vec<&Branch> {
        self.release.branches.iter().filter(|it| it.is_active).collect()
    }

    /// A text of the pack or of a policy, filled.
    pub(crate) fn fill(&self, mind: &Mind, text: &Text) -> Option<String> {
        self.filler(mind).say_text(text.get(self.lang))
    }

    /// The template `id`, filled.
    pub(crate) fn say(&self, mind: &Mind, id: &str) -> Option<String> {
        self.filler(mind).say(id).map(|it| it.text)
    }

    /// Meanings that are understood, with the class each speaks to.
    pub(crate) fn understood(&self) -> impl Iterator<Item = (&Meaning, &Class)> {
        let of = |it| Meaning::answerable(it, super::UNDERSTOOD, &self.release.pack.policies);
        self.heard.meanings.iter().filter_map(move |it| Some((it, of(it)?)))
    }

    /// Whether some meaning speaks to this intent.
    pub(crate) fn asks(&self, intent: &str) -> bool {
        self.understood().any(|(_, class)| matches!(class, Class::Intent(id) if id == intent))
    }

    /// The customer's words of one meaning.
    pub(crate) fn words(&self, meaning: &Meaning) -> String {
        let tokens = self.heard.tokens_of(meaning);
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => self.heard.original[first.start..last.end].to_owned(),
            _ => String::new(),
        }
    }
}

/// «1) Абая, 2) Достык».
fn numbered(branches: &[&Branch], lang: Lang) -> String {
    let items: Vec<String> =
        branches.iter().enumerate().map(|(at, it)| format!("{}) {}", at + 1, it.name.get(lang))).collect();
    items.join(", ")
}

/// Reads a text: tokens, names, days, meanings.
pub(crate) fn hear(mind: &Mind, branch: Option<&str>, original: String) -> Heard {
    let mut tokens = read(mind.lexicon(), &original);
    let greeting = part_greeting(mind, &mut tokens);
    mark_phone(&original, &mut tokens);
    let mentions = mind.view(branch).mentions.find(&mut tokens);
    // «Добрый вечер» is no time.
    let when = find_when(&original, &mut tokens[greeting..]);
    super::branch::mark(mind, &mut tokens);
    let (meanings, sentences) = cut(mind.classes(), &tokens);
    Heard { original, tokens, meanings, sentences, mentions, when, name: None }
}

/// Words of the longest greeting.
const GREETING: usize = 3;

/// Parts a greeting from what follows without a comma; returns how many words greet.
fn part_greeting(mind: &Mind, tokens: &mut [Token]) -> usize {
    let greeting = Class::Intent("greeting".to_owned());
    let greets = |it: &[Token]| mind.classes().left_over(&greeting, it).is_empty();
    if tokens.first().is_none_or(|it| it.stop || !greets(std::slice::from_ref(it))) {
        return 0;
    }
    let exact = |length: &usize| {
        let ranked = mind.classes().rank(&tokens[..*length]);
        ranked.first().is_some_and(|it| it.class == greeting && it.score >= WORD_FOR_WORD)
    };
    let longest = (1..=GREETING.min(tokens.len())).rev().find(exact).unwrap_or(0);
    if longest > 0
        && let Some(next) = tokens.get_mut(longest)
    {
        next.boundary = 2;
    }
    longest
}

/// A score from which a message says what an exemplar says, and nothing else.
const WORD_FOR_WORD: f32 = 0.85;

/// The answer to «what is your name?» is a name, whatever else the word may mean or resemble: «Алтын»
/// is gold and «Карина» is nearly a picture. Only what is said word for word in a pack is not.
fn answer_name(mind: &Mind, memory: &Memory, heard: &mut Heard) {
    let asked = memory.intake.as_ref().and_then(|it| it.asked.as_deref()) == Some("name");
    let Some(name) = is_bare_name(&heard.original, mind.lexicon()).filter(|_| asked) else { return };
    let single = heard.tokens.len() == 1;
    let exact = heard.meanings.iter().any(|it| it.top(WORD_FOR_WORD).is_some());
    let values = heard.tokens.iter().any(|it| {
        it.slot.is_some_and(|(slot, _)| slot != Slot::Service) || !single && mind.classes().knows(it)
    });
    let service = heard.mentions.iter().any(|it| it.whole);
    if !exact && !values && !service {
        heard.meanings.clear();
        heard.mentions.clear();
        heard.name = Some(name);
    }
}

/// The customer's language now.
fn language(mind: &Mind, memory: &Memory, original: &str) -> Lang {
    crate::language(&mind.release().client.languages, memory.lang, original)
}
