//! What a tenant collects, in its words and in the pack's.

use format::Text;

use super::super::Talk;
use crate::Mind;
use crate::answer::lower_first;

/// The slots that are understood; any other field of a tenant is asked in its own words.
pub(super) const SLOTS: [&str; 5] = ["service", "date", "time", "name", "phone"];

/// Fields to collect as (slot, label): known slots by the pack's label, others in the tenant's words.
pub(super) fn fields(mind: &Mind, talk: &Talk) -> Vec<(String, String)> {
    let collect = &talk.view(mind).facts.booking.collect;
    let which = (talk.open_branches().len() > 1).then(|| talk.say(mind, "booking.field.branch")).flatten();
    let branch = which.map(|label| ("branch".to_owned(), lower_first(&label)));
    let fields = collect.iter().map(|field| match slot_of(mind, field) {
        Some(slot) => {
            let label = talk.say(mind, &format!("booking.field.{slot}"));
            let label = label.unwrap_or_else(|| field.get(talk.lang).to_owned());
            (slot.to_owned(), lower_first(&label))
        }
        None => (text::normalize(&field.ru), field.get(talk.lang).to_owned()),
    });
    fields.chain(branch).collect()
}

/// The slot a tenant's field means: the one whose label or names share a word with it.
fn slot_of(mind: &Mind, field: &Text) -> Option<&'static str> {
    let words = text::words(&field.ru);
    let own: Vec<String> = words.iter().flat_map(|it| text::stems(&it.text)).collect();
    SLOTS.into_iter().find(|slot| names(mind, slot).iter().any(|it| own.contains(it)))
}

/// Stems of the words that name a slot, in both languages.
pub(super) fn names(mind: &Mind, slot: &str) -> Vec<String> {
    let templates = &mind.pack().templates;
    let named = [format!("booking.field.{slot}.names"), format!("booking.field.{slot}")];
    let texts = named.iter().filter_map(|it| templates.get(it));
    texts
        .flat_map(|it| std::iter::once(it.ru.as_str()).chain(it.kk.as_deref()))
        .flat_map(text::words)
        .flat_map(|it| text::stems(&it.text))
        .collect()
}
