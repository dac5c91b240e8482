use serde_json::json;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceMap};

fn read_text(text: &str) -> (Read, SourceMap) {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("a.yaml".into(), text.to_owned()));
    let read = read(id, sources.text(id), Budget::default());
    (read, sources)
}

fn tree(text: &str) -> Tree {
    let (read, _) = read_text(text);
    assert_eq!(read.diagnostics, []);
    read.tree.unwrap()
}

/// `code line:column marked text` of everything that is wrong.
fn complaints(text: &str) -> Vec<String> {
    let (read, sources) = read_text(text);
    let line = |it: &Diagnostic| {
        let at = sources.position(it.file, it.span.start);
        format!("{} {}:{} {}", it.code, at.line, at.column, &text[it.span.clone()])
    };
    read.diagnostics.iter().map(line).collect()
}

#[test]
fn values_know_their_place() {
    let text = "a: 1\nб:\n  - x y\n  - k: v w # c\n  - [p: q, r]\nc: |\n  line\n  two\nd: \"q\"\n";
    let tree = tree(text);
    let slice = |pointer: &str| &text[tree.span(pointer)];
    assert_eq!(slice("/a"), "1");
    assert_eq!(slice("/б/0"), "x y");
    assert_eq!(slice("/б/1"), "k: v w");
    assert_eq!(slice("/б/1/k"), "v w");
    assert_eq!(slice("/б/2"), "[p: q, r]");
    assert_eq!(slice("/б/2/0"), "p: q");
    assert_eq!(slice("/c"), "line\n  two");
    assert_eq!(slice("/d"), "\"q\"");
    assert_eq!(&text[tree.key_span("/б/1/k")], "k");
    assert_eq!(slice("/б/7/x"), slice("/б"), "what is missing is shown at the nearest thing above");
    assert_eq!(&text[tree.key_span("/б/7/x")], "б");
    assert_eq!(tree.value()["c"], "line\ntwo\n");
}

#[test]
fn pointers_escape_slashes() {
    let tree = tree("a/b: {c~d: 1}\n");
    assert!(tree.node("/a~1b/c~0d").is_some());
    let mut pointers = Vec::new();
    tree.root().visit(&mut String::new(), &mut |pointer, _| pointers.push(pointer.to_owned()));
    assert_eq!(pointers, ["", "/a~1b", "/a~1b/c~0d"]);
}

#[test]
fn aliases_stand_where_their_text_stands() {
    let text = "a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3\n";
    let tree = tree(text);
    assert_eq!(tree.value()["b"], json!({"x": 1, "y": 2}));
    assert_eq!(tree.value()["c"], json!({"x": 1, "y": 3}));
    assert_eq!(tree.span("/b/y"), tree.span("/a/y"));
    assert_eq!(tree.span("/c/x"), tree.span("/a/x"));
    assert_eq!(tree.key_span("/c/x"), tree.key_span("/a/x"));
}

#[test]
fn merges_take_several_sources_and_own_keys_win() {
    let tree = tree("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  y: 3\n  <<: [*a, *b]\n\"<<\": text\n");
    assert_eq!(tree.value()["c"], json!({"x": 1, "y": 3}));
    assert_eq!(tree.value()["<<"], "text", "in quotes it is an ordinary key");
    assert_eq!(complaints("a: 1\n<<: 5\n"), ["yaml-syntax 2:5 5"]);
}

#[test]
fn mistakes_are_located() {
    for (text, expected) in [
        ("", vec!["empty-file 1:1 "]),
        ("# only a remark\n", vec!["empty-file 1:1 "]),
        ("~\n", vec!["empty-file 1:1 "]),
        ("a: 1\na: 2\nb: 3\nb: 4\n", vec!["duplicate-key 2:1 a", "duplicate-key 4:1 b"]),
        ("a: 1\n---\nb: 2\n", vec!["yaml-documents 2:1 ---"]),
        ("a: b: c\n", vec!["yaml-syntax 1:5 :"]),
        ("a:\n\t- b\n", vec!["yaml-syntax 2:2 -"]),
        ("a: \"б\nc: d\n", vec!["yaml-syntax 1:4 \""]),
        ("a: 'it's'\n", vec!["yaml-syntax 1:8 s"]),
        ("a: *x\n", vec!["unknown-anchor 1:4 *x"]),
        ("a: &a [*a]\n", vec!["unknown-anchor 1:8 *a"]),
        ("a: \"\\x07\"\n", vec!["control-character 1:4 \"\\x07\""]),
        ("a: b\u{1b}\n", vec!["control-character 1:5 \u{1b}"]),
        ("a: 99999999999999999999\n", vec!["number-out-of-range 1:4 99999999999999999999"]),
        ("a: .inf\n", vec!["number-out-of-range 1:4 .inf"]),
        ("? [a]\n: b\n", vec!["yaml-syntax 1:3 ["]),
        ("a: !ruby x\n", vec!["yaml-tag 1:10 x"]),
        ("%YAML 1.1\n---\na: 1\n", vec!["yaml-syntax 1:1 %"]),
        (": x\n", vec!["yaml-syntax 1:1 "]),
    ] {
        assert_eq!(complaints(text), expected, "{text:?}");
    }
}

#[test]
fn colons_out_of_place_are_told_apart() {
    let message =
        |text: &str| read_text(text).0.diagnostics[0].message.in_lang(crate::said::Lang::En).to_owned();
    assert!(message("- a: b: c\n").starts_with("a second `: `"));
    assert!(message("a: b\n  c: d\n").starts_with("a key cannot start here"));
    assert!(message("a: [b\nc: d\n").starts_with("a bracket above"));
}

#[test]
fn tags_of_the_core_schema_hold() {
    let tree = tree("a: !!str 5\nb: ! 5\nc: !!int \"5\"\nd: !!seq [1]\n");
    assert_eq!(tree.value(), &json!({"a": "5", "b": "5", "c": 5, "d": [1]}));
}

#[test]
fn alias_bombs_are_refused_at_once() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..60 {
        let before = level - 1;
        text += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", "));
    }
    let complaints = complaints(&text);
    assert_eq!(complaints.len(), 1);
    // The fifth line of sixty is the first that does not fit: nothing below it is looked at.
    assert!(complaints[0].starts_with("yaml-too-large 5:"), "{complaints:?}");
}

#[test]
fn texts_repeated_by_aliases_count() {
    let long = "x".repeat(100_000);
    let text = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 1000].join(", "));
    assert!(complaints(&text)[0].starts_with("yaml-too-large 2:"));
}

#[test]
fn depth_bombs_are_refused() {
    for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(50_000), "? ".repeat(100_000)] {
        let complaints = complaints(&text);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].starts_with("yaml-"), "{complaints:?}");
    }
    // Depth that only aliases make.
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..100 {
        text += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(complaints(&text)[0].starts_with("yaml-too-deep 64:"), "{:?}", complaints(&text));
}

#[test]
fn carriage_returns_and_a_missing_last_line_break_are_fine() {
    assert_eq!(tree("a: 1\r\nb:\r\n  - x\r\n  - y").value(), &json!({"a": 1, "b": ["x", "y"]}));
}
