//! Places: which line of which file a value comes from.

use format::Source;
use serde_json::Value;

use super::{File, Lines, Problem};
use crate::said::{Said, say};
use crate::tree::value_at;
use crate::words;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: String,
    pub(super) pointer: String,
    pub(super) line: u32,
}

impl Spot {
    pub(super) fn source(&self) -> Source {
        Source(format!("{}:{}", self.file, self.line))
    }

    pub(super) fn problem(&self, code: &'static str, message: Said, help: Option<Said>) -> Problem {
        Problem { file: self.file.clone(), pointer: self.pointer.clone(), code, message, help }
    }
}

/// A part of a file that is read under pointers of its own.
#[derive(Clone)]
pub(super) struct Layer<'a> {
    file: &'a str,
    base: String,
    root: &'a Value,
    lines: &'a dyn Lines,
}

impl<'a> Layer<'a> {
    /// The part of `file` below the pointer `base`.
    pub(super) fn new<T>(file: File<'a, T>, base: impl Into<String>) -> Self {
        Self { file: file.name, base: base.into(), root: file.value, lines: file.lines }
    }

    /// The part itself, if it has a value.
    pub(super) fn value(&self) -> Option<&'a Value> {
        value_at(self.root, &self.base).filter(|it| !it.is_null())
    }

    /// The value at `pointer`, if there is one.
    pub(super) fn get(&self, pointer: &str) -> Option<&'a Value> {
        value_at(value_at(self.root, &self.base)?, pointer).filter(|it| !it.is_null())
    }

    pub(super) fn spot(&self, pointer: &str) -> Spot {
        let pointer = format!("{}{pointer}", self.base);
        Spot { file: self.file.to_owned(), line: self.lines.line(&pointer), pointer }
    }
}

/// A pointer one step further down.
pub(super) fn below(pointer: &str, step: impl ToString) -> String {
    let mut pointer = pointer.to_owned();
    crate::tree::push(&mut pointer, &step.to_string());
    pointer
}

/// "did you mean" among `known`, or the whole list where nothing is alike.
pub(super) fn suggest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<Said> {
    let known: Vec<&str> = known.collect();
    match words::closest(wrong, known.iter().copied()) {
        Some(best) => Some(words::did_you_mean(best)),
        None if known.is_empty() => None,
        None => {
            let all = words::list(known.into_iter());
            Some(say!("there are {all}", "есть только {all}"; all))
        }
    }
}
