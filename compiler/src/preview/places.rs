//! Where changed settings stand: releases do not say, the tree does.

use std::path::Path;

use crate::load::{BRANCHES, CLIENT, Reader};
use crate::plan::Change;
use crate::tree::{self, Budget, Tree};

/// Names file and line of settings of the bundle at `root` that have no place yet; the file alone
/// where the line is not known.
pub(super) fn locate(settings: &mut [Change], root: &Path) {
    let mut reader = Reader::default();
    let mut files = [(CLIENT, None), (BRANCHES, None)];
    for change in settings.iter_mut().filter(|it| it.source.is_none()) {
        let (index, path) = match change.key.split_once('.') {
            Some(("client", rest)) => (0, rest.to_owned()),
            Some(("branches", _)) => (1, change.key.clone()),
            Some(("agents", _)) => (0, change.key.clone()),
            _ => continue,
        };
        let (name, file) = &mut files[index];
        let read = file.get_or_insert_with(|| {
            let id = reader.read_file(&root.join(*name), root)?.file;
            Some((id, tree::read(id, reader.sources.text(id), Budget::default()).tree?))
        });
        let line = read.as_ref().filter(|_| change.new.is_some()).and_then(|(id, tree)| {
            let start = tree.key_span(&pointer(tree, &path)?).start;
            Some(reader.sources.file(*id).line_of(start))
        });
        change.source = Some(line.map_or_else(|| (*name).to_owned(), |line| format!("{name}:{line}")));
    }
}

/// The deepest place of the tree on the way to a dotted path.
fn pointer(tree: &Tree, path: &str) -> Option<String> {
    let mut pointer = String::new();
    for key in path.split('.') {
        let mut next = pointer.clone();
        tree::push(&mut next, key);
        if tree.node(&next).is_none() {
            let Some(item) = item(tree, &pointer, key) else { break };
            next = item;
        }
        pointer = next;
    }
    (!pointer.is_empty()).then_some(pointer)
}

/// The item of a list that goes by this slug or name.
fn item(tree: &Tree, list: &str, named: &str) -> Option<String> {
    let items = tree.value().pointer(list)?.as_array()?;
    let is = |it: &serde_json::Value| {
        ["slug", "name"].iter().any(|key| it.get(key).and_then(serde_json::Value::as_str) == Some(named))
    };
    let index = items.iter().position(is)?;
    Some(format!("{list}/{index}"))
}
