//! What is on the list: single services, categories, all of it, and what is not.

use format::{Lang, Offer, Service};

use super::{Filler, Told, View};
use crate::understand::{Mention, Target};

/// What mentions resolve to at one branch.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Named {
    /// Indices of price-list items, named themselves or through their service.
    pub(crate) offers: Vec<usize>,
    /// Indices of services, named themselves or through one of their items.
    pub(crate) services: Vec<usize>,
    /// Index of a category, when nothing finer was named.
    pub(crate) category: Option<usize>,
    /// An item was named itself.
    pub(crate) by_item: bool,
    /// Only a part of several names was said.
    pub(crate) vague: bool,
}

/// Resolves one mention: an item of the price list is finer than a service, a service finer than a
/// category.
pub(crate) fn name_targets(view: &View, mention: &Mention) -> Named {
    let facts = &view.facts;
    let vague = !mention.whole && mention.targets.len() > 1;
    let mut named = Named { vague, ..Named::default() };
    for target in &mention.targets {
        match target {
            Target::Offer(at) => named.offers.push(*at),
            Target::Service(at) => named.services.push(*at),
            Target::Category(at) => named.category = named.category.or(Some(*at)),
        }
    }
    named.by_item = !named.offers.is_empty();
    if named.by_item {
        for (at, service) in facts.services.iter().enumerate() {
            if service.offers.iter().any(|it| named.offers.contains(it)) && !named.services.contains(&at) {
                named.services.push(at);
            }
        }
    } else {
        for at in &named.services {
            for offer in &facts.services[*at].offers {
                if !named.offers.contains(offer) {
                    named.offers.push(*offer);
                }
            }
        }
    }
    if named.by_item || !named.services.is_empty() {
        named.category = None;
    }
    named
}

/// The name to use in a sentence.
pub(crate) fn label<'a>(view: &'a View, filler: &Filler<'_>, named: &Named) -> Option<&'a str> {
    let facts = &view.facts;
    if named.by_item && named.offers.len() == 1 {
        return Some(facts.offers[named.offers[0]].name.get(filler.lang()));
    }
    if let Some(at) = named.services.first() {
        return Some(facts.services[*at].name.get(filler.lang()));
    }
    named.offers.first().map(|at| facts.offers[*at].name.get(filler.lang()))
}

/// «Yes, there is»: the tenant's own sentence, else the pack's, with the price behind it.
pub(crate) fn presence(view: &View, filler: &Filler<'_>, named: &Named) -> Option<Told> {
    if let Some(category) = named.category {
        return in_category(view, filler, category);
    }
    let name = label(view, filler, named)?.to_owned();
    let filler = filler.with(&[("service", lower_first(&name))]);
    let own = own_sentence(&filler, "services_catalog.service_presence_reply");
    let mut told = match own {
        Some(told) => told,
        None => filler.say("service.present").map(|it| Told::new(it.text, it.sources))?,
    };
    if let Some(price) = super::price(view, &filler, named) {
        told.text = format!("{} {}", told.text, price.text);
        told.sources.extend(price.sources);
    }
    let described = named.services.first().and_then(|at| view.facts.services[*at].description.as_ref());
    if let Some(text) = described {
        told.text = super::tidy(&format!("{} {}.", told.text, text.get(filler.lang())));
    }
    told.bookable = true;
    Some(told)
}

/// What a category holds.
fn in_category(view: &View, filler: &Filler<'_>, category: usize) -> Option<Told> {
    let lang = filler.lang();
    let mut names: Vec<&str> = Vec::new();
    let mut sources = Vec::new();
    for service in services_of(view, category) {
        names.push(service.name.get(lang));
        sources.push(service.source.0.clone());
    }
    for offer in offers_of(view, category) {
        let covered =
            names.iter().any(|it| text::normalize(offer.name.get(lang)).contains(&text::normalize(it)));
        if !covered {
            names.push(offer.name.get(lang));
            sources.push(offer.source.0.clone());
        }
    }
    if names.is_empty() {
        return not_on_the_list(filler);
    }
    names.truncate(8);
    let label = filler.pack().categories[category].label.get(lang).to_owned();
    let values = [("category", label), ("items", listed(&names))];
    let filled = filler.with(&values).say("category.overview")?;
    Some(Told { text: filled.text, sources, bookable: true })
}

/// Items of the price list that belong to a category: by their heading, or by their own words.
pub(crate) fn offers_of(view: &View, category: usize) -> impl Iterator<Item = &Offer> {
    let belongs = move |text: &str| mentions_category(view, text, category);
    view.facts.offers.iter().filter(move |it| belongs(&it.category.ru) || belongs(&it.name.ru))
}

fn services_of(view: &View, category: usize) -> impl Iterator<Item = &Service> {
    view.facts.services.iter().filter(move |it| mentions_category(view, &it.name.ru, category))
}

fn mentions_category(view: &View, text: &str, category: usize) -> bool {
    view.mentions.categories_in(text).contains(&category)
}

/// Everything there is: the tenant's summary, else its categories.
pub(crate) fn overview(view: &View, filler: &Filler<'_>) -> Option<Told> {
    let mut headings: Vec<&str> = Vec::new();
    for offer in &view.facts.offers {
        let heading = offer.category.get(filler.lang());
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    let filled = filler.with(&[("categories", listed(&headings))]).say("answer.services_overview")?;
    Some(Told { text: filled.text, sources: filled.sources, bookable: true })
}

/// «That is not on the list», with near ones: the tenant's own sentence, else the pack's.
pub(crate) fn not_on_the_list(filler: &Filler<'_>) -> Option<Told> {
    let filler = filler.with(&[("suggestions", suggestions(filler))]);
    own_sentence(&filler, "services_catalog.not_found_reply")
        .or_else(|| filler.say("service.not_found").map(|it| Told::new(it.text, it.sources)))
}

/// The tenant's suggestions, else the names of its first services.
pub(crate) fn suggestions(filler: &Filler<'_>) -> String {
    let own = filler.say_text("{services_catalog.suggestions}");
    own.map(|it| lower_first(&it)).unwrap_or_else(|| {
        let names: Vec<&str> =
            filler.facts().services.iter().take(5).map(|it| it.name.get(filler.lang())).collect();
        listed(&names).to_lowercase()
    })
}

/// A sentence of the tenant that holds slots itself; in Kazakh only if it has a twin.
fn own_sentence(filler: &Filler<'_>, key: &str) -> Option<Told> {
    let fact = filler.facts().texts.get(key)?;
    let value = match (filler.lang(), &fact.value_kk) {
        (Lang::Kk, None) => return None,
        (Lang::Kk, Some(kk)) => kk,
        (Lang::Ru, _) => &fact.value,
    };
    let format::Value::Text(text) = value else { return None };
    let filled = filler.fill(&super::Template::parse(text))?;
    Some(Told::new(filled.text, vec![fact.source.0.clone()]))
}

/// Names in a row, the second and later without their capital.
pub(crate) fn listed(names: &[&str]) -> String {
    in_a_row(names, ", ")
}

/// Items joined, the second and later without their capital.
pub(crate) fn in_a_row(items: &[&str], between: &str) -> String {
    let shown =
        items.iter().enumerate().map(|(at, it)| if at == 0 { (*it).to_owned() } else { lower_first(it) });
    shown.collect::<Vec<_>>().join(between)
}

/// The first letter made small, unless the word is an abbreviation.
pub(crate) fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => name.to_owned(),
    }
}
