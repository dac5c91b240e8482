//! Files stay small and free of what rarely belongs in finished work.

use std::path::Path;

/// Lines of a source file and of a test file.
const CODE: usize = 500;
const TESTS: usize = 800;

fn sources() -> Vec<(String, String)> {
    super::files()
        .into_iter()
        .filter(|it| it.extension().is_some_and(|it| it == "rs"))
        .map(|path| {
            let shown = path.strip_prefix(super::root()).unwrap_or(&path).display().to_string();
            (shown, std::fs::read_to_string(&path).expect("sources are UTF-8"))
        })
        .collect()
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.starts_with("tests/") || path.ends_with("tests.rs")
}

#[test]
fn files_stay_small() {
    let sources = sources();
    for (path, text) in &sources {
        let most = if is_test(path) { TESTS } else { CODE };
        let lines = text.lines().count();
        assert!(lines <= most, "{path} has {lines} lines, the wall is {most}");
    }
    let mut sizes: Vec<usize> =
        sources.iter().filter(|(path, _)| !is_test(path)).map(|(_, text)| text.lines().count()).collect();
    sizes.sort_unstable();
    let at_90 = sizes[sizes.len() * 9 / 10];
    assert!(at_90 <= 350, "nine of ten files stay under 350 lines, now under {at_90}");
}

#[test]
fn main_stays_thin() {
    let main = std::fs::read_to_string(super::root().join("src/main.rs")).expect("there is a main");
    assert!(main.lines().count() < 60, "main.rs parses, calls a library and exits");
}

#[test]
fn nothing_is_left_for_later() {
    // Spelled apart so that this file does not find itself.
    let banned = [
        concat!("todo", "!("),
        concat!("unimpl", "emented!("),
        concat!("#[ig", "nore"),
        concat!("dbg", "!("),
    ];
    for (path, text) in sources() {
        for word in banned {
            assert!(!text.contains(word), "{path} holds `{word}`");
        }
    }
}

#[test]
fn folders_have_names_that_say_something() {
    let vague = ["utils", "util", "helpers", "helper", "common", "manager", "misc"];
    for (path, _) in sources() {
        let stems = Path::new(&path).components().filter_map(|it| it.as_os_str().to_str());
        for stem in stems.map(|it| it.trim_end_matches(".rs")) {
            assert!(!vague.contains(&stem), "{path}: `{stem}` says nothing");
        }
    }
}
