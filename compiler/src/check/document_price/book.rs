//! Every name a price goes by.

use crate::bundle::Bundle;
use crate::check::amount::{self, Worth};
use crate::check::facts::{self, Section};
use crate::check::stems::{stems, within};
use crate::source::Place;

use super::place::is_neutral;

/// A price with the name and the place it has in the facts.
#[derive(Debug, Clone)]
pub(super) struct Listed<'b> {
    pub(super) name: &'b str,
    pub(super) worth: Worth,
    pub(super) place: Place,
}

/// What one name leads to.
#[derive(Debug)]
struct Entry {
    stems: Vec<String>,
    /// Indices of prices.
    prices: Vec<usize>,
}

/// The prices that hold at one branch, or anywhere.
#[derive(Debug, Default)]
pub(super) struct Book<'b> {
    prices: Vec<Listed<'b>>,
    entries: Vec<Entry>,
}

impl<'b> Book<'b> {
    /// The prices that a document of this branch is beside; of one for all branches, those of all.
    pub(super) fn of(bundle: &'b Bundle, branch: Option<&str>) -> Self {
        let mut book = Self::default();
        let sections = |name: &str| {
            let all = facts::everywhere(bundle, name);
            match branch.and_then(|it| facts::of_branch(bundle, it, name)) {
                Some(own) => vec![own],
                None if branch.is_some() => facts::section(bundle, name).into_iter().collect(),
                None => all,
            }
        };
        for list in sections("price_list") {
            for item in list.items().filter_map(|it| it.at("/items")).flat_map(items) {
                book.add_item(&item);
            }
        }
        let ready = sections("price_quick_answers");
        for service in sections("services_catalog").iter().filter_map(|it| it.at("/services")).flat_map(items)
        {
            book.add_service(&service, &ready);
        }
        book
    }

    fn add_item(&mut self, item: &Section<'b>) {
        let (Some(name), Some(worth)) = (item.text_at("name"), worth(item)) else { return };
        self.prices.push(Listed { name, worth, place: item.place_at("name") });
        let index = self.prices.len() - 1;
        for name in [Some(name), item.text_at("name_kk")].into_iter().flatten() {
            self.enter(name, &[index]);
        }
    }

    fn add_service(&mut self, service: &Section<'b>, ready: &[Section<'b>]) {
        let Some(name) = service.text_at("name") else { return };
        let named: Vec<&str> =
            service.at("/price_items").into_iter().flat_map(items).filter_map(|it| it.text()).collect();
        let of_name = |it: &&str| named.contains(it) || named.is_empty() && *it == name;
        let mut prices: Vec<usize> =
            self.prices.iter().enumerate().filter(|(_, it)| of_name(&it.name)).map(|it| it.0).collect();
        if let Some(key) = service.text_at("quick_price_key") {
            for answer in ready.iter().filter_map(|it| it.at(&format!("/{key}"))) {
                for sum in amount::amounts(answer.text().unwrap_or_default()) {
                    self.prices.push(Listed { name, worth: sum.worth, place: answer.place() });
                    prices.push(self.prices.len() - 1);
                }
            }
        }
        if prices.is_empty() {
            return;
        }
        self.enter(name, &prices);
        for aliases in ["/aliases", "/aliases_kk", "/name_kk"].into_iter().filter_map(|it| service.at(it)) {
            aliases.text().into_iter().for_each(|it| self.enter(it, &prices));
            items(aliases).into_iter().filter_map(|it| it.text()).for_each(|it| self.enter(it, &prices));
        }
    }

    fn enter(&mut self, name: &str, prices: &[usize]) {
        let stems = stems(name);
        if stems.is_empty() {
            return;
        }
        match self.entries.iter_mut().find(|it| it.stems == stems) {
            Some(entry) => entry.prices.extend(prices),
            None => self.entries.push(Entry { stems, prices: prices.to_vec() }),
        }
    }

    /// The prices a text is about: those with the longest names in it. `None` where it names none;
    /// empty where it says more than the names do, such as a variant that is not on the list.
    pub(super) fn find(&self, subject: &str) -> Option<Vec<&Listed<'b>>> {
        let stems = stems(subject);
        let named: Vec<&Entry> = self.entries.iter().filter(|it| within(&it.stems, &stems)).collect();
        if named.is_empty() {
            return None;
        }
        let told = |stem: &String| is_neutral(stem) || named.iter().any(|it| it.stems.contains(stem));
        if !stems.iter().all(told) {
            return Some(Vec::new());
        }
        let finer = |it: &&&Entry| {
            let longer =
                |other: &&Entry| other.stems.len() > it.stems.len() && within(&it.stems, &other.stems);
            !named.iter().any(longer)
        };
        let mut prices: Vec<usize> =
            named.iter().filter(finer).flat_map(|it| it.prices.iter().copied()).collect();
        prices.sort_unstable();
        prices.dedup();
        Some(prices.into_iter().map(|it| &self.prices[it]).collect())
    }
}

fn items(section: Section<'_>) -> Vec<Section<'_>> {
    section.items().collect()
}

fn worth(item: &Section<'_>) -> Option<Worth> {
    let sum = |key: &str| item.at(key)?.whole();
    match (sum("/price"), sum("/price_from"), sum("/price_to")) {
        (Some(price), ..) => Some(Worth::Exactly(price)),
        (None, Some(from), Some(to)) => Some(Worth::Between(from, to)),
        (None, Some(from), None) => Some(Worth::From(from)),
        (None, None, _) => None,
    }
}
