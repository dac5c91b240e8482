//! Facts as lines: a key, what customers would hear, and where it stands.

use std::collections::BTreeMap;

use format::{DayHours, Facts, Hours, Offer, Price, Promotion, Release, Service, Text, Value};

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The value in words.
    pub(super) shown: String,
    /// Its items, if it is a list.
    pub(super) items: Option<Vec<String>>,
    /// `file:line`.
    pub(super) source: Option<String>,
}

pub(super) type Lines = BTreeMap<String, Line>;

/// Every fact of the tenant, then what differs at its branches under `branches.<slug>.`.
pub(super) fn lines(release: &Release) -> Lines {
    let shared = of(&release.facts);
    let mut lines = shared.clone();
    for (branch, facts) in &release.branch_facts {
        let own = of(facts);
        let same = |key: &String, line: &Line| shared.get(key).is_some_and(|it| it.shown == line.shown);
        lines.extend(
            own.iter()
                .filter(|(key, line)| !same(key, line))
                .map(|(key, line)| (format!("branches.{branch}.{key}"), line.clone())),
        );
        for (key, line) in shared.iter().filter(|(key, _)| !own.contains_key(*key)) {
            let line = Line { shown: "(none)".to_owned(), items: None, source: line.source.clone() };
            lines.insert(format!("branches.{branch}.{key}"), line);
        }
    }
    lines
}

/// Every place that a fact stands at, with the shortest key of what stands there.
pub(crate) fn places(release: &Release) -> BTreeMap<String, String> {
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for (key, line) in lines(release) {
        let Some(source) = line.source else { continue };
        let known = places.entry(source).or_insert_with(|| key.clone());
        if key.len() < known.len() {
            *known = key;
        }
    }
    places
}

fn of(facts: &Facts) -> Lines {
    let mut lines = Collector::default();
    // The opening hours are told together below.
    let is_told = |key: &str| facts.hours.is_some() && key.starts_with("salon.hours.");
    for (key, fact) in facts.texts.iter().filter(|(key, _)| !is_told(key)) {
        let source = Some(fact.source.0.as_str());
        lines.value(key.clone(), &fact.value, source);
        if let Some(twin) = &fact.value_kk {
            lines.value(format!("{key}_kk"), twin, source);
        }
    }
    for offer in &facts.offers {
        lines.offer(offer);
    }
    for service in &facts.services {
        lines.service(service, &facts.offers);
    }
    if let Some(hours) = &facts.hours {
        lines.hours(hours);
    }
    for promotion in &facts.promotions {
        lines.promotion(promotion);
    }
    for answer in &facts.answers {
        let key = format!("facts.{}", answer.id);
        let source = Some(answer.source.0.as_str());
        lines.text(&key, &answer.text, source);
        lines.list(format!("{key}.questions"), &answer.questions, source);
    }
    lines.add("booking.bot_can_confirm".to_owned(), facts.booking.can_confirm.to_string(), None);
    let collect: Vec<String> = facts.booking.collect.iter().map(|it| it.ru.clone()).collect();
    lines.list("booking.collect_fields".to_owned(), &collect, None);
    lines.add("payment.allow_payment_info".to_owned(), facts.payment.allowed.to_string(), None);
    lines.list("payment.methods".to_owned(), &facts.payment.methods, None);
    lines.add("discounts.enabled".to_owned(), facts.discounts.enabled.to_string(), None);
    lines.0
}

#[derive(Default)]
struct Collector(Lines);

impl Collector {
    /// Adds a line; a second fact under the same key gets a number.
    fn add(&mut self, key: String, shown: String, source: Option<&str>) {
        self.insert(key, Line { shown, items: None, source: source.map(str::to_owned) });
    }

    fn insert(&mut self, key: String, line: Line) {
        let mut unique = key.clone();
        let mut count = 1;
        while self.0.contains_key(&unique) {
            count += 1;
            unique = format!("{key} #{count}");
        }
        self.0.insert(unique, line);
    }

