use super::*;
use crate::said::Lang;
use crate::source::{SourceFile, SourceMap};
use crate::tree::{Budget, read};

/// `code line:column marked text | message | help | [fix]` of every mistake.
fn mistakes_of(kind: FileKind, text: &str) -> String {
    let mut sources = SourceMap::default();
    let file = sources.add(SourceFile::new("a.yaml".into(), text.to_owned()));
    let read = read(file, text, Budget::default());
    assert_eq!(read.diagnostics, []);
    let tree = read.tree.unwrap();
    let mut told = mistakes(Subject { kind, file, text, tree: &tree });
    told.sort_by_key(|it| it.span.start);
    let mut out = String::new();
    for it in told {
        let at = sources.position(it.file, it.span.start);
        out += &format!(
            "{} {}:{} {} | {}",
            it.code,
            at.line,
            at.column,
            &text[it.span.clone()],
            it.message.in_lang(Lang::En)
        );
        if let Some(help) = &it.help {
            out += &format!(" | {}", help.in_lang(Lang::En));
        }
        if let Some(fix) = &it.fix {
            out += &format!(" [{}{}]", fix.title.in_lang(Lang::En), if fix.safe { ", safe" } else { "" });
        }
        out += "\n";
    }
    out
}

#[test]
fn every_mistake_of_a_client_is_told() {
    let text = "slug: Foo\nnmae: x\nstatus: activ\nlanguages: []\nsettings:\n  reminder_timeout_1: 30 минут\n  \
                enable_reminders: off\n  media: 5\n  quiet_hours: {from: 25:00, to: \"8:00\"}\nagents:\n  - name: A\n";
    assert_eq!(
        mistakes_of(FileKind::Client, text),
        "missing-key 1:1 slug | the key `name` is missing here | name: The brand's name as customers hear it.\n\
         wrong-format 1:7 Foo | expected a short name: a–z, 0–9 and _, a letter first, 2 to 63 characters, found the text `Foo` | for example `main_street`\n\
         unknown-key 2:1 nmae | there is no key `nmae` here | did you mean `name`? [rename it to `name`]\n\
         unknown-value 3:9 activ | the text `activ` is not allowed here | did you mean `active`? The values are `active`, `suspended` and `deleted` [write `active`]\n\
         out-of-range 4:12 [] | expected a list of at least 1, found an empty list\n\
         wrong-type 6:23 30 минут | expected a whole number, found the text `30 минут` | write the number without spaces, units or quotes: 30 [write `30`]\n\
         wrong-type 7:21 off | expected `true` or `false`, found the text `off` | write `false` [write `false`, safe]\n\
         wrong-type 8:10 5 | expected a mapping (key: value), found the number 5 | write it as `key: value`\n\
         wrong-format 9:23 25:00 | expected a local time, H:MM, found the text `25:00` | for example `\"9:00\"`\n\
         missing-key 11:5 name | the key `role` is missing here | role: What the person may do.\n"
    );
}

#[test]
fn secrets_are_not_quoted() {
    let text = "slug: abc\nname: x\nsecrets:\n  webhook_secret: 12345\n  telegram_bot_token: [a]\n";
    let told = mistakes_of(FileKind::Client, text);
    // The marked text is printed by this test alone; renderers hide it.
    assert_eq!(told.matches("12345").count(), 1, "{told}");
    assert!(told.contains("expected a text, found a number\n"), "{told}");
}

