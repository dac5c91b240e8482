use std::path::PathBuf;

use super::*;
use crate::compile::Tenant;
use crate::diagnostic::{Edit, Fix};
use crate::said::say;
use crate::source::SourceFile;

fn sample() -> Compilation {
    let mut sources = SourceMap::default();
    let text = "имя: Ася\r\nгород: «Алматы» \u{1b}[31m, 50%\n".to_owned();
    let file = sources.add(SourceFile::new(PathBuf::from("tenants/a b,c/client.yaml"), text.clone()));
    let at = |part: &str| {
        let start = text.find(part).unwrap();
        Place::new(file, start..start + part.len())
    };
    let fix = Fix {
        title: say!("write `Астана`", "написать `Астана`"),
        safe: true,
        edits: vec![Edit { place: at("Алматы"), text: "Астана".to_owned() }],
    };
    let diagnostics = vec![
        Diagnostic::error(
            "unknown-key",
            at("город"),
            say!("there is no key `город` here", "здесь не бывает ключа `город`"),
        )
        .with_label(at("Ася"), say!("first here", "первый раз — здесь"))
        .with_help(say!("100% sure?\nyes", "точно на 100%?\nда")),
        Diagnostic::warning("unknown-value", at("Алматы"), say!("\u{1b}[31mred", "красный")).with_fix(fix),
        Diagnostic::note("empty-file", Place::new(file, 0..0), say!("nothing", "пусто")),
    ];
    let tenant = Tenant {
        slug: "a".to_owned(),
        root: PathBuf::from("tenants/a"),
        known: None,
        compiled: None,
        because: Vec::new(),
    };
    Compilation { sources, diagnostics, tenants: vec![tenant], passed: Vec::new() }
}

#[test]
fn people_see_the_line_and_the_place() {
    assert_eq!(
        human::render(&sample(), Lang::En, false),
        "error[unknown-key]: there is no key `город` here\n \
          --> tenants/a b,c/client.yaml:2:1\n  |\n\
         1 | имя: Ася\n  |      --- first here\n\
         2 | город: «Алматы» \u{fffd}[31m, 50%\n  | ^^^^^\n  |\n  \
           = help: 100% sure? yes\n\n\
         warning[unknown-value]: \u{fffd}[31mred\n \
          --> tenants/a b,c/client.yaml:2:9\n  |\n\
         2 | город: «Алматы» \u{fffd}[31m, 50%\n  |         ^^^^^^\n  |\n  \
           = fix: --fix can write `Астана`\n  |\n\
         2 ~ город: «Астана» \u{fffd}[31m, 50%\n\n\
         note[empty-file]: nothing\n \
          --> tenants/a b,c/client.yaml:1:1\n  |\n\
         1 | имя: Ася\n  | ^\n\n\
         1 tenant checked: 1 error, 1 warning, 1 note\n\
         for more about a finding: tenantry explain CODE\n"
    );
    let colored = human::render(&sample(), Lang::En, true);
    assert!(colored.contains("\u{1b}[1m\u{1b}[91merror[unknown-key]\u{1b}[0m"), "{colored}");
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let mut sources = SourceMap::default();
    let text = format!("{}ЗДЕСЬ{}", "а".repeat(500), "б".repeat(500));
    let file = sources.add(SourceFile::new(PathBuf::from("a"), text.clone()));
    let place = Place::new(file, 1000..1000 + "ЗДЕСЬ".len());
    let diagnostics = vec![Diagnostic::error("wrong-type", place, say!("x", "х"))];
    let shown =
        human::render(&Compilation { sources, diagnostics, ..Compilation::default() }, Lang::En, false);
    let lines: Vec<&str> = shown.lines().collect();
    let (line, marks) = (lines[3].chars().collect::<Vec<_>>(), lines[4].chars().collect::<Vec<_>>());
    assert!(line.len() < 200);
    let marked: String =
        line.iter().zip(&marks).filter(|(_, mark)| **mark == '^').map(|(it, _)| it).collect();
    assert_eq!(marked, "ЗДЕСЬ");
}

