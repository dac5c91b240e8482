//! How long things take.

use super::catalog::Named;
use super::{Filler, Told, View, tidy};

/// The duration of each service named, in the tenant's words.
pub(crate) fn duration(view: &View, filler: &Filler<'_>, named: &Named) -> Option<Told> {
    let facts = &view.facts;
    let service = named.services.iter().map(|at| &facts.services[*at]).find(|it| it.duration.is_some())?;
    let words = service.duration.as_ref()?.get(filler.lang());
    let values = [
        ("service", service.name.get(filler.lang()).to_owned()),
        ("duration", super::catalog::lower_first(words.trim().trim_end_matches('.'))),
    ];
    let filled = filler.with(&values).say("duration.line")?;
    Some(Told { text: tidy(&filled.text), sources: vec![service.source.0.clone()], bookable: true })
}
