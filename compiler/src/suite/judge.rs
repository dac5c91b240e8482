//! One turn against what its author expects.

use std::collections::BTreeMap;

use decide::{Decision, Kind};

/// What an author expects of a turn. Absent and empty parts are not judged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// The strongest action.
    pub action: Option<Kind>,
    /// The leading intent; judged only with `strict`.
    pub intent: Option<String>,
    /// Whether the intent is judged.
    pub strict: bool,
    /// All of these are in the reply (`must_include`, `must_tell_user`, `collect`), by key.
    pub all: BTreeMap<&'static str, Vec<String>>,
    /// One of these is (`must_include_any`, `must_tell_user_any`), by key.
    pub any: BTreeMap<&'static str, Vec<String>>,
    /// None of these is.
    pub must_not: Vec<String>,
    /// Booking slots that are filled.
    pub booking_slots: Vec<String>,
    /// The language of the reply, `ru` or `kk`.
    pub lang: Option<String>,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The key of `expected`.
    pub key: &'static str,
    /// What the author wants.
    pub wanted: String,
    /// What came.
    pub got: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: wanted {}, {}", self.key, self.wanted, self.got)
    }
}

/// Everything in `decision` that is not as expected.
#[must_use]
pub fn judge(expected: &Expected, decision: &Decision) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut fail = |key, wanted: String, got: String| failures.push(Failure { key, wanted, got });
    if let Some(wanted) = expected.action
        && !satisfies(decision.kind, wanted)
    {
        fail("action", wanted.code().to_owned(), format!("got {}", decision.kind.code()));
    }
    if let Some(wanted) = expected.intent.as_ref().filter(|it| expected.strict && **it != decision.intent) {
        fail("intent", wanted.clone(), format!("got {}", decision.intent));
    }
    let heard = heard(decision);
    for (key, wanted) in &expected.all {
        for text in wanted.iter().filter(|it| !heard.contains(&fold(it))) {
            fail(key, format!("«{text}»"), "the reply has no such words".to_owned());
        }
    }
    for (key, wanted) in expected.any.iter().filter(|(_, wanted)| !wanted.is_empty()) {
        if !wanted.iter().any(|it| heard.contains(&fold(it))) {
            let list: Vec<String> = wanted.iter().map(|it| format!("«{it}»")).collect();
            fail(key, list.join(" or "), "the reply has none of them".to_owned());
        }
    }
    for text in expected.must_not.iter().filter(|it| heard.contains(&fold(it))) {
        fail("must_not", format!("no «{text}»"), "the reply has it".to_owned());
    }
    for slot in &expected.booking_slots {
        if !filled(decision, slot) {
            let known: Vec<&str> = decision.slots.keys().map(String::as_str).collect();
            fail("booking_slots", slot.clone(), format!("filled: [{}]", known.join(", ")));
        }
    }
    if let Some(wanted) = expected.lang.as_ref().filter(|it| **it != decision.lang.code()) {
        fail("lang", wanted.clone(), format!("got {}", decision.lang.code()));
    }
    failures
}

/// Whether `got` is what `wanted` asks for: a booking that is being collected is a reply too.
fn satisfies(got: Kind, wanted: Kind) -> bool {
    got == wanted || (wanted == Kind::Reply && got == Kind::BookingFlow)
}

/// The words that are compared: the reply without its disclosure, folded.
fn heard(decision: &Decision) -> String {
    let reply = decision.reply().unwrap_or_default();
    match decision.disclosure.as_deref().filter(|it| !it.is_empty()) {
        Some(disclosure) => fold(&reply.replacen(disclosure, " ", 1)),
        None => fold(reply),
    }
}

fn filled(decision: &Decision, slot: &str) -> bool {
    let has = |name: &str| decision.slots.get(name).is_some_and(|it| !it.trim().is_empty());
    match slot {
        "datetime" => has("date") || has("time"),
        other => has(other),
    }
}

/// Lower case, with every run of spaces of any kind as one plain space.
#[must_use]
pub fn fold(text: &str) -> String {
    let invisible = |it: &char| !matches!(it, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
    let lower: String = text.chars().filter(invisible).flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
