//! Every name that prices and durations go by.

use format::{Facts, Offer, Price, Service, Source};
use text::money::Worth;
use text::{has_kazakh_letter, stem_kk, stem_ru, words};

use super::amount::worth;

/// A price with the name and the place it has in the facts.
#[derive(Debug, Clone)]
pub(super) struct Listed<'f> {
    name: &'f str,
    price: Price,
    pub(super) worth: Worth,
    pub(super) source: &'f Source,
}

impl Listed<'_> {
    /// The price list's line.
    pub(super) fn in_words(&self) -> String {
        match self.price {
            Price::Exact(sum) => format!("{}: {sum} ₸", self.name),
            Price::From(sum) => format!("{}: от {sum} ₸", self.name),
            Price::Range(from, to) => format!("{}: {from}–{to} ₸", self.name),
        }
    }
}

/// What one name leads to.
#[derive(Debug)]
struct Entry<'f> {
    stems: Vec<String>,
    offers: Vec<usize>,
    service: Option<&'f Service>,
}

/// The prices and services that hold at a branch.
#[derive(Debug)]
pub(super) struct Book<'f> {
    offers: &'f [Offer],
    entries: Vec<Entry<'f>>,
}

impl<'f> Book<'f> {
    pub(super) fn of(facts: &'f Facts) -> Self {
        let mut book = Self { offers: &facts.offers, entries: Vec::new() };
        for (index, offer) in facts.offers.iter().enumerate() {
            for name in [Some(&offer.name.ru), offer.name.kk.as_ref()].into_iter().flatten() {
                book.enter(name, &[index], None);
            }
        }
        for service in &facts.services {
            let names = [Some(&service.name.ru), service.name.kk.as_ref()].into_iter().flatten();
            for name in names.chain(&service.aliases) {
                book.enter(name, &service.offers, Some(service));
            }
        }
        book
    }

    fn enter(&mut self, name: &str, offers: &[usize], service: Option<&'f Service>) {
        let stems = stems(name);
        if stems.is_empty() {
            return;
        }
        match self.entries.iter_mut().find(|it| it.stems == stems) {
            Some(entry) => {
                entry.offers.extend(offers);
                entry.service = entry.service.or(service);
            }
            None => self.entries.push(Entry { stems, offers: offers.to_vec(), service }),
        }
    }

    /// What the text names: the longest names in it.
    fn named(&self, text: &str) -> Vec<&Entry<'f>> {
        let stems = stems(text);
        let within = |inner: &[String], outer: &[String]| inner.iter().all(|it| outer.contains(it));
        let named: Vec<&Entry<'_>> = self.entries.iter().filter(|it| within(&it.stems, &stems)).collect();
        let finer = |it: &&&Entry<'_>| {
            !named.iter().any(|other| other.stems.len() > it.stems.len() && within(&it.stems, &other.stems))
        };
        named.iter().filter(finer).copied().collect()
    }

    /// The prices of what the text names; `None` where it names nothing.
    pub(super) fn prices(&self, text: &str) -> Option<Vec<Listed<'f>>> {
        let named = self.named(text);
        let mut offers: Vec<usize> = named.iter().flat_map(|it| it.offers.iter().copied()).collect();
        offers.sort_unstable();
        offers.dedup();
        let listed = |offer: &'f Offer| Listed {
            name: &offer.name.ru,
            price: offer.price,
            worth: worth(offer.price),
            source: &offer.source,
        };
        let offers = offers.into_iter().filter_map(|it| self.offers.get(it));
        (!named.is_empty()).then(|| offers.map(listed).collect())
    }

    /// The services that the text names; `None` where it names none.
    pub(super) fn services(&self, text: &str) -> Option<Vec<&'f Service>> {
        let services: Vec<&Service> = self.named(text).iter().filter_map(|it| it.service).collect();
        (!services.is_empty()).then_some(services)
    }
}

/// Stems of the words that tell one thing from another.
fn stems(text: &str) -> Vec<String> {
    let tells = |it: &text::Word| {
        it.text.chars().count() > 1
            && !["на", "для", "по", "от", "до", "из", "за", "не", "мен", "және"].contains(&it.text.as_str())
    };
    let mut stems: Vec<String> = words(text).into_iter().filter(tells).map(|it| stem(&it.text)).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

fn stem(word: &str) -> String {
    if has_kazakh_letter(word) {
        return stem_kk(word);
    }
    let mut stem = stem_ru(word);
    // Snowball takes «экрана», «замена» and «зеркало» for verbs and cuts a letter of the root, but not
    // in «экранов», «замену» and «зеркалом».
    stem.push_str(match word.strip_prefix(stem.as_str()) {
        Some("н" | "на" | "но" | "ны") => "н",
        Some("ен" | "ена" | "ено" | "ены") => "ен",
        Some("л" | "ла" | "ло" | "ли") => "л",
        Some("ил" | "ила" | "ило" | "или") => "ил",
        Some("ыл" | "ыла" | "ыло" | "ыли") => "ыл",
        _ => "",
    });
    stem
}
