//! Keys of a mapping: repeated ones and merged ones.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::{Entry, Kind, Node};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::{FileId, Place};

/// Adds what `entries` lack; what stands there is stronger, and earlier sources are stronger than later ones.
pub(super) fn merge(entries: &mut BTreeMap<String, Entry>, source: &Node) {
    match &source.kind {
        Kind::Map { entries: more, .. } => {
            for (key, entry) in more {
                entries.entry(key.clone()).or_insert_with(|| entry.clone());
            }
        }
        Kind::List(items) => items.iter().for_each(|it| merge(entries, it)),
        Kind::Scalar { .. } => {}
    }
}

/// The second of two equal keys.
pub(super) fn duplicate_key(
    file: FileId,
    key: &str,
    second: Range<usize>,
    first: Range<usize>,
) -> Diagnostic {
    let key = short(key);
    let message = say!("the key `{key}` stands here twice", "ключ `{key}` стоит здесь дважды");
    Diagnostic::error("duplicate-key", Place::new(file, second), message)
        .with_mark(say!("again here", "второй раз — здесь"))
        .with_label(Place::new(file, first), say!("first here", "первый раз — здесь"))
        .with_help(say!("keep one of the two", "оставьте один из двух"))
}

/// At most forty characters of a key, so that a hostile one does not fill the screen.
fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