#[test]
fn list_items_with_a_colon_are_told_and_mended() {
    let text = "brands:\n  wood:\n    - Вот: так\n    - Адрес:\n    - \"a\": b\n    - {c: d}\n    - Скажите: \"да\" # ой\n\
                salon: {address: {landmarks: [Налево: 2 минуты, прямо]}}\ndomain_pack:\n  consult_playbooks:\n    - id: x\n      \
                questions:\n        - Что важнее: \"цвет\" \\ или\n            форма?\n";
    let told = mistakes_of(FileKind::Truth, text.replace("\"цвет\" \\ или", "цвет \\ \"тон\" или").as_str());
    let items: Vec<&str> =
        told.lines().filter_map(|it| it.strip_prefix("list-item-became-mapping ")).collect();
    let places: Vec<&str> = items.iter().map(|it| it.split(" | ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "3:7 Вот: так",
            "4:7 Адрес:",
            "7:7 Скажите: \"да\"",
            "8:31 Налево: 2 минуты",
            "13:11 Что важнее: цвет \\ \"тон\" или"
        ]
    );
    assert!(told.contains("wrong-type 5:7 \"a\": b"), "written as a mapping on purpose: {told}");
    assert!(told.contains("wrong-type 6:7 {c: d}"), "written as a mapping on purpose: {told}");
    assert_eq!(item::quote("а \"б\" \\ в"), r#""а \"б\" \\ в""#);
}

#[test]
fn prices_hours_and_dates_are_explained() {
    let text = "salon:\n  hours:\n    open: 9\n    week: {mon: close, tue: closed, foo: 1}\n    dates: {2026-3-1: closed}\n\
                price_list:\n  - category: x\n    items:\n      - {name: y, price: 5 000}\n      - {name: z, price: -5}\n\
                promotions: {items: [{name: a, discount_percent: 120}]}\n";
    assert_eq!(
        mistakes_of(FileKind::Truth, text),
        "wrong-type 3:11 9 | expected a text, found the number 9 | for example `\"9:00\"`\n\
         wrong-format 4:17 close | expected `closed`, or `open` and `close`, found the text `close` | for example `{open: \"9:00\", close: \"18:00\"}`\n\
         unknown-key 4:37 foo | there is no key `foo` here | the keys here are `mon`, `tue`, `wed`, `thu`, `fri`, `sat` and `sun`\n\
         wrong-format 5:13 2026-3-1 | the keys here are dates, YYYY-MM-DD | for example `\"2026-03-21\"`\n\
         wrong-type 9:26 5 000 | expected a whole number, found the text `5 000` | write the number without spaces, units or quotes: 5000 [write `5000`]\n\
         out-of-range 10:26 -5 | expected at least 0, found the number -5\n\
         out-of-range 11:50 120 | expected at most 100, found the number 120\n"
    );
}

#[test]
fn repeated_content_is_told_once() {
    let text = "salon: &salon\n  name: 5\nclient_pack:\n  salon: *salon\n";
    assert_eq!(mistakes_of(FileKind::Truth, text).lines().count(), 1);
}

#[test]
fn tests_may_hold_turns_and_unknown_expectations() {
    let text = "eval_cases:\n  - id: 1\n    messages:\n      - Адрес: где?\n      - user: y\n    expected: {must_include: [Да: нет], action: foo, foo: 1}\n";
    assert_eq!(
        mistakes_of(FileKind::Eval, text),
        "list-item-became-mapping 4:9 Адрес: где? | this list item became a mapping with the key `Адрес` because of the `: ` in it | put the whole text in double quotes [put the text in double quotes, safe]\n\
         list-item-became-mapping 6:31 Да: нет | this list item became a mapping with the key `Да` because of the `: ` in it | put the whole text in double quotes [put the text in double quotes, safe]\n\
         unknown-value 6:49 foo | the text `foo` is not allowed here | the values are `reply`, `escalate`, `booking_flow` and `silence`\n"
    );
}

#[test]
fn other_kinds_of_documents_are_told() {
    assert_eq!(
        mistakes_of(FileKind::Client, "- a\n"),
        "wrong-type 1:1 - a | expected a mapping (key: value), found a list\n"
    );
    assert_eq!(
        mistakes_of(FileKind::Client, "text\n"),
        "wrong-type 1:1 text | expected a mapping (key: value), found the text `text` | write it as `key: value`\n"
    );
}

#[test]
fn the_fast_yes_agrees_with_the_validator() {
    // Every bundle file at hand, good and broken, and each with one of its values replaced.
    let mut compared = 0;
    for (kind, text) in bundle_files() {
        let mut sources = SourceMap::default();
        let file = sources.add(SourceFile::new("a.yaml".into(), text.clone()));
        let Some(tree) = read(file, &text, Budget::default()).tree else { continue };
        let (schema, validator) = (schema_of(kind), validator_of(kind));
        let mut pointers = Vec::new();
        tree.root().visit(&mut String::new(), &mut |pointer, _| pointers.push(pointer.to_owned()));
        let wrong =
            [Value::Null, Value::from(-1), Value::from("x"), Value::from(true), serde_json::json!([{}])];
        for (index, pointer) in pointers.iter().enumerate().step_by(1 + pointers.len() / 60) {
            let mut value = tree.value().clone();
            if index > 0 {
                *value.pointer_mut(pointer).unwrap() = wrong[index % wrong.len()].clone();
            }
            assert_eq!(
                quick::fits(schema, schema, &value),
                Some(validator.is_valid(&value)),
                "{pointer} of {text}"
            );
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared}");
}

fn bundle_files() -> Vec<(FileKind, String)> {
    let mut files = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("../tenants"), "../tests/fixtures/bundles".into()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let in_folder = |name: &str| path.parent().is_some_and(|it| it.ends_with(name));
            let kind = match path.file_name().unwrap().to_str().unwrap() {
                "companies.yaml" => FileKind::Companies,
                "plans.yaml" => FileKind::Plans,
                "client.yaml" => FileKind::Client,
                "branches.yaml" => FileKind::Branches,
                "prompt.yaml" => FileKind::Prompt,
                "SALON_TRUTH.yaml" => FileKind::Truth,
                "EVAL.yaml" => FileKind::Eval,
                name if name.ends_with(".yaml") && in_folder("_packs") => FileKind::Pack,
                _ => continue,
            };
            if let Ok(text) = std::fs::read_to_string(&path) {
                files.push((kind, text));
            }
        }
    }
    files
}
