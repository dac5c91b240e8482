//! What things cost.

use super::catalog::{Named, lower_first, offers_of};
use super::money::price_text;
use super::{Filler, Told, View, tidy};

/// Most items told at once.
const AT_ONCE: usize = 6;

/// The price of what was named: exact, from, a range, every variant of a service, or the items of a
/// category.
pub(crate) fn price(view: &View, filler: &Filler<'_>, named: &Named) -> Option<Told> {
    let facts = &view.facts;
    if !named.by_item
        && let Some(service) =
            named.services.iter().map(|at| &facts.services[*at]).find(|it| it.price_text.is_some())
    {
        let text = service.price_text.as_ref()?.get(filler.lang());
        return Some(Told {
            text: tidy(&format!("{text}.")),
            sources: vec![service.source.0.clone()],
            bookable: true,
        });
    }
    let offers: Vec<&format::Offer> = match named.category {
        Some(category) => offers_of(view, category).collect(),
        None => named.offers.iter().map(|at| &facts.offers[*at]).collect(),
    };
    if offers.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = Vec::new();
    let mut sources = Vec::new();
    for offer in offers.iter().take(AT_ONCE) {
        let name = offer.name.get(filler.lang());
        let note = offer.note.as_ref().map(|it| it.get(filler.lang()).to_owned()).unwrap_or_default();
        let values = [
            ("name", if lines.is_empty() { name.to_owned() } else { lower_first(name) }),
            ("amount", price_text(filler, offer.price)),
            ("note", note),
        ];
        let line = filler.with(&values).say("price.line")?;
        lines.push(line.text.trim_end_matches('.').to_owned());
        sources.push(offer.source.0.clone());
    }
    let more = if offers.len() > AT_ONCE { filler.say("price.more").map(|it| it.text) } else { None };
    let joined: Vec<String> =
        lines.iter().enumerate().map(|(at, it)| if at == 0 { it.clone() } else { lower_first(it) }).collect();
    let text = format!("{}. {}", joined.join(", "), more.unwrap_or_default());
    Some(Told { text: tidy(&text), sources, bookable: true })
}
