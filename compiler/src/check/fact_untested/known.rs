//! The facts of a tenant, each with the words and figures it is recognised by.

use std::collections::HashSet;

use crate::bundle::Bundle;
use crate::check::facts::{self, Section};
use crate::check::stems::stems;
use crate::source::Place;

/// A fact.
#[derive(Debug)]
pub(super) struct Known {
    /// What the note calls it.
    pub(super) name: String,
    pub(super) place: Place,
    /// Stems of its names: a customer who says all of one asks for it.
    pub(super) names: Vec<Vec<String>>,
    /// What is told of it, in lower case.
    pub(super) texts: Vec<String>,
    /// Figures that only it has.
    pub(super) figures: Vec<String>,
    /// Beginning of the intents that ask for it.
    pub(super) intent: Option<&'static str>,
}

impl Known {
    fn new(name: impl Into<String>, place: Place) -> Self {
        let (names, texts, figures) = (Vec::new(), Vec::new(), Vec::new());
        Self { name: name.into(), place, names, texts, figures, intent: None }
    }

    fn called(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let stems = names.into_iter().map(|it| stems(it.as_ref())).filter(|it| !it.is_empty());
        self.names.extend(stems);
        self
    }
}

/// What tests should speak of: services and other prices, hours, address, promotions, rules for
/// guests, facts of the tenant's own.
pub(super) fn known(bundle: &Bundle) -> Vec<Known> {
    let mut known = Vec::new();
    let reached = services(bundle, &mut known);
    for item in list(facts::section(bundle, "price_list"))
        .filter_map(|it| it.at("/items"))
        .flat_map(|it| list(Some(it)))
    {
        let Some(name) = item.text_at("name").filter(|it| !reached.contains(*it)) else { continue };
        let twin = item.text_at("name_kk");
        known.push(Known::new(name, item.place_at("name")).called([Some(name), twin].into_iter().flatten()));
    }
    if let Some(salon) = facts::section(bundle, "salon") {
        place_and_time(&salon, &mut known);
    }
    for offer in list(facts::section(bundle, "promotions").and_then(|it| it.at("/items"))) {
        let Some(name) = offer.text_at("name") else { continue };
        let mut fact = Known::new(name, offer.place_at("name")).called([name]);
        fact.figures.extend(offer.at("/discount_percent").and_then(|it| it.whole()).map(|it| it.to_string()));
        known.push(fact);
    }
    if let Some(rules) = facts::section(bundle, "guest_policy") {
        for (key, rule) in rules.entries().filter(|(key, _)| !key.ends_with("_kk")) {
            let mut fact = Known::new(key, rule.key());
            fact.texts = texts(&rule);
            known.push(fact);
        }
    }
    for answer in list(facts::section(bundle, "facts")) {
        let asked = ["/questions/ru", "/questions/kk"].into_iter().filter_map(|it| answer.at(it));
        let asked = asked.flat_map(|it| list(Some(it))).filter_map(|it| it.text());
        let mut fact =
            Known::new(answer.text_at("id").unwrap_or_default(), answer.place_at("id")).called(asked);
        fact.texts = ["/text", "/text_kk"]
            .into_iter()
            .filter_map(|it| answer.at(it))
            .flat_map(|it| texts(&it))
            .collect();
        known.push(fact);
    }
    known
}

/// Services; the price items they name.
fn services<'b>(bundle: &'b Bundle, known: &mut Vec<Known>) -> HashSet<&'b str> {
    let mut reached = HashSet::new();
    for service in list(facts::section(bundle, "services_catalog").and_then(|it| it.at("/services"))) {
        let Some(name) = service.text_at("name") else { continue };
        let parts = |key: &str| list(service.at(key)).filter_map(|it| it.text()).collect::<Vec<_>>();
        let items = parts("/price_items");
        let aliases = parts("/aliases").into_iter().chain(parts("/aliases_kk"));
        let names = aliases.chain([name]).chain(service.text_at("name_kk")).chain(items.iter().copied());
        known.push(Known::new(name, service.place_at("name")).called(names));
        reached.insert(name);
        reached.extend(items);
    }
    reached
}

fn place_and_time(salon: &Section<'_>, known: &mut Vec<Known>) {
    if let Some(hours) = salon.at("/hours") {
        let mut fact = Known { intent: Some("hours"), ..Known::new("hours", hours.key()) };
        let times = ["open", "close"].into_iter().filter_map(|it| hours.text_at(it));
        fact.figures = times.map(|it| it.trim_start_matches('0').to_owned()).collect();
        let words = ["/days", "/exceptions", "/last_appointment"].into_iter().filter_map(|it| hours.at(it));
        fact.texts = words.flat_map(|it| texts(&it)).collect();
        known.push(fact);
    }
    if let Some(address) = salon.at("/address") {
        let mut fact = Known { intent: Some("location"), ..Known::new("address", address.key()) };
        fact.texts = address.entries().flat_map(|(_, it)| texts(&it)).collect();
        known.push(fact);
    }
}

fn list(section: Option<Section<'_>>) -> impl Iterator<Item = Section<'_>> {
    section.map(|it| it.items().collect::<Vec<_>>()).unwrap_or_default().into_iter()
}

/// A text or the texts of a list, in lower case.
fn texts(section: &Section<'_>) -> Vec<String> {
    let parts = list(Some(section.clone())).filter_map(|it| it.text());
    section.text().into_iter().chain(parts).map(str::to_lowercase).collect()
}
