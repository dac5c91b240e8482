//! The services catalog, joined with the price list.

use std::collections::BTreeMap;

use format::{Offer, Service, Text};
use schema::{OpenValue, ServiceEntry};

use crate::lower::Problem;
use crate::lower::place::{below, suggest};
use crate::lower::sheet::Sheet;
use crate::lower::twin::{maybe_text, text, union};
use crate::said::say;

/// Every service with the prices it names.
pub(super) fn services(sheet: &Sheet<'_>, offers: &[Offer], problems: &mut Vec<Problem>) -> Vec<Service> {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, offer) in offers.iter().enumerate() {
        by_name.entry(folded(&offer.name.ru)).or_default().push(index);
    }
    let mut join = Join { sheet, offers, by_name, problems };
    let entries = sheet.pack.services_catalog.services.iter().enumerate();
    entries.map(|(index, entry)| join.service(entry, &below("/services_catalog/services", index))).collect()
}

/// A name without regard to case and spaces.
fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

struct Join<'a, 'b> {
    sheet: &'a Sheet<'b>,
    offers: &'a [Offer],
    by_name: BTreeMap<String, Vec<usize>>,
    problems: &'a mut Vec<Problem>,
}

impl Join<'_, '_> {
    fn service(&mut self, entry: &ServiceEntry, pointer: &str) -> Service {
        Service {
            name: text!(entry, name),
            aliases: union(&entry.aliases, entry.kk.list("aliases")),
            offers: self.offers_of(entry, pointer),
            price_text: entry.quick_price_key.as_ref().and_then(|key| self.quick_price(entry, key, pointer)),
            duration: maybe_text!(entry, duration_text),
            description: maybe_text!(entry, description),
            source: self.sheet.spot(pointer).source(),
        }
    }

    /// Indices of the lines a service names; of the line that has its name where it names none.
    fn offers_of(&mut self, entry: &ServiceEntry, pointer: &str) -> Vec<usize> {
        let Some(names) = &entry.price_items else {
            let own = entry.quick_price_key.is_none().then(|| self.by_name.get(&folded(&entry.name)));
            return own.flatten().cloned().unwrap_or_default();
        };
        let mut found = Vec::new();
        for (index, name) in names.iter().enumerate() {
            match self.by_name.get(&folded(name)) {
                Some(lines) => {
                    found.extend(lines.iter().filter(|it| !found.contains(*it)).copied().collect::<Vec<_>>())
                }
                None => self.miss(entry, name, &below(&below(pointer, "price_items"), index)),
            }
        }
        found
    }

    fn miss(&mut self, entry: &ServiceEntry, name: &str, pointer: &str) {
        let help = suggest(name, self.offers.iter().map(|it| it.name.ru.as_str()));
        let service = &entry.name;
        let here = self.sheet.spot(pointer);
        let list = self.sheet.spot("/price_list");
        // A branch with a price list of its own must have every line the shared catalog names.
        let problem = match self.sheet.branch {
            Some(branch) if list.file != here.file => list.problem(
                "price-item-unknown",
                say!(
                    "the price list of branch `{branch}` has no «{name}», which service «{service}» names",
                    "в прайсе филиала `{branch}` нет строки «{name}», а на неё ссылается услуга «{service}»",
                ),
                help.or_else(|| {
                    Some(say!(
                        "add the line, or give the branch a services_catalog.services of its own",
                        "добавьте эту строку или дайте филиалу свой список services_catalog.services",
                    ))
                }),
            ),
            _ => here.problem(
                "price-item-unknown",
                say!(
                    "service «{service}» names «{name}», which is not in price_list",
                    "услуга «{service}» ссылается на «{name}», но такой строки нет в price_list",
                ),
                help,
            ),
        };
        self.problems.push(problem);
    }

    /// The ready sentence a service names.
    fn quick_price(&mut self, entry: &ServiceEntry, key: &str, pointer: &str) -> Option<Text> {
        let answers = &self.sheet.pack.price_quick_answers;
        let sentence = |key: &str| match answers.get(key) {
            Some(OpenValue::Text(text)) => Some(text.clone()),
            _ => None,
        };
        if let Some(ru) = sentence(key) {
            return Some(Text { ru, kk: sentence(&format!("{key}_kk")) });
        }
        let keys = answers.keys().map(String::as_str).filter(|it| !it.ends_with("_kk"));
        let spot = self.sheet.spot(&below(pointer, "quick_price_key"));
        let service = &entry.name;
        let message = say!(
            "service «{service}» names `{key}`, which has no text in price_quick_answers",
            "услуга «{service}» ссылается на `{key}`, но такого текста нет в price_quick_answers",
        );
        self.problems.push(spot.problem("quick-price-unknown", message, suggest(key, keys)));
        None
    }
}