#[test]
fn json_is_as_promised() {
    let value: serde_json::Value = serde_json::from_str(&json::render(&sample(), Lang::En)).unwrap();
    assert_eq!(value["summary"], serde_json::json!({"errors": 1, "warnings": 1, "tenants": 1}));
    assert_eq!(
        value["diagnostics"][1],
        serde_json::json!({
            "code": "unknown-value", "severity": "warning", "message": "\u{1b}[31mred",
            "file": "tenants/a b,c/client.yaml", "line": 2, "column": 9, "end_line": 2, "end_column": 15,
            "labels": [],
            "fix": {"title": "write `Астана`", "safe": true, "edits": [{
                "file": "tenants/a b,c/client.yaml", "line": 2, "column": 9, "end_line": 2, "end_column": 15,
                "text": "Астана",
            }]},
        })
    );
    assert!(value["diagnostics"][2].get("help").is_none());
    assert_eq!(
        value["diagnostics"][0]["labels"],
        serde_json::json!([{
            "file": "tenants/a b,c/client.yaml", "line": 1, "column": 6, "end_line": 1, "end_column": 9,
            "message": "first here",
        }])
    );
}

#[test]
fn github_commands_are_escaped() {
    let shown = github::render(&sample(), Lang::En);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(
        lines[0],
        "::error file=tenants/a b%2Cc/client.yaml,line=2,endLine=2,col=1,endColumn=6,title=unknown-key\
         ::there is no key `город` here%0Ahelp: 100%25 sure? yes"
    );
    assert_eq!(lines.len(), 3);
    assert!(lines[2].starts_with("::notice "));
}

#[test]
fn sarif_has_rules_results_and_fixes() {
    let value: serde_json::Value = serde_json::from_str(&sarif::render(&sample(), Lang::En)).unwrap();
    let run = &value["runs"][0];
    assert_eq!(value["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 3);
    assert_eq!(run["results"][0]["level"], "error");
    let location = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "tenants/a%20b%2Cc/client.yaml");
    assert_eq!(location["region"]["endColumn"], 6);
    assert_eq!(run["results"][0]["relatedLocations"][0]["message"]["text"], "first here");
    let change = &run["results"][1]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "Астана");
}

#[test]
fn github_shows_ten_of_a_level_and_says_what_is_left() {
    let mut compilation = sample();
    let place = compilation.diagnostics[0].place();
    let flood = |code: &'static str, count| {
        std::iter::repeat_n(Diagnostic::error(code, place.clone(), say!("again", "опять")), count)
    };
    compilation.diagnostics.extend(flood("wrong-type", 13));
    compilation.diagnostics.extend(flood("missing-key", 1));
    let shown = github::render(&compilation, Lang::En);
    let errors: Vec<&str> = shown.lines().filter(|it| it.starts_with("::error")).collect();
    assert_eq!(errors.len(), 10);
    assert!(errors[2].contains("missing-key"), "a flood of one kind hides no other: {errors:?}");
    assert!(shown.ends_with("::notice title=tenantry::and 5 errors more: `tenantry check` shows all\n"));
}

#[test]
fn people_read_russian() {
    let shown = human::render(&sample(), Lang::Ru, false);
    assert!(shown.starts_with("ошибка[unknown-key]: "), "{shown}");
    assert!(shown.contains("проверено: 1 бренд; 1 ошибка, 1 предупреждение, 1 заметка\n"), "{shown}");
}

#[test]
fn reasons_stand_before_the_summary() {
    let mut compilation = sample();
    let files = ["client.yaml", "a.md", "b.md", "c.md", "_packs/trade.yaml"];
    compilation.tenants[0].because = files.map(str::to_owned).to_vec();
    let shown = human::render(&compilation, Lang::En, false);
    assert!(
        shown.contains("\na   because of client.yaml, a.md, b.md, c.md and 1 more\n1 tenant checked"),
        "{shown}"
    );
    let value: serde_json::Value = serde_json::from_str(&json::render(&compilation, Lang::En)).unwrap();
    assert_eq!(value["tenants"][0]["because"][4], "_packs/trade.yaml");
}
