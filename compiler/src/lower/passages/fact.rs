//! Facts phrased as passages: one a service with its prices, a promotion, a rule, an answer.
//!
//! What the bot says about itself, what is for machines and what may not be told is no passage.

use std::collections::BTreeSet;

use format::{DayHours, Fact, Facts, Lang, Source, Text, Value};

use super::asked::Askers;
use super::money::offer_line;
use super::spread::Draft;

/// Dotted keys (or their beginnings) that are told in another passage, or are no knowledge.
const NOT_ALONE: [&str; 16] = [
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
    "system_messages",
];

/// The parts of an address that are told, in this order.
const ADDRESS: [&str; 4] = ["full", "entrance", "signage", "landmarks"];

/// Whether a text is told in some passage; else only a template can say it.
pub(crate) fn is_told(key: &str, fact: &Fact) -> bool {
    let of_address = key.strip_prefix("salon.address.").is_some_and(|it| ADDRESS.contains(&it));
    told(fact).is_some() && (of_address || !NOT_ALONE.iter().any(|it| is_below(key, it)))
}

fn is_below(key: &str, prefix: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Every fact passage of `facts`, in a fixed order; `askers` know how people ask for them.
pub(crate) fn fact_drafts(facts: &Facts, askers: &Askers<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    drafts.services(facts);
    drafts.loose_offers(facts);
    drafts.promotions(facts);
    drafts.address(facts, askers);
    drafts.hours(facts, askers);
    drafts.texts(facts, askers);
    for answer in &facts.answers {
        let section = answer.questions.first().unwrap_or(&answer.id);
        drafts.add(&Text::plain(section), &answer.source, std::slice::from_ref(&answer.text), "");
        drafts.asked(answer.questions.iter().skip(1).cloned().collect());
    }
    drafts.0
}

/// Passages in the making.
#[derive(Default)]
pub(super) struct Drafts(pub(super) Vec<Draft>);

impl Drafts {
    /// Says how people ask for what was added last, in all its languages.
    pub(super) fn asked(&mut self, asked: Vec<String>) {
        let Some(last) = self.0.last() else { return };
        let source = last.source.clone();
        for draft in self.0.iter_mut().rev().take_while(|it| it.source == source && it.asked.is_empty()) {
            draft.asked.clone_from(&asked);
        }
    }

    /// A passage of all `parts`, and its Kazakh twin where any part has one.
    pub(super) fn add(&mut self, section: &Text, source: &Source, parts: &[Text], between: &str) {
        let join = |lang| parts.iter().map(|it| it.get(lang)).collect::<Vec<_>>().join(between);
        let text = join(Lang::Ru);
        if text.trim().is_empty() {
            return;
        }
        let main = super::lang_of(&text);
        self.0.push(Draft {
            section: section.ru.clone(),
            lang: main,
            text,
            source: source.clone(),
            asked: Vec::new(),
        });
        if parts.iter().any(|it| it.kk.is_some()) {
            let section = section.get(Lang::Kk).to_owned();
            self.0.push(Draft {
                section,
                lang: Lang::Kk,
                text: join(Lang::Kk),
                source: source.clone(),
                asked: Vec::new(),
            });
        }
    }

    fn services(&mut self, facts: &Facts) {
        for service in &facts.services {
            let mut lines: Vec<Text> =
                service.description.iter().chain(&service.price_text).cloned().collect();
            lines.extend(service.offers.iter().filter_map(|index| facts.offers.get(*index)).map(offer_line));
            lines.extend(service.duration.clone());
            // The prices repeat the name; a service without them is still worth saying.
            if service.offers.is_empty() && service.price_text.is_none() {
                lines.insert(0, service.name.clone());
            }
            self.add(&service.name, &service.source, &lines, "\n");
        }
    }

    /// Lines of the price list that no service names, by heading.
    fn loose_offers(&mut self, facts: &Facts) {
        let named: BTreeSet<usize> = facts.services.iter().flat_map(|it| it.offers.iter().copied()).collect();
        let mut rest: Vec<_> =
            facts.offers.iter().enumerate().filter(|(index, _)| !named.contains(index)).collect();
        while let Some((_, first)) = rest.first().copied() {
            let (here, elsewhere): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|(_, it)| it.category == first.category);
            let lines: Vec<Text> = here.into_iter().map(|(_, it)| offer_line(it)).collect();
            self.add(&first.category, &first.source, &lines, "\n");
            rest = elsewhere;
        }
    }

    fn promotions(&mut self, facts: &Facts) {
        for promotion in &facts.promotions {
            let percent = promotion.discount_percent.map(|it| Text::plain(format!("{it}%")));
            let details = [&percent, &promotion.eligibility, &promotion.requirements, &promotion.notes];
            let parts: Vec<Text> =
                [&Some(promotion.name.clone())].into_iter().chain(details).flatten().cloned().collect();
            self.add(&promotion.name, &promotion.source, &parts, ", ");
        }
    }

    fn address(&mut self, facts: &Facts, askers: &Askers<'_>) {
        let parts: Vec<&Fact> =
            ADDRESS.into_iter().filter_map(|key| facts.texts.get(&format!("salon.address.{key}"))).collect();
        if let Some(first) = parts.first() {
            let sentences: Vec<Text> = parts.iter().filter_map(|it| told(it)).map(sentence).collect();
            self.add(&Text::plain("address"), &first.source, &sentences, " ");
            self.asked(askers.below("salon.address"));
        }
    }

    fn hours(&mut self, facts: &Facts, askers: &Askers<'_>) {
        let Some(hours) = &facts.hours else { return };
        let mut usual = hours.days.clone();
        // Where weekdays differ, the usual times alone would mislead.
        if let (DayHours::Open { open, close }, true) = (&hours.usual, hours.week.is_empty()) {
            let with_times = |days: &String| match days.is_empty() {
                true => format!("{open}–{close}"),
                false => format!("{days}, {open}–{close}"),
            };
            usual = Text { ru: with_times(&usual.ru), kk: usual.kk.as_ref().map(with_times) };
        }
        // A bare time says nothing without its key.
        let last = hours.last_appointment.clone().filter(|it| it.ru.chars().any(char::is_alphabetic));
        let parts = [Some(usual).filter(|it| !it.ru.is_empty()), last, hours.exceptions.clone()];
        let sentences: Vec<Text> = parts.into_iter().flatten().map(sentence).collect();
        if !sentences.is_empty() {
            self.add(&Text::plain("hours"), &hours.source, &sentences, " ");
            self.asked(askers.below("hours"));
        }
    }

    fn texts(&mut self, facts: &Facts, askers: &Askers<'_>) {
        for (key, fact) in &facts.texts {
            let untold = is_below(key, "payment") && !facts.payment.allowed
                || is_below(key, "discounts") && !facts.discounts.enabled;
            if untold || NOT_ALONE.iter().any(|it| is_below(key, it)) {
                continue;
            }
            if let Some(text) = told(fact) {
                let section = Text::plain(key.replace('.', " > ").replace('_', " "));
                self.add(&section, &fact.source, &[text], "");
                self.asked(askers.of_fact(key));
            }
        }
    }
}

/// A fact as a text; bare numbers and flags mean nothing without their key.
fn told(fact: &Fact) -> Option<Text> {
    let words = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        Value::List(items) => Some(items.join(", ")),
        Value::Number(_) | Value::Flag(_) => None,
    };
    Some(Text { ru: words(&fact.value)?, kk: fact.value_kk.as_ref().and_then(words) })
}

/// With a full stop, so that sentences do not run together.
pub(super) fn sentence(text: Text) -> Text {
    let stop = |text: String| {
        let text = text.trim();
        if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
    };
    Text { ru: stop(text.ru), kk: text.kk.map(stop) }
}
