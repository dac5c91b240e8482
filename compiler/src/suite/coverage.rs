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
        Self { tenant: release.client.slug.clone(), spoken: total - missing.len(), total, missing }
    }
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
