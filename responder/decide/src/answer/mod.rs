//! Answers made of facts: exact, without a model, each knowing where its facts stand.

mod catalog;
mod duration;
mod hours;
mod money;
mod price;
mod promotions;
mod refine;
mod template;
mod view;

pub(crate) use catalog::{
    Named, in_a_row, label, lower_first, name_targets, not_on_the_list, overview, presence, suggestions,
};
pub(crate) use duration::duration;
pub(crate) use hours::{hours, opening};
pub(crate) use price::price;
pub(crate) use promotions::promotions;
pub(crate) use refine::refine;
pub use template::VALUES;
pub(crate) use template::{Filler, Template, tidy};
pub(crate) use view::View;

/// Something to tell and the facts behind it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Told {
    /// The text; one or more sentences.
    pub(crate) text: String,
    /// `file:line` of each fact.
    pub(crate) sources: Vec<String>,
    /// It speaks of a service that can be booked.
    pub(crate) bookable: bool,
}

impl Told {
    pub(crate) fn new(text: String, sources: Vec<String>) -> Self {
        Self { text, sources, bookable: false }
    }

    /// Tells another thing after this one.
    pub(crate) fn and(&mut self, next: Self) {
        if self.text != next.text {
            self.text = format!("{} {}", self.text, next.text);
        }
        self.sources.extend(next.sources);
        self.bookable |= next.bookable;
    }
}
