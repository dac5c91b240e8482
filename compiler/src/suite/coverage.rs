//! Which facts the tests of a tenant speak, measured by what real replies rest on.

use std::collections::BTreeSet;

use format::Release;
use serde::Serialize;

use super::Played;
use crate::plan::fact_places;

/// A fact that no reply of the run rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unspoken {
    /// Dotted key.
    pub key: String,
    /// `file:line`, relative to the bundle.
    pub source: String,
}

/// What the tests of one tenant speak. Facts of one line count once.
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
        let places = fact_places(release);
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

/// File and line, so that line 9 stands before line 10.
fn place(source: &str) -> (String, u32) {
    let (file, line) = source.rsplit_once(':').unwrap_or((source, ""));
    (file.to_owned(), line.parse().unwrap_or_default())
}
