//! The compiler's reading of files by itself: with the whole compiler the search engine would be
//! built for fuzzing too, which takes an hour and finds nothing.
#![expect(dead_code, unused_imports, reason = "rooms of the compiler, of which only a part is entered")]

#[path = "../../compiler/src/diagnostic.rs"]
pub mod diagnostic;
#[path = "../../compiler/src/said.rs"]
pub mod said;
#[path = "../../compiler/src/shape/mod.rs"]
pub mod shape;
#[path = "../../compiler/src/source.rs"]
pub mod source;
#[path = "../../compiler/src/tree/mod.rs"]
pub mod tree;
#[path = "../../compiler/src/words.rs"]
mod words;

/// The small workshop of the mind's own tests.
#[path = "../../responder/decide/src/sample.rs"]
mod sample;

pub use decide::{Decision, Effect, Failure, Found, Memory, Mind, Outcome, Step, Turn, begin, resume};

use std::path::PathBuf;

use schema::FileKind;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceMap};

/// Reads a text as YAML and holds it against the shape of a file.
///
/// # Panics
/// When a promise of reading is broken: a place that is no text, or another result for the same text.
pub fn read(text: &str) {
    let mut sources = SourceMap::default();
    let file = sources.add(SourceFile::new(PathBuf::from("a.yaml"), text.to_owned()));
    let text = sources.text(file);
    let first = tree::read(file, text, tree::Budget::default());
    let second = tree::read(file, text, tree::Budget::default());
    assert_eq!(first.diagnostics, second.diagnostics);
    first.diagnostics.iter().for_each(|it| stands(text, it));
    let Some(tree) = first.tree else {
        assert!(!first.diagnostics.is_empty(), "what cannot be read is told");
        return;
    };
    tree.root().visit(&mut String::new(), &mut |pointer, node| {
        assert!(text.get(node.span.clone()).is_some(), "{pointer} stands in the text");
        assert!(tree.value().pointer(pointer).is_some(), "{pointer} leads somewhere");
    });
    for kind in [FileKind::Client, FileKind::Truth, FileKind::Eval] {
        let subject = shape::Subject { kind, file, text, tree: &tree };
        if let Err(mistakes) = shape::check::<serde_json::Value>(subject) {
            assert!(!mistakes.is_empty(), "what does not fit is told");
            mistakes.iter().for_each(|it| stands(text, it));
        }
    }
}

fn stands(text: &str, diagnostic: &Diagnostic) {
    assert!(text.get(diagnostic.span.clone()).is_some(), "{}: {:?}", diagnostic.code, diagnostic.span);
    for label in &diagnostic.labels {
        assert!(text.get(label.place.span.clone()).is_some(), "{}: {:?}", diagnostic.code, label.place.span);
    }
    for edit in diagnostic.fix.iter().flat_map(|it| &it.edits) {
        assert!(text.get(edit.place.span.clone()).is_some(), "{}: {:?}", diagnostic.code, edit.place.span);
    }
}

/// Cuts a text as Markdown.
///
/// # Panics
/// When a promise of cutting is broken.
pub fn cut(text: &str) {
    let chunks = text::chunk::chunk("knowledge/a.md", text);
    assert_eq!(chunks, text::chunk::chunk("knowledge/a.md", text));
    let lines = u32::try_from(text.lines().count() + text.matches('\r').count()).unwrap_or(u32::MAX);
    for (ordinal, chunk) in chunks.iter().enumerate() {
        assert_eq!(usize::try_from(chunk.ordinal), Ok(ordinal));
        assert!(!chunk.text.trim().is_empty(), "a chunk says something");
        assert!((1..=lines.max(1)).contains(&chunk.line), "line {} of {lines}", chunk.line);
    }
}

/// Stands in for the explanations, which rest on every rule: only remembered findings ask for them,
/// and nothing is remembered here.
mod explain {
    pub(crate) fn all() -> Vec<(&'static str, ())> {
        Vec::new()
    }
}

/// Two customers who write the same, twice, are answered the same.
///
/// # Panics
/// When they are not.
pub fn talk(text: &str) {
    let (mut one, mut other) = (sample::Chat::new(), sample::Chat::new());
    for _ in 0..2 {
        assert_eq!(one.say(text), other.say(text), "one turn is decided in one way");
    }
}
