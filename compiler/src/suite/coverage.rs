//! Which facts the tests of a tenant speak, measured by what real replies rest on.

use std::collections::BTreeSet;

use format::Release;
use serde::Serialize;

use super::Played;
use crate::lower::is_told;
use crate::plan::fact_places;

/// A fact that no reply of the run rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unspoken {
    /// Dotted key.
    pub key: String,
    /// `file:line`, relative to the bundle.
    pub source: String,
}

/// Which of some kind of thing the tests of one tenant reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// `intents`, `rungs`, `branches` or `languages`.
    pub what: &'static str,
    /// How many a test reaches.
    pub reached: usize,
    /// How many there are.
    pub total: usize,
    /// The others. A rung stands in no file; its source is empty.
    pub missing: Vec<Unspoken>,
}

impl Reach {
    fn of(what: &'static str, all: Vec<Unspoken>, reached: &BTreeSet<String>) -> Self {
        let total = all.len();
        let mut missing: Vec<Unspoken> = all.into_iter().filter(|it| !reached.contains(&it.key)).collect();
        missing.sort_by_cached_key(|it| place(&it.source));
        Self { what, reached: total - missing.len(), total, missing }
    }
}

/// What the tests of one tenant speak. Facts of one line count once, those no reply can say not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    /// The tenant.
    pub tenant: String,
    /// Facts that a reply of the run rests on.
    pub spoken: usize,
    /// Facts.
    pub total: usize,
    /// The others, by file and line.
    pub missing: Vec<Unspoken>,
    /// Intents and policies, rungs of the ladder, branches and languages that the tests reach.
    pub reaches: Vec<Reach>,
}

impl Coverage {
    /// Measures a run.
    #[must_use]
    pub fn of(release: &Release, played: &[Played]) -> Self {
        let heard = played.iter().flat_map(|it| &it.decisions).filter(|it| it.reply().is_some());
        let heard: BTreeSet<String> = heard.flat_map(|it| it.trace.sources()).collect();
        let mut places = fact_places(release);
        places.retain(|_, key| can_be_spoken(release, key));
        let total = places.len();
        let mut missing: Vec<Unspoken> = places
            .into_iter()
            .filter(|(source, _)| !heard.contains(source))
            .map(|(source, key)| Unspoken { key, source })
            .collect();
        missing.sort_by_cached_key(|it| place(&it.source));
        let tenant = release.client.slug.clone();
        Self { tenant, spoken: total - missing.len(), total, missing, reaches: reaches(release, played) }
    }
}

/// What decisions of a run came through.
fn reaches(release: &Release, played: &[Played]) -> Vec<Reach> {
    let decisions = || played.iter().flat_map(|it| &it.decisions);
    let entries = || decisions().flat_map(|it| &it.trace.entries);
    let at = |key: &str, source: &str| Unspoken { key: key.to_owned(), source: source.to_owned() };
    let pack = &release.pack;
    let known = |kind: &str, id: &str| {
        let key = format!("{kind}.{id}");
        let source = release.sources.get(&key).map(|it| it.0.clone());
        Unspoken { key, source: source.unwrap_or_default() }
    };
    let intents = pack.intents.keys().map(|it| known("intent", it));
    let policies = pack.policies.iter().map(|it| known("policy", &it.id));
    let playbooks = pack.playbooks.iter().map(|it| known("playbook", &it.id));
    let understood = entries()
        .map(|it| match it.rule.split_once('.') {
            Some(("facts" | "small_talk", id)) => format!("intent.{id}"),
            Some(("consult", id)) => format!("playbook.{id}"),
            None if matches!(it.rule.as_str(), "booking" | "off_topic") => format!("intent.{}", it.rule),
            _ => it.rule.clone(),
        })
        .collect();
    let rungs = entries().filter_map(decide::TraceEntry::rung).map(str::to_owned).collect();
    let branches = release.branches.iter().filter(|it| it.is_active);
    let languages = release.client.languages.iter().map(|it| at(it.code(), "client.yaml"));
    let spoken = decisions().filter(|it| it.reply().is_some());
    vec![
        Reach::of("intents", intents.chain(policies).chain(playbooks).collect(), &understood),
        Reach::of("rungs", decide::RUNGS.iter().map(|it| at(it, "")).collect(), &rungs),
        Reach::of(
            "branches",
            branches.map(|it| at(&it.slug, "branches.yaml")).collect(),
            &decisions().filter_map(|it| it.branch.clone()).collect(),
        ),
        Reach::of("languages", languages.collect(), &spoken.map(|it| it.lang.code().to_owned()).collect()),
    ]
}

/// Whether any reply can rest on a fact. Settings that stand among the facts (`salon.timezone`) and
/// bare numbers and flags are told by no passage; where no template names them either, no test could
/// make the bot say them.
fn can_be_spoken(release: &Release, key: &str) -> bool {
    let of_branch = || {
        let (branch, key) = key.strip_prefix("branches.")?.split_once('.')?;
        Some((key, release.branch_facts.get(branch)?.texts.get(key)?))
    };
    let fact = release.facts.texts.get(key).map(|it| (key, it)).or_else(of_branch);
    fact.is_none_or(|(key, fact)| is_told(key, fact) || is_named(release, key))
}

/// Whether a template says a fact by its key, alone or with all that stands beside it.
fn is_named(release: &Release, key: &str) -> bool {
    let mut slots = vec![format!("{{{key}}}"), format!("{{{key}|")];
    slots.extend(key.match_indices('.').map(|(at, _)| format!("{{{}.*", &key[..at])));
    let says = |text: &str| slots.iter().any(|it| text.contains(it));
    release.pack.templates.values().any(|it| says(&it.ru) || it.kk.as_deref().is_some_and(says))
}

/// File and line, so that line 9 stands before line 10.
fn place(source: &str) -> (String, u32) {
    let (file, line) = source.rsplit_once(':').unwrap_or((source, ""));
    (file.to_owned(), line.parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use format::{Fact, Source, Text, Value};

    use super::can_be_spoken;
    use crate::samples::Sample;

    #[test]
    fn what_no_reply_can_say_is_left_out() {
        let release = Sample::with(|it| {
            let mut add = |key: &str, value: Value| {
                let fact = Fact { value, value_kk: None, source: Source("SALON_TRUTH.yaml:9".to_owned()) };
                it.facts.texts.insert(key.to_owned(), fact);
            };
            add("salon.timezone", Value::Text("Asia/Almaty".to_owned()));
            add("salon.parking.available", Value::Flag(true));
            add("salon.parking.note", Value::Text("Во дворе".to_owned()));
            add("salon.address.full", Value::Text("Северная 5".to_owned()));
            add("warranty.days", Value::Number("14".to_owned()));
            add("estimates.short", Value::Number("30".to_owned()));
            add("estimates_not.short", Value::Number("30".to_owned()));
            for (id, text) in [("a", "{warranty.days|день|дня|дней}"), ("b", "{estimates.*}")] {
                it.pack.templates.insert(id.to_owned(), Text::plain(text));
            }
        })
        .release;
        for (key, spoken) in [
            ("salon.timezone", false),
            ("salon.parking.available", false),
            ("salon.parking.note", true),
            ("salon.address.full", true),
            ("warranty.days", true),
            ("estimates.short", true),
            ("estimates_not.short", false),
            ("services.Anything else", true),
        ] {
            assert_eq!(can_be_spoken(&release, key), spoken, "{key}");
        }
    }
}
