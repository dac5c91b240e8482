use std::path::PathBuf;

use super::*;
use crate::diagnostic::Edit;
use crate::said::{Said, say};
use crate::source::{FileId, Place, SourceFile};

/// Sources of one finding.
struct Desk {
    sources: SourceMap,
}

impl Desk {
    fn new() -> Self {
        Self { sources: SourceMap::default() }
    }

    fn file(&mut self, name: &str, text: &str) -> FileId {
        self.sources.add(SourceFile::new(PathBuf::from(name), text.to_owned()))
    }

    /// Where a part of a file stands first.
    fn at(&self, file: FileId, part: &str) -> Place {
        let start = self.sources.text(file).find(part).unwrap();
        Place::new(file, start..start + part.len())
    }

    fn shown(self, diagnostic: Diagnostic, lang: Lang, color: bool) -> String {
        let Self { sources } = self;
        let compilation = Compilation { sources, diagnostics: vec![diagnostic], ..Compilation::default() };
        let shown = render(&compilation, lang, color);
        shown.split("\n\n").next().unwrap().to_owned()
    }
}

fn said(text: &str) -> Said {
    Said::new(text, format!("ru {text}"))
}

#[test]
fn places_of_one_file_share_a_window() {
    let mut desk = Desk::new();
    let file = desk.file("a.yaml", "one: 1\ntwo: 2\nthree: 3\nfour: 4\nfive: 5\nsix: 6\n");
    let other = desk.file("b.yaml", "seven: 7\n");
    let diagnostic = Diagnostic::error("duplicate-key", desk.at(file, "three"), said("no"))
        .with_mark(said("again here"))
        .with_label(desk.at(file, "one"), said("first here"))
        .with_label(desk.at(file, "six"), said("and here"))
        .with_label(desk.at(other, "7"), said("there"));
    assert_eq!(
        desk.shown(diagnostic, Lang::En, false),
        "error[duplicate-key]: no\n \
          --> a.yaml:3:1\n  |\n\
         1 | one: 1\n  | --- first here\n\
         2 | two: 2\n\
         3 | three: 3\n  | ^^^^^ again here\n\
         ...\n\
         6 | six: 6\n  | --- and here\n  |\n \
          ::: b.yaml:1:8\n  |\n\
         1 | seven: 7\n  |        - there"
    );
}

#[test]
fn labels_of_one_line_hang_below_each_other() {
    let mut desk = Desk::new();
    let file = desk.file("a.yaml", "hours: {open: 22, close: 7}\n");
    let diagnostic = Diagnostic::error("hours-order", desk.at(file, "7"), said("no"))
        .with_mark(said("ends here"))
        .with_label(desk.at(file, "22"), said("begins here"))
        .with_label(desk.at(file, "hours"), said("of these"));
    let shown = desk.shown(diagnostic, Lang::En, false);
    let lines: Vec<&str> = shown.lines().skip(3).collect();
    assert_eq!(
        lines,
        [
            "1 | hours: {open: 22, close: 7}",
            "  | -----         --         ^ ends here",
            "  | |             |",
            "  | |             begins here",
            "  | of these",
        ]
    );
}

#[test]
fn marks_stand_under_wide_and_hidden_characters() {
    let mut desk = Desk::new();
    let file = desk.file("a.yaml", "\t寿司\u{202e}: Ася\n");
    let diagnostic = Diagnostic::error("wrong-type", desk.at(file, "Ася"), said("no"))
        .with_label(desk.at(file, "寿司"), said("wide"));
    let shown = desk.shown(diagnostic, Lang::En, false);
    let lines: Vec<&str> = shown.lines().skip(3).collect();
    let expected = ["1 |  寿司\u{fffd}: Ася", "  |  ----   ^^^", "  |  |", "  |  wide"];
    assert_eq!(lines, expected);
}

#[test]
fn a_repair_shows_the_lines_it_makes() {
    let mut desk = Desk::new();
    let file = desk.file("a.yaml", "list:\n  - Что важнее: цена\n    или скорость?\n  - и: срок\n");
    let place = desk.at(file, "Что важнее: цена\n    или скорость?");
    let text = "\"Что важнее: цена\n    или скорость?\"".to_owned();
    let fix = Fix {
        title: say!("put it in quotes", "поставить кавычки"),
        safe: true,
        edits: vec![Edit { place: place.clone(), text }],
    };
    let diagnostic = Diagnostic::error("list-item-became-mapping", place, said("no")).with_fix(fix);
    let shown = desk.shown(diagnostic, Lang::Ru, false);
    let lines: Vec<&str> = shown.lines().skip(5).collect();
    assert_eq!(
        lines,
        [
            "  |",
            "  = правка: --fix может поставить кавычки",
            "  |",
            "2 ~   - \"Что важнее: цена",
            "3 ~     или скорость?\"",
        ]
    );
}

