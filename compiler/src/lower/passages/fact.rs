//! Facts phrased as passages: one a service with its prices, a promotion, a rule, an answer.
//!
//! What the bot says about itself, what is for machines and what may not be told is no passage.

use std::collections::BTreeSet;

use format::{Discounts, Fact, Facts, Lang, Payment, Source, Text, Value};

use super::money::offer_line;
use super::spread::Draft;

/// Dotted keys (or their beginnings) that are no knowledge about the business.
const NOT_KNOWLEDGE: [&str; 17] = [
    "booking.availability_provider",
    "booking.booking_mode",
    "booking.collect_fields",
    "duration_or_price_clarify",
    "price_quick_answers",
    "pricing_media",
    "salon.address",
    "salon.city",
    "salon.communication",
    "salon.hours",
    "salon.name",
    "salon.timezone",
    "service_clarify",
    "service_duration_estimates",
    "services_catalog",
    "style_reference",
    "system_messages",
];

/// Every fact passage of `facts`, in a fixed order.
pub(crate) fn fact_drafts(facts: &Facts) -> Vec<Draft> {
    let mut drafts = Drafts(Vec::new());
    drafts.services(facts);
    drafts.loose_offers(facts);
    for promotion in &facts.promotions {
        let percent = promotion.discount_percent.map(|it| Text::plain(format!("{it}%")));
        let parts = [&percent, &promotion.eligibility, &promotion.requirements, &promotion.notes];
        let details: Vec<&Text> = parts.into_iter().flatten().collect();
        drafts.add(&promotion.name, &promotion.source, |lang| {
            let details: Vec<&str> = details.iter().map(|it| it.get(lang)).collect();
            let name = promotion.name.get(lang);
            if details.is_empty() { name.to_owned() } else { format!("{name}: {}", details.join(", ")) }
        });
    }
    drafts.address(facts);
    drafts.hours(facts);
    for (key, fact) in &facts.texts {
        let is = |prefix: &str| key.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let hidden = NOT_KNOWLEDGE.iter().any(|it| is(it))
            || (is("payment") && facts.payment == Payment { allowed: false, ..facts.payment.clone() })
            || (is("discounts") && facts.discounts == Discounts { enabled: false });
        if !hidden {
            drafts.text(key, fact);
        }
    }
    for answer in &facts.answers {
        let section = answer.questions.first().unwrap_or(&answer.id);
        drafts.add_under(section, &answer.text, &answer.source);
    }
    drafts.0
}

struct Drafts(Vec<Draft>);

impl Drafts {
    /// A passage in Russian, and one in Kazakh where that says something else.
    fn add(&mut self, section: &Text, source: &Source, text: impl Fn(Lang) -> String) {
        let main = text(Lang::Ru);
        let twin = text(Lang::Kk);
        if main.trim().is_empty() {
            return;
        }
        if twin != main {
            self.push(section.get(Lang::Kk), Lang::Kk, twin, source);
        }
        let lang = super::lang_of(&main);
        self.push(&section.ru, lang, main, source);
    }

    fn add_under(&mut self, section: &str, text: &Text, source: &Source) {
        self.add(&Text::plain(section), source, |lang| text.get(lang).to_owned());
    }

    fn push(&mut self, section: &str, lang: Lang, text: String, source: &Source) {
        self.0.push(Draft { section: section.to_owned(), lang, text, source: source.clone() });
    }

    fn services(&mut self, facts: &Facts) {
        for service in &facts.services {
            self.add(&service.name, &service.source, |lang| {
                let mut lines = vec![service.name.get(lang).to_owned()];
                let sentences = [&service.description, &service.price_text];
                lines.extend(sentences.into_iter().flatten().map(|it| it.get(lang).to_owned()));
                lines.extend(service.offers.iter().map(|index| offer_line(&facts.offers[*index], lang)));
                lines.extend(service.duration.iter().map(|it| it.get(lang).to_owned()));
                lines.join("\n")
            });
        }
    }

    /// Lines of the price list that no service names, by heading.
    fn loose_offers(&mut self, facts: &Facts) {
        let named: BTreeSet<usize> = facts.services.iter().flat_map(|it| it.offers.iter().copied()).collect();
        let loose = || facts.offers.iter().enumerate().filter(|(index, _)| !named.contains(index)).map(|it| it.1);
        let mut headings: Vec<&Text> = Vec::new();
        for offer in loose() {
            if !headings.contains(&&offer.category) {
                headings.push(&offer.category);
            }
        }
        for heading in headings {
            let lines: Vec<_> = loose().filter(|it| it.category == *heading).collect();
            self.add(heading, &lines[0].source, |lang| {
                let lines: Vec<String> = lines.iter().map(|it| offer_line(it, lang)).collect();
                format!("{}\n{}", heading.get(lang), lines.join("\n"))
            });
        }
    }

    fn address(&mut self, facts: &Facts) {
        let parts: Vec<&Fact> = ["full", "entrance", "signage", "landmarks"]
            .into_iter()
            .filter_map(|key| facts.texts.get(&format!("salon.address.{key}")))
            .collect();
        if let Some(first) = parts.first() {
            self.add(&Text::plain("address"), &first.source, |lang| {
                let told = parts.iter().filter_map(|it| told(it, lang));
                told.map(|it| sentence(&it)).collect::<Vec<_>>().join(" ")
            });
        }
    }

    fn hours(&mut self, facts: &Facts) {
        let Some(hours) = &facts.hours else { return };
        self.add(&Text::plain("hours"), &hours.source, |lang| {
            let times = match &hours.usual {
                format::DayHours::Open { open, close } => Some(format!("{open}–{close}")),
                format::DayHours::Closed => None,
            };
            let days = Some(hours.days.get(lang)).filter(|it| !it.is_empty()).map(str::to_owned);
            let usual = days.into_iter().chain(times).collect::<Vec<_>>().join(", ");
            let more = [&hours.last_appointment, &hours.exceptions].into_iter().flatten();
            let sentences = std::iter::once(usual.as_str()).chain(more.map(|it| it.get(lang)));
            sentences.filter(|it| !it.is_empty()).map(sentence).collect::<Vec<_>>().join(" ")
        });
    }

    fn text(&mut self, key: &str, fact: &Fact) {
        let (Some(ru), kk) = (told(fact, Lang::Ru), told(fact, Lang::Kk)) else { return };
        let section = key.replace('.', " > ").replace('_', " ");
        self.add_under(&section, &Text { ru, kk }, &fact.source);
    }
}

/// A fact as a sentence; bare numbers and flags mean nothing without their key.
fn told(fact: &Fact, lang: Lang) -> Option<String> {
    let value = match (lang, &fact.value_kk) {
        (Lang::Kk, Some(twin)) => twin,
        _ => &fact.value,
    };
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::List(items) => Some(items.join(", ")),
        Value::Number(_) | Value::Flag(_) => None,
    }
}

/// With a full stop, so that sentences do not run together.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}
