//! What holds for every text, and for every value however it is written.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::source::{SourceFile, SourceMap};

fn read_text(text: &str) -> Read {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("a.yaml".into(), text.to_owned()));
    read(id, sources.text(id), Budget::default())
}

/// Whether a span can be cut out of a text.
fn fits(text: &str, span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some()
}

fn spans_fit(text: &str, node: &Node) -> bool {
    let below = match &node.kind {
        Kind::Scalar { .. } => true,
        Kind::List(items) => items.iter().all(|it| spans_fit(text, it)),
        Kind::Map { entries, .. } => {
            entries.values().all(|it| fits(text, &it.key) && spans_fit(text, &it.node))
        }
    };
    below && fits(text, &node.span)
}

/// Pieces that YAML gives a meaning to, and letters of every width.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: [&str; 40] = [
        "a",
        "я",
        "ә",
        "💅",
        "b: ",
        "- ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "\t",
        "\r\n",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"",
        "'",
        "#",
        " # ",
        "&a ",
        "*a",
        "<<: ",
        "|",
        ">",
        "|-\n",
        "!t ",
        "!!int ",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\\",
        "\\u043e",
        "1",
        "-5",
        "~",
        "\u{feff}",
    ];
    prop_oneof![
        9 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

/// Data that a file may hold; texts of every letter that is no control character.
fn data() -> impl Strategy<Value = Value> {
    let text = || "[ -~а-яёәқ💅\u{a0}\u{2028}]{0,12}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let whole = leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..6)
                .prop_map(|it| Value::Object(it.into_iter().collect::<Map<_, _>>())),
        ]
    });
    whole.prop_filter("a file without anything in it is refused", |it| !it.is_null())
}

/// The value in block style, texts and keys in double quotes.
fn block(value: &Value, indent: usize, out: &mut String) {
    let margin = "  ".repeat(indent);
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&format!("\n{margin}-"));
                block(item, indent + 1, out);
            }
        }
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                out.push_str(&format!("\n{margin}{}:", Value::from(key.as_str())));
                block(value, indent + 1, out);
            }
        }
        flat => out.push_str(&format!(" {flat}")),
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_place(pieces in proptest::collection::vec(piece(), 0..40)) {
        let file = pieces.concat();
        let read = read_text(&file);
        // Spans are those of the text without its byte order mark.
        let text = file.strip_prefix('\u{feff}').unwrap_or(&file);
        prop_assert!(read.tree.is_some() || !read.diagnostics.is_empty());
        for diagnostic in &read.diagnostics {
            prop_assert!(fits(text, &diagnostic.span), "{:?}", diagnostic);
            prop_assert!(diagnostic.labels.iter().all(|it| fits(text, &it.place.span)), "{:?}", diagnostic);
        }
        if let Some(tree) = &read.tree {
            prop_assert!(spans_fit(text, tree.root()));
        }
    }

    #[test]
    fn what_is_written_is_read_back(value in data()) {
        let (flow, mut blocks) = (value.to_string(), String::new());
        block(&value, 0, &mut blocks);
        for text in [flow, blocks] {
            let read = read_text(&text);
            prop_assert_eq!(&read.diagnostics, &[], "{}", text);
            let tree = read.tree.expect("nothing is wrong with it");
            prop_assert_eq!(tree.value(), &value, "{}", text);
            prop_assert!(spans_fit(&text, tree.root()));
        }
    }
}
