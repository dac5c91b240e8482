//! Things that must be unlike each other.

use std::collections::HashMap;
use std::hash::Hash;

use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::source::Place;

/// Remembers where each thing stood first.
#[derive(Debug)]
pub(super) struct First<K>(HashMap<K, Place>);

impl<K: Hash + Eq> First<K> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Where the same thing stood before; remembers `place` where it did not. A thing repeated by an
    /// alias stands in one place and is no repetition.
    pub(super) fn before(&mut self, key: K, place: &Place) -> Option<Place> {
        match self.0.get(&key) {
            Some(first) if first == place => None,
            Some(first) => Some(first.clone()),
            None => {
                self.0.insert(key, place.clone());
                None
            }
        }
    }
}

/// An error about a repetition.
pub(super) fn repeated(code: &'static str, place: Place, first: Place, message: Said) -> Diagnostic {
    Diagnostic::error(code, place, message)
        .with_mark(say!("again here", "второй раз — здесь"))
        .with_label(first, say!("first here", "первый раз — здесь"))
}
