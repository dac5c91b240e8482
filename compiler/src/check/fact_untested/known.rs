//! The facts of a tenant, each with the words and figures it is recognised by.

use std::collections::HashSet;

use crate::bundle::Bundle;
use crate::check::facts::{self, Section};
use crate::source::Place;

/// A fact, as it is written: what is read out of it is made when it is asked for.
#[derive(Debug)]
pub(super) struct Known<'b> {
    /// What the note calls it.
    pub(super) name: &'b str,
    at: At<'b>,
    /// Its names: a customer who says all words of one asks for it.
    pub(super) names: Vec<&'b str>,
    /// What is told of it.
    pub(super) texts: Vec<&'b str>,
    /// Figures that only it has.
    pub(super) figures: Vec<String>,
    /// Beginning of the intents that ask for it.
    pub(super) intent: Option<&'static str>,
}

#[derive(Debug)]
enum At<'b> {
    Key(Section<'b>),
    Under(Section<'b>, &'static str),
}

impl<'b> Known<'b> {
    fn new(name: &'b str, at: At<'b>) -> Self {
        let (names, texts, figures) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, at, names, texts, figures, intent: None }
    }

    fn called(mut self, names: impl IntoIterator<Item = &'b str>) -> Self {
        self.names.extend(names);
        self
    }

    pub(super) fn place(&self) -> Place {
        match &self.at {
            At::Key(section) => section.key(),
            At::Under(section, key) => section.place_at(key),
        }
    }
}

/// What tests should speak of: services and other prices, hours, address, promotions, rules for
/// guests, facts of the tenant's own.
pub(super) fn known(bundle: &Bundle) -> Vec<Known<'_>> {
    let mut known = Vec::new();
    let reached = services(bundle, &mut known);
    for item in list(facts::section(bundle, "price_list"))
        .filter_map(|it| it.at("/items"))
        .flat_map(|it| list(Some(it)))
    {
        let Some(name) = item.text_at("name").filter(|it| !reached.contains(*it)) else { continue };
        let names = [Some(name), item.text_at("name_kk")];
        known.push(Known::new(name, At::Under(item, "name")).called(names.into_iter().flatten()));
    }
    if let Some(salon) = facts::section(bundle, "salon") {
        place_and_time(&salon, &mut known);
    }
    for offer in list(facts::section(bundle, "promotions").and_then(|it| it.at("/items"))) {
        let Some(name) = offer.text_at("name") else { continue };
        let percent = offer.at("/discount_percent").and_then(|it| it.whole());
        let mut fact = Known::new(name, At::Under(offer, "name")).called([name]);
        fact.figures.extend(percent.map(|it| it.to_string()));
        known.push(fact);
    }
    if let Some(rules) = facts::section(bundle, "guest_policy") {
        for (key, rule) in rules.entries().filter(|(key, _)| !key.ends_with("_kk")) {
            let texts = texts(&rule);
            let mut fact = Known::new(key, At::Key(rule));
            fact.texts = texts;
            known.push(fact);
        }
    }
    for answer in list(facts::section(bundle, "facts")) {
        let asked = ["/questions/ru", "/questions/kk"].into_iter().filter_map(|it| answer.at(it));
        let asked = asked.flat_map(|it| list(Some(it))).filter_map(|it| it.text());
        let told = ["/text", "/text_kk"].into_iter().filter_map(|it| answer.at(it));
        let told = told.flat_map(|it| texts(&it)).collect();
        let names: Vec<&str> = asked.collect();
        let id = answer.text_at("id").unwrap_or_default();
        let mut fact = Known::new(id, At::Under(answer, "id")).called(names);
        fact.texts = told;
        known.push(fact);
    }
    known
}

/// Services; the price items they name.
fn services<'b>(bundle: &'b Bundle, known: &mut Vec<Known<'b>>) -> HashSet<&'b str> {
    let mut reached = HashSet::new();
    for service in list(facts::section(bundle, "services_catalog").and_then(|it| it.at("/services"))) {
        let Some(name) = service.text_at("name") else { continue };
        let parts = |key: &str| list(service.at(key)).filter_map(|it| it.text()).collect::<Vec<_>>();
        let items = parts("/price_items");
        let aliases = parts("/aliases").into_iter().chain(parts("/aliases_kk"));
        let names = aliases.chain([name]).chain(service.text_at("name_kk")).chain(items.iter().copied());
        let names: Vec<&str> = names.collect();
        known.push(Known::new(name, At::Under(service, "name")).called(names));
        reached.insert(name);
        reached.extend(items);
    }
    reached
}

fn place_and_time<'b>(salon: &Section<'b>, known: &mut Vec<Known<'b>>) {
    if let Some(hours) = salon.at("/hours") {
        let mut fact = Known { intent: Some("hours"), ..Known::new("hours", At::Key(hours.clone())) };
        let times = ["open", "close"].into_iter().filter_map(|it| hours.text_at(it));
        fact.figures = times.map(|it| it.trim_start_matches('0').to_owned()).collect();
        let words = ["/days", "/exceptions", "/last_appointment"].into_iter().filter_map(|it| hours.at(it));
        fact.texts = words.flat_map(|it| texts(&it)).collect();
        known.push(fact);
    }
    if let Some(address) = salon.at("/address") {
        let mut fact = Known { intent: Some("location"), ..Known::new("address", At::Key(address.clone())) };
        fact.texts = address.entries().flat_map(|(_, it)| texts(&it)).collect();
        known.push(fact);
    }
}

fn list<'b>(section: Option<Section<'b>>) -> impl Iterator<Item = Section<'b>> {
    section.map(|it| it.items().collect::<Vec<_>>()).unwrap_or_default().into_iter()
}

/// A text or the texts of a list.
fn texts<'b>(section: &Section<'b>) -> Vec<&'b str> {
    let parts = list(Some(section.clone())).filter_map(|it| it.text());
    section.text().into_iter().chain(parts).collect()
}