#[test]
fn a_repair_that_removes_lines_shows_them() {
    let mut desk = Desk::new();
    let file = desk.file("a.yaml", "a: 1\r\nb: 2\r\n");
    let place = desk.at(file, "b: 2");
    let edits = vec![Edit { place: place.clone(), text: String::new() }];
    let fix = Fix { title: say!("remove it", "удалить"), safe: false, edits };
    let shown =
        desk.shown(Diagnostic::warning("unknown-key", place, said("no")).with_fix(fix), Lang::En, false);
    assert!(
        shown.ends_with("= fix: --fix --unsafe-fixes can remove it; look at the result\n  |\n2 - b: 2"),
        "{shown}"
    );
}

#[test]
fn a_repair_may_begin_inside_a_line_break() {
    let mut desk = Desk::new();
    let file = desk.file("a.yaml", "a: 1\r\nb: 2\r\n");
    let place = desk.at(file, "\nb: 2");
    let edits = vec![Edit { place, text: String::new() }];
    let fix = Fix { title: say!("remove it", "удалить"), safe: true, edits };
    let drawn = repair::draw(&desk.sources, &fix, 1, Paint { color: false });
    assert_eq!(drawn.as_deref(), Some("  |\n1 ~ a: 1\n"));
}

#[test]
fn a_repair_shows_nothing_that_is_hidden() {
    let mut desk = Desk::new();
    let text = "webhok_secret: hunter2\n";
    let secret = text.find("hunter2").unwrap()..text.len() - 1;
    let file = SourceFile::new("client.yaml".into(), text.to_owned()).hiding(vec![secret]);
    let file = desk.sources.add(file);
    let fix = |place: Place, text: &str| Fix {
        title: say!("rename it", "переименовать"),
        safe: false,
        edits: vec![Edit { place, text: text.to_owned() }],
    };
    let key = desk.at(file, "webhok_secret");
    let renamed =
        Diagnostic::error("unknown-key", key.clone(), said("no")).with_fix(fix(key, "webhook_secret"));
    let value = desk.at(file, "hunter2");
    let paint = Paint { color: false };
    assert_eq!(repair::draw(&desk.sources, &fix(value, "env:A"), 1, paint), None);
    let shown = desk.shown(renamed, Lang::En, false);
    assert!(shown.ends_with("1 ~ webhook_secret: *******"), "{shown}");
}

#[test]
fn colours_paint_and_never_change_a_letter() {
    let mut desk = Desk::new();
    let file = desk.file("a.yaml", "one: 1\ntwo: 2\n");
    let place = desk.at(file, "two");
    let fix = Fix {
        title: say!("write `three`", "написать `three`"),
        safe: true,
        edits: vec![Edit { place: place.clone(), text: "three".to_owned() }],
    };
    let diagnostic = Diagnostic::warning("unknown-key", place, said("no"))
        .with_label(desk.at(file, "one"), said("first"))
        .with_help(said("help"))
        .with_fix(fix);
    let copy = Desk { sources: desk.sources.clone() };
    let (plain, colored) =
        (desk.shown(diagnostic.clone(), Lang::En, false), copy.shown(diagnostic, Lang::En, true));
    for painted in [
        "\u{1b}[1m\u{1b}[93mwarning[unknown-key]\u{1b}[0m\u{1b}[1m: no\u{1b}[0m",
        "\u{1b}[1m\u{1b}[93m^^^\u{1b}[0m",
        "\u{1b}[1m\u{1b}[94m---\u{1b}[0m\u{1b}[1m\u{1b}[94m first\u{1b}[0m",
        "\u{1b}[32mthree: 2\u{1b}[0m",
    ] {
        assert!(colored.contains(painted), "{painted:?} in {colored:?}");
    }
    let mut bare = String::new();
    for (index, part) in colored.split("\u{1b}[").enumerate() {
        bare += if index == 0 { part } else { part.split_once('m').unwrap().1 };
    }
    assert_eq!(bare, plain);
}

#[test]
fn the_way_to_more_is_told_once() {
    let mut sources = SourceMap::default();
    let file = sources.add(SourceFile::new("a".into(), "a: b\n".to_owned()));
    let one = |code| Diagnostic::error(code, Place::new(file, 0..1), said("no"));
    let told = |diagnostics, lang| {
        let compilation = Compilation { sources: sources.clone(), diagnostics, ..Compilation::default() };
        render(&compilation, lang, false).lines().last().unwrap().to_owned()
    };
    let (same, several) =
        (vec![one("empty-file"), one("empty-file")], vec![one("empty-file"), one("yaml-tag")]);
    assert_eq!(told(same, Lang::En), "for more about a finding: tenantry explain empty-file");
    assert_eq!(told(several, Lang::Ru), "подробнее о замечании: tenantry explain КОД");
    assert_eq!(told(Vec::new(), Lang::En), "0 tenants checked, nothing to complain about");
}
