//! Typed texts with their Kazakh siblings.

use format::Text;

/// The required text `field` of an entry.
macro_rules! text {
    ($entry:expr, $field:ident) => {
        format::Text { ru: $entry.$field.clone(), kk: $entry.kk.text(stringify!($field)).map(str::to_owned) }
    };
}

/// The optional text `field` of an entry.
macro_rules! maybe_text {
    ($entry:expr, $field:ident) => {
        $entry.$field.as_ref().map(|ru| format::Text {
            ru: ru.clone(),
            kk: $entry.kk.text(stringify!($field)).map(str::to_owned),
        })
    };
}

/// The list of texts `field` of an entry.
macro_rules! texts {
    ($entry:expr, $field:ident) => {
        crate::lower::twin::pair(&$entry.$field, $entry.kk.list(stringify!($field)))
    };
}

pub(super) use {maybe_text, text, texts};

/// Texts and their siblings, item by item. Lists of different length cannot be paired: then the
/// siblings are left out rather than told for the wrong item.
pub(super) fn pair(ru: &[String], kk: &[String]) -> Vec<Text> {
    let kk = if kk.len() == ru.len() { kk } else { &[] };
    ru.iter().enumerate().map(|(index, ru)| Text { ru: ru.clone(), kk: kk.get(index).cloned() }).collect()
}

/// Both lists in one, without repetitions.
pub(super) fn union(first: &[String], second: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(first.len() + second.len());
    for text in first.iter().chain(second) {
        if !all.contains(text) {
            all.push(text.clone());
        }
    }
    all
}
