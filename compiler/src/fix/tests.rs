use std::fs;

use super::*;
use crate::diagnostic::Fix;
use crate::said::Said;
use crate::source::Place;

fn fixable(file: FileId, edits: &[(std::ops::Range<usize>, &str)], safe: bool) -> Diagnostic {
    let edit = |(span, text): &(std::ops::Range<usize>, &str)| Edit {
        place: Place::new(file, span.clone()),
        text: (*text).to_owned(),
    };
    let fix = Fix { title: Said::new("x", "x"), safe, edits: edits.iter().map(edit).collect() };
    Diagnostic::error("wrong-type", Place::new(file, 0..0), Said::new("x", "x")).with_fix(fix)
}

#[test]
fn safe_repairs_are_made_and_overlaps_wait() {
    let mut sources = SourceMap::default();
    let file = sources.add(SourceFile::new("a".into(), "один два три".to_owned()));
    let two = "один ".len().."один два".len();
    let diagnostics = [
        fixable(file, &[(two.clone(), "2")], true),
        fixable(file, &[(two.clone(), "2")], true),
        fixable(file, &[(two.start..two.end + 1, "нет")], true),
        fixable(file, &[(0..8, "1")], true),
        fixable(file, &[(13..15, "unsafe")], false),
        fixable(file, &[(0..1, "half a letter")], true),
        fixable(file, &[(500..501, "outside")], true),
    ];
    let mended = mend(&sources, &diagnostics, Reach::Safe);
    assert_eq!(mended, [Mended { file, text: "1 2 три".to_owned(), fixes: 2 }]);
}

#[test]
fn files_keep_their_byte_order_mark_and_line_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    fs::write(&path, "\u{feff}- а: б\r\n- в").unwrap();
    let mut sources = SourceMap::default();
    let text = fs::read_to_string(&path).unwrap();
    let file = sources.add(SourceFile::new(path.clone(), text));
    let at = "- ".len().."- а: б".len();
    let diagnostics = vec![fixable(file, &[(at, "\"а: б\"")], true)];
    let compilation = Compilation { sources, diagnostics, ..Compilation::default() };
    assert_eq!(apply(&compilation, Reach::Safe).unwrap(), Fixed { fixes: 1, files: 1 });
    assert_eq!(fs::read_to_string(&path).unwrap(), "\u{feff}- \"а: б\"\r\n- в");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    assert!(
        matches!(apply(&compilation, Reach::Safe), Err(FixError::Changed(_))),
        "the file is not what was read any more"
    );
}
