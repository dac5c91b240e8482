//! A YAML file as a tree that knows where everything stands.
//!
//! The reading is YAML 1.2 with the core schema and strict booleans: only `true` and `false` are
//! booleans, `off` and `9:00` are texts. Aliases share the node they name, so a place inside
//! repeated content is the place of its only text. How far repetition may grow is limited by
//! [`Budget`], counted before anything is copied.

mod build;
mod control;
mod keys;
mod scalar;
mod syntax;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

pub use build::{Budget, Read, read};
pub(crate) use control::{control_character, is_invisible, shown, turns};

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A text, number, boolean or nothing.
    Scalar {
        /// The value.
        value: Value,
        /// Written without quotes, on one or several lines.
        plain: bool,
    },
    /// A list.
    List(Vec<Arc<Node>>),
    /// A mapping.
    Map {
        /// Entries by key.
        entries: BTreeMap<String, Entry>,
        /// Written in `{braces}`.
        braces: bool,
    },
}

/// One key of a mapping.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Bytes of the key.
    pub key: Range<usize>,
    /// The key is written without quotes.
    pub plain: bool,
    /// What stands under it.
    pub node: Arc<Node>,
}

/// A value with the place it was written at.
#[derive(Debug, Clone)]
pub struct Node {
    /// Bytes of the value, quotes included; for a block collection from its first key or dash to its last value.
    pub span: Range<usize>,
    /// What it holds.
    pub kind: Kind,
    weight: Weight,
}

/// How much a node comes to once every alias in it is written out.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    nodes: usize,
    bytes: usize,
    height: usize,
}

/// A file, read.
#[derive(Debug, Clone)]
pub struct Tree {
    root: Arc<Node>,
    value: Value,
}

impl Tree {
    fn new(root: Arc<Node>) -> Self {
        let value = expand(&root);
        Self { root, value }
    }

    /// The whole file as plain data, aliases written out.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The outermost node.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The node a JSON pointer (RFC 6901) leads to.
    #[must_use]
    pub fn node(&self, pointer: &str) -> Option<&Node> {
        let (node, rest) = self.walk(pointer);
        rest.is_none().then_some(node)
    }

    /// Bytes of the value a pointer leads to, or of the nearest thing above it that exists.
    #[must_use]
    pub fn span(&self, pointer: &str) -> Range<usize> {
        self.walk(pointer).0.span.clone()
    }

    /// Bytes of the key a pointer ends with; of the value where the pointer ends in a list; of the
    /// nearest thing above it where there is nothing at all.
    #[must_use]
    pub fn key_span(&self, pointer: &str) -> Range<usize> {
        let Some((parent, last)) = pointer.rsplit_once('/') else { return self.root.span.clone() };
        if let Some(Node { kind: Kind::Map { entries, .. }, .. }) = self.node(parent)
            && let Some(entry) = entries.get(&*unescape(last))
        {
            return entry.key.clone();
        }
        if self.node(pointer).is_some() { self.span(pointer) } else { self.key_span(parent) }
    }

    /// As far as the pointer leads, and what is left of it.
    fn walk<'a>(&self, pointer: &'a str) -> (&Node, Option<&'a str>) {
        let mut node = &*self.root;
        let mut rest = pointer.strip_prefix('/');
        while let Some(path) = rest {
            let (segment, next) = match path.split_once('/') {
                Some((segment, next)) => (segment, Some(next)),
                None => (path, None),
            };
            let Some(child) = node.child(segment) else { break };
            node = child;
            rest = next;
        }
        (node, rest)
    }
}

impl Node {
    fn child(&self, segment: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Scalar { .. } => None,
            Kind::List(items) => items.get(segment.parse::<usize>().ok()?).map(|it| &**it),
            Kind::Map { entries, .. } => entries.get(&*unescape(segment)).map(|it| &*it.node),
        }
    }

    /// Calls `visit` with every node below and including this one and the pointer to it.
    pub fn visit<'a>(&'a self, pointer: &mut String, visit: &mut dyn FnMut(&str, &'a Self)) {
        visit(pointer, self);
        let length = pointer.len();
        match &self.kind {
            Kind::Scalar { .. } => {}
            Kind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    push(pointer, &index.to_string());
                    item.visit(pointer, visit);
                    pointer.truncate(length);
                }
            }
            Kind::Map { entries, .. } => {
                for (key, entry) in entries {
                    push(pointer, key);
                    entry.node.visit(pointer, visit);
                    pointer.truncate(length);
                }
            }
        }
    }
}

/// Adds one segment to a JSON pointer.
pub fn push(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for character in segment.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

fn unescape(segment: &str) -> Cow<'_, str> {
    match segment.contains('~') {
        true => Cow::Owned(segment.replace("~1", "/").replace("~0", "~")),
        false => Cow::Borrowed(segment),
    }
}

/// The plain data a JSON pointer leads to, as [`Value::pointer`] finds it, which copies every segment
/// on its way. Rules and lowering ask this for every fact.
pub(crate) fn value_at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    if pointer.is_empty() {
        return Some(value);
    }
    pointer.strip_prefix('/')?.split('/').try_fold(value, |value, segment| match value {
        Value::Object(map) => map.get(&*unescape(segment)),
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Writes aliases out. The budget was kept while the nodes were built.
fn expand(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { value, .. } => value.clone(),
        Kind::List(items) => Value::Array(items.iter().map(|it| expand(it)).collect()),
        Kind::Map { entries, .. } => {
            Value::Object(entries.iter().map(|(key, entry)| (key.clone(), expand(&entry.node))).collect())
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