    fn value(&mut self, key: String, value: &Value, source: Option<&str>) {
        match value {
            Value::Text(text) | Value::Number(text) => self.add(key, text.clone(), source),
            Value::Flag(flag) => self.add(key, flag.to_string(), source),
            Value::List(items) => self.list(key, items, source),
        }
    }

    fn text(&mut self, key: &str, text: &Text, source: Option<&str>) {
        self.add(key.to_owned(), text.ru.clone(), source);
        if let Some(twin) = &text.kk {
            self.add(format!("{key}_kk"), twin.clone(), source);
        }
    }

    fn maybe(&mut self, key: &str, text: Option<&Text>, source: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text, source);
        }
    }

    fn list(&mut self, key: String, items: &[String], source: Option<&str>) {
        if !items.is_empty() {
            let line = Line {
                shown: items.join(", "),
                items: Some(items.to_vec()),
                source: source.map(str::to_owned),
            };
            self.insert(key, line);
        }
    }

    fn offer(&mut self, offer: &Offer) {
        let key = format!("price_list.{}.{}", offer.category.ru, offer.name.ru);
        let source = Some(offer.source.0.as_str());
        self.add(key.clone(), price(offer.price), source);
        self.maybe(&format!("{key}.note"), offer.note.as_ref(), source);
        if let Some(twin) = &offer.name.kk {
            self.add(format!("{key}.name_kk"), twin.clone(), source);
        }
    }

    fn service(&mut self, service: &Service, offers: &[Offer]) {
        let key = format!("services.{}", service.name.ru);
        let source = Some(service.source.0.as_str());
        let names: Vec<String> =
            service.offers.iter().filter_map(|it| offers.get(*it)).map(|it| it.name.ru.clone()).collect();
        self.add(key.clone(), if names.is_empty() { "offered".to_owned() } else { names.join(", ") }, source);
        if let Some(twin) = &service.name.kk {
            self.add(format!("{key}.name_kk"), twin.clone(), source);
        }
        self.list(format!("{key}.aliases"), &service.aliases, source);
        self.maybe(&format!("{key}.price"), service.price_text.as_ref(), source);
        self.maybe(&format!("{key}.duration"), service.duration.as_ref(), source);
        self.maybe(&format!("{key}.description"), service.description.as_ref(), source);
    }

    fn hours(&mut self, hours: &Hours) {
        let source = Some(hours.source.0.as_str());
        self.text("salon.hours.days", &hours.days, source);
        self.add("salon.hours".to_owned(), day(&hours.usual), source);
        self.maybe("salon.hours.last_appointment", hours.last_appointment.as_ref(), source);
        self.maybe("salon.hours.exceptions", hours.exceptions.as_ref(), source);
        for (name, it) in hours.week.iter().chain(&hours.dates) {
            self.add(format!("salon.hours.{name}"), day(it), source);
        }
    }

    fn promotion(&mut self, promotion: &Promotion) {
        let key = format!("promotions.{}", promotion.name.ru);
        let source = Some(promotion.source.0.as_str());
        let shown = promotion.discount_percent.map_or_else(|| "offered".to_owned(), |it| format!("{it} %"));
        self.add(key.clone(), shown, source);
        self.maybe(&format!("{key}.eligibility"), promotion.eligibility.as_ref(), source);
        self.maybe(&format!("{key}.requirements"), promotion.requirements.as_ref(), source);
        self.maybe(&format!("{key}.notes"), promotion.notes.as_ref(), source);
    }
}

fn day(day: &DayHours) -> String {
    match day {
        DayHours::Open { open, close } => format!("{open}–{close}"),
        DayHours::Closed => "closed".to_owned(),
    }
}

fn price(price: Price) -> String {
    match price {
        Price::Exact(exact) => tenge(exact),
        Price::From(least) => format!("from {}", tenge(least)),
        Price::Range(least, most) => format!("{} – {}", tenge(least), tenge(most)),
    }
}

/// `12500` as `12 500 ₸`.
fn tenge(amount: u64) -> String {
    let digits = amount.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown + " ₸"
}
