//! Branches as passages: what the points are called, where they are, what their phone is.

use format::{Branch, Fact, Facts, Passage, Source, Text, Value};

use super::fact::{Drafts, sentence};
use super::spread::spread;

/// One shared passage an active branch, so that a customer of one hears of the others. `own` are the
/// facts in force at it where they differ from the tenant's.
pub(crate) fn branch_passages<'a>(
    branches: impl Iterator<Item = (&'a Branch, Option<&'a Facts>, Source)>,
) -> Vec<Passage> {
    let mut drafts = Drafts::default();
    for (branch, own, source) in branches.filter(|(branch, ..)| branch.is_active) {
        let address = own.and_then(|it| it.texts.get("salon.address.full")).and_then(address);
        let phone = branch.phone.as_ref().map(Text::plain);
        let details: Vec<Text> = address.map(sentence).into_iter().chain(phone).collect();
        if !details.is_empty() {
            let parts: Vec<Text> = std::iter::once(sentence(branch.name.clone())).chain(details).collect();
            drafts.add(&branch.name, &source, &parts, " ");
        }
    }
    spread(drafts.0, Vec::new())
}

fn address(fact: &Fact) -> Option<Text> {
    let words = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    Some(Text { ru: words(&fact.value)?, kk: fact.value_kk.as_ref().and_then(words) })
}
